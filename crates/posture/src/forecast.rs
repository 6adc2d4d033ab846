//! How many series a board will have, before there is one.

use orgsweep_model::FactKind;

use crate::{
    config::{BoardConfig, Level},
    layout::Layout,
    level::{self, Sizes},
    summary,
};

/// One account, as far as its series go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastAccount {
    /// Whether the organization's checks are asked here.
    pub management: bool,
    /// Whether it can be reached. Otherwise all of it is unknown, with a series for each reason.
    pub reachable: bool,
    /// How many of its regions are swept.
    pub regions: u64,
}

/// How many posture series there are at each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// At [`Level::Region`].
    pub region: u64,
    /// At [`Level::Account`].
    pub account: u64,
    /// At [`Level::Organization`].
    pub organization: u64,
    /// The level that the configuration will bring about.
    pub level: Level,
}

/// A check that passes shows one series, and one that fails shows two more.
const MORE_OF_A_FAILURE: f64 = 2.0;

/// The series of these accounts once all are swept, when the share `failing` of the checks of every place they have fails. At
/// [`Level::Account`] one failing region is enough, so that a check shows a failure there as soon as one is expected in any of its regions.
pub fn forecast(config: &BoardConfig, facts: &[FactKind], accounts: &[ForecastAccount], failing: f64) -> Forecast {
    let layout = Layout::new(config);
    let shown = |failing: f64| 1.0 + MORE_OF_A_FAILURE * failing;
    let measured = |kind: FactKind| f64::from(u8::from(facts.contains(&kind)));
    let (reports, scores) = (measured(FactKind::CredentialReport), measured(FactKind::SecurityHubScore));
    let regional = layout.region.len() as f64;

    let (mut region, mut account) = (0.0, 0.0);
    for one in accounts {
        let failing = if one.reachable { failing } else { 0.0 };
        let (reports, scores) = if one.reachable { (reports, scores) } else { (0.0, 0.0) };
        let global = layout.global(one.management);
        let whole = global.len() as f64 * shown(failing) + reports + layout.cadences(global) as f64;
        let cadences = layout.cadences(&layout.region) as f64;
        region += whole + one.regions as f64 * (regional * shown(failing) + scores + cadences);
        if one.regions > 0 {
            let any_fails = 1.0 - (1.0 - failing).powf(one.regions as f64);
            account += whole + regional * shown(any_fails) + scores + cadences;
        } else {
            account += whole;
        }
    }
    let listed = accounts.len() as u64;
    // Every account has a series that says whether it can be reached.
    let organization = summary::fixed_series(&layout, listed).map(|(_, series)| series).sum::<u64>() + listed;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
    let rounded = |series: f64| series.round() as u64;
    let sizes = Sizes { region: organization + rounded(region), account: organization + rounded(account) };
    let level = level::choose(config.detail, Level::Region, sizes, config.max_series as u64);
    Forecast { region: sizes.region, account: sizes.account, organization, level }
}
