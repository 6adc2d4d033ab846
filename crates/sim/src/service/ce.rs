//! Cost Explorer: anomaly monitors and what was spent.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::cost::{AnomalyDetection, accounts_with};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "ce",
    protocol: Protocol::Json,
    target: "AWSInsightsIndexService",
    global: true,
    operations: &[
        Operation { name: "GetAnomalyMonitors", action: "ce:GetAnomalyMonitors", route: "", run: get_anomaly_monitors },
        Operation { name: "GetAnomalySubscriptions", action: "ce:GetAnomalySubscriptions", route: "", run: get_anomaly_subscriptions },
        Operation { name: "GetCostAndUsage", action: "ce:GetCostAndUsage", route: "", run: get_cost_and_usage },
    ],
    ..Service::BASE
};

/// A monitor: its name, what it watches, and who is told, if anybody ever was.
struct Monitor {
    name: &'static str,
    watches: Value,
    subscriber: Option<&'static str>,
}

impl Monitor {
    fn arn(&self, call: &Call<'_>) -> String {
        format!("arn:aws:ce::{}:anomalymonitor/{}", call.account().id, self.name)
    }
}

fn monitors(call: &Call<'_>) -> Vec<Monitor> {
    let (organization, account) = (call.organization(), call.account());
    let is_management = account.id == organization.management().id;
    let custom = |specification: Value| json!({"MonitorType": "CUSTOM", "MonitorSpecification": specification});
    // One over all services would cover every member of the organization.
    let watches = if is_management {
        custom(json!({"Tags": {"Key": "Team", "Values": ["platform"]}}))
    } else {
        json!({"MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"})
    };
    let own = |subscriber| Monitor { name: "own", watches: watches.clone(), subscriber };
    let mut monitors = match call.variant() {
        AnomalyDetection::Own => vec![own(Some("CONFIRMED"))],
        AnomalyDetection::NotWatched => vec![own(None)],
        AnomalyDetection::Declined => vec![own(Some("DECLINED"))],
        AnomalyDetection::None | AnomalyDetection::NotEnabled | AnomalyDetection::PayerNames | AnomalyDetection::PayerUnclear => Vec::new(),
    };
    if is_management {
        let linked =
            |values: &[String], option| json!({"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": values, "MatchOptions": [option]}});
        for (variant, name, option) in
            [(AnomalyDetection::PayerNames, "linked", "EQUALS"), (AnomalyDetection::PayerUnclear, "by-beginning", "STARTS_WITH")]
        {
            let accounts = accounts_with(organization, &[variant]);
            if !accounts.is_empty() {
                let exactly = linked(&accounts, "EQUALS");
                let and = json!({"And": [exactly, linked(&accounts, option)]});
                let specification = if option == "EQUALS" { exactly } else { and };
                monitors.push(Monitor { name, watches: custom(specification), subscriber: Some("CONFIRMED") });
            }
        }
    }
    monitors
}

fn get_anomaly_monitors(call: &Call<'_>) -> Result<Body, Failure> {
    enabled(call)?;
    let monitors = monitors(call);
    let (monitors, next) = call.page(&monitors, ("NextPageToken", "MaxResults"), 1..=100, 100)?;
    let list: Vec<Value> = monitors
        .iter()
        .map(|monitor| {
            let mut answer = monitor.watches.clone();
            answer["MonitorArn"] = monitor.arn(call).into();
            answer["MonitorName"] = monitor.name.into();
            answer["CreationDate"] = "2023-05-06T07:08:09.123Z".into();
            answer["DimensionalValueCount"] = 1.into();
            answer
        })
        .collect();
    Ok(page::with_next(json!({"AnomalyMonitors": list}), "NextPageToken", next).into())
}

fn get_anomaly_subscriptions(call: &Call<'_>) -> Result<Body, Failure> {
    enabled(call)?;
    let monitors: Vec<Monitor> = monitors(call).into_iter().filter(|monitor| monitor.subscriber.is_some()).collect();
    let (monitors, next) = call.page(&monitors, ("NextPageToken", "MaxResults"), 1..=100, 100)?;
    let list: Vec<Value> = monitors
        .iter()
        .map(|monitor| {
            json!({
                "SubscriptionArn": format!("arn:aws:ce::{}:anomalysubscription/{}", call.account().id, monitor.name),
                "AccountId": call.account().id,
                "MonitorArnList": [monitor.arn(call)],
                "Subscribers": [{"Address": "costs@example.com", "Type": "EMAIL", "Status": monitor.subscriber}],
                "Threshold": 100.0,
                "Frequency": "DAILY",
                "SubscriptionName": monitor.name,
            })
        })
        .collect();
    Ok(page::with_next(json!({"AnomalySubscriptions": list}), "NextPageToken", next).into())
}

/// The costs of the days asked for.
fn get_cost_and_usage(call: &Call<'_>) -> Result<Body, Failure> {
    enabled(call)?;
    let period = call.input.get("TimePeriod").cloned().unwrap_or_default();
    let asked = call.input.get("Metrics").and_then(Value::as_array).is_some_and(|metrics| !metrics.is_empty());
    if !asked || period.get("Start").is_none() || period.get("End").is_none() {
        return Err(Failure::bad_parameter(call.protocol, "TimePeriod and Metrics are required"));
    }
    let total = json!({"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}});
    Ok(json!({"ResultsByTime": [{"TimePeriod": period, "Total": total, "Groups": [], "Estimated": true}]}).into())
}

/// Cost Explorer is enabled in the management account for all; a member without access is told so in the words of a denial.
fn enabled(call: &Call<'_>) -> Result<(), Failure> {
    if call.variant::<AnomalyDetection>() == AnomalyDetection::NotEnabled {
        return Err(Failure::new("AccessDeniedException", 400, "User not enabled for cost explorer access"));
    }
    Ok(())
}
