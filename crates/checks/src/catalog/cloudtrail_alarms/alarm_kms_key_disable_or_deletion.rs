// alarm-kms-key-disable-or-deletion: somebody hears of it while a key can still be saved.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-kms-key-disable-or-deletion",
    severity: Medium,
    cis: Some("4.7"),
    samples: [
        Call("kms", "DisableKey"),
        Call("kms", "ScheduleKeyDeletion"),
    ],
    pattern: "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }",
    en: {
        title: "Disabling or deleting a KMS key raises an alarm",
        why: "Without its key, data is lost. A deletion can be cancelled for 7 to 30 days, if somebody knows of it.",
        events: "DisableKey or ScheduleKeyDeletion",
    },
    ja: {
        title: "KMS キーの無効化と削除がアラームで通知される",
        why: "キーを失うと、データも失われます。削除は 7 ～ 30 日の間なら取り消せますが、それには誰かが気付かなければなりません。",
        events: "DisableKey、ScheduleKeyDeletion",
    },
}
