//! Who may do what.

use orgsweep_sim::Simulation;

use crate::http::{Identity, Server};

const EXAMPLE: &str = include_str!("../../examples/organization.yaml");

async fn example() -> Server {
    Server::start(Simulation::from_yaml(EXAMPLE).unwrap()).await
}

#[tokio::test]
async fn a_session_acts_in_its_account() {
    let server = example().await;
    let base = server.query(&Identity::base(), "us-east-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!(base.element("Account"), "111111111111");
    let session = server.assume("333333333333", "").await;
    let answer = server.query(&session, "eu-west-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!(answer.element("Account"), "333333333333");
    assert_eq!(answer.element("Arn"), "arn:aws:sts::333333333333:assumed-role/OrgsweepAudit/test");
    assert_eq!(session.key.len(), 20);
}

#[tokio::test]
async fn roles_that_cannot_be_assumed_are_refused_in_aws_s_words() {
    let server = example().await;
    for account in ["555555555555", "666666666666", "999999999999"] {
        let answer = server.try_assume(account, "").await;
        assert_eq!((answer.status, answer.element("Code")), (403, "AccessDenied"), "{account}");
        let expected = format!(
            "User: arn:aws:iam::111111111111:user/orgsweep is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{account}:role/OrgsweepAudit"
        );
        assert_eq!(answer.element("Message"), expected);
    }
    let other = "Action=AssumeRole&RoleArn=arn:aws:iam::333333333333:role/Admin&RoleSessionName=test";
    assert_eq!(server.query(&Identity::base(), "us-east-1", "sts", other).await.status, 403);
    let member = server.assume("333333333333", "").await;
    let chained = "Action=AssumeRole&RoleArn=arn:aws:iam::444444444444:role/OrgsweepAudit&RoleSessionName=test";
    assert_eq!(server.query(&member, "us-east-1", "sts", chained).await.status, 403);
    let management = server.assume("111111111111", "").await;
    assert_eq!(server.query(&management, "us-east-1", "sts", chained).await.status, 200);
}

#[tokio::test]
async fn an_external_id_must_match() {
    let server = Server::start(Simulation::from_yaml(&EXAMPLE.replace("external_id: null", "external_id: secret")).unwrap()).await;
    assert_eq!(server.try_assume("333333333333", "").await.status, 403);
    assert_eq!(server.try_assume("333333333333", "&ExternalId=guess").await.status, 403);
    assert_eq!(server.try_assume("333333333333", "&ExternalId=secret").await.status, 200);
}

#[tokio::test]
async fn impossible_sessions_are_validation_errors() {
    let server = example().await;
    for more in ["&DurationSeconds=60", "&DurationSeconds=43201", "&PolicyArns.member.1.arn=arn:aws:iam::aws:policy/Unheard"] {
        let answer = server.try_assume("333333333333", more).await;
        assert_eq!((answer.status, answer.element("Code")), (400, "ValidationError"), "{more}");
    }
    assert_eq!(server.try_assume("333333333333", "&Policy=%7B").await.element("Code"), "MalformedPolicyDocument");
}

#[tokio::test]
async fn a_session_policy_confines() {
    let server = example().await;
    let policy = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22iam%3AGet%2A%22%5D%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let session = server.assume("333333333333", &format!("&Policy={policy}")).await;
    assert_eq!(server.query(&session, "us-east-1", "iam", "Action=GetAccountSummary").await.status, 200);
    assert_eq!(server.query(&session, "us-east-1", "sts", "Action=GetCallerIdentity").await.status, 200);
    let answer = server.query(&session, "us-east-1", "iam", "Action=GenerateCredentialReport").await;
    assert_eq!((answer.status, answer.element("Code")), (403, "AccessDenied"));
    assert!(answer.element("Message").ends_with("because no session policy allows the iam:GenerateCredentialReport action"));
    let answer = server.query(&session, "us-east-1", "ec2", "Action=DescribeVpcs").await;
    assert_eq!((answer.status, answer.element("Code")), (403, "UnauthorizedOperation"));
    let answer =
        server.get(&session, "us-east-1", "s3", "/v20180820/configuration/publicAccessBlock", "x-amz-account-id: 333333333333\r\n").await;
    assert!(answer.element("Message").ends_with("the s3:GetAccountPublicAccessBlock action"));
}

#[tokio::test]
async fn denies_hold_where_they_are_written() {
    let server = example().await;
    let session = server.assume("444444444444", "").await;
    let answer = server.query(&session, "us-east-1", "iam", "Action=GetAccountSummary").await;
    assert!(answer.element("Message").ends_with("because no identity-based policy allows the iam:GetAccountSummary action"));
    let answer = server.get(&session, "eu-west-1", "guardduty", "/detector", "").await;
    assert_eq!(answer.status, 403);
    assert!(answer.head.contains("x-amzn-errortype: accessdeniedexception"));
    assert!(answer.json()["message"].as_str().unwrap().ends_with("with an explicit deny in a service control policy"));
    assert_eq!(server.get(&session, "us-east-1", "guardduty", "/detector", "").await.status, 200);
}

#[tokio::test]
async fn keys_that_nobody_issued_are_refused_by_each_protocol() {
    let server = example().await;
    let stranger = Identity { key: "ASIAAAAAAAAAAAAAAAAA".to_owned(), token: Some("x".to_owned()) };
    let answer = server.query(&stranger, "us-east-1", "sts", "Action=GetCallerIdentity").await;
    assert_eq!((answer.status, answer.element("Code")), (403, "InvalidClientTokenId"));
    let answer = server.query(&stranger, "us-east-1", "ec2", "Action=DescribeVpcs").await;
    assert_eq!((answer.status, answer.element("Code")), (401, "AuthFailure"));
    let answer = server.json(&stranger, "us-east-1", "config", "DescribeConfigurationRecorders", "{}").await;
    assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some("UnrecognizedClientException")));
    let answer = server.get(&stranger, "us-east-1", "securityhub", "/accounts", "").await;
    assert_eq!((answer.status, answer.json()["__type"].as_str()), (403, Some("UnrecognizedClientException")));
    let answer = server.get(&stranger, "us-east-1", "s3", "/v20180820/configuration/publicAccessBlock", "").await;
    assert_eq!((answer.status, answer.element("Code")), (403, "InvalidAccessKeyId"));

    let mut forged = server.assume("333333333333", "").await;
    forged.token = Some("another".to_owned());
    assert_eq!(server.query(&forged, "us-east-1", "sts", "Action=GetCallerIdentity").await.status, 403);
}

#[tokio::test]
async fn a_region_that_is_not_enabled_knows_no_credentials() {
    let server = example().await;
    let (security, payments) = (server.assume("222222222222", "").await, server.assume("333333333333", "").await);
    assert_eq!(server.query(&security, "eu-south-1", "ec2", "Action=DescribeVpcs").await.status, 200);
    assert_eq!(server.query(&payments, "eu-south-1", "ec2", "Action=DescribeVpcs").await.element("Code"), "AuthFailure");
    assert_eq!(server.query(&payments, "us-west-2", "ec2", "Action=DescribeVpcs").await.status, 401);
    // Global services are signed for whichever region a client of a custom endpoint happens to have.
    assert_eq!(server.query(&payments, "us-west-2", "iam", "Action=GetAccountSummary").await.status, 200);
}

#[tokio::test]
async fn organizations_answers_the_management_account_alone() {
    let server = example().await;
    let (member, management) = (server.assume("333333333333", "").await, server.assume("111111111111", "").await);
    let refused = server.json(&member, "us-east-1", "organizations", "ListAccounts", "{}").await;
    assert_eq!((refused.status, refused.json()["__type"].as_str()), (400, Some("AccessDeniedException")));
    assert_eq!(server.json(&management, "us-east-1", "organizations", "ListAccounts", "{}").await.status, 200);
}
