// alarm-console-sign-in-failure: somebody hears of it when people fail to sign in to the console.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::FailedSignIn};

alarm_check! {
    id: "alarm-console-sign-in-failure",
    severity: Medium,
    cis: Some("4.6"),
    samples: [FailedSignIn],
    pattern: "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }",
    en: {
        title: "Failed sign-ins to the console raise an alarm",
        why: "Many failed sign-ins in a row are somebody trying passwords. Told in time, one can see where from, and lock the user \
              before a guess is right.",
        events: "ConsoleLogin with the errorMessage \"Failed authentication\"",
    },
    ja: {
        title: "コンソールへのサインイン失敗がアラームで通知される",
        why: "サインインの失敗が続くときは、誰かがパスワードを試しています。早く気付けば、接続元を確認し、推測が当たる前にユーザーを止\
              められます。",
        events: "errorMessage が「Failed authentication」の ConsoleLogin",
    },
}
