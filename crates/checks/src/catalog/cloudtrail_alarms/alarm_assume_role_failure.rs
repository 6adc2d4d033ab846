// alarm-assume-role-failure: somebody hears of it when roles are tried that one may not have. How often is a matter of the alarm's threshold.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Refused};

alarm_check! {
    id: "alarm-assume-role-failure",
    severity: Low,
    cis: None,
    samples: [Refused {
        service: "sts",
        call: "AssumeRole",
        reads: true,
        code: "AccessDenied",
        message: "User: mary is not authorized to perform: sts:AssumeRole on resource: Administrator",
    }],
    pattern: "{ ($.eventSource = sts.amazonaws.com) && ($.eventName = AssumeRole) && ($.errorCode = \"AccessDenied*\") }",
    en: {
        title: "Failures to assume a role raise an alarm",
        why: "Somebody who tries one role after another, by API or by switching roles in the console, looks for one that lets them in.",
        events: "AssumeRole of AWS STS with the errorCode AccessDenied, which a refused switch of roles in the console gives, too",
    },
    ja: {
        title: "ロールの引き受けの失敗がアラームで通知される",
        why: "API やコンソールの「ロールの切り替え」で次々とロールを試す者は、入り込めるロールを探しています。",
        events: "errorCode が AccessDenied の、AWS STS の AssumeRole (コンソールでのロールの切り替えが拒否された場合を含みます)",
    },
}
