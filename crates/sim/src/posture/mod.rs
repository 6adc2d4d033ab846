//! What an account looks like, check by check: a named variant each, whose truth is known because the state is built from it.
//!
//! A service asks [`Organization::variant`](crate::org::Organization) which variant an account has and serves that state;
//! the truth table reads the outcome beside the variant's name. Neither repeats the logic of a check.

pub(crate) mod account;
pub(crate) mod region;

use crate::mix::mix;
use crate::org::Account;

/// Where a check's verdict is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Once for the account, under the region `global`.
    Account,
    /// Once for every enabled region.
    Region,
}

/// What a right check says about a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    /// Fails with this many failing resources.
    Fail(u32),
    /// Fails in the home region and passes in all others.
    FailAtHome,
}

/// One named state of one check.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// How often it is chosen, against the sum over the check's variants.
    pub(crate) weight: u64,
    pub(crate) outcome: Outcome,
}

/// A check and its variants; the first variant passes.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) id: &'static str,
    pub(crate) scope: Scope,
    pub(crate) variants: &'static [Variant],
}

/// The typed face of a [`Check`]: an enum with one value for each variant, in the same order.
pub(crate) trait Trait: Copy + 'static {
    const CHECK: &'static Check;
    const ALL: &'static [Self];
}

/// What an account gets for a check that its description does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DefaultPosture {
    /// The check's first variant.
    Pass,
    /// A variant drawn from the seed.
    #[default]
    Mixed,
}

/// A variant that an account's description names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) check: &'static str,
    /// `None`: in every region (and for account checks).
    pub(crate) region: Option<&'static str>,
    pub(crate) variant: usize,
}

/// Every check that the simulation knows, in the order of the truth table.
pub(crate) const CHECKS: [&Check; 13] = [
    account::RootMfa::CHECK,
    account::RootKey::CHECK,
    account::Users::CHECK,
    account::PasswordPolicy::CHECK,
    account::Trail::CHECK,
    account::PublicAccessBlock::CHECK,
    region::Recorder::CHECK,
    region::SecurityHub::CHECK,
    region::GuardDuty::CHECK,
    region::AccessAnalyzer::CHECK,
    region::EbsEncryption::CHECK,
    region::DefaultVpc::CHECK,
    region::AdminPort::CHECK,
];

/// The check with this id.
pub(crate) fn check(id: &str) -> Option<&'static Check> {
    CHECKS.into_iter().find(|check| check.id == id)
}

/// Which variant of the check the account has, as an index into its variants. `region` is `global` for account checks.
pub(crate) fn choose(check: &Check, seed: u64, default: DefaultPosture, account: &Account, region: &str) -> usize {
    let named = |place: Option<&str>| {
        account.posture.iter().find(|named| named.check == check.id && named.region == place).map(|named| named.variant)
    };
    if let Some(variant) = named(Some(region)).or_else(|| named(None)) {
        return variant;
    }
    if default == DefaultPosture::Pass {
        return 0;
    }
    let total: u64 = check.variants.iter().map(|variant| variant.weight).sum();
    let mut draw = mix(seed, &["variant", &account.id, check.id, region]) % total;
    for (index, variant) in check.variants.iter().enumerate() {
        if draw < variant.weight {
            return index;
        }
        draw -= variant.weight;
    }
    0
}

/// Declares one check's enum of variants and its table, from one list so that they cannot disagree.
macro_rules! variants {
    ($(#[$doc:meta])* $type:ident $scope:ident $id:literal { $($(#[$note:meta])* $value:ident $name:literal $weight:literal $outcome:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $type { $($(#[$note])* $value),+ }

        impl $crate::posture::Trait for $type {
            const CHECK: &'static $crate::posture::Check = &$crate::posture::Check {
                id: $id,
                scope: $crate::posture::Scope::$scope,
                variants: &[$($crate::posture::Variant { name: $name, weight: $weight, outcome: $outcome }),+],
            };
            const ALL: &'static [Self] = &[$(Self::$value),+];
        }
    };
}
pub(crate) use variants;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_begins_with_a_pass_and_names_no_variant_twice() {
        for check in CHECKS {
            assert_eq!(check.variants[0].outcome, Outcome::Pass, "{}", check.id);
            let mut names: Vec<_> = check.variants.iter().map(|variant| variant.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), check.variants.len(), "{}", check.id);
        }
    }

    #[test]
    fn passes_outweigh_failures() {
        for check in CHECKS {
            let weight = |pass: bool| -> u64 {
                check.variants.iter().filter(|variant| (variant.outcome == Outcome::Pass) == pass).map(|variant| variant.weight).sum()
            };
            assert!(weight(true) > 2 * weight(false), "{}", check.id);
        }
    }
}
