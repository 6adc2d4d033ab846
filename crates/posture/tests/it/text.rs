//! The text as a format, held against the `prometheus` crate's.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use orgsweep_model::{AccountState, BlindReason, CheckId, Measure, Place};
use orgsweep_posture::{Board, Exceptions, Waiver};
use prometheus::{Encoder, GaugeVec, Opts, Registry, TextEncoder};

use crate::support::*;

const AWKWARD: &str = "back\\slash \"quoted\"\nsecond line, é";

fn waiver() -> Waiver {
    Waiver {
        checks: vec![CheckId(REGION_CHECK)],
        account: Box::new(|_| true),
        place: Box::new(|_| true),
        resource: None,
        reason: AWKWARD.to_owned(),
        owner: Some(AWKWARD.to_owned()),
        ticket: None,
        expires: Some(time(1_800_000_000)),
        written: String::new(),
    }
}

/// A board that shows every family.
fn full_board() -> Board {
    let mut config = config();
    config.account_labels = vec!["owner/team".into()];
    config.exceptions = Arc::new(Exceptions { waivers: vec![waiver()], attestations: Vec::new() });
    let board = Board::new(config);
    let mut listing = organization(&[1, 2]);
    listing.accounts[0].name = AWKWARD.into();
    listing.accounts[0].tags = [("owner/team".into(), AWKWARD.into())].into();
    listing.accounts[1].state = AccountState::Suspended;
    board.set_organization(&listing, &regions(&[EAST]), time(0));
    Sweep::of(1, 1_700_000_000)
        .regions(&[EAST])
        .global(ACCOUNT_CHECK, pass())
        .region(EAST, REGION_CHECK, fail(2))
        .region(EAST, OTHER_REGION_CHECK, unknown(BlindReason::Throttled))
        .measured(&Place::Global, Measure::CredentialReportGenerated, 1_699_990_000.0)
        .measured(&Place::Region(EAST.parse().unwrap()), Measure::SecurityHubScore, 0.75)
        .commit(&board);
    board
}

/// What the `prometheus` crate writes of the data in `full_board`. Written out here: nothing is taken from the board but the help.
fn encoded(help: &BTreeMap<String, String>) -> String {
    type Series<'a> = (&'a [&'a str], f64);
    let registry = Registry::new();
    let family = |name: &str, labels: &[&str], series: &[Series<'_>]| {
        let name = format!("orgsweep_{name}");
        let vec = GaugeVec::new(Opts::new(&name, &help[&name]), labels).unwrap();
        for (values, value) in series {
            vec.with_label_values(values).set(*value);
        }
        registry.register(Box::new(vec)).unwrap();
    };
    let (one, two) = ("000000000001", "000000000002");
    let target = ["account_id", "aws_region", "check"];
    family("check_compliant", &target, &[(&[one, "global", ACCOUNT_CHECK], 1.0), (&[one, EAST, REGION_CHECK], 0.0)]);
    family("check_failing_resources", &target, &[(&[one, EAST, REGION_CHECK], 2.0)]);
    family("check_failing_since_timestamp_seconds", &target, &[(&[one, EAST, REGION_CHECK], 1_700_000_000.0)]);
    family("check_waived", &target, &[(&[one, EAST, REGION_CHECK], 1.0)]);
    family("waiver_expiry_timestamp_seconds", &["check", "owner"], &[(&[REGION_CHECK, AWKWARD], 1_800_000_000.0)]);
    family("waivers_unused", &[], &[(&[], 0.0)]);
    family("credential_report_generated_timestamp_seconds", &["account_id"], &[(&[one], 1_699_990_000.0)]);
    family("securityhub_score_ratio", &["account_id", "aws_region"], &[(&[one, EAST], 0.75)]);
    let unknown = ["account_id", "aws_region", "check", "reason"];
    family("check_unknown", &unknown, &[(&[one, EAST, OTHER_REGION_CHECK, "throttled"], 1.0)]);
    family(
        "check_last_evaluated_timestamp_seconds",
        &["account_id", "aws_region", "cadence"],
        &[(&[one, "global", "daily"], 1_700_000_000.0), (&[one, EAST, "standard"], 1_700_000_000.0)],
    );
    family("account_reachable", &["account_id"], &[(&[one], 1.0)]);
    family(
        "account_info",
        &["account_id", "account_name", "ou_path", "state", "tag_owner_team"],
        &[(&[one, AWKWARD, "/", "ACTIVE", AWKWARD], 1.0), (&[two, "account 2", "/", "SUSPENDED", ""], 1.0)],
    );
    let title = "A \"wanted\" state";
    family(
        "check_info",
        &["check", "title", "severity", "scope", "cadence"],
        &[
            (&[REGION_CHECK, title, "high", "region", "standard"], 1.0),
            (&[ACCOUNT_CHECK, title, "high", "account", "daily"], 1.0),
            (&[OTHER_REGION_CHECK, title, "high", "region", "daily"], 1.0),
        ],
    );
    let states = ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED", "OTHER"];
    let states: Vec<_> = states.iter().map(std::slice::from_ref).zip([0.0, 1.0, 1.0, 0.0, 0.0, 0.0]).collect();
    family("accounts", &["state"], &states.iter().map(|(state, count)| (*state, *count)).collect::<Vec<_>>());
    let counts = [
        (REGION_CHECK, [0.0, 0.0, 1.0, 0.0, 1.0]),
        (ACCOUNT_CHECK, [1.0, 0.0, 0.0, 0.0, 1.0]),
        (OTHER_REGION_CHECK, [0.0, 0.0, 0.0, 0.0, 2.0]),
    ];
    let statuses = ["pass", "fail", "waived", "not_applicable", "unknown"];
    let verdicts: Vec<_> = counts
        .iter()
        .flat_map(|(check, counts)| statuses.into_iter().zip(*counts).map(|(status, count)| ([*check, status], count)))
        .collect();
    family("verdicts", &["check", "status"], &verdicts.iter().map(|(labels, count)| (labels.as_slice(), *count)).collect::<Vec<_>>());
    family("coverage_ratio", &[], &[(&[], 2.0 / 6.0)]);
    let sizes = [
        ("orgsweep_check_compliant", 2.0),
        ("orgsweep_check_failing_resources", 1.0),
        ("orgsweep_check_failing_since_timestamp_seconds", 1.0),
        ("orgsweep_check_waived", 1.0),
        ("orgsweep_check_unknown", 1.0),
        ("orgsweep_check_last_evaluated_timestamp_seconds", 2.0),
        ("orgsweep_account_reachable", 1.0),
        ("orgsweep_credential_report_generated_timestamp_seconds", 1.0),
        ("orgsweep_securityhub_score_ratio", 1.0),
        ("orgsweep_account_info", 2.0),
        ("orgsweep_check_info", 3.0),
        ("orgsweep_accounts", 6.0),
        ("orgsweep_verdicts", 15.0),
        ("orgsweep_waiver_expiry_timestamp_seconds", 1.0),
        ("orgsweep_waivers_unused", 1.0),
        ("orgsweep_coverage_ratio", 1.0),
        ("orgsweep_metrics_series", 18.0),
        ("orgsweep_metrics_detail", 1.0),
    ];
    let sizes: Vec<_> = sizes.iter().map(|(family, size)| (std::slice::from_ref(family), *size)).collect();
    family("metrics_series", &["family"], &sizes);
    family("metrics_detail", &["detail"], &[(&["region"], 1.0)]);
    let mut encoded = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut encoded).unwrap();
    String::from_utf8(encoded).unwrap()
}

#[test]
fn the_text_is_what_the_prometheus_crate_writes_of_the_same_data() {
    let text = text(&full_board());
    let help = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '));
    let encoded = encoded(&help.map(|(name, help)| (name.to_owned(), help.to_owned())).collect());
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    similar(&sorted(&text), &sorted(&encoded));
    assert_eq!(text.len(), encoded.len(), "no line occurs twice");
}

fn similar(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) {
    let only_ours: Vec<_> = ours.difference(theirs).collect();
    let only_theirs: Vec<_> = theirs.difference(ours).collect();
    assert!(only_ours.is_empty() && only_theirs.is_empty(), "only the board: {only_ours:#?}\nonly the encoder: {only_theirs:#?}");
}

/// Checks what the format demands of the whole text, and gives the number of series by family.
pub fn well_formed(text: &str) -> BTreeMap<String, u64> {
    let mut families = BTreeMap::<String, u64>::new();
    let mut seen = BTreeSet::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("# HELP ").and_then(|help| help.split_once(' ')).expect("a family begins with its help").0;
        assert_eq!(lines.next(), Some(format!("# TYPE {name} gauge").as_str()));
        let mut series = 0;
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            assert!(line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])), "{line} is among {name}");
            assert!(seen.insert(line.rsplit_once(' ').unwrap().0), "{line} is there twice");
            series += 1;
        }
        assert!(series > 0, "{name} is empty");
        assert_eq!(families.insert(name.to_owned(), series), None, "{name} is in two pieces");
    }
    families
}

#[test]
fn every_family_is_in_one_piece_and_counts_its_series() {
    let board = full_board();
    let families = well_formed(&text(&board));
    assert_eq!(families.len(), 18);
    let counted = series(&board, "metrics_series");
    for (family, series) in families {
        assert!(counted.contains(&format!("{{family=\"{family}\"}} {series}")), "{family} {series}: {counted:?}");
    }
}

#[test]
fn an_empty_board_has_no_empty_families() {
    let board = Board::new(orgsweep_posture::BoardConfig { checks: Vec::new(), ..config() });
    board.set_organization(&organization(&[]), &[], time(0));
    let families: Vec<_> = well_formed(&text(&board)).into_keys().collect();
    assert_eq!(families, ["orgsweep_accounts", "orgsweep_metrics_detail", "orgsweep_metrics_series"]);
}
