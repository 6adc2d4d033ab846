// alarm-unauthorized-api-call: somebody hears of it when calls are refused.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Refused};

alarm_check! {
    id: "alarm-unauthorized-api-call",
    severity: Medium,
    cis: Some("4.1"),
    samples: [
        Refused {
            service: "s3",
            call: "CreateBucket",
            reads: false,
            code: "AccessDenied",
            message: "Access Denied",
        },
        Refused {
            service: "ec2",
            call: "RunInstances",
            reads: false,
            code: "Client.UnauthorizedOperation",
            message: "You are not authorized to perform this operation.",
        },
    ],
    pattern: "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }",
    en: {
        title: "Unauthorized API calls raise an alarm",
        why: "Whoever has stolen credentials does not know what they may do, and tries. The refusals show it, and so do misconfigured \
              applications.",
        events: "calls with the errorCode AccessDenied, or Client.UnauthorizedOperation",
    },
    ja: {
        title: "権限のない API 呼び出しがアラームで通知される",
        why: "認証情報を盗んだ者は、その権限の範囲を知らないため、あれこれ試します。拒否された呼び出しにはその痕跡が表れます。設定を誤\
              ったアプリケーションも見つかります。",
        events: "errorCode が AccessDenied、Client.UnauthorizedOperation の呼び出し",
    },
}
