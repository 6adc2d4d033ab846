//! An account's text: rendered when its sweep is committed, so that a scrape only concatenates.

use std::fmt::Display;

use orgsweep_model::AccountId;

use crate::{account::AccountBoard, compressed::Text, config::Level, family::Family, layout::Layout, shown, text};

const FAMILIES: usize = Family::PER_ACCOUNT.len();

/// An account's series, family by family.
#[derive(Debug)]
pub(crate) struct Chunks {
    /// By [`Family::PER_ACCOUNT`], without headers.
    pub text: [Text; FAMILIES],
    /// How many series each has.
    pub series: [u64; FAMILIES],
}

#[derive(Default)]
struct Writer {
    text: [String; FAMILIES],
    series: [u64; FAMILIES],
}

impl Writer {
    fn sample(&mut self, family: Family, labels: &[(&str, &str)], value: impl Display) {
        text::sample(&mut self.text[family as usize], family, labels, value);
        self.series[family as usize] += 1;
    }
}

impl Chunks {
    /// What a level shows of an account. What is the same as in the `old` chunks is shared with them.
    pub fn render(id: AccountId, account: &AccountBoard, layout: &Layout, level: Level, old: Option<&Self>) -> Self {
        let mut out = Writer::default();
        let id = id.to_string();
        let id = ("account_id", id.as_str());
        shown::each_check(account, layout, level, |region, check, shown| {
            let labels = [id, ("aws_region", region), ("check", check.id.as_str())];
            if let Some(compliant) = shown.compliant {
                out.sample(Family::CheckCompliant, &labels, u8::from(compliant));
            }
            if let Some(since) = shown.failing_since {
                out.sample(Family::CheckFailingResources, &labels, shown.findings);
                out.sample(Family::CheckFailingSince, &labels, since);
            }
            if shown.waived {
                out.sample(Family::CheckWaived, &labels, 1);
            }
            for reason in shown.blind() {
                let [account, region, check] = labels;
                out.sample(Family::CheckUnknown, &[account, region, check, ("reason", reason.as_str())], 1);
            }
        });
        shown::each_evaluation(account, level, |region, cadence, at| {
            out.sample(Family::CheckLastEvaluated, &[id, ("aws_region", region), ("cadence", cadence.as_str())], at);
        });
        shown::each_measure(account, level, |region, measure, value| {
            let labels = [Some(id), region.map(|region| ("aws_region", region))];
            out.sample(Family::of(measure), &labels.into_iter().flatten().collect::<Vec<_>>(), value);
        });
        if let Some(reachable) = account.reachable {
            out.sample(Family::AccountReachable, &[id], u8::from(reachable));
        }
        let mut family = 0..FAMILIES;
        let text = out.text.map(|text| {
            let old = family.next().and_then(|family| old.map(|old| &old.text[family]));
            old.filter(|old| old.plain() == text.as_bytes()).cloned().unwrap_or_else(|| Text::new(&text))
        });
        Self { text, series: out.series }
    }
}
