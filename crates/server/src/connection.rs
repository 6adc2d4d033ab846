//! What a connection is doing, so that those that only wait make room for those that ask, and none lasts for ever.

use std::{
    future,
    net::{IpAddr, Ipv6Addr},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;

use crate::Limits;

/// One connection, as its own task, its stream, its answers and the accepting loop see it.
pub(crate) struct Connection {
    neighbourhood: IpAddr,
    limits: Limits,
    state: Mutex<State>,
    closed: CancellationToken,
}

struct State {
    doing: Doing,
    since: Instant,
    /// How long the whole answer may take.
    answer: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Nothing was asked yet.
    Opening,
    /// The head of a request is being read.
    Reading,
    Answering,
    /// The rest of a request's body is awaited.
    Receiving,
    /// The answer's body is all given away; some of it may still be on its way to the peer.
    Sending,
    /// An answer was sent, and there is no further request.
    Idle,
}

impl Connection {
    pub fn new(peer: IpAddr, limits: Limits) -> Self {
        let state = Mutex::new(State { doing: Doing::Opening, since: Instant::now(), answer: limits.answer });
        Self { neighbourhood: neighbourhood(peer), limits, state, closed: CancellationToken::new() }
    }

    /// The TLS handshake is done, and the time for the first request begins.
    pub fn opened(&self) {
        self.now(&[Doing::Opening], Doing::Opening);
    }

    /// Bytes were read.
    pub fn read(&self) {
        self.now(&[Doing::Opening, Doing::Idle], Doing::Reading);
    }

    /// The head of a request was read, and its whole answer may take so long.
    pub fn asked(&self, answer: Duration) {
        self.now(&[Doing::Opening, Doing::Reading, Doing::Sending, Doing::Idle], Doing::Answering);
        self.state().answer = answer;
    }

    /// Whether the rest of the request's body is awaited.
    pub fn awaits_body(&self, awaits: bool) {
        let mut state = self.state();
        // The moment stays that of the request, so that a body that comes byte by byte does not look like one that just began.
        match (state.doing, awaits) {
            (Doing::Answering, true) => state.doing = Doing::Receiving,
            (Doing::Receiving, false) => state.doing = Doing::Answering,
            _ => {}
        }
    }

    /// The body of the answer was given away or given up.
    pub fn given(&self) {
        let mut state = self.state();
        // The moment stays that of the request, by which the whole answer is bounded.
        if state.doing == Doing::Answering {
            state.doing = Doing::Sending;
        }
    }

    /// All that was written is with the system.
    pub fn flushed(&self) {
        self.now(&[Doing::Sending], Doing::Idle);
    }

    /// Closes it, as soon as its task gets to that.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Whether it was not told to close.
    pub fn is_open(&self) -> bool {
        !self.closed.is_cancelled()
    }

    /// Since when it has been waiting for a request or the rest of one, if it is.
    pub fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        matches!(state.doing, Doing::Opening | Doing::Reading | Doing::Receiving | Doing::Idle).then_some(state.since)
    }

    /// Whether it comes from there.
    pub fn is_from(&self, peer: IpAddr) -> bool {
        self.neighbourhood == neighbourhood(peer)
    }

    /// Waits until it is told to close, or what it does takes too long. It is polled in the connection's own task, after the connection:
    /// so it sees every change, and needs no telling.
    pub async fn over(&self) {
        let mut sleep = pin!(time::sleep_until(self.deadline()));
        let overdue = future::poll_fn(|context| {
            let deadline = self.deadline();
            if sleep.deadline() != deadline {
                sleep.as_mut().reset(deadline);
            }
            sleep.as_mut().poll(context)
        });
        tokio::select! {
            () = overdue => {}
            () = self.closed.cancelled() => {}
        }
    }

    fn deadline(&self) -> Instant {
        let state = self.state();
        state.since
            + match state.doing {
                Doing::Opening | Doing::Reading => self.limits.head,
                Doing::Answering | Doing::Receiving | Doing::Sending => state.answer,
                Doing::Idle => self.limits.idle,
            }
    }

    fn now(&self, from: &[Doing], to: Doing) {
        let mut state = self.state();
        if from.contains(&state.doing) {
            state.doing = to;
            state.since = Instant::now();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one peer can have: an address, or with IPv6 a network of 2^64.
pub(crate) fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(peer) => Ipv6Addr::from_bits(peer.to_bits() >> 64 << 64).into(),
        peer @ IpAddr::V4(_) => peer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_network_of_ipv6_is_one_peer() {
        let connection = |peer: &str| Connection::new(peer.parse().unwrap(), Limits::default());
        for (one, other, same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("2001:db8::1", "2001:db8::ffff:2", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            assert_eq!(connection(one).is_from(other.parse().unwrap()), same, "{one} {other}");
        }
    }

    #[tokio::test]
    async fn it_waits_until_it_asks_and_again_when_the_answer_is_out() {
        let connection = Connection::new([10, 0, 0, 1].into(), Limits::default());
        let waits = |step: fn(&Connection)| {
            step(&connection);
            connection.waiting_since().is_some()
        };
        assert!(waits(Connection::opened));
        assert!(waits(Connection::read));
        assert!(!waits(|connection| connection.asked(Limits::default().answer)));
        assert!(waits(|connection| connection.awaits_body(true)));
        assert!(waits(Connection::read), "a piece of the body");
        assert!(!waits(|connection| connection.awaits_body(false)));
        assert!(!waits(Connection::read), "what comes after the body");
        assert!(!waits(Connection::flushed), "the answer's head");
        assert!(!waits(Connection::given), "not sent yet");
        assert!(waits(Connection::flushed));
        assert!(waits(Connection::read));
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_head_has_less_time_than_an_idle_connection_and_an_answer_has_more() {
        let limits = Limits::default();
        let connection = Connection::new([10, 0, 0, 1].into(), limits);
        let start = Instant::now();
        let lasts = async || {
            let start = Instant::now();
            connection.over().await;
            start.elapsed().as_secs()
        };
        assert_eq!(lasts().await, limits.head.as_secs());
        connection.asked(limits.scrape);
        assert_eq!(lasts().await, limits.scrape.as_secs());
        connection.given();
        connection.flushed();
        connection.asked(limits.answer);
        connection.awaits_body(true);
        assert_eq!(lasts().await, limits.answer.as_secs());
        connection.awaits_body(false);
        connection.given();
        connection.flushed();
        assert_eq!(lasts().await, limits.idle.as_secs());
        connection.read();
        assert_eq!(lasts().await, limits.head.as_secs());
        assert!(start.elapsed() > limits.answer);
    }
}
