//! Traces, as a collector of traces sees them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Output,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    simulated::{Simulated, done},
    stderr,
};

/// Far more than a scan of two accounts takes.
const SOON: Duration = Duration::from_secs(20);

struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn says(&self, text: &str) -> usize {
        self.body.windows(text.len()).filter(|part| *part == text.as_bytes()).count()
    }
}

fn request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Request { head, body }
}

/// Takes one request, and answers it.
fn collector() -> (String, JoinHandle<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = request(&stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n").unwrap();
        request
    });
    (url, taken)
}

fn scan(endpoint: &str) -> Output {
    done(Simulated::new().scan().env("ORGSWEEP_OTLP__ENDPOINT", endpoint).env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=posture"))
}

#[test]
fn the_sweeps_of_a_scan_arrive_before_it_ends() {
    let (url, taken) = collector();
    let log = stderr(&scan(&url));
    let request = taken.join().unwrap();
    let head = request.head.to_ascii_lowercase();
    for part in ["post /v1/traces http/1.1\r\n", "content-type: application/x-protobuf\r\n", "x-tenant: posture\r\n"] {
        assert!(head.contains(part), "{head}");
    }
    for (text, at_least) in
        [("sweep", 2), ("target", 3), ("111111111111", 1), ("eu-west-1", 1), ("cadences", 2), ("swept", 2), ("role_missing", 1)]
    {
        assert!(request.says(text) >= at_least, "{text}: {}", String::from_utf8_lossy(&request.body));
    }
    for text in ["service.name", "orgsweep", "service.version", env!("CARGO_PKG_VERSION")] {
        assert!(request.says(text) > 0, "{text}");
    }
    assert_eq!(request.says("unknown_service"), 0);
    assert!(!log.contains("traces"), "{log}");
}

#[test]
fn a_collector_that_is_not_there_is_said_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let log = stderr(&scan(&url));
    assert_eq!(log.matches("traces cannot be sent").count(), 1, "{log}");
    assert!(log.contains("refused"), "{log}");
}

#[test]
fn a_collector_that_says_nothing_holds_up_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = Instant::now();
    scan(&format!("http://{}", listener.local_addr().unwrap()));
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}
