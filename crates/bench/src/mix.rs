//! Which operation how often: a scan's own `api.by_operation`, so that a loop asks what a sweep asks.

use std::collections::{BTreeMap, BTreeSet};

/// Requests by operation, such as `ec2:DescribeVpcs`.
pub type Mix = BTreeMap<String, u64>;

/// The order in which prepared requests are sent, and how much of the mix it stands for.
#[derive(Debug)]
pub struct Plan {
    /// Places in the list of prepared requests.
    pub order: Vec<usize>,
    /// The share of the mix's requests whose operations have prepared requests.
    pub covered: f64,
    /// The operations that have none.
    pub left_out: Vec<String>,
}

/// Plans about `calls` requests. `prepared` names the operation of every prepared request; those of one operation take turns.
pub fn plan(mix: &Mix, prepared: &[&str], calls: usize) -> Plan {
    let mut by_operation: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, operation) in prepared.iter().enumerate() {
        by_operation.entry(operation).or_default().push(place);
    }
    let known = |operation: &str| by_operation.contains_key(operation);
    let all: u64 = mix.values().sum();
    let covered: u64 = mix.iter().filter(|(operation, _)| known(operation)).map(|(_, count)| count).sum();
    let mut order = Vec::with_capacity(calls);
    for (operation, places) in &by_operation {
        let share = mix.get(*operation).copied().unwrap_or(0) as f64 / covered.max(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of calls")]
        let turns = (share * calls as f64).round() as usize;
        order.extend(places.iter().copied().cycle().take(turns));
    }
    shuffle(&mut order);
    let left_out: BTreeSet<&String> = mix.keys().filter(|operation| !known(operation)).collect();
    Plan { order, covered: covered as f64 / all.max(1) as f64, left_out: left_out.into_iter().cloned().collect() }
}

/// Always the same way, so that every loop sends the same requests in the same order.
fn shuffle(order: &mut [usize]) {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    for end in (1..order.len()).rev() {
        // Xorshift: good enough to mix services and regions.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below a usize")]
        order.swap(end, (state % (end as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix() -> Mix {
        [("ec2:DescribeVpcs".to_owned(), 60), ("iam:ListUsers".to_owned(), 20), ("s3:ListBuckets".to_owned(), 20)].into()
    }

    #[test]
    fn the_mix_is_kept_among_what_is_prepared() {
        let prepared = ["ec2:DescribeVpcs", "iam:ListUsers", "ec2:DescribeVpcs", "sts:GetCallerIdentity"];
        let plan = plan(&mix(), &prepared, 400);
        let count = |place| plan.order.iter().filter(|sent| **sent == place).count();
        assert_eq!([count(0), count(1), count(2), count(3)], [150, 100, 150, 0]);
        assert!((plan.covered - 0.8).abs() < 1e-9);
        assert_eq!(plan.left_out, ["s3:ListBuckets"]);
    }

    #[test]
    fn the_order_is_mixed_and_always_the_same() {
        let prepared = ["ec2:DescribeVpcs", "iam:ListUsers"];
        let order = || plan(&mix(), &prepared, 100).order;
        assert_eq!(order(), order());
        assert!(!order().is_sorted());
    }
}
