// alarm-root-usage: somebody hears of it when the root user acts. Neither sample has `invokedBy`, nor is it an `AwsServiceEvent`.

use crate::catalog::{
    alarm_check::alarm_check,
    samples::Sample::{RootCall, RootSignIn},
};

alarm_check! {
    id: "alarm-root-usage",
    severity: High,
    cis: Some("4.3"),
    samples: [RootCall("ec2", "RunInstances"), RootSignIn],
    pattern: "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }",
    en: {
        title: "Use of the root user raises an alarm",
        why: "The root user may do everything, and no policy of the account holds it back. It is needed a few times in an account's \
              life, so whoever uses it should be expected; whoever is not is an intruder.",
        events: "the root user calls an API (eventType AwsApiCall), or signs in to the console (AwsConsoleSignIn). What services do on \
                 its behalf (invokedBy) and AwsServiceEvent need not be covered",
    },
    ja: {
        title: "ルートユーザーの使用がアラームで通知される",
        why: "ルートユーザーは何でも実行でき、アカウント内のポリシーでは制限できません。必要になるのはアカウントの生涯で数回だけなので、\
              使用は必ず予定されたもののはずです。予定外の使用は侵入を意味します。",
        events: "ルートユーザーによる API 呼び出し (eventType が AwsApiCall) とコンソールへのサインイン (AwsConsoleSignIn)。サービスに\
                 よる代理の操作 (invokedBy があるもの) と AwsServiceEvent は対象に含みません",
    },
}
