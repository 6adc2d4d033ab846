//! The forms of answers and errors, protocol by protocol.

use std::collections::BTreeSet;

use orgsweep_sim::Simulation;

use crate::http::{Identity, Server};

async fn generated(accounts: usize) -> Server {
    Server::start(Simulation::generated(accounts, 7)).await
}

#[tokio::test]
async fn answers_have_their_protocol_s_form() {
    let server = generated(6).await;
    let base = Identity::base();
    let answer = server.query(&base, "us-east-1", "sts", "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert!(
        answer.body.starts_with("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>")
    );
    assert!(answer.head.contains("x-amzn-requestid: ") && answer.head.contains("content-type: text/xml"));
    let answer = server.query(&base, "us-east-1", "ec2", "Action=DescribeRegions&Version=2016-11-15").await;
    assert!(answer.body.contains("<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>"));
    let answer = server.json(&base, "us-east-1", "organizations", "DescribeOrganization", "{}").await;
    assert_eq!(answer.json()["Organization"]["FeatureSet"], "ALL");
    assert!(answer.head.contains("content-type: application/x-amz-json-1.1"));
}

#[tokio::test]
async fn unknown_operations_are_each_protocol_s_own_error() {
    let server = generated(6).await;
    let base = Identity::base();
    let answer = server.query(&base, "us-east-1", "iam", "Action=CreateUser").await;
    assert_eq!((answer.status, answer.element("Type"), answer.element("Code")), (400, "Sender", "InvalidAction"));
    let answer = server.query(&base, "us-east-1", "ec2", "Action=RunInstances").await;
    assert!(answer.body.contains("<Response><Errors><Error><Code>InvalidAction</Code>"));
    let answer = server.json(&base, "us-east-1", "cloudtrail", "LookupEvents", "{}").await;
    assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some("UnknownOperationException")));
    for (service, path) in [("guardduty", "/detector/a/filter"), ("securityhub", "/accountsx"), ("lambda", "/2018-10-31/layers")] {
        let answer = server.get(&base, "us-east-1", service, path, "").await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some("UnknownOperationException")), "{service}");
    }
    let answer = server.get(&base, "us-east-1", "s3", "/v20180820/jobs", "").await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("<ErrorResponse><Error><Code>NotImplemented</Code>"));
}

#[tokio::test]
async fn cbor_services_are_asked_and_answer_in_cbor() {
    let server = generated(1).await;
    let stranger = Identity { key: "ASIAAAAAAAAAAAAAAAAA".to_owned(), token: None };
    for (service, target) in [("monitoring", "GraniteServiceVersion20100801"), ("compute-optimizer", "ComputeOptimizerService")] {
        for (target, operation) in [(target, "Unheard"), ("Prefix", "DescribeAlarms")] {
            let answer = server.cbor(&Identity::base(), "us-east-1", service, target, operation).await;
            assert_eq!((answer.status, answer.cbor_text("__type")), (400, "UnknownOperationException".to_owned()));
            assert!(answer.cbor_text("message").contains(operation));
            for header in ["content-type: application/cbor", "smithy-protocol: rpc-v2-cbor", "x-amzn-errortype: unknownoperationexception"]
            {
                assert!(answer.head.contains(header), "{header}: {}", answer.head);
            }
        }
        let headers = format!("{}X-Amz-Target: {target}.Unheard\r\n", Identity::base().headers("us-east-1", service));
        let answer = server.send("POST / HTTP/1.1", &headers, "{}").await;
        assert_eq!(answer.json()["__type"], "UnknownOperationException", "clients that prefer JSON are answered in JSON");
        let answer = server.cbor(&stranger, "us-east-1", service, target, "Unheard").await;
        assert_eq!((answer.status, answer.cbor_text("__type")), (400, "UnrecognizedClientException".to_owned()));
    }
    let answer = server.cbor(&Identity::base(), "us-east-1", "unheard", "Unheard", "Unheard").await;
    assert_eq!(answer.cbor_text("__type"), "UnknownOperationException", "a service that nobody has answers in the caller's protocol");
}

#[tokio::test]
async fn s3_and_s3_control_share_a_signing_name() {
    let server = generated(1).await;
    let s3 = server.get(&Identity::base(), "us-east-1", "s3", "/trails?acl", "").await;
    assert!(s3.body.contains("?>\n<Error><Code>NotImplemented</Code>"), "{}", s3.body);
    let control = server.get(&Identity::base(), "us-east-1", "s3", "/trails?acl", "x-amz-account-id: 111111111111\r\n").await;
    assert!(control.body.contains("?>\n<ErrorResponse><Error><Code>NotImplemented</Code>"), "{}", control.body);
}

#[tokio::test]
async fn json_is_answered_in_the_version_it_was_asked_in() {
    let server = generated(1).await;
    let authorization = Identity::base().headers("us-east-1", "logs");
    for version in ["1.0", "1.1"] {
        let headers = format!("{authorization}Content-Type: application/x-amz-json-{version}\r\nX-Amz-Target: Logs_20140328.Unheard\r\n");
        let answer = server.send("POST / HTTP/1.1", &headers, "{}").await;
        assert!(answer.head.contains(&format!("content-type: application/x-amz-json-{version}")), "{}", answer.head);
    }
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let server = generated(1).await;
    let answer = server.send("POST / HTTP/1.1", "Content-Type: application/x-www-form-urlencoded\r\n", "Action=GetCallerIdentity").await;
    assert_eq!((answer.status, answer.element("Code")), (403, "MissingAuthenticationToken"));
}

#[tokio::test]
async fn listing_accounts_passes_one_empty_page() {
    for (count, wanted_empty) in [(6, 1), (40, 1), (47, 1), (4, 0)] {
        let server = generated(count).await;
        let (mut seen, mut empty, mut token) = (BTreeSet::new(), 0, None);
        let size = if count == 6 { 2 } else { 20 };
        loop {
            let mut input = serde_json::json!({"MaxResults": size});
            if let Some(token) = token {
                input["NextToken"] = token;
            }
            let answer = server.json(&Identity::base(), "us-east-1", "organizations", "ListAccounts", &input.to_string()).await.json();
            let accounts = answer["Accounts"].as_array().unwrap();
            assert!(accounts.len() <= size);
            empty += usize::from(accounts.is_empty());
            seen.extend(accounts.iter().map(|account| account["Id"].to_string()));
            token = answer.get("NextToken").cloned();
            if token.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), empty), (count, wanted_empty), "{count} accounts");
    }
    let server = generated(1).await;
    let answer = server.json(&Identity::base(), "us-east-1", "organizations", "ListAccounts", r#"{"MaxResults": 21}"#).await;
    assert_eq!(answer.json()["__type"], "InvalidInputException");
}

#[tokio::test]
async fn s3_control_takes_the_account_from_the_host_too() {
    let simulation = Simulation::generated(6, 7);
    let id = simulation.management_account_id().to_owned();
    let server = Server::start(simulation).await;
    let path = "/v20180820/configuration/publicAccessBlock";
    let header = format!("x-amz-account-id: {id}\r\n");
    let by_header = server.get(&Identity::base(), "us-east-1", "s3", path, &header).await;
    assert!(by_header.status == 200 || by_header.element("Code") == "NoSuchPublicAccessBlockConfiguration", "{}", by_header.body);
    let by_host = server.get(&Identity::base(), "us-east-1", "s3", path, &format!("Host: {id}.127.0.0.1\r\n")).await;
    assert_eq!(by_host.status, by_header.status, "{}", by_host.body);
    let other = server.get(&Identity::base(), "us-east-1", "s3", path, "x-amz-account-id: 999999999999\r\n").await;
    assert_eq!((other.status, other.element("Code")), (403, "AccessDenied"));
}

#[tokio::test(start_paused = true)]
async fn a_credential_report_is_made_before_it_is_read() {
    let server = generated(6).await;
    let base = Identity::base();
    let ask = |operation: &'static str| {
        let (server, base) = (&server, &base);
        async move { server.query(base, "us-east-1", "iam", &format!("Action={operation}")).await }
    };
    let absent = ask("GetCredentialReport").await;
    assert_eq!((absent.status, absent.element("Code")), (410, "ReportNotPresent"));
    assert_eq!(ask("GenerateCredentialReport").await.element("State"), "STARTED");
    tokio::time::advance(std::time::Duration::from_millis(250)).await;
    assert_eq!(ask("GenerateCredentialReport").await.element("State"), "COMPLETE");
    assert_eq!(ask("GetCredentialReport").await.element("ReportFormat"), "text/csv");
    tokio::time::advance(std::time::Duration::from_hours(4)).await;
    assert_eq!(ask("GetCredentialReport").await.element("Code"), "ReportExpired");
    assert_eq!(ask("GenerateCredentialReport").await.element("State"), "STARTED");
}

#[tokio::test(start_paused = true)]
async fn sessions_end() {
    let simulation = Simulation::generated(6, 7);
    let id = simulation.management_account_id().to_owned();
    let server = Server::start(simulation).await;
    let session = server.assume(&id, "&DurationSeconds=900").await;
    assert_eq!(server.query(&session, "us-east-1", "sts", "Action=GetCallerIdentity").await.status, 200);
    tokio::time::advance(std::time::Duration::from_secs(901)).await;
    for (service, action, code) in [("sts", "GetCallerIdentity", "ExpiredToken"), ("ec2", "DescribeVpcs", "RequestExpired")] {
        let answer = server.query(&session, "us-east-1", service, &format!("Action={action}")).await;
        assert_eq!(answer.element("Code"), code);
    }
}
