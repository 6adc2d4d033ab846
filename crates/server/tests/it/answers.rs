//! What each path answers.

use crate::support::Running;

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_the_boards_text_and_the_daemons_own() {
    let running = Running::start(None).await;
    let answer = running.ask("GET", "/metrics", &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");

    let pieces = running.server.board.render();
    assert!(pieces.len() > 2000);
    let board = String::from_utf8(pieces.concat()).unwrap();
    let own = answer.body.strip_prefix(&board).expect("the board's text comes first");
    assert_eq!(own, "# HELP orgsweep_workers Number of workers.\n# TYPE orgsweep_workers gauge\norgsweep_workers 64\n");

    let head = running.ask("HEAD", "/metrics", &[]);
    assert_eq!((head.status, &head.headers["content-length"]), (200, &answer.body.len().to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_when_every_latch_is_let_go() {
    let running = Running::start(None).await;
    let ready = |method: &str| {
        let answer = running.ask(method, "/-/ready", &[]);
        (answer.status, answer.body)
    };
    let listing = running.server.readiness.latch("the first listing of the organization");
    let sweep = running.server.readiness.latch("the board to be restored");
    assert_eq!(ready("GET"), (503, "waiting for the first listing of the organization\nwaiting for the board to be restored\n".into()));
    assert_eq!(ready("HEAD").0, 503);
    listing.release();
    assert_eq!(ready("GET"), (503, "waiting for the board to be restored\n".into()));
    drop(sweep);
    assert_eq!(ready("GET"), (200, "ok\n".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_whether_ready_or_not() {
    let running = Running::start(None).await;
    let _latch = running.server.readiness.latch("something");
    let answer = running.ask("GET", "/-/healthy", &[]);
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    assert_eq!(running.ask("HEAD", "/-/healthy", &[]).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_paths_say_what_there_is_and_other_methods_are_refused() {
    let running = Running::start(None).await;
    for path in ["/", "/metric", "/-/other", "/metrics/"] {
        let answer = running.ask("GET", path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            ["/metrics", "/-/healthy", "/-/ready", "/-/sweep", "/-/reload"].iter().all(|path| answer.body.contains(path)),
            "{}",
            answer.body
        );
    }
    for path in ["/-/sweep", "/-/reload"] {
        let answer = running.ask("GET", path, &[]);
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"), "{path}");
    }
    for path in ["/metrics", "/-/healthy", "/-/ready"] {
        let answer = running.ask("POST", path, &["content-length: 0"]);
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "GET,HEAD"), "{path}");
        assert_eq!(running.ask("DELETE", path, &[]).status, 405, "{path}");
    }
}
