//! The routes of the REST protocols: method, path, and the query's keys that make the operation.
//!
//! `GET /detector/{id}/administrator` takes any one segment for `{id}`; [`Call::param`](super::Call::param) gives it.
//! `GET /{bucket}?lifecycle` wants the key to be there, and `?list-type=2` wants this value. Keys that a route does not name
//! do not matter to it, nor does a slash at the path's end.

use percent_encoding::percent_decode_str;

use crate::wire::Request;

/// What stands for a route's `{…}` in a request.
pub(crate) type Params = Vec<(&'static str, String)>;

/// What the route's parameters are, if it is the request's.
pub(super) fn matched(route: &'static str, request: &Request) -> Option<Params> {
    let (method, path, keys) = parts(route);
    if method != request.method.as_str() || !keys.clone().all(|key| asked(request, key)) {
        return None;
    }
    let (wanted, given) = (segments(path), segments(&request.path));
    if wanted.len() != given.len() {
        return None;
    }
    let mut params = Params::new();
    for (wanted, given) in wanted.into_iter().zip(given) {
        let given = percent_decode_str(given).decode_utf8_lossy();
        match param(wanted) {
            Some(name) if !given.is_empty() => params.push((name, given.into_owned())),
            None if wanted == given => {}
            _ => return None,
        }
    }
    Some(params)
}

/// How much a route asks for: where several are a request's, the one that asks for most is meant.
pub(super) fn weight(route: &'static str) -> usize {
    let (_, path, keys) = parts(route);
    keys.count() + segments(path).into_iter().filter(|segment| param(segment).is_none()).count()
}

fn parts(route: &str) -> (&str, &str, impl Iterator<Item = &str> + Clone) {
    let (method, rest) = route.split_once(' ').unwrap_or(("", route));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (method, path, query.split('&').filter(|key| !key.is_empty()))
}

fn asked(request: &Request, key: &str) -> bool {
    match key.split_once('=') {
        Some((name, value)) => request.query.get(name) == Some(value),
        None => request.query.has(key),
    }
}

fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

fn param(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::*;
    use crate::wire::Form;

    fn ask(route: &'static str, method: Method, uri: &str) -> Option<Vec<String>> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let request = Request { method, path: path.to_owned(), query: Form::parse(query), headers: HeaderMap::new(), body: Bytes::new() };
        matched(route, &request).map(|params| params.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn routes() {
        let none: Option<&[&str]> = None;
        for (route, uri, expected) in [
            ("GET /analyzer", "/analyzer", Some([].as_slice())),
            ("GET /analyzer", "/analyzer/", Some(&[])),
            ("GET /analyzer/", "/analyzer?type=ACCOUNT", Some(&[])),
            ("GET /analyzer", "/analyzers", none),
            ("GET /analyzer", "/", none),
            ("GET /", "/?x-id=ListBuckets", Some(&[])),
            ("GET /detector/{id}", "/detector/abc", Some(&["abc"])),
            ("GET /detector/{id}", "/detector/", none),
            ("GET /detector/{id}", "/detector/abc/filter", none),
            ("GET /detector/{id}/administrator", "/detector/abc/administrator", Some(&["abc"])),
            ("GET /tags/{arn}", "/tags/arn%3Aaws%3Asso%2Fx", Some(&["arn:aws:sso/x"])),
            ("GET /{bucket}?lifecycle", "/trail?lifecycle", Some(&["trail"])),
            ("GET /{bucket}?lifecycle", "/trail?lifecycle=&x-id=Get", Some(&["trail"])),
            ("GET /{bucket}?lifecycle", "/trail?location", none),
            ("GET /{bucket}?list-type=2", "/trail?list-type=2", Some(&["trail"])),
            ("GET /{bucket}?list-type=2", "/trail?list-type=1", none),
        ] {
            let expected = expected.map(|params| params.iter().map(|param| (*param).to_owned()).collect());
            assert_eq!(ask(route, Method::GET, uri), expected, "{route} {uri}");
            assert_eq!(ask(route, Method::POST, uri), None, "{route} {uri}");
        }
    }

    #[test]
    fn the_route_that_asks_for_more_is_meant() {
        let ascending = ["GET /{bucket}", "GET /{bucket}?lifecycle", "GET /{bucket}/logs?list-type=2"];
        assert!(ascending.windows(2).all(|pair| weight(pair[0]) < weight(pair[1])));
    }
}
