//! Systems Manager: the instances that report to it.

use serde_json::{Value, json};

use super::{Call, Operation, Service, ec2_instances};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page, time};

pub(super) const SERVICE: Service = Service {
    signing_name: "ssm",
    protocol: Protocol::Json,
    target: "AmazonSSM",
    operations: &[
        Operation {
            name: "DescribeInstanceInformation",
            action: "ssm:DescribeInstanceInformation",
            route: "",
            run: describe_instance_information,
        },
        Operation { name: "ListDocuments", action: "ssm:ListDocuments", route: "", run: |_| Ok(json!({"DocumentIdentifiers": []}).into()) },
        Operation {
            name: "ListResourceComplianceSummaries",
            action: "ssm:ListResourceComplianceSummaries",
            route: "",
            run: |_| Ok(json!({"ResourceComplianceSummaryItems": []}).into()),
        },
    ],
    ..Service::BASE
};

fn describe_instance_information(call: &Call<'_>) -> Result<Body, Failure> {
    let mut machines: Vec<(String, &str, &str)> =
        ec2_instances::instances(call).into_iter().filter_map(|instance| Some((instance.id, instance.ping?, "EC2Instance"))).collect();
    // A machine in somebody's cellar.
    machines.push(("mi-0a1b2c3d4e5f60718".to_owned(), "ConnectionLost", "ManagedInstance"));
    let (machines, next) = call.page(&machines, ("NextToken", "MaxResults"), 5..=50, 10)?;
    let list: Vec<Value> = machines
        .iter()
        .map(|(id, ping, kind)| {
            json!({
                "InstanceId": id,
                "PingStatus": ping,
                "LastPingDateTime": time::epoch(time::ago(120)),
                "AgentVersion": "3.3.1611.0",
                "IsLatestVersion": true,
                "PlatformType": "Linux",
                "PlatformName": "Amazon Linux",
                "PlatformVersion": "2023",
                "ResourceType": kind,
                "IPAddress": "10.20.1.20",
                "ComputerName": "ip-10-20-1-20.internal",
            })
        })
        .collect();
    Ok(page::with_next(json!({"InstanceInformationList": list}), "NextToken", next).into())
}
