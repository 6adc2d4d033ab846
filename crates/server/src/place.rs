//! Hosts and origins, as headers name them.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use axum::http::{Uri, uri::Authority};

/// A host and maybe a port, as the header `Host` has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// In lower case.
    pub host: String,
    pub port: Option<u16>,
}

impl Place {
    pub fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        let host = authority.host();
        // What follows the host has to be a port. What comes before it, a user's name, is nothing that a Host has.
        let port = match text.strip_prefix(host)? {
            "" | ":" => None,
            rest => Some(rest.strip_prefix(':')?.parse().ok()?),
        };
        (!host.is_empty()).then(|| Self { host: host.to_ascii_lowercase(), port })
    }

    /// Whether it is an address, so that no name server was asked for it.
    pub fn is_address(&self) -> bool {
        let in_brackets = self.host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match in_brackets {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => self.host.parse::<Ipv4Addr>().is_ok(),
        }
    }
}

/// Where a page comes from: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    tls: bool,
    pub host: String,
    port: u16,
}

impl Origin {
    pub fn new(tls: bool, place: Place) -> Self {
        Self { tls, port: place.port.unwrap_or(if tls { 443 } else { 80 }), host: place.host }
    }

    /// The origin of a header `Origin`, or of a URL's beginning.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, place) = text.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        Some(Self::new(tls, Place::parse(place)?))
    }
}

/// The URL under which people reach the server. Its pages are the server's own.
#[derive(Clone, Debug)]
pub struct ExternalUrl(pub(crate) Origin);

/// Why a text is no such URL. It may have a password in it, so it is not repeated.
#[derive(Debug, thiserror::Error)]
#[error("the URL has to be http:// or https:// and a host, maybe with a port, without a user's name")]
pub struct ExternalUrlError;

impl FromStr for ExternalUrl {
    type Err = ExternalUrlError;

    fn from_str(text: &str) -> Result<Self, ExternalUrlError> {
        let url: Uri = text.parse().map_err(|_| ExternalUrlError)?;
        let origin =
            url.scheme_str().zip(url.authority()).and_then(|(scheme, authority)| Origin::parse(&format!("{scheme}://{authority}")));
        origin.map(Self).ok_or(ExternalUrlError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("localhost", Some(("localhost", None))),
            ("LocalHost:9847", Some(("localhost", Some(9847)))),
            ("localhost:", Some(("localhost", None))),
            ("10.0.0.1:80", Some(("10.0.0.1", Some(80)))),
            ("[::1]:80", Some(("[::1]", Some(80)))),
            ("", None),
            (":80", None),
            ("a b", None),
            ("host/path", None),
            ("user@host", None),
            ("host:port", None),
            ("host:99999", None),
            ("host:1:2", None),
        ] {
            let expected = expected.map(|(host, port): (&str, _)| Place { host: host.to_owned(), port });
            assert_eq!(Place::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses() {
        for (host, expected) in
            [("127.0.0.1", true), ("[2001:db8::1]:9", true), ("localhost", false), ("1.2.3.4.evil.com", false), ("127.1", false)]
        {
            assert_eq!(Place::parse(host).is_some_and(|place| place.is_address()), expected, "{host}");
        }
    }

    #[test]
    fn origins_are_the_same_with_their_default_port() {
        assert_eq!(Origin::parse("http://a"), Origin::parse("HTTP://A:80"));
        assert_eq!(Origin::parse("https://a"), Origin::parse("https://a:443"));
        assert_ne!(Origin::parse("https://a:80"), Origin::parse("http://a"));
        for no_origin in ["null", "", "file://", "ftp://a", "http://", "http://a b"] {
            assert_eq!(Origin::parse(no_origin), None, "{no_origin}");
        }
    }
    #[test]
    fn external_urls() {
        for (text, expected) in [
            ("https://sweep.example.com", Some("https://sweep.example.com")),
            ("https://sweep.example.com:8443/base?x", Some("https://sweep.example.com:8443")),
            ("http://[::1]:9847/", Some("http://[::1]:9847")),
            ("https://host:abc", None),
            ("https://host:99999", None),
            ("https://user@host", None),
            ("https://user:password@host/", None),
            ("https://a b", None),
            ("ftp://host", None),
            ("host", None),
            ("/path", None),
            ("", None),
        ] {
            let found = text.parse::<ExternalUrl>().ok().map(|ExternalUrl(origin)| origin);
            assert_eq!(found, expected.and_then(Origin::parse), "{text}");
        }
    }
}
