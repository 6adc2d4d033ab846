//! What an account looks like, check by check: a named variant each, whose truth is known because the state is built from it.
//!
//! A service asks [`Organization::variant`](crate::org::Organization) which variant an account has and serves that state;
//! the truth table reads the outcome beside the variant's name. Neither repeats the logic of a check.
//!
//! # How to add a check to the simulation
//!
//! 1. Declare its variants in the file of its family, and name the type in that file's `CHECKS`. Nothing else lists checks.
//!
//!    ```text
//!    variants! {
//!        /// What the variants are about.
//!        RootUnused Account "root-unused"
//!        needs ["iam:GenerateCredentialReport", "iam:GetCredentialReport"]
//!        sometimes ["iam:ListVirtualMFADevices"]
//!        special root_unused
//!        together_with [Users::AllMfa]
//!        {
//!            Never "never_used" 80 Pass;
//!            LongAgo "used_long_ago" 12 Pass, with RootKey::AccessKey;
//!            Yesterday "used_yesterday" 8 Fail(1);
//!        }
//!    }
//!    ```
//!
//!    The scope is `Account`, `Region` or `Organization`. Each variant has a name, a weight (how often it is drawn) and an
//!    [`Outcome`]. The first variant passes, if any does, because it is what `default_posture: pass` gives; passes outweigh failures
//!    two to one. All but `needs` may be left out, in this order:
//!    - `needs`: the IAM actions without which nothing can be said. Where one is denied, the verdict is `unknown`, and nobody looks further.
//!    - `sometimes`: actions that matter for some variants only. The `special` hook has to look at them.
//!    - `special`: a function from [`View`] to [`Verdict`], for verdicts that depend on more than the check's own variant. It is asked
//!      after `needs`; [`View::own`] is the verdict without it.
//!    - `together_with`, and `with` behind one variant: the variants of other checks without which this one does not count. The
//!      generator then gives both to the same account. The truth does not read them; that is the hook's business.
//! 2. Let the services answer from the variant: `call.variant::<RootUnused>()` in `service/…`. Every action that a check needs must be
//!    an operation's; a test says which is missing.
//!
//! A state that two checks see has one variant that decides each part of it. A service may ask for the variants of several checks.

pub(crate) mod access_analyzer;
pub(crate) mod account_settings;
pub(crate) mod alarm_events;
pub(crate) mod alarms;
pub(crate) mod cloudtrail;
pub(crate) mod config;
pub(crate) mod cost;
pub(crate) mod detective;
pub(crate) mod ec2_network;
pub(crate) mod ec2_settings;
pub(crate) mod guardduty;
pub(crate) mod iam;
pub(crate) mod notified;
pub(crate) mod organization;
pub(crate) mod s3;
pub(crate) mod securityhub;
#[cfg(test)]
mod tests;
mod view;
pub(crate) mod workload;

use crate::mix::mix;
use crate::org::Account;

pub(crate) use view::View;

/// The families' checks, in the order of the truth table.
const FAMILIES: [&[&Check]; 16] = [
    organization::CHECKS,
    iam::CHECKS,
    cloudtrail::CHECKS,
    s3::CHECKS,
    account_settings::CHECKS,
    cost::CHECKS,
    alarms::CHECKS,
    notified::CHECKS,
    config::CHECKS,
    securityhub::CHECKS,
    guardduty::CHECKS,
    access_analyzer::CHECKS,
    detective::CHECKS,
    ec2_settings::CHECKS,
    ec2_network::CHECKS,
    workload::CHECKS,
];

/// Where a check's verdict is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Once for the organization: in the management account, under the region `global`.
    Organization,
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
    NotApplicable,
    /// Blind for this reason: `needs_attestation`, `aws_error`, and what else a service's answer can mean.
    Unknown(&'static str),
}

/// The right verdict in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail(u32),
    NotApplicable,
    Unknown(&'static str),
}

/// A variant of another check.
#[derive(Debug)]
pub(crate) struct Companion {
    pub(crate) check: &'static Check,
    pub(crate) variant: usize,
}

/// One named state of one check.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// How often it is chosen, against the sum over the check's variants.
    pub(crate) weight: u64,
    pub(crate) outcome: Outcome,
    /// The variants of other checks without which this one does not count.
    pub(crate) with: &'static [Companion],
}

/// A check and its variants; the first variant passes, if any does.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) id: &'static str,
    pub(crate) scope: Scope,
    /// The IAM actions without which nothing can be said.
    pub(crate) needs: &'static [&'static str],
    /// The IAM actions that matter for some variants only.
    pub(crate) sometimes: &'static [&'static str],
    /// The verdict where it depends on more than the check's own variant.
    pub(crate) special: Option<fn(&View<'_>) -> Verdict>,
    /// The variants of other checks without which none of this one's counts.
    pub(crate) together_with: &'static [Companion],
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
pub(crate) fn checks() -> impl Iterator<Item = &'static Check> {
    FAMILIES.into_iter().flatten().copied()
}

/// The check with this id.
pub(crate) fn check(id: &str) -> Option<&'static Check> {
    checks().find(|check| check.id == id)
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
    (
        $(#[$doc:meta])*
        $type:ident $scope:ident $id:literal
        needs $needs:tt
        $(sometimes $sometimes:tt)?
        $(special $special:ident)?
        $(together_with [$($other:ident :: $state:ident),+ $(,)?])?
        { $($(#[$note:meta])* $value:ident $name:literal $weight:literal $outcome:expr $(, with $($with:ident :: $being:ident),+)?;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $type { $($(#[$note])* $value),+ }

        impl $crate::posture::Trait for $type {
            const CHECK: &'static $crate::posture::Check = &$crate::posture::Check {
                id: $id,
                scope: $crate::posture::Scope::$scope,
                needs: &$needs,
                sometimes: $crate::posture::variants!(@actions $($sometimes)?),
                special: $crate::posture::variants!(@special $($special)?),
                together_with: &[$($($crate::posture::variants!(@companion $other $state)),+)?],
                variants: &[$($crate::posture::Variant {
                    name: $name,
                    weight: $weight,
                    outcome: $outcome,
                    with: &[$($($crate::posture::variants!(@companion $with $being)),+)?],
                }),+],
            };
            const ALL: &'static [Self] = &[$(Self::$value),+];
        }
    };
    (@actions) => { &[] };
    (@actions $actions:tt) => { &$actions };
    (@special) => { None };
    (@special $special:ident) => { Some($special) };
    (@companion $other:ident $state:ident) => {
        $crate::posture::Companion { check: <$other as $crate::posture::Trait>::CHECK, variant: $other::$state as usize }
    };
}
pub(crate) use variants;
