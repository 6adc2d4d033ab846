//! The bearer token.

use crate::support::Running;

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
async fn an_empty_token_locks_out_rather_than_letting_all_in() {
    let running = Running::start(Some("\n")).await;
    for given in ["Bearer", "Bearer ", "Bearer  x"] {
        assert_eq!(running.ask("GET", "/metrics", &[&format!("authorization: {given}")]).status, 401, "{given}");
    }
}

#[test]
fn a_token_is_never_shown() {
    assert!(!format!("{:?}", orgsweep_server::Token::new("s3cret")).contains("s3cret"));
}
