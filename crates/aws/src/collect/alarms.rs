//! CloudWatch alarms and whom they reach. The listing of a region's alarms and the answer of each topic are asked for once per target,
//! however many facts need them: each fact picks the alarms on its own metrics and asks for the topics of those alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_cloudwatch::types as sdk;
use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicError;
use orgsweep_model::{
    Blind, BlindReason, FactKind, Region, Unseen,
    fact::alarms::{Alarm, AlarmMetric, BillingAlarms, PayerBillingAlarms, Topic},
};

use super::{Probe, every_page, in_management_account, observed};
use crate::{hub::Hub, pages};

/// The largest page that `DescribeAlarms` gives.
const PAGE: i32 = 100;

/// Every metric alarm of the caller's region.
pub(super) async fn metric_alarms(probe: &Probe<'_>) -> Result<Arc<Vec<Alarm>>, Unseen> {
    probe
        .once("alarms", async {
            let request = probe.caller.cloudwatch().describe_alarms().alarm_types(sdk::AlarmType::MetricAlarm).max_records(PAGE);
            let pages = request.into_paginator().stop_on_duplicate_token(false).send();
            let listed = every_page(probe, "DescribeAlarms", pages, |page| page.metric_alarms).await?;
            listed.into_iter().map(|alarm| read(probe, alarm)).collect()
        })
        .await
}

fn read(probe: &Probe<'_>, alarm: sdk::MetricAlarm) -> Result<Alarm, Unseen> {
    let mut metrics = Vec::new();
    if let (Some(namespace), Some(name)) = (alarm.namespace, alarm.metric_name) {
        metrics.push(AlarmMetric { namespace, name, account: None, dimensions: dimensions(probe, alarm.dimensions)? });
    }
    for query in alarm.metrics.unwrap_or_default() {
        // An expression names no metric of its own; those it computes with are in the list, too.
        let Some(metric) = query.metric_stat.and_then(|stat| stat.metric) else { continue };
        metrics.push(AlarmMetric {
            namespace: probe.needed(metric.namespace, "metric's namespace")?,
            name: probe.needed(metric.metric_name, "metric's name")?,
            account: query.account_id,
            dimensions: dimensions(probe, metric.dimensions)?,
        });
    }
    Ok(Alarm {
        name: probe.needed(alarm.alarm_name, "alarm's name")?,
        arn: probe.needed(alarm.alarm_arn, "alarm's ARN")?,
        metrics,
        actions_enabled: probe.needed(alarm.actions_enabled, "ActionsEnabled")?,
        actions: alarm.alarm_actions.unwrap_or_default(),
    })
}

fn dimensions(probe: &Probe<'_>, listed: Option<Vec<sdk::Dimension>>) -> Result<BTreeMap<String, String>, Unseen> {
    let listed = listed.unwrap_or_default().into_iter();
    let named = listed.map(|one| Ok((probe.needed(one.name, "dimension's name")?, probe.needed(one.value, "dimension's value")?)));
    named.collect()
}

/// The topics that these alarms notify. One that cannot be looked into is blind, and the others are not.
pub(super) async fn topics<'a>(probe: &Probe<'_>, alarms: impl IntoIterator<Item = &'a Alarm>) -> Vec<Topic> {
    let arns: BTreeSet<&str> = alarms.into_iter().flat_map(Alarm::topics).collect();
    let mut topics = Vec::new();
    for arn in arns {
        let confirmed = probe.once(format!("topic {arn}"), has_confirmed_subscription(probe, arn)).await;
        topics.push(Topic { arn: arn.to_owned(), confirmed: observed(confirmed.map(|confirmed| *confirmed)) });
    }
    topics
}

/// Asked in the topic's own region, and no further than the first confirmed subscription: a topic may have millions.
async fn has_confirmed_subscription(probe: &Probe<'_>, arn: &str) -> Result<bool, Unseen> {
    let region: Region = probe.needed(arn.split(':').nth(3).and_then(|region| region.parse().ok()), "region in a topic's ARN")?;
    let away = (region != *probe.caller.region()).then(|| probe.caller.in_region(region));
    let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
    let mut pages = probe.caller.sns().list_subscriptions_by_topic().topic_arn(arn).into_paginator().stop_on_duplicate_token(false).send();
    for _ in 0..pages::MOST {
        let page = match pages.next().await {
            None => return Ok(false),
            Some(Ok(page)) => page,
            // Nobody listens to a topic that does not exist.
            Some(Err(error)) if error.as_service_error().is_some_and(ListSubscriptionsByTopicError::is_not_found_exception) => {
                return Ok(false);
            }
            Some(Err(error)) => return Err(probe.failed("ListSubscriptionsByTopic")(error)),
        };
        // Until a subscription is confirmed, and after it was deleted, a word stands in its ARN's place.
        let subscriptions = probe.needed(page.subscriptions, "list of subscriptions")?;
        if subscriptions.iter().any(|one| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"))) {
            return Ok(true);
        }
    }
    let detail = format!("sns:ListSubscriptionsByTopic of {arn}: no confirmed subscription within {} pages", pages::MOST);
    Err(Unseen::Blind(Blind::new(BlindReason::Truncated, detail)))
}

/// The metric that AWS keeps the bill in.
const BILL: (&str, &str) = ("AWS/Billing", "EstimatedCharges");

pub(super) async fn billing_alarms(probe: &Probe<'_>) -> Result<BillingAlarms, Unseen> {
    let (alarms, topics) = billing(probe).await?;
    Ok(BillingAlarms { alarms, topics })
}

/// The management account's. No organization, no such alarms.
pub(super) async fn payer_billing_alarms(hub: &Hub) -> Result<PayerBillingAlarms, Unseen> {
    let asked = in_management_account(FactKind::PayerBillingAlarms, hub, async |probe: Probe<'_>| billing(&probe).await);
    let (alarms, topics) = asked.await?.unwrap_or_default();
    Ok(PayerBillingAlarms { alarms, topics })
}

async fn billing(probe: &Probe<'_>) -> Result<(Vec<Alarm>, Vec<Topic>), Unseen> {
    let region = billing_region(probe.caller.region())?;
    let away = (region != *probe.caller.region()).then(|| probe.caller.in_region(region));
    let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
    let own = probe.caller.account().map(|account| account.to_string());
    let on_bill = |alarm: &&Alarm| alarm.watches(BILL.0, BILL.1, own.as_deref());
    let alarms: Vec<Alarm> = metric_alarms(&probe).await?.iter().filter(on_bill).cloned().collect();
    let topics = topics(&probe, &alarms).await;
    Ok((alarms, topics))
}

/// The one region of a partition in which CloudWatch keeps the bill.
fn billing_region(asking: &Region) -> Result<Region, Unseen> {
    let name = match asking.partition() {
        "aws" => "us-east-1",
        "aws-cn" => "cn-northwest-1",
        // What an account there costs is on the bill of the account in the standard partition that belongs to it.
        "aws-us-gov" => return Err(Unseen::NotOffered("CloudWatch has no billing metrics in AWS GovCloud (US)".to_owned())),
        other => {
            let detail = format!("it is not known in which region of the partition {other} CloudWatch keeps billing metrics");
            return Err(Unseen::Blind(Blind::new(BlindReason::AwsError, detail)));
        }
    };
    name.parse().map_err(|error| Unseen::Blind(Blind::new(BlindReason::AwsError, format!("{error}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_keeps_its_bill_in_one_region() {
        let region = |name: &str| billing_region(&name.parse().unwrap()).map(|region| region.to_string());
        assert_eq!(region("eu-west-1"), Ok("us-east-1".to_owned()));
        assert_eq!(region("cn-north-1"), Ok("cn-northwest-1".to_owned()));
        assert!(matches!(region("us-gov-west-1"), Err(Unseen::NotOffered(_))));
        assert!(matches!(region("us-iso-east-1"), Err(Unseen::Blind(_))));
    }
}
