//! AWS Config: recorders, rules and remediations.

use super::Outcome::{Fail, FailAtHome, Pass};
use super::{Check, Trait, variants};

pub(crate) const CHECKS: &[&Check] = &[Recorder::CHECK];

variants! {
    /// AWS Config: the recorder and its delivery channel.
    Recorder Region "config-recorder-enabled"
    needs [
        "config:DescribeConfigurationRecorders",
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeDeliveryChannelStatus",
    ]
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
