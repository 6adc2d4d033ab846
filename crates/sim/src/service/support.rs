//! Support: which plan an account has, as the severities of its cases tell.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::cost::SupportPlan;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol};

pub(super) const SERVICE: Service = Service {
    signing_name: "support",
    protocol: Protocol::Json,
    target: "AWSSupport_20130415",
    global: true,
    operations: &[Operation {
        name: "DescribeSeverityLevels",
        action: "support:DescribeSeverityLevels",
        route: "",
        run: describe_severity_levels,
    }],
    ..Service::BASE
};

fn describe_severity_levels(call: &Call<'_>) -> Result<Body, Failure> {
    let codes: &[&str] = match call.variant() {
        SupportPlan::Enterprise => &["low", "normal", "high", "urgent", "critical"],
        SupportPlan::Business => &["low", "normal", "high", "urgent"],
        SupportPlan::Developer => &["low", "normal"],
        SupportPlan::Basic => {
            let message = "Amazon Web Services Premium Support Subscription is required to use this service.";
            return Err(Failure::new("SubscriptionRequiredException", 400, message));
        }
    };
    let levels: Vec<Value> = codes.iter().map(|code| json!({"code": code, "name": code})).collect();
    Ok(json!({"severityLevels": levels}).into())
}
