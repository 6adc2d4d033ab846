//! Security Hub facts.

use std::collections::BTreeMap;

use aws_sdk_securityhub::{
    operation::{describe_hub::DescribeHubError, get_findings::GetFindingsError},
    types::{self as sdk, ComplianceStatus, RecordState, StringFilter, StringFilterComparison, WorkflowStatus},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{
    Blind, BlindReason, Unseen,
    fact::securityhub::{SecurityHub, SecurityHubScore, SecurityHubStandards, Standard},
};

use super::{Probe, every_page, findings::LeanFindings};

/// 100,000 findings: at three requests a second, as fast as AWS answers, about as much as a sweep has time for.
const MOST_PAGES: usize = 1_000;

pub(super) async fn hub(probe: &Probe<'_>) -> Result<SecurityHub, Unseen> {
    match probe.caller.securityhub().describe_hub().send().await {
        Ok(answer) => match answer.hub_arn() {
            Some(arn) => Ok(SecurityHub::Hub(arn.to_owned())),
            None => Err(probe.malformed("the answer has no hub ARN")),
        },
        // The same code serves for other refusals: only the words tell that the account has not switched Security Hub on.
        Err(error) if error.as_service_error().is_some_and(not_subscribed) => Ok(SecurityHub::NotSubscribed),
        Err(error) => Err(probe.failed("DescribeHub")(error)),
    }
}

fn not_subscribed(error: &DescribeHubError) -> bool {
    let said = error.message().is_some_and(|message| message.contains("not subscribed"));
    error.is_resource_not_found_exception() || (error.is_invalid_access_exception() && said)
}

/// The same where the error comes through a listing, as words.
fn told_not_subscribed(unseen: &Unseen) -> bool {
    matches!(unseen, Unseen::Blind(Blind { detail, .. }) if detail.contains("InvalidAccessException") && detail.contains("not subscribed"))
}

pub(super) async fn standards(probe: &Probe<'_>) -> Result<SecurityHubStandards, Unseen> {
    let pages = probe.caller.securityhub().get_enabled_standards().max_results(100).into_paginator();
    let pages = pages.stop_on_duplicate_token(false).send();
    let listed = match every_page(probe, "GetEnabledStandards", pages, |page| page.standards_subscriptions).await {
        Err(unseen) if told_not_subscribed(&unseen) => return Ok(SecurityHubStandards::NotSubscribed),
        listed => listed?,
    };
    let standards = listed.into_iter().map(|standard| {
        Ok(Standard {
            arn: probe.needed(standard.standards_arn, "standard ARN")?,
            subscription_arn: probe.needed(standard.standards_subscription_arn, "subscription ARN")?,
            status: probe.needed(standard.standards_status, "standard status")?.as_str().to_owned(),
            reason: standard.standards_status_reason.and_then(|reason| reason.status_reason_code).map(|code| code.as_str().to_owned()),
        })
    });
    Ok(SecurityHubStandards::Enabled(standards.collect::<Result<_, Unseen>>()?))
}

/// What is known of a control so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Control {
    Passed,
    Undecided,
    Failed,
}

/// The control findings, counted page by page: there can be a hundred thousand of them, and each is large.
pub(super) async fn score(probe: &Probe<'_>) -> Result<SecurityHubScore, Unseen> {
    let account = probe.needed(probe.caller.account(), "account")?.to_string();
    let region = probe.caller.region().to_string();
    let filters = sdk::AwsSecurityFindingFilters::builder()
        // An administrator sees its members' findings, an aggregation region those of others.
        .aws_account_id(is(&account))
        .region(is(&region))
        .product_name(is("Security Hub"))
        .record_state(is(RecordState::Active.as_str()))
        .workflow_status(compared(StringFilterComparison::NotEquals, WorkflowStatus::Suppressed.as_str()))
        .build();
    let (mut controls, mut token) = (BTreeMap::new(), None);
    for page in 0.. {
        if page == MOST_PAGES {
            let detail = format!("securityhub:GetFindings in {region}: more than {MOST_PAGES} pages");
            return Err(Unseen::Blind(Blind::new(BlindReason::Truncated, detail)));
        }
        // Not by the paginator, which cannot be told to read leanly.
        let request = probe.caller.securityhub().get_findings().filters(filters.clone()).max_results(100).set_next_token(token);
        let answer = match request.customize().interceptor(LeanFindings).send().await {
            Err(error) if error.as_service_error().is_some_and(not_subscribed_either) => return Ok(SecurityHubScore::default()),
            answer => answer.map_err(probe.failed("GetFindings"))?,
        };
        for finding in probe.needed(answer.findings, "list of findings")?.iter().filter(|finding| counts(finding, &account, &region)) {
            if let Some((id, control)) = standing(probe, finding)? {
                let worst = controls.entry(id).or_insert(control);
                *worst = control.max(*worst);
            }
        }
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    let count = |wanted| controls.values().filter(|control| **control == wanted).count();
    Ok(SecurityHubScore {
        subscribed: true,
        passed_controls: count(Control::Passed),
        failed_controls: count(Control::Failed),
        undecided_controls: count(Control::Undecided),
    })
}

fn not_subscribed_either(error: &GetFindingsError) -> bool {
    error.is_invalid_access_exception() && error.message().is_some_and(|message| message.contains("not subscribed"))
}

fn is(value: &str) -> StringFilter {
    compared(StringFilterComparison::Equals, value)
}

fn compared(comparison: StringFilterComparison, value: &str) -> StringFilter {
    StringFilter::builder().comparison(comparison).value(value).build()
}

/// What the filters say, asked again of each finding, because not every endpoint filters.
fn counts(finding: &sdk::AwsSecurityFinding, account: &str, region: &str) -> bool {
    let suppressed = finding.workflow().and_then(sdk::Workflow::status) == Some(&WorkflowStatus::Suppressed);
    finding.aws_account_id() == Some(account)
        && finding.region().is_none_or(|of| of == region)
        && finding.product_name().is_none_or(|product| product == "Security Hub")
        && finding.record_state() != Some(&RecordState::Archived)
        && !suppressed
}

/// The control of a finding, and how it stands there. `None` for findings that are no control's.
fn standing(probe: &Probe<'_>, finding: &sdk::AwsSecurityFinding) -> Result<Option<(String, Control)>, Unseen> {
    let Some(compliance) = finding.compliance() else { return Ok(None) };
    // The same control of several standards has one id. Findings from before there was such an id have only their generator's.
    let id = compliance.security_control_id().or_else(|| finding.generator_id());
    let control = match probe.needed(compliance.status(), "compliance status")? {
        ComplianceStatus::Passed => Control::Passed,
        ComplianceStatus::Failed => Control::Failed,
        _ => Control::Undecided,
    };
    Ok(Some((probe.needed(id, "control id")?.to_owned(), control)))
}
