//! SNS: the subscriptions of topics. The topics are the same in every account and region; alarms choose among them.

use super::{Call, Operation, Service};
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Xml};

pub(super) const SERVICE: Service = Service {
    signing_name: "sns",
    protocol: Protocol::Query,
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    operations: &[Operation {
        name: "ListSubscriptionsByTopic",
        action: "sns:ListSubscriptionsByTopic",
        route: "",
        run: list_subscriptions_by_topic,
    }],
    ..Service::BASE
};

/// A topic with a confirmed subscription, after one that is not.
pub(super) const CONFIRMED: &str = "operators";
/// A topic whose subscriptions nobody confirmed, or everybody left.
pub(super) const PENDING: &str = "nobody-yet";
/// A topic of another account.
pub(super) const FOREIGN: &str = "theirs";
/// Whose topic that is.
const STRANGER: &str = "999999999999";

/// The ARN of a topic in the caller's region.
pub(super) fn arn(call: &Call<'_>, topic: &str) -> String {
    let owner = if topic == FOREIGN { STRANGER } else { &call.account().id };
    format!("arn:aws:sns:{}:{owner}:{topic}", call.region)
}

fn list_subscriptions_by_topic(call: &Call<'_>) -> Result<Body, Failure> {
    let arn = call.form.get("TopicArn").unwrap_or_default();
    let mut parts = arn.split(':').skip(3);
    let (region, owner, topic) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if owner != call.account().id {
        let message = format!("User is not authorized to perform: SNS:ListSubscriptionsByTopic on resource: {arn}");
        return Err(Failure::new("AuthorizationError", 403, message));
    }
    let subscriptions: &[&str] = match topic {
        CONFIRMED => &["PendingConfirmation", "arn"],
        PENDING => &["PendingConfirmation", "Deleted"],
        _ => &[],
    };
    if subscriptions.is_empty() || region != call.region {
        return Err(Failure::new("NotFound", 404, "Topic does not exist"));
    }
    // A small page, so that clients have to turn it.
    let (page, next) = call.page(subscriptions, ("NextToken", "MaxItems"), 1..=1, 1)?;
    let mut xml = Xml::default();
    xml.list("Subscriptions", "member", page, |xml, subscription| {
        let confirmed = format!("{arn}:11111111-2222-3333-4444-555555555555");
        xml.text("TopicArn", arn).text("Protocol", "email").text("Owner", owner).text("Endpoint", "operators@example.com");
        xml.text("SubscriptionArn", if *subscription == "arn" { &confirmed } else { *subscription });
    });
    xml.optional("NextToken", next);
    Ok(xml.into())
}
