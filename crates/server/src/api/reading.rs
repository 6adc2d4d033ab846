//! Reading for the API: only few do so at once, and nobody else waits for them.

use std::sync::Arc;

use tokio::{sync::Semaphore, task, time};

use super::{Api, answer::Problem};
use crate::Limits;

/// What the API answers from, and the places of those who read it. Clones share both.
#[derive(Clone)]
pub(crate) struct Reading {
    api: Api,
    places: Arc<Semaphore>,
    limits: Limits,
}

impl Reading {
    pub fn new(api: Api, limits: Limits) -> Self {
        Self { api, places: Arc::new(Semaphore::new(limits.api)), limits }
    }

    /// Reads what may take a while, or wait for the board or the disk, as soon as there is a place.
    pub async fn read<T: Send + 'static>(self, work: impl FnOnce(&Api) -> T + Send + 'static) -> Result<T, Problem> {
        let Self { api, places, limits } = self;
        let Ok(Ok(place)) = time::timeout(limits.place_wait, places.acquire_owned()).await else {
            return Err(Problem::unavailable("Too many requests to the API are being answered. Ask again."));
        };
        // The place goes with the work, which goes on when nobody waits for the answer any more.
        let done = task::spawn_blocking(move || {
            let done = work(&api);
            drop(place);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "reading for the API panicked");
            Problem { error: "This is a bug; the daemon's log has more.".to_owned(), status: 500 }
        })
    }
}
