// alarm-iam-user-creation: somebody hears of it when an IAM user is made.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-iam-user-creation",
    severity: Low,
    cis: None,
    samples: [Call("iam", "CreateUser")],
    pattern: "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = CreateUser)) }",
    en: {
        title: "The creation of an IAM user raises an alarm",
        why: "Where people come through a directory, new IAM users are rare. One that nobody expected is a common way for an intruder \
              to stay.",
        events: "CreateUser",
    },
    ja: {
        title: "IAM ユーザーの作成がアラームで通知される",
        why: "ディレクトリ経由でサインインする環境では、IAM ユーザーの作成はまれです。予定外のユーザーは、侵入者が居座るためによく使う\
              手段です。",
        events: "CreateUser",
    },
}
