// alarm-kms-unusable-key-use: somebody hears of it when a key is missed.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Refused};

alarm_check! {
    id: "alarm-kms-unusable-key-use",
    severity: Low,
    cis: None,
    samples: [
        Refused {
            service: "kms",
            call: "Decrypt",
            reads: true,
            code: "DisabledException",
            message: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is disabled.",
        },
        Refused {
            service: "kms",
            call: "Decrypt",
            reads: true,
            code: "KMSInvalidStateException",
            message: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is pending deletion.",
        },
    ],
    pattern: "{ ($.eventSource = kms.amazonaws.com) && (($.errorCode = \"DisabledException\") || ($.errorCode = \
              \"KMSInvalidStateException\")) }",
    en: {
        title: "Use of an unusable KMS key raises an alarm",
        why: "A key that is still asked for while it is disabled or about to be deleted is needed. The time to find out is before it is \
              gone for good.",
        events: "calls of AWS KMS with the errorCode DisabledException, or KMSInvalidStateException",
    },
    ja: {
        title: "使用できない KMS キーの使用がアラームで通知される",
        why: "無効化された、または削除待ちのキーがまだ使われようとしているなら、そのキーは必要です。完全に消える前に気付く必要がありま\
              す。",
        events: "errorCode が DisabledException、KMSInvalidStateException の AWS KMS の呼び出し",
    },
}
