//! TLS: good and bad clients, and certificates that change.

use std::{
    fs,
    io::{Read, Write},
    time::Duration,
};

use orgsweep_server::{Limits, ServeSettings, Tls, TlsFiles};
use rustls::version::{TLS12, TLS13};

use crate::support::{
    BALLAST, DEADLINE, Folder, Running, SHORT, Setup, log,
    pki::{Authority, TlsClient},
    until,
};

async fn serving(tls: Tls, limits: Limits) -> Running {
    Running::with(Setup { settings: ServeSettings { tls: Some(tls), limits, ..ServeSettings::default() }, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_spoken() {
    let authority = Authority::new();
    authority.certify("server");
    let running = serving(authority.tls("server"), Limits::default()).await;
    for version in [&TLS13, &TLS12] {
        let mut client = TlsClient { versions: vec![version], ..authority.client() }.connect(&running);
        let answer = client.ask("GET", "/metrics", &[]);
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("strict-transport-security"), "it would be about the host's other ports, too");
        assert!(answer.body.ends_with("orgsweep_workers 64\n"));
        assert_eq!(client.ask("GET", "/-/healthy", &["host: sweep.example.com", "origin: https://sweep.example.com"]).status, 200);
        assert_eq!(client.ask("GET", "/-/healthy", &["host: sweep.example.com", "origin: http://sweep.example.com"]).status, 403);
        assert_eq!(client.0.conn.protocol_version(), Some(version.version));
        assert_eq!(client.0.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
    let mut idle = authority.client().connect(&running);
    assert_eq!(idle.ask("GET", "/-/healthy", &[]).status, 200);
    running.shutdown.cancel();
    assert!(idle.is_closed(), "at once, and said to the peer");
    running.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_speak_it_is_not_kept_waiting() {
    let authority = Authority::new();
    authority.certify("server");
    let running = serving(authority.tls("server"), Limits { head: SHORT, ..Limits::default() }).await;
    let mut plain = running.connect();
    plain.0.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.0.read_to_end(&mut answer);
    assert!(answer.len() < 20, "an alert at the most: {answer:?}");

    let mut silent = running.connect();
    assert!(silent.is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_do_not_end_keep_nobody_from_scraping() {
    let authority = Authority::new();
    authority.certify("server");
    let running = serving(authority.tls("server"), Limits { head: Duration::from_hours(1), ..Limits::default() }).await;
    let mut silent: Vec<_> = (0..200).map(|_| running.connect()).collect();
    for client in &mut silent {
        // The beginning of a handshake of 512 bytes.
        let _ = client.0.write_all(&[22, 3, 1, 2, 0, 1]);
    }
    for _ in 0..3 {
        assert_eq!(authority.client().connect(&running).ask("GET", "/metrics", &[]).status, 200);
    }
    assert!(silent[0].is_closed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_dropped() {
    let authority = Authority::new();
    authority.certify("server");
    let limits = Limits { stall: SHORT, scrapes: 1, place_wait: DEADLINE, ..Limits::default() };
    let settings = ServeSettings { tls: Some(authority.tls("server")), limits, ..ServeSettings::default() };
    let running = Running::with(Setup { ballast: BALLAST, settings, ..Setup::default() }).await;
    let mut stalled = authority.client().connect(&running);
    stalled.send("GET", "/metrics", &[]);
    assert_eq!(stalled.head().status, 200);
    // There is one place for scrapes, so the stalled one is over when this is answered.
    assert_eq!(authority.client().connect(&running).ask("HEAD", "/metrics", &[]).status, 200);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_connections_have_the_new_certificate() {
    let authority = Authority::new();
    for name in ["server", "second", "third"] {
        authority.certify(name);
    }
    let first = authority.der("server.pem");
    let tls = authority.tls("server");
    let running = serving(tls.clone(), Limits { tls_look: Duration::from_millis(20), ..Limits::default() }).await;
    let shows = || {
        let mut client = authority.client().connect(&running);
        assert_eq!(client.ask("GET", "/-/healthy", &[]).status, 200);
        client.0.conn.peer_certificates().unwrap()[0].clone().into_owned()
    };
    let mut old = authority.client().connect(&running);
    assert_eq!(old.ask("GET", "/-/healthy", &[]).status, 200);
    assert_eq!(shows(), first);

    // Certificate and key are two files, and between the two they are no pair.
    let rotate = |from: &str| {
        authority.folder.write("server.pem", authority.read(&format!("{from}.pem")));
        authority.folder.write("server.key", authority.read(&format!("{from}.key")));
    };
    rotate("second");
    until("the second certificate is shown", || shows() == authority.der("second.pem")).await;
    assert_eq!(old.ask("GET", "/-/healthy", &[]).status, 200, "connections go on");

    let folder = authority.folder.path().display().to_string();
    authority.folder.write("server.pem", "no certificate");
    let told = || log::lines(&[&folder, "server.pem: there is no certificate in it", "what was there before stays"]);
    until("the bad file is seen", || told() > 0).await;
    assert_eq!(shows(), authority.der("second.pem"));
    fs::remove_file(authority.path("server.key")).unwrap();
    let gone = || log::lines(&[&folder, "server.key: cannot be read", "what was there before stays"]);
    until("the file that is gone is seen", || gone() > 0).await;
    assert_eq!(shows(), authority.der("second.pem"));
    rotate("third");
    until("the third certificate is shown", || shows() == authority.der("third.pem")).await;
    assert_eq!((told(), gone()), (1, 1), "each was said once");
    assert!(tls.not_after().unwrap() > 4_000_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_need_a_certificate_where_there_is_an_authority_for_them() {
    let (authority, other) = (Authority::new(), Authority::new());
    authority.certify("server");
    authority.certify("client");
    other.certify("client");
    let tls = Tls::load(TlsFiles { client_ca: Some(authority.path("ca.pem")), ..authority.files("server") }).unwrap();
    let running = serving(tls, Limits::default()).await;
    for path in ["/metrics", "/-/healthy"] {
        let good = TlsClient { certificate: Some((&authority, "client")), ..authority.client() };
        assert_eq!(good.connect(&running).ask("GET", path, &[]).status, 200);
        for certificate in [None, Some((&other, "client"))] {
            for version in [&TLS13, &TLS12] {
                let mut refused = TlsClient { certificate, versions: vec![version], ..authority.client() }.connect(&running);
                let asked = refused.0.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes());
                let answered = asked.and_then(|()| refused.0.read(&mut [0]));
                assert!(!answered.is_ok_and(|bytes| bytes > 0), "{path}");
            }
        }
    }
}

#[test]
fn bad_files_are_named_with_what_is_wrong() {
    let authority = Authority::new();
    authority.certify("server");
    authority.certify("other");
    let folder = Folder::new();
    let (empty, broken) =
        (folder.write("empty", ""), folder.write("broken", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"));
    let nonsense = folder.write("nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let missing = folder.path().join("missing");
    let good = || authority.files("server");
    let (cert, key) = (good().cert, authority.files("other").key);
    for (files, path, what) in [
        (TlsFiles { cert: missing.clone(), ..good() }, &missing, "cannot be read: No such file"),
        (TlsFiles { key: missing.clone(), ..good() }, &missing, "cannot be read: No such file"),
        (TlsFiles { client_ca: Some(missing.clone()), ..good() }, &missing, "cannot be read: No such file"),
        (TlsFiles { cert: empty.clone(), ..good() }, &empty, "there is no certificate in it"),
        (TlsFiles { key: empty.clone(), ..good() }, &empty, "there is no private key in it"),
        (TlsFiles { key: cert.clone(), ..good() }, &cert, "there is no private key in it"),
        (TlsFiles { client_ca: Some(empty.clone()), ..good() }, &empty, "there is no certificate in it"),
        (TlsFiles { cert: broken.clone(), ..good() }, &broken, "is not proper PEM"),
        (TlsFiles { cert: nonsense.clone(), ..good() }, &nonsense, "cannot be used: invalid peer certificate: "),
        (TlsFiles { client_ca: Some(nonsense.clone()), ..good() }, &nonsense, "cannot be used: invalid peer certificate: "),
        (TlsFiles { key: key.clone(), ..good() }, &key, "is not the key of the certificate in "),
    ] {
        let error = Tls::load(files).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: {what}", path.display())), "{error}");
    }
    assert!(Tls::load(good()).is_ok());
}
