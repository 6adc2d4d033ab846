//! S3: buckets, named in the path, and what happens to their objects in time. Requests to S3 Control are signed with the same name and
//! are not its.

use serde_json::Value;

use super::{Call, Operation, Service, cloudtrail};
use crate::posture::cloudtrail::{Retention, Trail};
use crate::regions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Xml, time};

pub(super) const SERVICE: Service = Service {
    signing_name: "s3",
    protocol: Protocol::S3,
    namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    operations: &[
        Operation { name: "ListAllMyBucketsResult", action: "s3:ListAllMyBuckets", route: "GET /", run: list_buckets },
        Operation {
            name: "LifecycleConfiguration",
            action: "s3:GetLifecycleConfiguration",
            route: "GET /{bucket}?lifecycle",
            run: get_bucket_lifecycle_configuration,
        },
        Operation { name: "LocationConstraint", action: "s3:GetBucketLocation", route: "GET /{bucket}?location", run: get_bucket_location },
    ],
    ..Service::BASE
};

/// A bucket of the account.
struct Bucket {
    name: String,
    region: &'static str,
}

/// The account's buckets by name: what its trails deliver to, if it owns any and their bucket, and others whose names begin like it.
fn buckets(call: &Call<'_>) -> Vec<Bucket> {
    let (organization, account) = (call.organization(), call.account());
    let retention: Retention = organization.variant(account, "global");
    let trail: Trail = organization.variant(account, "global");
    let own = trail != Trail::None && trail != Trail::Organization;
    let mut buckets = vec![Bucket { name: format!("assets-{}", account.id), region: regions::HOME }];
    if (own || organization.owns_organization_trail(account)) && retention != Retention::OtherAccount {
        buckets.push(Bucket { name: cloudtrail::bucket(account), region: retention.bucket_region(account) });
    }
    buckets.push(Bucket { name: format!("{}-old", cloudtrail::bucket(account)), region: regions::HOME });
    buckets
}

fn list_buckets(call: &Call<'_>) -> Result<Body, Failure> {
    let prefix = call.parameter("prefix").unwrap_or_default();
    let region = call.parameter("bucket-region");
    let buckets: Vec<Bucket> = buckets(call)
        .into_iter()
        .filter(|bucket| bucket.name.starts_with(&*prefix) && region.as_deref().is_none_or(|region| region == bucket.region))
        .collect();
    let (some, next) = call.page(&buckets, ("continuation-token", "max-buckets"), 1..=10_000, 10_000)?;
    // S3 says where buckets are only to those who ask for something.
    let asked = ["prefix", "bucket-region", "max-buckets", "continuation-token"].iter().any(|name| call.parameter(name).is_some());
    let mut xml = Xml::default();
    xml.list("Buckets", "Bucket", some, |xml, bucket| {
        xml.text("Name", &bucket.name).text("CreationDate", time::iso(time::ago(400 * 86_400)));
        xml.optional("BucketRegion", asked.then_some(bucket.region));
    });
    xml.nest("Owner", |xml| {
        xml.text("ID", format!("{:0>64}", call.account().id));
    });
    xml.optional("ContinuationToken", next).optional("Prefix", Some(&*prefix).filter(|prefix| !prefix.is_empty()));
    Ok(xml.into())
}

/// Empty for us-east-1, which is how S3 says it.
fn get_bucket_location(call: &Call<'_>) -> Result<Body, Failure> {
    let Some(bucket) = buckets(call).into_iter().find(|bucket| bucket.name == call.param("bucket")) else {
        return Err(Failure::access_denied(call.protocol, "Access Denied"));
    };
    let region = if bucket.region == regions::HOME { "" } else { bucket.region };
    Ok(Xml::from(&Value::from(region)).into())
}

fn get_bucket_lifecycle_configuration(call: &Call<'_>) -> Result<Body, Failure> {
    let name = call.param("bucket");
    let Some(bucket) = buckets(call).into_iter().find(|bucket| bucket.name == name) else {
        return Err(Failure::access_denied(call.protocol, "Access Denied"));
    };
    if bucket.region != call.region {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
        return Err(Failure::new("PermanentRedirect", 301, message));
    }
    let retention: Retention = call.organization().variant(call.account(), "global");
    if name != cloudtrail::bucket(call.account()) || retention == Retention::NoLifecycle {
        return Err(Failure::new("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"));
    }
    let mut xml = Xml::default();
    rules(&mut xml, retention, &call.account().id);
    Ok(xml.into())
}

/// What happens to the objects of the trails' bucket.
fn rules(xml: &mut Xml, retention: Retention, account: &str) {
    let archive = |xml: &mut Xml| {
        xml.nest("Transition", |xml| {
            xml.text("Days", 90).text("StorageClass", "GLACIER");
        });
    };
    let after = |days: u32| {
        move |xml: &mut Xml| {
            xml.nest("Expiration", |xml| {
                xml.text("Days", days);
            });
        }
    };
    let all = |xml: &mut Xml| {
        xml.nest("Filter", |xml| {
            xml.text("Prefix", "");
        });
    };
    match retention {
        Retention::ForEver | Retention::NoLifecycle | Retention::OtherAccount => rule(xml, "archive", true, all, archive),
        Retention::Year | Retention::OtherRegion | Retention::ShortLogGroup | Retention::NoSuchLogGroup => {
            rule(xml, "keep-a-year", true, all, after(365));
        }
        Retention::OthersExpire => {
            let config = |xml: &mut Xml| {
                xml.nest("Filter", |xml| {
                    xml.nest("And", |xml| {
                        xml.text("Prefix", format!("AWSLogs/{account}/Config/")).text("ObjectSizeGreaterThan", 1);
                    });
                });
            };
            rule(xml, "config", true, config, after(30));
            rule(xml, "keep", true, all, after(400));
        }
        Retention::OwnPrefix => {
            let others = |xml: &mut Xml| {
                xml.nest("Filter", |xml| {
                    xml.text("Prefix", "AWSLogs/");
                });
            };
            rule(xml, "others", true, others, after(30));
        }
        Retention::DeletedOnly => {
            let deleted = |xml: &mut Xml| {
                xml.nest("Expiration", |xml| {
                    xml.text("ExpiredObjectDeleteMarker", true);
                });
                xml.nest("NoncurrentVersionExpiration", |xml| {
                    xml.text("NoncurrentDays", 30);
                });
            };
            rule(xml, "deleted", true, all, deleted);
        }
        Retention::Disabled => rule(xml, "keep-a-year", false, all, after(365)),
        Retention::Short => {
            let logs = |xml: &mut Xml| {
                xml.nest("Filter", |xml| {
                    xml.text("Prefix", format!("AWSLogs/{account}/CloudTrail/"));
                });
            };
            rule(xml, "short", true, logs, after(90));
            rule(xml, "archive", true, all, archive);
        }
        Retention::OldForm => {
            let logs = |xml: &mut Xml| {
                xml.text("Prefix", "AWSLogs/");
            };
            rule(xml, "short", true, logs, after(90));
        }
        Retention::OnADate => {
            let date = |xml: &mut Xml| {
                xml.nest("Expiration", |xml| {
                    xml.text("Date", "2031-01-01T00:00:00.000Z");
                });
            };
            rule(xml, "once", true, all, date);
        }
    }
}

fn rule(xml: &mut Xml, id: &str, enabled: bool, filter: impl FnOnce(&mut Xml), action: impl FnOnce(&mut Xml)) {
    xml.nest("Rule", |xml| {
        xml.text("ID", id);
        filter(xml);
        xml.text("Status", if enabled { "Enabled" } else { "Disabled" });
        action(xml);
    });
}
