//! How long and how much a client may keep the server busy.

use std::time::Duration;

/// The bounds of everything that a client could draw out. They are no settings: tests have shorter ones, everybody else the default.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. One that only waits is closed for a new one.
    pub connections: usize,
    /// Connections at once of one peer, so that those of some peers are not all there are.
    pub per_peer: usize,
    /// Connections at once of one peer that wait for a request or for the rest of one. When many come at once, there may be more.
    pub waiting_per_peer: usize,
    /// Before a connection that waits is closed for a new one. When many come at once, their requests are on the way.
    pub settling: Duration,
    /// From the connection, and from a head's first byte, to the end of the request's head; also for the TLS handshake.
    pub head: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// From the request to the head of its answer.
    pub handler: Duration,
    /// Without the peer taking a single byte of what is sent.
    pub stall: Duration,
    /// From the request to the last byte of its answer.
    pub answer: Duration,
    /// The same for a scrape. Prometheus does not wait as long.
    pub scrape: Duration,
    /// Scrapes at once.
    pub scrapes: usize,
    /// Scrapes at once of one peer.
    pub scrapes_per_peer: usize,
    /// Requests at once for which the API reads.
    pub api: usize,
    /// For one of the places of scrapes, or of the API.
    pub place_wait: Duration,
    /// For the board to be restored.
    pub restore_wait: Duration,
    /// Between two looks at the token's file.
    pub token_look: Duration,
    /// Between two looks at the files of TLS.
    pub tls_look: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            per_peer: 128,
            waiting_per_peer: 64,
            settling: Duration::from_millis(100),
            head: Duration::from_secs(10),
            // No common interval of scrapes, so that none finds its connection being closed.
            idle: Duration::from_secs(100),
            body: Duration::from_secs(10),
            body_bytes: 64 * 1024,
            handler: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            answer: Duration::from_mins(5),
            scrape: Duration::from_mins(1),
            scrapes: 8,
            scrapes_per_peer: 2,
            api: 4,
            place_wait: Duration::from_secs(5),
            restore_wait: Duration::from_secs(8),
            token_look: Duration::from_secs(3),
            tls_look: Duration::from_secs(10),
        }
    }
}
