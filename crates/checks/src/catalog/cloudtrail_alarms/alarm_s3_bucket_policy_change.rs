// alarm-s3-bucket-policy-change: somebody hears of it when a bucket opens, or its data go elsewhere.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-s3-bucket-policy-change",
    severity: Low,
    cis: Some("4.8"),
    samples: [
        Call("s3", "PutBucketPolicy"),
        Call("s3", "DeleteBucketPolicy"),
        Call("s3", "PutBucketAcl"),
        Call("s3", "PutBucketCors"),
        Call("s3", "DeleteBucketCors"),
        Call("s3", "PutBucketLifecycle"),
        Call("s3", "DeleteBucketLifecycle"),
        Call("s3", "PutBucketReplication"),
        Call("s3", "DeleteBucketReplication"),
    ],
    pattern: "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketPolicy) || ($.eventName = DeleteBucketPolicy) || \
              ($.eventName = PutBucketAcl) || ($.eventName = PutBucketCors) || ($.eventName = DeleteBucketCors) || ($.eventName = \
              PutBucketLifecycle) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = PutBucketReplication) || ($.eventName = \
              DeleteBucketReplication)) }",
    en: {
        title: "Changes of S3 bucket policies raise an alarm",
        why: "One call makes a bucket public, copies all of it to another account, or lets its objects expire.",
        events: "PutBucketPolicy, DeleteBucketPolicy, PutBucketAcl, PutBucketCors, DeleteBucketCors, PutBucketLifecycle, \
                 DeleteBucketLifecycle, PutBucketReplication or DeleteBucketReplication",
    },
    ja: {
        title: "S3 バケットポリシーの変更がアラームで通知される",
        why: "たった 1 回の呼び出しで、バケットは公開され、別のアカウントへ複製され、オブジェクトは期限切れで消えます。",
        events: "PutBucketPolicy、DeleteBucketPolicy、PutBucketAcl、PutBucketCors、DeleteBucketCors、PutBucketLifecycle、\
                 DeleteBucketLifecycle、PutBucketReplication、DeleteBucketReplication",
    },
}
