//! Sweeps of a few accounts, to see by how much this organization differs from what is assumed.

use orgsweep_aws::ApiCalls;
use orgsweep_model::{Account, AccountReport, Organization, Verdict};

use super::{
    asks::{Asks, Calls, Factors, add},
    extent::{Extent, Looked, evenly},
    rhythm::Rhythm,
};
use crate::engine::Engine;

/// What the sample showed.
pub struct Sampled {
    /// How many accounts were swept.
    pub accounts: usize,
    pub factors: Factors,
    /// The share of decided targets that fail; absent where none was decided.
    pub failing: Option<f64>,
}

/// Sweeps the management account, which asks what all accounts share, and then so many others that can be reached.
pub async fn take(
    engine: &Engine,
    organization: &Organization,
    looked: &[Looked],
    asks: &Asks<'_>,
    extent: &Extent,
    most: usize,
) -> Sampled {
    let reachable = looked.iter().filter(|looked| looked.seen.is_ok());
    let (management, members): (Vec<&Looked>, Vec<&Looked>) = reachable.partition(|looked| looked.is_management);
    let members: Vec<&Looked> = evenly(&members, most).into_iter().copied().collect();
    let rhythm = Rhythm::once(engine.program.cadences());

    // Whoever is swept first is asked for what all share: that must not count as the members' own.
    let swept: Vec<&Looked> = management.into_iter().take(1).chain(members).collect();
    let (first, others) = swept.split_at(swept.len().min(1));
    let mut sweeps = Sweeps { engine, organization, decided: 0, failed: 0 };
    let of_first = sweeps.of(first).await;
    let of_others = sweeps.of(others).await;

    let modelled = |looked: &[&Looked]| {
        let mut calls = Calls::new();
        for one in looked {
            add(&mut calls, &asks.in_account(&rhythm), 1.0);
            add(&mut calls, &asks.in_region(&rhythm), one.seen.as_ref().map_or(0, Vec::len) as f64);
        }
        calls
    };
    let shared = asks.for_organization(extent, &rhythm);
    let own = if others.is_empty() {
        // One account alone cannot tell what is its own: what all share is taken to be as assumed.
        factors(&minus(&of_first, &shared), &modelled(first))
    } else {
        factors(&of_others, &modelled(others))
    };
    let of_itself: Calls = modelled(first)
        .into_iter()
        .map(|(name, count)| {
            let factor = own.get(&name).copied().unwrap_or(1.0);
            (name, count * factor)
        })
        .collect();
    let organization = if others.is_empty() { Calls::new() } else { factors(&minus(&of_first, &of_itself), &shared) };
    let failing = (sweeps.decided > 0).then(|| sweeps.failed as f64 / sweeps.decided as f64);
    Sampled { accounts: swept.len(), factors: Factors { own, organization }, failing }
}

/// By how much what was asked differs from what was expected, for each operation of which any was expected.
fn factors(asked: &Calls, expected: &Calls) -> Calls {
    let expected = expected.iter().filter(|(_, count)| **count > 0.0);
    expected.map(|(name, count)| (name.clone(), asked.get(name).copied().unwrap_or_default() / count)).collect()
}

fn minus(calls: &Calls, others: &Calls) -> Calls {
    let less = |name: &str| others.get(name).copied().unwrap_or_default();
    calls.iter().map(|(name, count)| (name.clone(), (count - less(name)).max(0.0))).collect()
}

struct Sweeps<'a> {
    engine: &'a Engine,
    organization: &'a Organization,
    decided: usize,
    failed: usize,
}

impl Sweeps<'_> {
    /// Sweeps these accounts one after the other, and gives the requests that it took.
    async fn of(&mut self, looked: &[&Looked]) -> Calls {
        let before = self.engine.meter.calls();
        for one in looked {
            let report = self.sweep(&one.account).await;
            for (_, verdict) in report.targets.iter().flat_map(|target| &target.verdicts) {
                self.decided += usize::from(verdict.blind().is_none());
                self.failed += usize::from(matches!(verdict, Verdict::Fail(_)));
            }
        }
        since(&before, &self.engine.meter.calls())
    }

    async fn sweep(&self, account: &Account) -> AccountReport {
        let is_management = self.organization.management_account_id == Some(account.id);
        self.engine.sweeper.sweep(account, &self.engine.program.cadences(), is_management).await
    }
}

/// The requests between two looks at the meter.
pub fn since(before: &ApiCalls, after: &ApiCalls) -> Calls {
    let count = |name: &str| before.by_operation.get(name).copied().unwrap_or_default();
    after.by_operation.iter().map(|(name, total)| (name.clone(), (total - count(name)) as f64)).filter(|(_, count)| *count > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(given: &[(&str, f64)]) -> Calls {
        given.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn a_factor_is_what_was_asked_by_what_was_expected() {
        let asked = calls(&[("ec2:A", 30.0), ("ec2:Unexpected", 7.0)]);
        let expected = calls(&[("ec2:A", 20.0), ("ec2:B", 4.0), ("ec2:Never", 0.0)]);
        assert_eq!(factors(&asked, &expected), calls(&[("ec2:A", 1.5), ("ec2:B", 0.0)]));
        assert_eq!(minus(&asked, &calls(&[("ec2:A", 40.0)])), calls(&[("ec2:A", 0.0), ("ec2:Unexpected", 7.0)]));
    }
}
