//! `/metrics`: the board's text, then the daemon's own metrics.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use orgsweep_posture::Text;
use prometheus::TextEncoder;

use crate::Server;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) async fn metrics(State(server): State<Server>, headers: HeaderMap) -> Response {
    let own = match TextEncoder::new().encode_to_string(&server.registry.gather()) {
        Ok(own) => own,
        Err(error) => {
            tracing::error!(%error, "the daemon's own metrics could not be encoded");
            return (StatusCode::INTERNAL_SERVER_ERROR, "The daemon's own metrics could not be encoded; its log says why.\n")
                .into_response();
        }
    };
    let kind = [(header::CONTENT_TYPE, CONTENT_TYPE), (header::VARY, "accept-encoding")];
    if !takes_gzip(&headers) {
        let mut pieces = server.board.render();
        pieces.push(own.into());
        return (kind, Body::new(Pieces::new(pieces))).into_response();
    }
    let mut texts = server.board.texts();
    texts.push(Text::new(&own));
    let gzip = [(header::CONTENT_ENCODING, "gzip")];
    (kind, gzip, Body::new(Pieces::new(Text::gzip(&texts)))).into_response()
}

/// Whether a client says that it takes gzip. What it says of other encodings does not matter.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(',')).any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|weight| weight.trim_matches(['0', '.']).is_empty());
        named && !refused
    })
}

/// A body made of pieces that were there before, sent without copying them together. Its length is known, so it needs no chunked framing.
struct Pieces {
    pieces: vec::IntoIter<Bytes>,
    left: u64,
}

impl Pieces {
    fn new(pieces: Vec<Bytes>) -> Self {
        Self { left: pieces.iter().map(|piece| piece.len() as u64).sum(), pieces: pieces.into_iter() }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.pieces.next();
        self.left -= next.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (said, expected) in [
            ("gzip", true),
            ("GZIP", true),
            ("deflate, gzip;q=0.5", true),
            ("*", true),
            ("br, gzip ; q=1.0", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("xgzip", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, said.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), expected, "{said}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
