//! What is refused because of how it is asked, and the headers of every answer.

use std::io::Write;

use orgsweep_server::ServeSettings;

use crate::support::{Running, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn other_names_and_origins_are_refused_everywhere() {
    let running = Running::start(None).await;
    for (path, by_another_name) in [("/metrics", 421), ("/-/healthy", 200), ("/-/ready", 200), ("/nothing", 421)] {
        assert_eq!(running.ask("GET", path, &["host: evil.com"]).status, by_another_name, "{path}");
        assert_eq!(running.ask("GET", path, &["origin: http://evil.com"]).status, 403, "{path}");
        assert_eq!(running.ask("GET", path, &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"]).status, 403, "{path}");
    }
    for host in ["localhost", "localhost:1", "127.0.0.1:9847", "[::1]:9847"] {
        let answer = running.ask("GET", "/metrics", &[&format!("host: {host}"), &format!("origin: http://{host}")]);
        assert_eq!(answer.status, 200, "{host}");
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")));
    }
    assert_eq!(running.ask("OPTIONS", "/metrics", &["origin: http://evil.com", "access-control-request-method: GET"]).status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_ask_by_any_name_but_for_nothing_to_be_done() {
    let running = Running::with(Setup { in_network: true, ..Setup::default() }).await;
    let service = "host: orgsweep.monitoring.svc:9847";
    assert_eq!(running.ask("GET", "/metrics", &[service]).status, 200);
    assert_eq!(running.ask("GET", "/metrics", &[service, "user-agent: Mozilla/5.0 (X11)"]).status, 421);
    let post = |running: &Running, path, headers: &[&str]| {
        let answer = running.ask("POST", path, &[&["content-length: 0", service], headers].concat());
        (answer.status, answer.body.contains("server.auth_token_file"))
    };
    // A machine without a network can only ask itself.
    if !running.address.ip().is_loopback() {
        for path in ["/-/sweep", "/-/reload"] {
            assert_eq!(post(&running, path, &[]), (403, true), "{path}");
            // As a mesh's sidecar hands over what other machines ask.
            let mut sidecar = running.connect_from([127, 0, 0, 6]).await;
            assert_eq!(sidecar.ask("POST", path, &["content-length: 0", service]).status, 403, "{path}");
        }
    }
    let running = Running::with(Setup { in_network: true, token: Some("s3cret"), ..Setup::default() }).await;
    assert_eq!(post(&running, "/-/sweep", &["authorization: Bearer s3cret"]), (202, false));
    assert_eq!(post(&running, "/-/reload", &["authorization: Bearer s3cret"]), (200, false));
    assert_eq!(post(&running, "/-/reload", &[]), (401, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_external_name_and_the_token_open() {
    let settings = ServeSettings { external_url: Some("https://sweep.example.com/".parse().unwrap()), ..ServeSettings::default() };
    let running = Running::with(Setup { token: Some("s3cret"), settings, ..Setup::default() }).await;
    let token = "authorization: Bearer s3cret";
    assert_eq!(running.ask("GET", "/-/healthy", &["host: sweep.example.com", "origin: https://sweep.example.com"]).status, 200);
    assert_eq!(running.ask("GET", "/metrics", &["host: other.example.com"]).status, 421);
    assert_eq!(running.ask("GET", "/metrics", &["host: other.example.com", token]).status, 200);
    assert_eq!(running.ask("GET", "/metrics", &["host: other.example.com", "origin: https://evil.com", token]).status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_host() {
    let running = Running::start(None).await;
    for headers in ["", "host: localhost\r\nhost: localhost\r\n", "host:\r\n", "host: a b\r\n", "host: user@localhost\r\n"] {
        let mut client = running.connect();
        client.0.write_all(format!("GET /metrics HTTP/1.1\r\n{headers}\r\n").as_bytes()).unwrap();
        assert_eq!(client.answer("GET").status, 400, "{headers}");
    }
    let mut oldest = running.connect();
    oldest.0.write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(oldest.answer("GET").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_targets_find_nothing() {
    let running = Running::start(None).await;
    for path in
        ["/../etc/passwd", "//metrics", "/%2e%2e/metrics", "/%2e%2e%2fetc%2fpasswd", "/./metrics", "/metrics/..", "/metrics%00", "/METRICS"]
    {
        assert_eq!(running.ask("GET", path, &[]).status, 404, "{path}");
    }
    for (method, target) in [
        ("GET", "http://localhost/metrics"),
        ("GET", "http://evil.com/metrics"),
        ("OPTIONS", "*"),
        ("GET", "*"),
        ("CONNECT", "localhost:80"),
        ("GET", "metrics"),
    ] {
        assert_eq!(running.ask(method, target, &[]).status, 400, "{method} {target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_be_careful() {
    let running = Running::start(Some("s3cret")).await;
    let token = "authorization: Bearer s3cret";
    for (status, method, path, headers) in [
        (200, "GET", "/metrics", [token].as_slice()),
        (200, "HEAD", "/metrics", &[token]),
        (200, "GET", "/-/healthy", &[]),
        (401, "GET", "/metrics", &[]),
        (404, "GET", "/nothing", &[token]),
        (405, "POST", "/-/healthy", &["content-length: 0"]),
        (421, "GET", "/metrics", &["host: evil.com"]),
        (403, "GET", "/-/healthy", &["origin: null"]),
    ] {
        let answer = running.ask(method, path, headers);
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers.get(name).map(String::as_str), Some(value), "{status} {name}");
        }
        assert!(!answer.headers.contains_key("strict-transport-security"));
    }
}
