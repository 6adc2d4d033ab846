//! The bearer token.

use std::{fs, path::Path, time::Duration};

use orgsweep_server::{Limits, TokenFile};

use crate::support::{Folder, Running, Setup, log, until};

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_health_needs_the_token() {
    let running = Running::start(Some("s3cret\n")).await;
    let _latch = running.server.readiness.latch("something");
    assert_eq!(running.ask("GET", "/-/healthy", &[]).status, 200);
    assert_eq!(running.ask("GET", "/-/ready", &[]).status, 503);

    for (method, path) in [("GET", "/metrics"), ("HEAD", "/metrics"), ("POST", "/metrics"), ("GET", "/"), ("GET", "/-/other")] {
        let answer = running.ask(method, path, &[]);
        assert_eq!((answer.status, answer.headers["www-authenticate"].as_str()), (401, "Bearer"), "{method} {path}");
        assert!(!answer.body.contains("orgsweep_"));
    }
    for wrong in ["Bearer wrong!", "Bearer s3cre", "Bearer s3crets", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearer s3cret x"] {
        assert_eq!(running.ask("GET", "/metrics", &[&format!("authorization: {wrong}")]).status, 401, "{wrong}");
    }
    assert_eq!(running.ask("GET", "/metrics", &["authorization: Bearer s3cret"]).status, 200);
    assert_eq!(running.ask("GET", "/metrics", &["Authorization: bearer s3cret"]).status, 200, "the scheme's case does not matter");
    assert_eq!(running.ask("GET", "/", &["authorization: Bearer s3cret"]).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_token_counts() {
    let limits = Limits { token_look: Duration::from_millis(20), ..Limits::default() };
    let running = Running::with(Setup { token: Some("first"), ..Setup::limited(limits) }).await;
    let accepts = |token: &str| running.ask("GET", "/nothing", &[&format!("authorization: Bearer {token}")]).status == 404;
    assert!(accepts("first"));
    running.folder.write("token", "second\n");
    until("the second token is taken", || accepts("second")).await;
    assert!(!accepts("first"));

    // A bad file changes nothing.
    let folder = running.folder.path().display().to_string();
    let told = |what| log::lines(&[&folder, what, "the token from before stays"]);
    running.folder.write("token", " \n");
    until("the empty file is seen", || told("is empty") > 0).await;
    assert!(accepts("second") && !accepts(""));
    running.folder.write("token", "fïrst");
    until("the token that nobody can bear is seen", || told("printable ASCII") > 0).await;
    assert!(accepts("second"));
    fs::remove_file(running.folder.path().join("token")).unwrap();
    until("the file that is gone is seen", || told("cannot be read") > 0).await;
    assert!(accepts("second"));
    running.folder.write("token", "third");
    until("the third token is taken", || accepts("third")).await;
    assert!(!accepts("second"));
    assert_eq!((told("is empty"), told("cannot be read")), (1, 1), "each was said once");
}

#[test]
fn a_file_without_a_token_is_refused() {
    let folder = Folder::new();
    let mistake = |path: &Path| TokenFile::load(path).unwrap_err().to_string();
    let missing = folder.path().join("missing");
    assert!(mistake(&missing).starts_with(&format!("{}: cannot be read: ", missing.display())));
    let empty = folder.write("empty", " \n\t");
    assert_eq!(mistake(&empty), format!("{}: is empty", empty.display()));
    assert!(mistake(&folder.write("binary", [0xff, 0xfe])).contains("cannot be read"));
    for unbearable in ["pässword", "first\nsecond", "first\tsecond", "\u{feff}token", "a\0b"] {
        let path = folder.write("unbearable", unbearable);
        assert!(mistake(&path).contains("a token is one line of printable ASCII"), "{unbearable:?}");
    }
    assert!(TokenFile::load(folder.write("token", " with-a_space and ~ ! \" in it\r\n")).is_ok());
}

#[test]
fn a_token_is_never_shown() {
    let folder = Folder::new();
    let token = TokenFile::load(folder.write("token", "s3cret")).unwrap();
    assert!(!format!("{token:?}").contains("s3cret"));
}
