//! Where AWS does not offer the services of the regional checks.
//!
//! For one purpose: AWS gives no name to the endpoint of a service in a region that does not have it, so that the question ends at the DNS.
//! Our own outage looks the same. Only where a look-up says that the name does not exist *and* this table says that the service is not
//! there, it is not offered; each alone would be too little. A region that is newer than the table is not in it, and stays blind; one that
//! got the service since has a name, and is asked as ever.
//!
//! Source: `endpoints.json` of botocore 1.44.5 (AWS's own list of endpoints, format version 3), read on 2026-11-22. For each partition
//! and service: the partition's `regions` without the keys of `services.<endpoint prefix>.endpoints`; all of them where the partition does
//! not have the service. The prefix is our label but for accessanalyzer (`access-analyzer`) and detective (`api.detective`). AWS Config,
//! EC2, EventBridge, Lambda, CloudWatch Logs, Security Hub and Systems Manager are everywhere.

/// Services, and the regions without them.
const WITHOUT: [(&str, &[&str]); 5] = [
    ("accessanalyzer", &["us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isob-west-1"]),
    (
        "controltower",
        &[
            "cn-north-1",
            "cn-northwest-1",
            "us-iso-east-1",
            "us-iso-west-1",
            "us-isob-east-1",
            "us-isob-west-1",
            "eu-isoe-west-1",
            "us-isof-east-1",
            "us-isof-south-1",
        ],
    ),
    (
        "detective",
        &[
            "ap-east-2",
            "ap-northeast-3",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-2",
            "me-central-1",
            "mx-central-1",
            "cn-north-1",
            "cn-northwest-1",
            "us-iso-east-1",
            "us-iso-west-1",
            "us-isob-east-1",
            "us-isob-west-1",
            "eu-isoe-west-1",
            "us-isof-east-1",
            "us-isof-south-1",
            "eusc-de-east-1",
        ],
    ),
    ("guardduty", &["us-isob-west-1"]),
    ("sso", &["us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isob-west-1", "eu-isoe-west-1", "us-isof-east-1", "us-isof-south-1"]),
];

/// Whether AWS's list of endpoints leaves the service out in a region that it knows.
pub(crate) fn is_listed_as_absent(service: &str, region: &str) -> bool {
    WITHOUT.iter().any(|(name, regions)| *name == service && regions.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_is_absent_and_nothing_else() {
        assert!(is_listed_as_absent("detective", "ap-southeast-3"));
        assert!(!is_listed_as_absent("detective", "us-east-1"));
        assert!(is_listed_as_absent("detective", "cn-north-1"), "a partition without the service");
        assert!(!is_listed_as_absent("ec2", "ap-southeast-3"));
        assert!(!is_listed_as_absent("detective", "xx-new-1"), "a region that the table does not know");
        assert!(!is_listed_as_absent("budgets", "us-iso-east-1"), "a service that no regional check asks");
    }

    #[test]
    fn it_knows_services_and_regions_by_their_names() {
        for (service, regions) in WITHOUT {
            let declared = orgsweep_model::FactKind::ALL.iter().flat_map(|kind| kind.spec().operations);
            assert!(service == "detective" || declared.clone().any(|operation| operation.service == service), "{service}");
            assert!(regions.iter().all(|region| region.parse::<orgsweep_model::Region>().is_ok()), "{service}");
        }
    }
}
