// alarm-console-sign-in-without-mfa: somebody hears of it when an IAM user signs in with a password alone.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::SignInWithoutMfa};

alarm_check! {
    id: "alarm-console-sign-in-without-mfa",
    severity: Medium,
    cis: Some("4.2"),
    samples: [SignInWithoutMfa],
    pattern: "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = \"IAMUser\") \
              && ($.responseElements.ConsoleLogin = \"Success\") }",
    en: {
        title: "Console sign-ins without MFA raise an alarm",
        why: "A password alone can be guessed, phished or leaked. A sign-in without MFA shows a user who slipped through, or somebody \
              who only has the password.",
        events: "the successful ConsoleLogin of an IAM user with MFAUsed \"No\"",
    },
    ja: {
        title: "MFA なしのコンソールサインインがアラームで通知される",
        why: "パスワードだけでは、推測、フィッシング、漏えいに耐えられません。MFA なしのサインインは、設定から漏れたユーザーか、パスワ\
              ードだけを手に入れた誰かの存在を示します。",
        events: "MFAUsed が「No」の、IAM ユーザーの ConsoleLogin の成功",
    },
}
