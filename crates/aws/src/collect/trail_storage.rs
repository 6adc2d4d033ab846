//! Where the trails' records are kept: the account's own buckets and log groups among those that multi-region trails deliver to.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use orgsweep_model::{
    Region, Unseen,
    fact::trail_storage::{Expiry, Kept, Lifecycle, LifecycleRule, LogGroupRetention, TrailBucket, TrailStorage},
};

use super::{Probe, cloudtrail, every_page, observed};

/// The largest page that `ListBuckets` gives, and `DescribeLogGroups`.
const BUCKETS: i32 = 10_000;
const LOG_GROUPS: i32 = 50;

pub(super) async fn trail_storage(probe: &Probe<'_>) -> Result<TrailStorage, Unseen> {
    let listed = cloudtrail::describe(probe).await?;
    let (mut buckets, mut log_groups) = (BTreeSet::new(), BTreeSet::new());
    for trail in listed.iter() {
        if probe.needed(trail.is_multi_region_trail(), "IsMultiRegionTrail")? {
            buckets.extend(trail.s3_bucket_name().filter(|name| !name.is_empty()));
            // A log group of another account cannot be asked: its owner's sweep can.
            log_groups.extend(trail.cloud_watch_logs_log_group_arn().filter(|arn| cloudtrail::owns(probe, arn)));
        }
    }
    let mut storage = TrailStorage { buckets: Vec::new(), log_groups: Vec::new() };
    for name in buckets {
        storage.buckets.push(TrailBucket { name: name.to_owned(), lifecycle: observed(lifecycle(probe, name).await) });
    }
    for arn in log_groups {
        storage.log_groups.push(LogGroupRetention { arn: arn.to_owned(), kept: observed(kept(probe, arn).await) });
    }
    Ok(storage)
}

/// Asked where the bucket is, if it is one of the account's own. Without its region, the question goes to the home region, which gives
/// another region's buckets away by refusing.
async fn lifecycle(probe: &Probe<'_>, bucket: &str) -> Result<Lifecycle, Unseen> {
    let request = probe.caller.s3().list_buckets().prefix(bucket).max_buckets(BUCKETS);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "ListBuckets", pages, |page| page.buckets).await?;
    let Some(own) = listed.into_iter().find(|own| own.name() == Some(bucket)) else { return Ok(Lifecycle::OfAnotherAccount) };
    let region: Option<Region> = own.bucket_region().and_then(|region| region.parse().ok());
    let away = region.filter(|region| region != probe.caller.region()).map(|region| probe.caller.in_region(region));
    let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
    let answer = match probe.caller.s3().get_bucket_lifecycle_configuration().bucket(bucket).send().await {
        Ok(answer) => answer,
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("NoSuchLifecycleConfiguration") => {
            return Ok(Lifecycle::Rules(Vec::new()));
        }
        Err(error) => return Err(probe.failed("GetBucketLifecycleConfiguration")(error)),
    };
    let rules = probe.needed(answer.rules, "list of rules")?;
    Ok(Lifecycle::Rules(rules.into_iter().map(|it| rule(&probe, it)).collect::<Result<_, Unseen>>()?))
}

fn rule(probe: &Probe<'_>, rule: sdk::LifecycleRule) -> Result<LifecycleRule, Unseen> {
    let enabled = match rule.status {
        sdk::ExpirationStatus::Enabled => true,
        sdk::ExpirationStatus::Disabled => false,
        _ => return Err(probe.malformed("a lifecycle rule is neither enabled nor disabled")),
    };
    Ok(LifecycleRule { enabled, expires: expiry(probe, &rule)?, prefix: prefix(&rule), id: rule.id.unwrap_or_default() })
}

/// What the names of a rule's objects begin with: in its filter, or beside it in rules of the old kind.
fn prefix(rule: &sdk::LifecycleRule) -> String {
    let filter = rule.filter();
    let in_filter = filter.and_then(|filter| filter.prefix().or_else(|| filter.and().and_then(sdk::LifecycleRuleAndOperator::prefix)));
    #[expect(deprecated, reason = "S3 still answers with rules of the old kind")]
    let old = rule.prefix();
    in_filter.or(old).unwrap_or_default().to_owned()
}

/// When a rule deletes current objects. To clear away the markers of deleted objects is no such thing.
fn expiry(probe: &Probe<'_>, rule: &sdk::LifecycleRule) -> Result<Option<Expiry>, Unseen> {
    let Some(expiration) = rule.expiration() else { return Ok(None) };
    if let Some(days) = expiration.days() {
        return Ok(Some(Expiry::AfterDays(days)));
    }
    let Some(date) = expiration.date() else { return Ok(None) };
    let date = Timestamp::from_second(date.secs()).map_err(|_| probe.malformed("the date of a lifecycle rule is out of range"))?;
    Ok(Some(Expiry::From(date)))
}

/// How long a log group of the account keeps events, asked in its own region.
async fn kept(probe: &Probe<'_>, arn: &str) -> Result<Kept, Unseen> {
    let (region, name) = probe.needed(log_group(arn), "log group's region and name")?;
    let away = (region != *probe.caller.region()).then(|| probe.caller.in_region(region));
    let probe = away.as_ref().map_or(*probe, |caller| probe.with(caller));
    let request = probe.caller.logs().describe_log_groups().log_group_name_prefix(name).limit(LOG_GROUPS);
    let pages = request.into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(&probe, "DescribeLogGroups", pages, |page| page.log_groups).await?;
    let Some(group) = listed.into_iter().find(|group| group.log_group_name() == Some(name)) else { return Ok(Kept::Nowhere) };
    Ok(group.retention_in_days().map_or(Kept::ForEver, Kept::Days))
}

/// The region and the name in a log group's ARN, which may end with `:*`.
pub(super) fn log_group(arn: &str) -> Option<(Region, &str)> {
    let mut parts = arn.splitn(7, ':').skip(3);
    let (region, _, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let name = name.strip_suffix(":*").unwrap_or(name);
    (kind == "log-group" && !name.is_empty()).then_some((region.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_log_group_gives_its_region_and_name() {
        let region = |name: &str| name.parse::<Region>().unwrap();
        for arn in ["arn:aws:logs:eu-west-1:111122223333:log-group:a/b:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a/b"] {
            assert_eq!(log_group(arn), Some((region("eu-west-1"), "a/b")));
        }
        for arn in ["", "arn:aws:logs:eu-west-1:111122223333:log-group::*", "arn:aws:logs:eu-west-1:111122223333:destination:a"] {
            assert_eq!(log_group(arn), None, "{arn}");
        }
    }

    fn built(build: impl FnOnce(sdk::builders::LifecycleRuleBuilder) -> sdk::builders::LifecycleRuleBuilder) -> sdk::LifecycleRule {
        build(sdk::LifecycleRule::builder().status(sdk::ExpirationStatus::Enabled)).build().unwrap()
    }

    #[test]
    fn a_rule_s_prefix_is_found_wherever_it_is() {
        let both = sdk::LifecycleRuleAndOperator::builder().prefix("logs/").object_size_greater_than(1).build();
        let and = sdk::LifecycleRuleFilter::builder().and(both).build();
        assert_eq!(prefix(&built(|rule| rule.filter(and))), "logs/");
        let plain = sdk::LifecycleRuleFilter::builder().prefix("logs/").build();
        assert_eq!(prefix(&built(|rule| rule.filter(plain))), "logs/");
        #[expect(deprecated, reason = "S3 still answers with rules of the old kind")]
        let old = built(|rule| rule.prefix("logs/"));
        assert_eq!(prefix(&old), "logs/");
        let tagged = sdk::LifecycleRuleFilter::builder().tag(sdk::Tag::builder().key("a").value("b").build().unwrap()).build();
        assert_eq!(prefix(&built(|rule| rule.filter(tagged))), "");
    }
}
