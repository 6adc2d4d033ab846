//! Clients from before CBOR.

use orgsweep_sim::Simulation;

use crate::http::{Identity, Server};

#[tokio::test]
async fn cloudwatch_still_speaks_aws_query() {
    let server = Server::start(Simulation::generated(1, 7)).await;
    let answer = server.query(&Identity::base(), "us-east-1", "monitoring", "Action=DescribeAlarms&Version=2010-08-01").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer.body.starts_with("<DescribeAlarmsResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("<DescribeAlarmsResult><CompositeAlarms></CompositeAlarms><MetricAlarms><member>"), "{}", answer.body);
    assert_eq!(answer.element("AlarmName"), "processor-busy");

    let one = "Action=DescribeAlarms&Version=2010-08-01&MaxRecords=1";
    let first = server.query(&Identity::base(), "us-east-1", "monitoring", one).await;
    let token = first.element("NextToken").replace('+', "%2B").replace('=', "%3D").replace('/', "%2F");
    let second = server.query(&Identity::base(), "us-east-1", "monitoring", &format!("{one}&NextToken={token}")).await;
    assert_ne!(second.element("AlarmName"), first.element("AlarmName"));

    let refused = server.query(&Identity::base(), "us-east-1", "monitoring", "Action=Unheard").await;
    assert_eq!((refused.status, refused.element("Code")), (400, "InvalidAction"), "{}", refused.body);
}
