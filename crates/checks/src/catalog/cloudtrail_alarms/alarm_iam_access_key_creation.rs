// alarm-iam-access-key-creation: somebody hears of it when a long-lived key is made.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-iam-access-key-creation",
    severity: Low,
    cis: None,
    samples: [Call("iam", "CreateAccessKey")],
    pattern: "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = CreateAccessKey)) }",
    en: {
        title: "The creation of an access key raises an alarm",
        why: "An access key works from anywhere until somebody deletes it. Intruders make one to stay, and people make one where a role \
              would have done.",
        events: "CreateAccessKey",
    },
    ja: {
        title: "アクセスキーの作成がアラームで通知される",
        why: "アクセスキーは、削除されるまでどこからでも使えます。侵入者は居座るために作成し、利用者はロールで足りる場面でも作成してし\
              まいます。",
        events: "CreateAccessKey",
    },
}
