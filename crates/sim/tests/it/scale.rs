//! Large organizations.

use std::collections::BTreeMap;

use orgsweep_sim::Simulation;

#[test]
fn thousands_of_accounts_have_a_truth() {
    let truth = Simulation::generated(2_000, 7).truth();
    let mut counts = BTreeMap::new();
    for row in &truth {
        *counts.entry(row.status).or_insert(0_usize) += 1;
    }
    // At least 40 account checks, and 25 regional ones in 17 regions and a few that were opted into.
    assert!(truth.len() >= 2_000 * (40 + 25 * 17), "{}", truth.len());
    assert!(counts["pass"] > truth.len() * 2 / 3, "{counts:?}");
    assert!(["fail", "unknown", "not_applicable"].iter().all(|status| counts[status] > 1000), "{counts:?}");
}

#[test]
fn truth_is_whole() {
    for row in Simulation::generated(60, 3).truth() {
        assert_eq!(row.blind_reason.is_some(), row.status == "unknown", "{row:?}");
        assert_eq!(row.failing.is_some(), row.status == "fail", "{row:?}");
        assert!(row.failing != Some(0), "{row:?}");
    }
}
