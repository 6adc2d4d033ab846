//! AWS Config: recorders, rules and remediations.

use super::Outcome::{Fail, FailAtHome, Pass};
use super::{Check, Trait, Verdict, View, variants};

pub(crate) const CHECKS: &[&Check] = &[Recorder::CHECK, ConfigRules::CHECK, Remediation::CHECK, RecordingMode::CHECK];

variants! {
    /// AWS Config: the recorder and its delivery channel.
    Recorder Region "config-recorder-enabled"
    needs ["config:DescribeConfigurationRecorders", "config:DescribeDeliveryChannelStatus"]
    sometimes ["config:DescribeConfigurationRecorderStatus"]
    special recorder
    {
        AllSupported "all_supported" 80 Pass;
        /// A young recorder: the channel streams, and has not delivered a history file yet.
        NeverDelivered "never_delivered" 4 Pass;
        Absent "no_recorder" 4 Fail(1);
        Stopped "stopped" 3 Fail(1);
        LastStatusFailure "last_status_failure" 2 Fail(1);
        DeliveryFailed "delivery_failed" 2 Fail(1);
        NoChannel "no_channel" 1 Fail(1);
        SomeTypes "some_types" 2 Fail(1);
        /// Everything but a few excluded types.
        ExcludedTypes "excluded_types" 1 Fail(1);
        /// Global types need recording in one region only.
        NoGlobalTypes "no_global_types" 6 FailAtHome;
    }
}

/// Nobody asks about the state of a recorder that is not there.
fn recorder(view: &View<'_>) -> Verdict {
    if view.variant::<Recorder>() == Recorder::Absent {
        return view.own();
    }
    view.blind(&["config:DescribeConfigurationRecorderStatus"]).map_or_else(|| view.own(), Verdict::Unknown)
}

variants! {
    /// The rules of AWS Config.
    ConfigRules Region "config-rules-present" needs ["config:DescribeConfigRules"] {
        Own "own" 85 Pass;
        Organization "organization" 10 Pass;
        ConformancePack "conformance_pack" 6 Pass;
        /// A rule that is just being run.
        Evaluating "evaluating" 4 Pass;
        /// More rules than a page has, and more than may be asked about at once; Security Hub's come first.
        Many "many" 4 Pass;
        None "none" 10 Fail(1);
        SecurityHubOnly "security_hub_only" 8 Fail(1);
        /// Firewall Manager keeps rules for itself.
        OtherService "other_service" 3 Fail(1);
        /// The only rule is about to go.
        Deleting "deleting" 3 Fail(1);
    }
}

variants! {
    /// What becomes of the resources that break a rule.
    Remediation Region "config-rule-remediation"
    needs ["config:DescribeConfigRules"]
    sometimes ["config:DescribeRemediationConfigurations"]
    special remediation
    together_with [ConfigRules::Own]
    {
        Manual "manual" 70 Pass;
        Automatic "automatic" 20 Pass;
        /// Of many rules the last has one.
        LastOfMany "last_of_many" 4 Pass, with ConfigRules::Many;
        None "none" 26 Fail(1);
    }
}

/// Nobody asks about the remediations of Security Hub's rules, and rules that do not count need none.
fn remediation(view: &View<'_>) -> Verdict {
    let rules = view.variant::<ConfigRules>();
    if matches!(rules, ConfigRules::None | ConfigRules::SecurityHubOnly) {
        return Verdict::NotApplicable;
    }
    if let Some(reason) = view.blind(&["config:DescribeRemediationConfigurations"]) {
        return Verdict::Unknown(reason);
    }
    if matches!(rules, ConfigRules::OtherService | ConfigRules::Deleting) { Verdict::NotApplicable } else { view.own() }
}

variants! {
    /// How often the recorder records the types that change all the time.
    RecordingMode Region "config-recording-cost-tuned"
    needs ["config:DescribeConfigurationRecorders"]
    sometimes ["config:DescribeConfigurationRecorderStatus"]
    special recording_mode
    together_with [Recorder::AllSupported]
    {
        Override "override" 70 Pass;
        TwoOverrides "two_overrides" 10 Pass;
        Daily "daily" 15 Pass;
        Continuous "continuous" 15 Fail(1);
        OneForgotten "one_forgotten" 5 Fail(1);
        /// Everything is recorded daily but for the types that should be.
        TakenBack "taken_back" 4 Fail(1);
    }
}

/// Where nothing is recorded, nothing is charged.
fn recording_mode(view: &View<'_>) -> Verdict {
    let recorder = view.variant::<Recorder>();
    if recorder == Recorder::Absent {
        return Verdict::NotApplicable;
    }
    if let Some(reason) = view.blind(&["config:DescribeConfigurationRecorderStatus"]) {
        return Verdict::Unknown(reason);
    }
    match recorder {
        Recorder::Stopped => Verdict::NotApplicable,
        Recorder::SomeTypes => Verdict::Pass,
        _ => view.own(),
    }
}
