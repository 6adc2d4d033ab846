//! The simulation's own paths.

use orgsweep_sim::Simulation;
use serde_json::{Value, json};

use crate::http::{Identity, Server};

async fn server() -> Server {
    Server::start(Simulation::from_yaml(include_str!("../../examples/organization.yaml")).unwrap()).await
}

async fn own(server: &Server, line: &str, body: &str) -> (u16, String) {
    let answer = server.send(&format!("{line} HTTP/1.1"), "", body).await;
    (answer.status, answer.body)
}

async fn summary(server: &Server) -> u16 {
    server.query(&Identity::base(), "us-east-1", "iam", "Action=GetAccountSummary").await.status
}

#[tokio::test]
async fn faults_come_and_go_while_it_runs() {
    let server = server().await;
    assert_eq!(own(&server, "GET /-/faults", "").await, (200, "faults: []\n".to_owned()));
    let yaml = "# two of them\nfaults:\n  - {fault: error, status: 503, times: 2}\n";
    assert_eq!(own(&server, "PUT /-/faults", yaml).await, (204, String::new()));
    assert_eq!(own(&server, "GET /-/faults", "").await, (200, yaml.to_owned()));
    assert_eq!(summary(&server).await, 503);
    let (status, told) = own(&server, "PUT /-/faults", "faults: [{fault: error, status: 503}, {fault: eror}]").await;
    assert!(status == 400 && told.starts_with("line 1, column 47: unknown variant `eror`"), "{status} {told}");
    assert_eq!(summary(&server).await, 503, "the faults before hold on");
    assert_eq!(own(&server, "PUT /-/faults", r#"{"faults": [{"fault": "throttle"}]}"#).await.0, 204, "JSON is YAML");
    assert_eq!(summary(&server).await, 400);
    assert_eq!(own(&server, "DELETE /-/faults", "").await.0, 204);
    assert_eq!(summary(&server).await, 200);
}

#[tokio::test]
async fn everything_is_counted() {
    let server = server().await;
    let member = server.assume("333333333333", "").await;
    for _ in 0..3 {
        server.query(&member, "eu-west-1", "ec2", "Action=DescribeVpcs").await;
    }
    server.query(&member, "us-east-1", "iam", "Action=CreateUser").await;
    server.get(&member, "us-east-1", "s3", "/", "").await;
    server.query(&server.assume("444444444444", "").await, "us-east-1", "iam", "Action=GetAccountSummary").await;
    server.send("GET / HTTP/1.1", "", "").await;
    let figures = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let stats = figures(own(&server, "GET /-/stats", "").await.1);
    assert_eq!(stats["requests"], 9);
    assert_eq!(stats["outcomes"], json!({"ok": 6, "refused": 2, "unknown_operation": 1}));
    let operations = json!({
        "ec2:DescribeVpcs": 3, "iam:GetAccountSummary": 1, "iam:unknown": 1, "s3:ListAllMyBuckets": 1, "sts:AssumeRole": 2,
    });
    assert_eq!(stats["operations"], operations);
    let accounts = json!({"seen": 3, "requests": {"111111111111": 2, "333333333333": 5, "444444444444": 1}});
    assert_eq!(stats["accounts"], accounts);
    assert_eq!(stats["in_flight"], json!({"now": 0, "most": 1}));
    assert_eq!(stats["connections"], 10, "with this one");
    assert_eq!((stats.get("faults"), stats.get("rate_limits")), (None, None));
    assert_eq!(own(&server, "DELETE /-/stats", "").await.0, 204);
    let stats = figures(own(&server, "GET /-/stats", "").await.1);
    assert_eq!((&stats["requests"], &stats["operations"], &stats["accounts"]["seen"]), (&json!(0), &json!({}), &json!(0)));
}

#[tokio::test]
async fn its_own_paths_are_for_requests_without_a_signature() {
    let server = server().await;
    assert_eq!(own(&server, "GET /-/healthy", "").await, (200, "ok\n".to_owned()));
    assert_eq!(own(&server, "POST /-/stats", "").await.0, 405);
    assert_eq!(own(&server, "GET /-/unheard", "").await.0, 404);
    let signed = server.get(&Identity::base(), "us-east-1", "s3", "/-/healthy", "").await;
    assert_eq!((signed.status, signed.element("Code")), (400, "NotImplemented"), "a bucket may have this name");
}

#[tokio::test]
async fn rate_limits_hold_and_are_counted() {
    let server = server().await;
    let limits = |enforce: bool| {
        format!(
            "rate_limits: {{enforce: {enforce}, services: {{iam: {{rate: 0.001, burst: 2, operations: {{GetAccountPasswordPolicy: {{rate: 0.001, burst: 1}}}}}}}}}}"
        )
    };
    let policy = async || server.query(&Identity::base(), "us-east-1", "iam", "Action=GetAccountPasswordPolicy").await;
    let figures = async || serde_json::from_str::<Value>(&own(&server, "GET /-/stats", "").await.1).unwrap();

    assert_eq!(own(&server, "PUT /-/faults", &limits(true)).await.0, 204);
    assert_eq!([summary(&server).await, summary(&server).await, summary(&server).await], [200, 200, 400]);
    assert_eq!(policy().await.status, 200, "it has a bucket of its own");
    assert_eq!(policy().await.element("Code"), "Throttling");
    let whoami = server.query(&Identity::base(), "us-east-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!(whoami.status, 200, "what is not named has no limit");
    let stats = figures().await;
    assert_eq!(stats["outcomes"], json!({"ok": 4, "rate_limited": 2}));
    let seen = &stats["rate_limits"];
    assert_eq!((&seen["requests"], &seen["throttled"], &seen["keys"]), (&json!(5), &json!(2), &json!(2)));
    let worst: Vec<_> =
        seen["worst"].as_array().unwrap().iter().map(|key| (&key["operation"], &key["requests"], &key["throttled"])).collect();
    assert!(worst.contains(&(&Value::Null, &json!(3), &json!(1))), "{seen}");
    assert!(worst.contains(&(&json!("GetAccountPasswordPolicy"), &json!(2), &json!(1))), "{seen}");
    // A little less than one, because the buckets fill all the while.
    assert!((0.9..=1.0).contains(&seen["largest_excess"].as_f64().unwrap()), "{seen}");

    assert_eq!(own(&server, "PUT /-/faults", &limits(false)).await.0, 204);
    for _ in 0..5 {
        assert_eq!(summary(&server).await, 200);
    }
    let seen = &figures().await["rate_limits"];
    assert_eq!((&seen["enforced"], &seen["throttled"]), (&json!(false), &json!(3)));
    assert!((2.9..=3.0).contains(&seen["largest_excess"].as_f64().unwrap()), "{seen}");
    assert_eq!(own(&server, "DELETE /-/stats", "").await.0, 204);
    assert_eq!(figures().await["rate_limits"]["requests"], 0);
}
