//! `CloudTrail`: trails as seen from a region, whether they log, and what.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::cloudtrail::Trail as Variant;
use crate::regions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, time};

pub(super) const SERVICE: Service = Service {
    signing_name: "cloudtrail",
    protocol: Protocol::Json,
    target: "CloudTrail_20131101",
    operations: &[
        Operation { name: "DescribeTrails", action: "cloudtrail:DescribeTrails", route: "", run: describe_trails },
        Operation { name: "GetTrailStatus", action: "cloudtrail:GetTrailStatus", route: "", run: get_trail_status },
        Operation { name: "GetEventSelectors", action: "cloudtrail:GetEventSelectors", route: "", run: get_event_selectors },
    ],
    ..Service::BASE
};

/// What a trail records.
#[derive(Clone, Copy)]
enum Selectors {
    Classic { read_write: &'static str, management: bool },
    Advanced { category: &'static str, read_only: bool },
}

/// One trail as an account sees it.
struct Trail {
    name: &'static str,
    owner: String,
    home: &'static str,
    multi_region: bool,
    organization: bool,
    logging: bool,
    delivery_error: Option<&'static str>,
    selectors: Selectors,
}

impl Trail {
    fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{}", self.home, self.owner, self.name)
    }

    /// Whether the trail itself lives here, and not a shadow of it.
    fn is_at_home(&self, call: &Call<'_>) -> bool {
        self.home == call.region && self.is_own(call)
    }

    /// Whether the account owns the trail, wherever it lives.
    fn is_own(&self, call: &Call<'_>) -> bool {
        self.owner == call.account().id
    }

    /// Whether the trail or a shadow of it is here.
    fn is_visible(&self, call: &Call<'_>) -> bool {
        self.multi_region || self.home == call.region
    }
}

/// The account's trails, in whatever region they live, and the organization's if it sees that.
fn trails(call: &Call<'_>) -> Vec<Trail> {
    let (organization, account) = (call.organization(), call.account());
    let variant: Variant = organization.variant(account, "global");
    let own = || Trail {
        name: "audit",
        owner: account.id.clone(),
        home: variant.home(account),
        multi_region: true,
        organization: false,
        logging: true,
        delivery_error: None,
        selectors: Selectors::Classic { read_write: "All", management: true },
    };
    let classic = |read_write, management| Trail { selectors: Selectors::Classic { read_write, management }, ..own() };
    let advanced = |category, read_only| Trail { selectors: Selectors::Advanced { category, read_only }, ..own() };
    let mut trails = match variant {
        Variant::Own | Variant::OwnElsewhere => vec![own()],
        Variant::Organization | Variant::None => Vec::new(),
        Variant::Advanced => vec![advanced("Management", false)],
        Variant::SecondStopped => vec![Trail { name: "abandoned", logging: false, ..own() }, own()],
        Variant::SingleRegion => vec![Trail { multi_region: false, ..own() }],
        Variant::Stopped => vec![Trail { logging: false, ..own() }],
        Variant::DeliveryError => vec![Trail { delivery_error: Some("AccessDenied"), ..own() }],
        Variant::WriteOnly => vec![classic("WriteOnly", true)],
        Variant::ManagementExcluded => vec![classic("All", false)],
        Variant::AdvancedReadOnly => vec![advanced("Management", true)],
        Variant::AdvancedDataOnly => vec![advanced("Data", false)],
    };
    if organization.sees_organization_trail(account) {
        let owner = organization.management().id.clone();
        trails.push(Trail { name: "organization", owner, home: regions::HOME, organization: true, ..own() });
    }
    trails
}

fn describe_trails(call: &Call<'_>) -> Result<Body, Failure> {
    let shadows = call.input.get("includeShadowTrails").and_then(Value::as_bool).unwrap_or(true);
    let wanted: Vec<&str> =
        call.input.get("trailNameList").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let list: Vec<Value> = trails(call)
        .iter()
        .filter(|trail| trail.is_visible(call) && (shadows || trail.is_at_home(call)))
        .filter(|trail| {
            wanted.is_empty() || wanted.iter().any(|&name| name == trail.arn() || (name == trail.name && trail.is_at_home(call)))
        })
        .map(|trail| {
            json!({
                "Name": trail.name,
                "TrailARN": trail.arn(),
                "S3BucketName": format!("cloudtrail-{}", trail.owner),
                "HomeRegion": trail.home,
                "IsMultiRegionTrail": trail.multi_region,
                "IsOrganizationTrail": trail.organization,
                "IncludeGlobalServiceEvents": true,
                "LogFileValidationEnabled": true,
                "HasCustomEventSelectors": !matches!(trail.selectors, Selectors::Classic { read_write: "All", management: true }),
                "HasInsightSelectors": false,
            })
        })
        .collect();
    Ok(json!({"trailList": list}).into())
}

fn get_trail_status(call: &Call<'_>) -> Result<Body, Failure> {
    let trail = find(call, "Name")?;
    let mut status = json!({
        "IsLogging": trail.logging,
        "StartLoggingTime": time::epoch(time::ago(200 * 86_400)),
        "LatestDeliveryTime": time::epoch(time::ago(if trail.logging { 240 } else { 40 * 86_400 })),
        "LatestDigestDeliveryTime": time::epoch(time::ago(if trail.logging { 1500 } else { 40 * 86_400 })),
        "LatestDeliveryAttemptTime": time::iso(time::ago(240)),
        "LatestDeliveryAttemptSucceeded": if trail.delivery_error.is_some() { String::new() } else { time::iso(time::ago(240)) },
        "TimeLoggingStarted": time::iso(time::ago(200 * 86_400)),
        "TimeLoggingStopped": "",
    });
    if !trail.logging {
        status["StopLoggingTime"] = time::epoch(time::ago(40 * 86_400)).into();
        status["TimeLoggingStopped"] = time::iso(time::ago(40 * 86_400)).into();
    }
    if let Some(error) = trail.delivery_error {
        status["LatestDeliveryError"] = error.into();
    }
    Ok(status.into())
}

fn get_event_selectors(call: &Call<'_>) -> Result<Body, Failure> {
    let trail = find(call, "TrailName")?;
    // A member sees the organization's trail and that it logs. What it records, only its owner may ask.
    if !trail.is_own(call) {
        return Err(unknown(call, &trail.arn()));
    }
    let mut answer = json!({"TrailARN": trail.arn()});
    match trail.selectors {
        Selectors::Classic { read_write, management } => {
            answer["EventSelectors"] = json!([{
                "ReadWriteType": read_write,
                "IncludeManagementEvents": management,
                "DataResources": [],
                "ExcludeManagementEventSources": [],
            }]);
        }
        Selectors::Advanced { category, read_only } => {
            let mut fields = vec![json!({"Field": "eventCategory", "Equals": [category]})];
            if category == "Data" {
                fields.push(json!({"Field": "resources.type", "Equals": ["AWS::S3::Object"]}));
            }
            if read_only {
                fields.push(json!({"Field": "readOnly", "Equals": ["true"]}));
            }
            answer["AdvancedEventSelectors"] = json!([{"Name": format!("{category} events"), "FieldSelectors": fields}]);
        }
    }
    Ok(answer.into())
}

/// The trail that a request names: by ARN wherever it can be seen, by name in its home region only.
fn find(call: &Call<'_>, member: &str) -> Result<Trail, Failure> {
    let name = call.member(member).unwrap_or_default();
    let by_arn = name.starts_with("arn:");
    trails(call)
        .into_iter()
        .find(|trail| if by_arn { trail.arn() == name && trail.is_visible(call) } else { trail.name == name && trail.is_at_home(call) })
        .ok_or_else(|| unknown(call, name))
}

fn unknown(call: &Call<'_>, trail: &str) -> Failure {
    Failure::new("TrailNotFoundException", 400, format!("Unknown trail: {trail} for the user: {}", call.account().id))
}
