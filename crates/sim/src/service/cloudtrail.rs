//! `CloudTrail`: trails as seen from a region, whether they log, and what.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::org::Account;
use crate::posture::cloudtrail::{Delivery, Encryption, Insights, ObjectEvents, Retention, Trail as Variant, Validation};
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
        Operation { name: "GetInsightSelectors", action: "cloudtrail:GetInsightSelectors", route: "", run: get_insight_selectors },
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
struct Trail<'a> {
    name: &'static str,
    owner: &'a Account,
    home: &'static str,
    multi_region: bool,
    organization: bool,
    logging: bool,
    delivery_error: Option<&'static str>,
    selectors: Selectors,
}

impl Trail<'_> {
    fn arn(&self) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{}", self.home, self.owner.id, self.name)
    }

    /// What its owner's variant of a check says of it.
    fn is<T: crate::posture::Trait>(&self, call: &Call<'_>) -> T {
        call.organization().variant(self.owner, "global")
    }

    fn bucket(&self) -> String {
        bucket(self.owner)
    }

    /// Whether the trail itself lives here, and not a shadow of it.
    fn is_at_home(&self, call: &Call<'_>) -> bool {
        self.home == call.region && self.is_own(call)
    }

    /// Whether the account owns the trail, wherever it lives.
    fn is_own(&self, call: &Call<'_>) -> bool {
        self.owner.id == call.account().id
    }

    /// Whether the trail or a shadow of it is here.
    fn is_visible(&self, call: &Call<'_>) -> bool {
        self.multi_region || self.home == call.region
    }
}

/// The bucket that an account's trails deliver to.
pub(super) fn bucket(owner: &Account) -> String {
    format!("cloudtrail-{}", owner.id)
}

/// The log group that they deliver to.
pub(super) const LOG_GROUP: &str = "cloudtrail";

/// The account's trails, in whatever region they live, and the organization's if it sees that.
fn trails<'a>(call: &Call<'a>) -> Vec<Trail<'a>> {
    let (organization, account) = (call.organization(), call.account());
    let variant: Variant = organization.variant(account, "global");
    let own = || Trail {
        name: "audit",
        owner: account,
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
        let owner = organization.management();
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
        .map(|trail| described(call, trail))
        .collect();
    Ok(json!({"trailList": list}).into())
}

fn described(call: &Call<'_>, trail: &Trail<'_>) -> Value {
    let mut described = json!({
        "Name": trail.name,
        "TrailARN": trail.arn(),
        "S3BucketName": trail.bucket(),
        "HomeRegion": trail.home,
        "IsMultiRegionTrail": trail.multi_region,
        "IsOrganizationTrail": trail.organization,
        "IncludeGlobalServiceEvents": true,
        "LogFileValidationEnabled": trail.is::<Validation>(call) == Validation::On,
        "HasCustomEventSelectors": !matches!(trail.selectors, Selectors::Classic { read_write: "All", management: true }),
        "HasInsightSelectors": trail.is::<Insights>(call) != Insights::NotEnabled,
    });
    if trail.is::<Encryption>(call) == Encryption::Key {
        described["KmsKeyId"] = format!("arn:aws:kms:{}:{}:key/0d0c1b2a-0000-4000-8000-000000000001", trail.home, trail.owner.id).into();
    }
    if trail.is::<Retention>(call) == Retention::OwnPrefix {
        described["S3KeyPrefix"] = "audit".into();
    }
    if trail.is::<Delivery>(call).has_log_group() {
        let (home, owner) = (trail.home, &trail.owner.id);
        described["CloudWatchLogsLogGroupArn"] = format!("arn:aws:logs:{home}:{owner}:log-group:{LOG_GROUP}:*").into();
        described["CloudWatchLogsRoleArn"] = format!("arn:aws:iam::{owner}:role/CloudTrailToCloudWatchLogs").into();
    }
    described
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
    let delivery: Delivery = trail.is(call);
    let (delivered, error) = match delivery {
        Delivery::Recent => (Some(180), None),
        Delivery::NearlyADay => (Some(86_400 - 3_600), None),
        Delivery::RecentError => (Some(3_600), Some("AccessDeniedException")),
        Delivery::Late => (Some(2 * 86_400), Some("ResourceNotFoundException")),
        Delivery::Never => (None, Some("AccessDeniedException")),
        Delivery::NoLogGroup => (None, None),
    };
    if let Some(delivered) = delivered {
        status["LatestCloudWatchLogsDeliveryTime"] = time::epoch(time::ago(delivered)).into();
    }
    if let Some(error) = error {
        status["LatestCloudWatchLogsDeliveryError"] = error.into();
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
    let objects: ObjectEvents = trail.is(call);
    match trail.selectors {
        Selectors::Classic { read_write, management } => {
            let mut selectors = vec![json!({
                "ReadWriteType": read_write,
                "IncludeManagementEvents": management,
                "DataResources": [],
                "ExcludeManagementEventSources": [],
            })];
            selectors.extend(classic_of_objects(objects));
            answer["EventSelectors"] = selectors.into();
        }
        Selectors::Advanced { category, read_only } => {
            let mut fields = vec![json!({"Field": "eventCategory", "Equals": [category]})];
            if category == "Data" {
                fields.push(json!({"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]}));
            }
            if read_only {
                fields.push(json!({"Field": "readOnly", "Equals": ["true"]}));
            }
            let mut selectors = vec![json!({"Name": format!("{category} events"), "FieldSelectors": fields})];
            selectors.extend(advanced_of_objects(objects, &trail.bucket()));
            answer["AdvancedEventSelectors"] = selectors.into();
        }
    }
    Ok(answer.into())
}

fn classic_of_objects(objects: ObjectEvents) -> Option<Value> {
    let (read_write, value) = match objects {
        ObjectEvents::Unrecorded => return None,
        ObjectEvents::Every => ("All", "arn:aws:s3"),
        ObjectEvents::EveryOther => ("All", "arn:aws:s3:::"),
        ObjectEvents::SomeBuckets => ("All", "arn:aws:s3:::customer-data/"),
        ObjectEvents::WritesOnly => ("WriteOnly", "arn:aws:s3"),
    };
    Some(json!({
        "ReadWriteType": read_write,
        "IncludeManagementEvents": false,
        "DataResources": [
            {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]},
            {"Type": "AWS::S3::Object", "Values": [value]},
        ],
        "ExcludeManagementEventSources": [],
    }))
}

fn advanced_of_objects(objects: ObjectEvents, own_bucket: &str) -> Option<Value> {
    let limit = match objects {
        ObjectEvents::Unrecorded => return None,
        ObjectEvents::Every => None,
        ObjectEvents::EveryOther => Some(json!({"Field": "resources.ARN", "NotStartsWith": [format!("arn:aws:s3:::{own_bucket}/")]})),
        ObjectEvents::SomeBuckets => Some(json!({"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::customer-data/"]})),
        ObjectEvents::WritesOnly => Some(json!({"Field": "readOnly", "Equals": ["false"]})),
    };
    let mut fields =
        vec![json!({"Field": "eventCategory", "Equals": ["Data"]}), json!({"Field": "resources.type", "Equals": ["AWS::S3::Object"]})];
    fields.extend(limit);
    Some(json!({"Name": "S3 objects", "FieldSelectors": fields}))
}

fn get_insight_selectors(call: &Call<'_>) -> Result<Body, Failure> {
    let trail = find(call, "TrailName")?;
    if !trail.is_own(call) {
        return Err(unknown(call, &trail.arn()));
    }
    let selector = |kind: &str| json!({"InsightType": kind});
    let selectors = match trail.is(call) {
        Insights::NotEnabled => {
            let message = format!("Insights is not enabled on the trail: {}", trail.arn());
            return Err(Failure::new("InsightNotEnabledException", 400, message));
        }
        Insights::CallRate => json!([selector("ApiCallRateInsight")]),
        Insights::Both => {
            json!([selector("ApiErrorRateInsight"), {"InsightType": "ApiCallRateInsight", "EventCategories": ["Management", "Data"]}])
        }
        Insights::Emptied => json!([]),
        Insights::ErrorRate => json!([selector("ApiErrorRateInsight")]),
        Insights::DataEvents => json!([{"InsightType": "ApiCallRateInsight", "EventCategories": ["Data"]}]),
    };
    Ok(json!({"TrailARN": trail.arn(), "InsightSelectors": selectors}).into())
}

/// The trail that a request names: by ARN wherever it can be seen, by name in its home region only.
fn find<'a>(call: &Call<'a>, member: &str) -> Result<Trail<'a>, Failure> {
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
