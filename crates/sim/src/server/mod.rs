//! The HTTP server: connections, and how an answer leaves on them.
//!
//! hyper is used bare, because a fault may have to end a connection without an answer or in the middle of one.

mod delivery;
mod line;
mod respond;

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Simulation;
use crate::admin;
use crate::faults::{End, Fate};
use crate::wire::{Form, Request};
use delivery::Delivery;
use line::Line;

/// How long requests that are under way at the end may take.
const DRAIN: Duration = Duration::from_secs(5);
/// How long to wait before the next connection where none could be taken, because too many files are open, say.
const PAUSE: Duration = Duration::from_millis(100);

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How long every answer is held back, as if AWS were far away.
    pub latency: Duration,
}

/// What every connection needs.
struct Server {
    simulation: Arc<Simulation>,
    options: Options,
    shutdown: CancellationToken,
}

/// The connection ends here, whatever the client still waits for.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is ended on purpose")
    }
}

impl std::error::Error for HungUp {}

impl From<Infallible> for HungUp {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Answers on the listener until shut down; requests that are under way then are still answered, if that does not take long.
pub async fn serve(simulation: Arc<Simulation>, listener: TcpListener, options: Options, shutdown: CancellationToken) -> io::Result<()> {
    let server = Arc::new(Server { simulation, options, shutdown });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = server.shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = connections.spawn(converse(Arc::clone(&server), stream)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    // What is left is ended with the set.
    let _ = tokio::time::timeout(DRAIN, drained).await;
    Ok(())
}

/// One connection, from its first request to its end.
async fn converse(server: Arc<Server>, stream: TcpStream) {
    server.simulation.stats.connected();
    // Answers are small: without this, Nagle's algorithm and delayed acknowledgements would add 40 ms to some.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    let reset = Arc::new(AtomicBool::new(false));
    let line = TokioIo::new(Line::new(stream, Arc::clone(&reset)));
    let service = service_fn(|request| server.answer(request, &reset));
    let mut connection = pin!(http1::Builder::new().serve_connection(line, service));
    tokio::select! {
        ended = connection.as_mut() => return log(ended),
        () = server.shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    log(connection.await);
}

fn log(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

impl Server {
    async fn answer(&self, request: http::Request<Incoming>, reset: &AtomicBool) -> Result<Response<Delivery>, HungUp> {
        let simulation = &*self.simulation;
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
        if admin::is_own(head.uri.path()) && !head.headers.contains_key(http::header::AUTHORIZATION) {
            return Ok(admin::answer(simulation, &head.method, head.uri.path(), &body).map(Delivery::whole));
        }
        let _under_way = simulation.stats.begin();
        let query = Form::parse(head.uri.query().unwrap_or_default());
        let request = Request { method: head.method, path: head.uri.path().to_owned(), query, headers: head.headers, body };
        let (response, fate) = respond::respond(simulation, &request);
        let latency = self.options.latency + fate.latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        match fate.end {
            Some(End::Reset) => {
                reset.store(true, Ordering::Relaxed);
                Err(HungUp)
            }
            Some(End::BlackHole) => {
                // hyper drops this as soon as the client has gone.
                self.shutdown.cancelled().await;
                Err(HungUp)
            }
            _ => Ok(deliver(response, &fate)),
        }
    }
}

/// Lets an answer leave in the way it has to.
fn deliver(response: Response<Bytes>, fate: &Fate) -> Response<Delivery> {
    let cut = fate.end == Some(End::Truncate);
    if !cut && fate.first_byte.is_zero() && fate.bytes_per_second.is_none() {
        return response.map(Delivery::whole);
    }
    response.map(|body| Delivery::spoilt(body, fate.first_byte, fate.bytes_per_second, cut))
}
