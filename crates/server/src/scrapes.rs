//! How many scrapes are answered at once. Each holds the text of the whole board until it is sent.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::{Limits, Peer, connection::neighbourhood, watched::Keeping};

/// The places of scrapes. Clones share them.
#[derive(Clone)]
pub(crate) struct Scrapes {
    limits: Limits,
    all: Arc<Semaphore>,
    /// The places that each peer can have, so that slow readers of one peer leave some to others.
    of_peers: Arc<Mutex<HashMap<IpAddr, Arc<Semaphore>>>>,
}

impl Scrapes {
    pub fn new(limits: Limits) -> Self {
        Self { limits, all: Arc::new(Semaphore::new(limits.scrapes)), of_peers: Arc::default() }
    }

    /// Waits for a place: one of the peer's, and then one of all.
    async fn place(&self, peer: IpAddr) -> Result<[OwnedSemaphorePermit; 2], AcquireError> {
        let of_peer = self.of(peer).acquire_owned().await?;
        Ok([of_peer, Arc::clone(&self.all).acquire_owned().await?])
    }

    fn of(&self, peer: IpAddr) -> Arc<Semaphore> {
        let mut of_peers = self.of_peers.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has a place or waits for one shares these.
        of_peers.retain(|_, places| Arc::strong_count(places) > 1);
        let places = of_peers.entry(neighbourhood(peer)).or_insert_with(|| Arc::new(Semaphore::new(self.limits.scrapes_per_peer)));
        Arc::clone(places)
    }
}

/// Lets a scrape through when there is a place, which it has until its answer was sent.
pub(crate) async fn one_of_few(State(scrapes): State<Scrapes>, Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    let Ok(Ok(place)) = time::timeout(scrapes.limits.place_wait, scrapes.place(peer.address.ip())).await else {
        let later = [(header::RETRY_AFTER, "5")];
        return (StatusCode::SERVICE_UNAVAILABLE, later, "Too many scrapes are being answered. Ask again.\n").into_response();
    };
    next.run(request).await.map(|body| Body::new(Keeping::new(body, place)))
}
