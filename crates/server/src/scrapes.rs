//! How many scrapes are answered at once. Each holds the text of the whole board until it is sent.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{sync::Semaphore, time};

use crate::watched::Keeping;

/// The places of scrapes, and how long one waits for a place. Clones share them.
#[derive(Clone)]
pub(crate) struct Scrapes {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Scrapes {
    pub fn new(places: usize, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), patience }
    }
}

/// Lets a scrape through when there is a place, which it has until its answer was sent.
pub(crate) async fn one_of_few(State(scrapes): State<Scrapes>, request: Request, next: Next) -> Response {
    let Ok(Ok(place)) = time::timeout(scrapes.patience, scrapes.places.acquire_owned()).await else {
        let later = [(header::RETRY_AFTER, "5")];
        return (StatusCode::SERVICE_UNAVAILABLE, later, "Too many scrapes are being answered. Ask again.\n").into_response();
    };
    next.run(request).await.map(|body| Body::new(Keeping::new(body, place)))
}
