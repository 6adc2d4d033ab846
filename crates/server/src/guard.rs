//! Which requests are answered at all: what protects people's browsers from being used against the server.
//!
//! A page may send requests to any server that its visitor's browser reaches. Where the page's name is made to mean this server's address
//! (DNS rebinding), it may even read the answers. The first is told by the headers that browsers add, the second by the name in `Host`.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    TokenFile,
    place::{ExternalUrl, Origin, Place},
    routes::{HEALTHY, READY},
};

/// Who asks, and how. Every request has it among its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The other end of the connection, which may be a proxy.
    pub address: SocketAddr,
    /// The server's end.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

/// A request with one of these comes through a proxy, so its peer is not who asks.
const SENT_BY_PROXIES: [HeaderName; 7] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-request-id"),
];
const SENT_BY_ENVOY: &str = "x-envoy-";

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A request with one of these comes from a browser, most likely.
const SENT_BY_BROWSERS: [HeaderName; 5] = [header::ORIGIN, header::REFERER, header::COOKIE, FETCH_SITE, FETCH_MODE];

const BAD_TARGET: Refusal = (StatusCode::BAD_REQUEST, "The request's target has to be a path.\n");
const BAD_HOST: Refusal = (StatusCode::BAD_REQUEST, "The request needs exactly one header `Host`, with a host and maybe a port.\n");
const OTHER_ORIGIN: Refusal = (StatusCode::FORBIDDEN, "Pages of other origins may not ask for this.\n");
const OTHER_NAME: Refusal = (
    StatusCode::MISDIRECTED_REQUEST,
    "The server does not go by this name. Ask by its address, by `localhost` or by the name in `server.external_url`.\n",
);
const NOT_ITSELF: Refusal = (
    StatusCode::FORBIDDEN,
    "Without a token (`server.auth_token_file`), only a program on the daemon's own machine may ask for this, directly and not through a \
     proxy.\n",
);

type Refusal = (StatusCode, &'static str);

/// What the server knows of itself. Clones share it.
#[derive(Clone)]
pub(crate) struct Guard(Arc<Itself>);

struct Itself {
    /// Whether it listens for its own machine only.
    on_loopback: bool,
    external: Option<Origin>,
    token: Option<TokenFile>,
}

impl Guard {
    pub fn new(listening: SocketAddr, external_url: Option<ExternalUrl>, token: Option<TokenFile>) -> Self {
        let external = external_url.map(|ExternalUrl(origin)| origin);
        Self(Arc::new(Itself { on_loopback: listening.ip().to_canonical().is_loopback(), external, token }))
    }

    fn judge(&self, peer: Peer, request: &Request) -> Result<(), Refusal> {
        let (uri, headers) = (request.uri(), request.headers());
        if uri.authority().is_some() || !uri.path().starts_with('/') {
            return Err(BAD_TARGET);
        }
        let host = host(request.version(), headers)?;
        let own = host.clone().filter(|host| self.is_named(host, peer, headers)).map(|host| Origin::new(peer.tls, host));
        self.judge_page(own.as_ref(), request.method(), headers)?;
        // Health tells nothing that a page could use, and a proxy that probes it asks by a name of its own.
        if matches!(uri.path(), HEALTHY | READY) {
            return Ok(());
        }
        // A program that is no browser cannot be lured to this server by a name, unless the server is where only its own machine reaches
        // it. The oldest HTTP knows no Host, and browsers do not speak it.
        let browser = from_browser(headers);
        if own.is_none() && (browser || self.0.on_loopback && host.is_some()) {
            return Err(OTHER_NAME);
        }
        Ok(())
    }

    /// Whether a page that is reached by this name is the server's own.
    fn is_named(&self, name: &Place, peer: Peer, headers: &HeaderMap) -> bool {
        name.is_address()
            || name.host == "localhost"
            || self.0.external.as_ref().is_some_and(|external| external.host == name.host)
            // The certificate has the name, or the browser would not have come so far.
            || peer.tls
            // No page of others knows the token.
            || self.0.token.as_ref().is_some_and(|token| token.accepts(headers))
    }

    /// Whether the page that makes a browser ask, if one does, may do so.
    fn judge_page(&self, own: Option<&Origin>, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
        for origin in headers.get_all(header::ORIGIN) {
            let origin = origin.to_str().ok().and_then(Origin::parse).ok_or(OTHER_ORIGIN)?;
            if own != Some(&origin) && self.0.external.as_ref() != Some(&origin) {
                return Err(OTHER_ORIGIN);
            }
        }
        let is = |name: HeaderName, value: &str| headers.get(name).is_some_and(|header| header == value);
        // A link on another page may lead here; what is fetched for another page, or shown in it, is refused.
        let link = method == Method::GET && is(FETCH_MODE, "navigate") && (is(FETCH_DEST, "document") || !headers.contains_key(FETCH_DEST));
        if is(FETCH_SITE, "cross-site") && !link { Err(OTHER_ORIGIN) } else { Ok(()) }
    }
}

/// Refuses what a page of others makes a browser ask, and what is no proper request.
pub(crate) async fn guard(State(guard): State<Guard>, Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    match guard.judge(peer, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets a request to do something through if it bears the token, where there is one: that was looked at before. Otherwise only a program
/// on this machine may ask, and nobody through it. Whether a page asks was looked at as well.
pub(crate) async fn may_act(State(has_token): State<bool>, Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    if has_token || asks_itself(peer, request.headers()) { next.run(request).await } else { NOT_ITSELF.into_response() }
}

fn asks_itself(peer: Peer, headers: &HeaderMap) -> bool {
    // A mesh's sidecar hands over what others ask, from a loopback address to the one that they asked.
    let is_loopback = |end: SocketAddr| end.ip().to_canonical().is_loopback();
    let of_proxy = |name: &HeaderName| SENT_BY_PROXIES.contains(name) || name.as_str().starts_with(SENT_BY_ENVOY);
    is_loopback(peer.address) && is_loopback(peer.local) && !headers.keys().any(of_proxy)
}

/// The request's host. None is only right in the oldest HTTP.
fn host(version: Version, headers: &HeaderMap) -> Result<Option<Place>, Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, None) if version < Version::HTTP_11 => Ok(None),
        (Some(host), None) => host.to_str().ok().and_then(Place::parse).map(Some).ok_or(BAD_HOST),
        _ => Err(BAD_HOST),
    }
}

fn from_browser(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"));
    agent || SENT_BY_BROWSERS.iter().any(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn peer(ip: &str, tls: bool) -> Peer {
        Peer { address: SocketAddr::new(ip.parse().unwrap(), 40_000), local: "127.0.0.1:9847".parse().unwrap(), tls }
    }

    fn judge(guard: &Guard, peer: Peer, request: &str) -> u16 {
        let mut lines = request.split(" | ");
        let (method, uri) = lines.next().unwrap().split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(uri);
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        guard.judge(peer, &request.body(Body::empty()).unwrap()).map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    #[test]
    fn only_this_machine_asks_itself() {
        for (ip, expected) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(asks_itself(peer(ip, false), &HeaderMap::new()), expected, "{ip}");
        }
        let handed_over = Peer { local: "10.0.0.7:9847".parse().unwrap(), ..peer("127.0.0.6", false) };
        assert!(!asks_itself(handed_over, &HeaderMap::new()), "by a sidecar");
    }

    #[test]
    fn health_is_asked_by_any_name_but_not_from_pages() {
        let guard = Guard::new("127.0.0.1:9847".parse().unwrap(), None, None);
        for (request, expected) in [
            ("GET /-/healthy | host: orgsweep.example.com", 200),
            ("GET /-/ready | host: evil.com | user-agent: Mozilla/5.0", 200),
            ("GET /-/healthy | host: evil.com | origin: http://evil.com", 403),
            ("GET /-/healthy | host: a b", 400),
            ("GET /-/healthy/ | host: evil.com", 421),
            ("POST /-/reload | host: evil.com", 421),
        ] {
            assert_eq!(judge(&guard, peer("127.0.0.1", false), request), expected, "{request}");
        }
    }

    #[test]
    fn a_server_in_a_network_is_asked_by_any_name_but_not_from_pages() {
        let guard = Guard::new("0.0.0.0:9847".parse().unwrap(), Some("https://sweep.example.com/x".parse().unwrap()), None);
        let from = peer("10.0.0.1", false);
        for (request, expected) in [
            ("GET /metrics | host: orgsweep.monitoring.svc:9847 | user-agent: Prometheus/3.0", 200),
            ("GET /metrics | host: 10.0.0.7:9847", 200),
            ("GET /metrics | host: evil.com | user-agent: Mozilla/5.0", 421),
            ("GET /metrics | host: evil.com | referer: http://evil.com/", 421),
            ("GET /metrics | host: evil.com | cookie: a=b", 421),
            ("GET /metrics | host: evil.com | sec-fetch-site: same-origin", 421),
            ("GET /metrics | host: evil.com | sec-fetch-mode: cors", 421),
            ("GET /metrics | host: evil.com | origin: http://evil.com", 403),
            ("GET /metrics | host: sweep.example.com | user-agent: Mozilla/5.0", 200),
            ("GET /metrics | host: 10.0.0.7 | user-agent: Mozilla/5.0 | sec-fetch-site: none | sec-fetch-mode: navigate", 200),
            ("POST /x | host: 10.0.0.7 | origin: http://10.0.0.7", 200),
            ("POST /x | host: 10.0.0.7 | origin: https://sweep.example.com", 200),
            ("POST /x | host: 10.0.0.7:9847 | origin: http://10.0.0.7", 403),
            ("POST /x | host: 10.0.0.7 | origin: https://10.0.0.7", 403),
            ("POST /x | host: 10.0.0.7 | origin: null", 403),
            ("POST /x | host: 10.0.0.7 | origin: http://10.0.0.7 | origin: http://evil.com", 403),
            ("GET /x | host: 10.0.0.7 | sec-fetch-site: cross-site | sec-fetch-mode: no-cors", 403),
            ("GET /x | host: 10.0.0.7 | sec-fetch-site: cross-site | sec-fetch-mode: navigate | sec-fetch-dest: iframe", 403),
            ("GET /x | host: 10.0.0.7 | sec-fetch-site: cross-site | sec-fetch-mode: navigate | sec-fetch-dest: document", 200),
            ("POST /x | host: 10.0.0.7 | sec-fetch-site: cross-site | sec-fetch-mode: navigate", 403),
            ("GET http://10.0.0.7/metrics | host: 10.0.0.7", 400),
            ("OPTIONS * | host: 10.0.0.7", 400),
            ("GET /x", 400),
            ("GET /x | host: a | host: a", 400),
            ("GET /x | host: a b", 400),
        ] {
            assert_eq!(judge(&guard, from, request), expected, "{request}");
        }
    }

    #[test]
    fn a_server_on_loopback_is_asked_by_its_own_names_only() {
        for listening in ["127.0.0.1:9847", "[::1]:9847"] {
            let guard = Guard::new(listening.parse().unwrap(), None, None);
            for (request, expected) in [
                ("GET /metrics | host: 127.0.0.1:9847", 200),
                ("GET /metrics | host: [::1]:9847", 200),
                ("GET /metrics | host: localhost:9847", 200),
                ("GET /metrics | host: evil.com", 421),
                ("GET /metrics | host: localhost.evil.com", 421),
            ] {
                assert_eq!(judge(&guard, peer("127.0.0.1", false), request), expected, "{request}");
            }
            assert_eq!(judge(&guard, peer("127.0.0.1", true), "GET /x | host: a.example"), 200, "the certificate has the name");
        }
    }

    #[test]
    fn the_oldest_http_needs_no_host() {
        let version = |version, host: Option<&str>| {
            let headers = host.map(|host| (header::HOST, host.parse().unwrap())).into_iter().collect();
            super::host(version, &headers).is_ok()
        };
        assert!(version(Version::HTTP_10, None));
        assert!(version(Version::HTTP_10, Some("a")));
        assert!(!version(Version::HTTP_11, None));
    }
}
