// alarm-cloudtrail-change: somebody hears of it when the record itself is touched.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-cloudtrail-change",
    severity: Medium,
    cis: Some("4.5"),
    samples: [
        Call("cloudtrail", "CreateTrail"),
        Call("cloudtrail", "UpdateTrail"),
        Call("cloudtrail", "DeleteTrail"),
        Call("cloudtrail", "StartLogging"),
        Call("cloudtrail", "StopLogging"),
    ],
    pattern: "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = \
              StartLogging) || ($.eventName = StopLogging) }",
    en: {
        title: "Changes of CloudTrail raise an alarm",
        why: "Whoever wants to leave no traces stops the trail first. That call is the last that it records, and the one to be told of.",
        events: "CreateTrail, UpdateTrail, DeleteTrail, StartLogging or StopLogging",
    },
    ja: {
        title: "CloudTrail の変更がアラームで通知される",
        why: "痕跡を残したくない者は、まず証跡を止めます。その呼び出しが記録に残る最後のイベントであり、通知されるべきイベントです。",
        events: "CreateTrail、UpdateTrail、DeleteTrail、StartLogging、StopLogging",
    },
}
