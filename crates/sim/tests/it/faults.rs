//! What goes wrong on demand, as it looks on the wire.

use std::io::ErrorKind;
use std::time::Duration;

use orgsweep_sim::Simulation;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::http::{Answer, Identity, Server};

const ORGANIZATION: &str = include_str!("../../examples/organization.yaml");
const FAULTS: &str = include_str!("../../examples/faults.yaml");
const DEADLINE: Duration = Duration::from_secs(20);

/// The example organization, where these faults hold.
async fn faulty(faults: &str) -> Server {
    let simulation = Simulation::from_yaml(ORGANIZATION).unwrap();
    simulation.set_faults(faults).unwrap_or_else(|error| panic!("{error}\n{faults}"));
    Server::start(simulation).await
}

async fn meeting(rules: &str) -> Server {
    faulty(&format!("faults: [{rules}]")).await
}

/// A request in every protocol, and to some services with errors of their own.
const ASKED: [&str; 13] = [
    "ec2",
    "iam",
    "sts",
    "organizations",
    "config",
    "monitoring",
    "access-analyzer",
    "guardduty",
    "securityhub",
    "lambda",
    "account",
    "s3control",
    "s3",
];

impl Server {
    /// The first request that the service's name brings to mind, by the base credentials.
    async fn ask(&self, service: &str) -> std::io::Result<Answer> {
        self.ask_signed_at(service, "", None).await
    }

    async fn ask_signed_at(&self, service: &str, date: &str, patience: Option<Duration>) -> std::io::Result<Answer> {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n".to_owned();
        let target = |target: &str| format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\n");
        let cbor = "Content-Type: application/cbor\r\nSmithy-Protocol: rpc-v2-cbor\r\n".to_owned();
        let none = String::new;
        let control = || "x-amz-account-id: 111111111111\r\n".to_owned();
        let (line, headers, body) = match service {
            "ec2" => ("POST /", form, "Action=DescribeVpcs"),
            "iam" => ("POST /", form, "Action=GetAccountSummary"),
            "sts" => ("POST /", form, "Action=AssumeRole&RoleArn=arn:aws:iam::333333333333:role/OrgsweepAudit&RoleSessionName=test"),
            "organizations" => ("POST /", target("AWSOrganizationsV20161128.ListAccounts"), "{}"),
            "config" => ("POST /", target("StarlingDoveService.DescribeConfigurationRecorders"), "{}"),
            "monitoring" => ("POST /service/GraniteServiceVersion20100801/operation/DescribeAlarms", cbor, ""),
            "access-analyzer" => ("GET /analyzer", none(), ""),
            "guardduty" => ("GET /detector", none(), ""),
            "securityhub" => ("GET /accounts", none(), ""),
            "lambda" => ("GET /2015-03-31/functions", none(), ""),
            "account" => ("POST /getAlternateContact", none(), r#"{"AlternateContactType":"SECURITY"}"#),
            "s3control" => ("GET /v20180820/configuration/publicAccessBlock", control(), ""),
            "s3" => ("GET /", none(), ""),
            other => panic!("what is {other} asked?"),
        };
        let signing = if service == "s3control" { "s3" } else { service };
        let headers = format!("{}{headers}{date}", Identity::base().headers("us-east-1", signing));
        self.exchange(&format!("{line} HTTP/1.1"), &headers, body.as_bytes().to_vec(), patience).await
    }

    async fn put_faults(&self, text: &str) -> Answer {
        self.send("PUT /-/faults HTTP/1.1", "", text).await
    }

    async fn stats(&self) -> Value {
        self.send("GET /-/stats HTTP/1.1", "", "").await.json()
    }
}

impl Answer {
    /// The error's code and text, wherever the protocol puts them.
    fn error(&self) -> (String, String) {
        match self.header("content-type").unwrap() {
            kind if kind.contains("cbor") => (self.cbor_text("__type"), self.cbor_text("message")),
            kind if kind.contains("json") => {
                let body = self.json();
                (body["__type"].as_str().unwrap().to_owned(), body["message"].as_str().unwrap().to_owned())
            }
            _ => (self.element("Code").to_owned(), self.element("Message").to_owned()),
        }
    }
}

/// What each service answers, as status and code.
async fn answers(rule: &str) -> Vec<(&'static str, u16, String)> {
    let server = meeting(rule).await;
    let mut answers = Vec::new();
    for service in ASKED {
        let answer = server.ask(service).await.unwrap();
        answers.push((service, answer.status, answer.error().0));
    }
    answers
}

fn expected(rows: &[(&'static str, u16, &str)]) -> Vec<(&'static str, u16, String)> {
    rows.iter().map(|&(service, status, code)| (service, status, code.to_owned())).collect()
}

#[tokio::test]
async fn nothing_goes_wrong_unasked() {
    let server = meeting("").await;
    for service in ASKED {
        let answer = server.ask(service).await.unwrap();
        // The example's accounts have no alternate contacts, no public access block and no hub to speak of.
        assert!([200, 404].contains(&answer.status), "{service}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_service_throttles_in_its_own_words() {
    let rows = [
        ("ec2", 503, "RequestLimitExceeded"),
        ("iam", 400, "Throttling"),
        ("sts", 400, "Throttling"),
        ("organizations", 400, "TooManyRequestsException"),
        ("config", 400, "ThrottlingException"),
        ("monitoring", 400, "ThrottlingException"),
        ("access-analyzer", 429, "ThrottlingException"),
        ("guardduty", 429, "TooManyRequestsException"),
        ("securityhub", 429, "TooManyRequestsException"),
        ("lambda", 429, "TooManyRequestsException"),
        ("account", 429, "TooManyRequestsException"),
        ("s3control", 503, "SlowDown"),
        ("s3", 503, "SlowDown"),
    ];
    assert_eq!(answers("{fault: throttle}").await, expected(&rows));
}

#[tokio::test]
async fn a_throttle_may_say_when_to_come_back() {
    let server = meeting("{fault: throttle, retry_after: 1.5, services: [ec2]}, {fault: throttle}").await;
    let answer = server.ask("ec2").await.unwrap();
    assert_eq!((answer.header("retry-after"), answer.header("x-amz-retry-after")), (Some("2"), Some("1500")));
    let answer = server.ask("iam").await.unwrap();
    assert_eq!((answer.header("retry-after"), answer.header("x-amz-retry-after")), (None, None));
}

#[tokio::test]
async fn denials_are_each_protocol_s_own_and_say_who_denies() {
    let rows = [
        ("ec2", 403, "UnauthorizedOperation"),
        ("iam", 403, "AccessDenied"),
        ("sts", 403, "AccessDenied"),
        ("organizations", 400, "AccessDeniedException"),
        ("config", 400, "AccessDeniedException"),
        ("monitoring", 400, "AccessDeniedException"),
        ("access-analyzer", 403, "AccessDeniedException"),
        ("guardduty", 403, "AccessDeniedException"),
        ("securityhub", 403, "AccessDeniedException"),
        ("lambda", 403, "AccessDeniedException"),
        ("account", 403, "AccessDeniedException"),
        ("s3control", 403, "AccessDenied"),
        ("s3", 403, "AccessDenied"),
    ];
    assert_eq!(answers("{fault: deny}").await, expected(&rows));
    assert_eq!(answers("{fault: scp_deny}").await, expected(&rows));
    let (by_role, by_scp) = (meeting("{fault: deny}").await, meeting("{fault: scp_deny}").await);
    for service in ASKED {
        let text = by_role.ask(service).await.unwrap().error().1;
        assert!(text.contains("is not authorized to perform: ") && text.contains("because no identity-based policy allows the"), "{text}");
        let text = by_scp.ask(service).await.unwrap().error().1;
        assert!(text.ends_with(" with an explicit deny in a service control policy"), "{text}");
    }
    let text = by_role.ask("sts").await.unwrap().error().1;
    assert!(text.contains("sts:AssumeRole on resource: arn:aws:iam::333333333333:role/OrgsweepAudit because"), "{text}");
    let whoami = by_role.query(&Identity::base(), "us-east-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!(whoami.status, 200, "nobody can be denied to ask who they are");
    assert_eq!(by_role.stats().await["outcomes"], json!({"deny": 14, "ok": 1}));
}

#[tokio::test]
async fn errors_are_the_service_s_own_or_a_load_balancer_s() {
    for (service, status, code) in answers("{fault: error}").await {
        let own = if ["ec2", "s3", "s3control"].contains(&service) { "InternalError" } else { "InternalFailure" };
        assert_eq!((status, code.as_str()), (500, own), "{service}");
    }
    for (service, status, code) in answers("{fault: error, status: 503}").await {
        assert_eq!((status, code.as_str()), (503, "ServiceUnavailable"), "{service}");
    }
    let server = meeting("{fault: error, status: 502, html: true}").await;
    for service in ASKED {
        let answer = server.ask(service).await.unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (502, Some("text/html")), "{service}");
        assert!(answer.body.contains("<h1>502 Bad Gateway</h1>") && answer.header("server") == Some("awselb/2.0"), "{}", answer.head);
    }
}

#[tokio::test]
async fn expired_tokens_are_each_protocol_s_own() {
    let rows = [
        ("ec2", 400, "RequestExpired"),
        ("iam", 403, "ExpiredToken"),
        ("sts", 403, "ExpiredToken"),
        ("organizations", 400, "ExpiredTokenException"),
        ("config", 400, "ExpiredTokenException"),
        ("monitoring", 400, "ExpiredTokenException"),
        ("access-analyzer", 403, "ExpiredTokenException"),
        ("guardduty", 403, "ExpiredTokenException"),
        ("securityhub", 403, "ExpiredTokenException"),
        ("lambda", 403, "ExpiredTokenException"),
        ("account", 403, "ExpiredTokenException"),
        ("s3control", 400, "ExpiredToken"),
        ("s3", 400, "ExpiredToken"),
    ];
    assert_eq!(answers("{fault: expired_token}").await, expected(&rows));
}

#[tokio::test]
async fn a_clock_that_differs_refuses_what_was_signed_by_another() {
    let server = meeting("{fault: clock_skew, seconds: 7200}").await;
    let header = |hours: i64| {
        let time = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        format!("X-Amz-Date: {}\r\n", time.strftime("%Y%m%dT%H%M%SZ"))
    };
    for (service, status, code) in [
        ("ec2", 400, "RequestExpired"),
        ("iam", 403, "SignatureDoesNotMatch"),
        ("config", 400, "InvalidSignatureException"),
        ("monitoring", 400, "InvalidSignatureException"),
        ("guardduty", 403, "InvalidSignatureException"),
        ("s3control", 403, "RequestTimeTooSkewed"),
        ("s3", 403, "RequestTimeTooSkewed"),
    ] {
        let answer = server.ask_signed_at(service, &header(0), None).await.unwrap();
        assert_eq!((answer.status, answer.error().0.as_str()), (status, code), "{service}");
        let says = jiff::fmt::rfc2822::parse(&answer.header("date").unwrap().replace("gmt", "GMT")).unwrap().timestamp();
        let ahead = says.duration_since(jiff::Timestamp::now()).as_secs();
        assert!((7000..=7200).contains(&ahead), "{ahead}");
        // A caller that goes by that clock is heard.
        let corrected = server.ask_signed_at(service, &header(2), None).await.unwrap();
        assert!([200, 404].contains(&corrected.status), "{service}: {}", corrected.body);
    }
    let late = server.ask_signed_at("iam", &header(0), None).await.unwrap().error().1;
    assert!(late.starts_with("Signature expired: ") && late.ends_with(" - 5 min.)"), "{late}");
    let early = server.ask_signed_at("iam", &header(4), None).await.unwrap().error().1;
    assert!(early.starts_with("Signature not yet current: ") && early.ends_with(" + 5 min.)"), "{early}");
    let early = server.ask_signed_at("ec2", &header(4), None).await.unwrap();
    assert_eq!((early.status, early.error().0.as_str()), (401, "AuthFailure"));
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let server = meeting("{fault: reset, times: 1}").await;
    let error = server.ask("iam").await.err().expect("no answer");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    assert_eq!(server.ask("iam").await.unwrap().status, 200);
    assert_eq!(server.stats().await["outcomes"], json!({"reset": 1, "ok": 1}));
}

#[tokio::test]
async fn a_black_hole_says_nothing_until_the_client_has_gone() {
    let server = meeting("{fault: black_hole}").await;
    let error = server.ask_signed_at("iam", "", Some(Duration::from_millis(100))).await.err().expect("no answer");
    assert!([ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()), "{error}");
    let deadline = Instant::now() + DEADLINE;
    // Its connection is closed here; the server notices when it does.
    while server.stats().await["in_flight"]["now"] != 0 {
        assert!(Instant::now() < deadline, "{}", server.stats().await);
        tokio::task::yield_now().await;
    }
    assert_eq!(server.stats().await["outcomes"], json!({"black_hole": 1}));
}

#[tokio::test]
async fn a_server_with_black_holes_ends_when_asked() {
    let server = meeting("{fault: black_hole}").await;
    let patience = Some(DEADLINE);
    let (waiting, ()) = tokio::join!(server.ask_signed_at("iam", "", patience), async {
        while server.stats().await["in_flight"]["now"] != 1 {
            tokio::task::yield_now().await;
        }
        server.shut_down();
    });
    assert!(waiting.is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_the_head_says() {
    let (whole, cut) = (meeting("").await, meeting("{fault: truncate}").await);
    for service in ASKED {
        let (whole, cut) = (whole.ask(service).await.unwrap(), cut.ask(service).await.unwrap());
        assert_eq!(cut.status, whole.status);
        // Some bodies hold the time.
        let promised: usize = cut.header("content-length").unwrap().parse().unwrap();
        assert!(promised.abs_diff(whole.bytes.len()) < 4, "{service}: {promised} of {}", whole.bytes.len());
        assert_eq!(cut.bytes.len(), promised / 2, "{service}");
    }
}

#[tokio::test]
async fn a_malformed_body_is_whole_and_cannot_be_read() {
    let (whole, broken) = (meeting("").await, meeting("{fault: malform}").await);
    for service in ASKED {
        let (whole, broken) = (whole.ask(service).await.unwrap(), broken.ask(service).await.unwrap());
        assert_eq!(broken.status, whole.status);
        assert_eq!(broken.header("content-length"), Some(broken.bytes.len().to_string().as_str()));
        assert_ne!(broken.bytes, whole.bytes);
        let kind = broken.header("content-type").unwrap();
        if kind.contains("cbor") {
            assert!(ciborium::from_reader::<ciborium::Value, _>(broken.bytes.as_slice()).is_err());
        } else if kind.contains("json") {
            assert!(serde_json::from_slice::<Value>(&broken.bytes).is_err());
        } else {
            assert!(broken.body.ends_with("<<"), "{}", broken.body);
        }
    }
}

#[tokio::test]
async fn what_is_slow_takes_its_time() {
    for (rules, at_least) in [
        ("{fault: latency, ms: 60}", 60),
        ("{fault: latency, ms: 40}, {fault: latency, ms: 40}", 80),
        ("{fault: slow_first_byte, seconds: 0.06}", 60),
        // Nearly 600 bytes.
        ("{fault: slow_drip, bytes_per_second: 4000}", 100),
        ("{fault: latency, ms: 60}, {fault: error}", 60),
    ] {
        let server = meeting(rules).await;
        let start = Instant::now();
        let answer = server.ask("iam").await.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(at_least), "{rules}: {:?}", start.elapsed());
        assert_eq!(answer.header("content-length"), Some(answer.bytes.len().to_string().as_str()), "{rules}");
    }
}

#[tokio::test]
async fn endless_pages_end_never() {
    let server = meeting("{fault: endless_pages, services: [organizations, iam]}").await;
    let (mut token, mut tokens, mut seen) = (None, Vec::new(), 0);
    for _ in 0..50 {
        let mut input = json!({"MaxResults": 4});
        if let Some(token) = token {
            input["NextToken"] = token;
        }
        let answer = server.json(&Identity::base(), "us-east-1", "organizations", "ListAccounts", &input.to_string()).await.json();
        seen += answer["Accounts"].as_array().unwrap().len();
        token = Some(answer["NextToken"].clone());
        assert!(answer["NextToken"].is_string() && !tokens.contains(&answer["NextToken"]), "{answer}");
        tokens.push(answer["NextToken"].clone());
    }
    // Four, none, two, and the two again and again.
    assert_eq!(seen, 4 + 2 * 48);
    let answer = server.query(&Identity::base(), "us-east-1", "iam", "Action=ListVirtualMFADevices").await;
    assert!(answer.element("IsTruncated") == "true" && !answer.element("Marker").is_empty(), "{}", answer.body);
}

#[tokio::test]
async fn huge_pages_hold_everything() {
    let simulation = Simulation::generated(100, 7);
    simulation.set_faults("faults: [{fault: huge_pages}]").unwrap();
    let server = Server::start(simulation).await;
    let answer = server.json(&Identity::base(), "us-east-1", "organizations", "ListAccounts", r#"{"MaxResults": 3}"#).await.json();
    assert_eq!((answer["Accounts"].as_array().unwrap().len(), answer.get("NextToken")), (100, None));
}

#[tokio::test]
async fn a_rule_is_for_the_requests_it_names() {
    let server = meeting("").await;
    let member = server.assume("333333333333", "").await;
    for (matcher, met) in [
        ("", [true, true, true, true]),
        ("accounts: ['3333*']", [true, false, false, false]),
        ("accounts: ['111111111111']", [false, true, true, true]),
        ("role_accounts: ['333333333333']", [false, false, false, true]),
        ("role_accounts: ['444444444444']", [false, false, false, false]),
        ("regions: [eu-west-1]", [true, false, false, false]),
        ("regions: ['us-*']", [false, true, true, true]),
        ("services: [iam, s3]", [false, true, true, false]),
        ("services: [ec2], operations: ['describe*']", [true, false, false, false]),
        ("operations: [GetAccountSummary, ListAllMyBuckets]", [false, true, true, false]),
        ("services: [iam, ec2], accounts: ['111111111111']", [false, true, false, false]),
    ] {
        let put = server.put_faults(&format!("faults: [{{fault: throttle, {matcher}}}]")).await;
        assert_eq!(put.status, 204, "{}", put.body);
        let asked = [
            server.query(&member, "eu-west-1", "ec2", "Action=DescribeVpcs").await,
            server.ask("iam").await.unwrap(),
            server.ask("s3").await.unwrap(),
            server.ask("sts").await.unwrap(),
        ];
        assert_eq!(asked.map(|answer| answer.status != 200), met, "{matcher}");
    }
}

/// How the next so many requests end.
async fn statuses(server: &Server, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(server.ask("iam").await.unwrap().status);
    }
    statuses
}

#[tokio::test]
async fn a_rule_meets_some_requests_and_no_more() {
    assert_eq!(statuses(&meeting("{fault: error, times: 2}").await, 4).await, [500, 500, 200, 200]);
    assert_eq!(statuses(&meeting("{fault: error, after: 1}").await, 3).await, [200, 500, 500]);
    assert_eq!(statuses(&meeting("{fault: error, after: 1, times: 1}").await, 3).await, [200, 500, 200]);
    assert_eq!(statuses(&meeting("{fault: error, probability: 0}").await, 3).await, [200, 200, 200]);
    let server = meeting("{fault: error, times: 1}, {fault: throttle, times: 1}, {fault: deny, probability: 1}").await;
    assert_eq!(statuses(&server, 3).await, [500, 400, 403]);
    let figures = server.stats().await["faults"].clone();
    assert_eq!(figures[0], json!({"rule": 1, "fault": "error", "matched": 3, "fired": 1}));
    assert_eq!(figures[1], json!({"rule": 2, "fault": "throttle", "matched": 2, "fired": 1}));
}

#[tokio::test]
async fn each_rule_draws_for_itself() {
    let rules = "{fault: throttle, probability: 0.3}, {fault: error, probability: 0.1}, {fault: deny, probability: 0.05}";
    let (server, again) = (meeting(rules).await, meeting(rules).await);
    let met = statuses(&server, 1000).await;
    assert_eq!(met[..100], statuses(&again, 100).await, "the same requests have the same luck");
    let share = |wanted| met.iter().filter(|&&status| status == wanted).count();
    // 300, 70, 31 and 599, give or take three deviations.
    for (status, expected, leeway) in [(400, 300, 44), (500, 70, 25), (403, 31, 17), (200, 599, 47)] {
        assert!(share(status).abs_diff(expected) <= leeway, "{status}: {}", share(status));
    }
    let other = faulty(&format!("seed: 2\nfaults: [{rules}]")).await;
    assert_ne!(met[..100], statuses(&other, 100).await);
}

#[tokio::test]
async fn the_examples_are_right() {
    assert_eq!(faulty(FAULTS).await.ask("iam").await.unwrap().status, 200);
    for kind in ["deny", "scp_deny", "reset", "black_hole", "huge_pages", "clock_skew", "malform", "truncate", "slow_drip"] {
        assert!(FAULTS.contains(&format!("fault: {kind} ")), "{kind} is shown");
    }
}

#[tokio::test]
async fn mistakes_in_faults_are_told_with_their_place() {
    let simulation = Simulation::from_yaml(ORGANIZATION).unwrap();
    for (old, new, told) in [
        ("fault: scp_deny", "fault: spc_deny", "unknown variant `spc_deny`"),
        ("times: 100", "tymes: 100", "unknown field `tymes`"),
        ("retry_after: 2 ", "ms: 2 ", "`ms` means nothing to throttle"),
        ("ms: 1", "times: 1 #", "latency needs `ms`"),
        ("probability: 0.3", "probability: 1.3", "1.3 is not a number from 0 to 1"),
        ("accounts: [\"222222222222\"]", "accounts: [\"2222\"]", "\"2222\" is no account of the organization"),
        ("regions: [ap-northeast-1]", "regions: [ap-north-1]", "\"ap-north-1\" is no region"),
        ("services: [sns]", "services: [sms]", "\"sms\" is no service of the simulation; it has organizations, "),
        ("[DescribeConfigRules]", "[DescribeRules]", "\"DescribeRules\" is no operation of these services"),
        ("services: [config]", "services: [config]\n    operations: [ListUsers]", "\"ListUsers\" is no operation of these services"),
        ("status: 503", "status: 502", "502 is not one of [500, 503]"),
        ("bytes_per_second: 2000", "bytes_per_second: 0", "0 is not a number from 1"),
        ("{rate: 3, burst: 6}", "{rate: 3, burst: 0.5}", "0.5 is not a number from 1"),
        ("GetFindings:", "GetFinding:", "\"GetFinding\" is no operation of this service"),
        ("    sts:", "    stsx:", "\"stsx\" is no service"),
    ] {
        assert_eq!(FAULTS.matches(old).count(), 1, "{old}");
        let text = FAULTS.replace(old, new);
        let error = simulation.set_faults(&text).unwrap_err();
        assert_eq!(error.mistakes.len(), 1, "{error}");
        let line = text.lines().nth(usize::try_from(error.mistakes[0].line).unwrap() - 1).unwrap();
        assert!(error.to_string().contains(told), "{error}");
        let changed = new.lines().any(|new| line.contains(new.trim())) || line.contains("fault: latency");
        assert!(changed && error.mistakes[0].column > 0, "{error}: {line}");
    }
    let error = simulation.set_faults(&FAULTS.replace("[sns]", "[sms]").replace("seconds: 0.1", "seconds: -1")).unwrap_err();
    assert_eq!(error.mistakes.len(), 2, "{error}");
}
