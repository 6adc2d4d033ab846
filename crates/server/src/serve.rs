//! Listening, and stopping in time.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{Id, JoinError, JoinSet},
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    ExternalUrl, Limits, Server, Tls,
    connection::Connection,
    guard::Guard,
    routes,
    talk::{self, Talk},
};

/// How long answers under way may take once the daemon is told to stop. Short: an orderly end has to fit into few seconds, and a
/// scrape that is cut off is repeated.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait when no connection can be accepted, most likely for want of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(500);

/// How often to look whether one of too many connections can be closed.
const FULL: Duration = Duration::from_millis(20);

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct ServeSettings {
    /// With what connections are encrypted, if they are.
    pub tls: Option<Tls>,
    /// The URL under which people reach the server. Its host is one of the server's names, and its pages are the server's own.
    pub external_url: Option<ExternalUrl>,
    /// The bounds of what clients can draw out.
    #[doc(hidden)]
    pub limits: Limits,
}

/// Answers until told to stop, then lets the answers under way finish for two seconds at the most. Idle connections are closed at once.
pub async fn serve(listener: TcpListener, server: Server, settings: ServeSettings, shutdown: CancellationToken) -> io::Result<()> {
    let ServeSettings { tls, external_url, limits } = settings;
    let guard = Guard::new(listener.local_addr()?, external_url, server.token.clone());
    let actions = TaskTracker::new();

    // These end when the server does.
    let mut followers = JoinSet::new();
    if let Some(token) = server.token.clone() {
        followers.spawn(async move { token.follow(limits.token_look).await });
    }
    if let Some(tls) = tls.clone() {
        followers.spawn(tls.follow(limits.tls_look));
    }

    let router = routes::router(server, guard, limits, actions.clone());
    let mut open = Open { limits, connections: HashMap::new(), tasks: JoinSet::new() };
    open.accept(listener, &Talk { router, tls, limits, shutdown: shutdown.clone() }, &shutdown).await;

    let ended = async {
        while let Some(ended) = open.tasks.join_next_with_id().await {
            open.forget(ended);
        }
        actions.close();
        actions.wait().await;
    };
    if time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("connections were still open when the grace period ended");
    }
    Ok(())
}

/// The open connections.
struct Open {
    limits: Limits,
    connections: HashMap<Id, Arc<Connection>>,
    tasks: JoinSet<()>,
}

impl Open {
    /// Accepts connections until told to stop.
    async fn accept(&mut self, listener: TcpListener, talk: &Talk, shutdown: &CancellationToken) {
        let mut next = pin!(accept(&listener));
        loop {
            let (stream, peer) = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                Some(ended) = self.tasks.join_next_with_id() => {
                    self.forget(ended);
                    continue;
                }
                accepted = next.as_mut() => accepted,
            };
            next.set(accept(&listener));
            if !self.make_room_for(peer.ip()) {
                tracing::debug!(%peer, "a connection is refused: its peer has too many");
                continue;
            }
            while !self.make_room() {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
                    () = time::sleep(FULL) => {}
                }
            }
            let connection = Arc::new(Connection::new(peer.ip(), self.limits));
            let spawned = self.tasks.spawn(talk::talk(talk.clone(), stream, peer, Arc::clone(&connection)));
            self.connections.insert(spawned.id(), connection);
        }
    }

    /// Whether one more connection of this peer may be had. For it, the one of the peer that has waited longest for a request is closed, if
    /// there are too many. Nobody else waits for that, so it is said at once.
    fn make_room_for(&self, peer: IpAddr) -> bool {
        let of_peer = || self.open().filter(|connection| connection.is_from(peer));
        if of_peer().count() >= self.limits.per_peer {
            return close_longest_waiting(of_peer(), Duration::ZERO);
        }
        if of_peer().filter(|connection| connection.waiting_since().is_some()).count() >= self.limits.waiting_per_peer {
            close_longest_waiting(of_peer(), self.limits.settling);
        }
        true
    }

    /// Whether one more connection may be had. For it, the one that has waited longest for a request is closed, if there are too many.
    fn make_room(&self) -> bool {
        self.open().count() < self.limits.connections || close_longest_waiting(self.open(), self.limits.settling)
    }

    fn open(&self) -> impl Iterator<Item = &Connection> {
        self.connections.values().map(|connection| &**connection).filter(|connection| connection.is_open())
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a connection's task panicked");
                error.id()
            }
        };
        self.connections.remove(&id);
    }
}

/// Closes the connection that has waited longest for a request, if one has for so long. Those that are being answered are left alone.
fn close_longest_waiting<'a>(connections: impl Iterator<Item = &'a Connection>, at_least: Duration) -> bool {
    let waiting = connections.filter_map(|connection| Some((connection.waiting_since()?, connection)));
    let longest = waiting.min_by_key(|(since, _)| *since).filter(|(since, _)| since.elapsed() >= at_least);
    let Some((_, connection)) = longest else { return false };
    tracing::debug!("a connection that only waits is closed for a new one");
    connection.close();
    true
}

/// The next connection, however long it takes: want of file descriptors, or anything else, must not end the server.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The peer was gone before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted: trying again");
                time::sleep(BACK_OFF).await;
            }
        }
    }
}
