//! One connection: the handshake, and HTTP until one side has enough.

use std::{net::SocketAddr, pin::pin, sync::Arc};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::{
    Limits, Peer, Tls,
    connection::Connection,
    routes::METRICS,
    watched::{Given, Keeping, Received, Watched},
};

/// Bytes of a request's head, and headers in it. Prometheus sends some 300 bytes.
const HEAD: usize = 16 * 1024;
const HEADERS: usize = 100;

/// Bytes that are read or written at once.
const BUFFER: usize = 64 * 1024;

/// What connections are answered with.
#[derive(Clone)]
pub(crate) struct Talk {
    pub router: Router,
    pub tls: Option<Tls>,
    pub limits: Limits,
    pub shutdown: CancellationToken,
}

/// Talks until the peer or the server has enough, or the connection has to go.
pub(crate) async fn talk(talk: Talk, stream: TcpStream, peer: SocketAddr, connection: Arc<Connection>) {
    let over = Arc::clone(&connection);
    tokio::select! {
        biased;
        () = open(talk, stream, peer, connection) => {}
        () = over.over() => tracing::debug!(%peer, "the connection is closed: it waited or took too long"),
    }
}

async fn open(talk: Talk, stream: TcpStream, address: SocketAddr, connection: Arc<Connection>) {
    // An answer's last piece must not wait for the peer to acknowledge the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let local = match stream.local_addr() {
        Ok(local) => local,
        Err(error) => return tracing::debug!(peer = %address, %error, "the connection has no address any more"),
    };
    let Some(tls) = &talk.tls else { return answer(&talk, stream, Peer { address, local, tls: false }, connection).await };
    let accepted = tokio::select! {
        () = talk.shutdown.cancelled() => return,
        accepted = tls.acceptor().accept(stream) => accepted,
    };
    match accepted {
        Ok(stream) => {
            connection.opened();
            answer(&talk, stream, Peer { address, local, tls: true }, connection).await;
        }
        Err(error) => tracing::debug!(peer = %address, %error, "the TLS handshake failed"),
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(talk: &Talk, stream: S, peer: Peer, connection: Arc<Connection>) {
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&connection), talk.limits.stall));
    let service = service_fn(|request: Request<Incoming>| {
        connection.asked(if request.uri().path() == METRICS { talk.limits.scrape } else { talk.limits.answer });
        let mut request = request.map(|body| Body::new(Received::new(body, Arc::clone(&connection))));
        request.extensions_mut().insert(peer);
        let answer = talk.router.clone().call(request);
        let given = Given(Arc::clone(&connection));
        async move { Ok::<_, std::convert::Infallible>(answer.await?.map(|body| Keeping::new(body, given))) }
    });
    let mut http = http1::Builder::new();
    // Without a timer of hyper's: the connection knows its own deadlines.
    http.max_header_size(HEAD).max_headers(HEADERS).max_buf_size(BUFFER);
    let mut conversation = pin!(http.serve_connection(io, service));
    let ended = tokio::select! {
        ended = conversation.as_mut() => ended,
        () = talk.shutdown.cancelled() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %peer.address, %error, "a connection ended with an error");
    }
}
