// alarm-iam-policy-change: somebody hears of it when permissions change.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-iam-policy-change",
    severity: Medium,
    cis: Some("4.4"),
    samples: [
        Call("iam", "CreatePolicy"),
        Call("iam", "DeletePolicy"),
        Call("iam", "CreatePolicyVersion"),
        Call("iam", "DeletePolicyVersion"),
        Call("iam", "AttachUserPolicy"),
        Call("iam", "DetachUserPolicy"),
        Call("iam", "AttachGroupPolicy"),
        Call("iam", "DetachGroupPolicy"),
        Call("iam", "AttachRolePolicy"),
        Call("iam", "DetachRolePolicy"),
        Call("iam", "PutUserPolicy"),
        Call("iam", "DeleteUserPolicy"),
        Call("iam", "PutGroupPolicy"),
        Call("iam", "DeleteGroupPolicy"),
        Call("iam", "PutRolePolicy"),
        Call("iam", "DeleteRolePolicy"),
    ],
    pattern: "{ ($.eventName = CreatePolicy) || ($.eventName = DeletePolicy) || ($.eventName = CreatePolicyVersion) || ($.eventName = \
              DeletePolicyVersion) || ($.eventName = AttachUserPolicy) || ($.eventName = DetachUserPolicy) || ($.eventName = \
              AttachGroupPolicy) || ($.eventName = DetachGroupPolicy) || ($.eventName = AttachRolePolicy) || ($.eventName = \
              DetachRolePolicy) || ($.eventName = PutUserPolicy) || ($.eventName = DeleteUserPolicy) || ($.eventName = PutGroupPolicy) \
              || ($.eventName = DeleteGroupPolicy) || ($.eventName = PutRolePolicy) || ($.eventName = DeleteRolePolicy) }",
    en: {
        title: "Changes of IAM policies raise an alarm",
        why: "Policies decide who may do what. An intruder who can change one gives themselves the rest; so does a colleague in a \
              hurry.",
        events: "CreatePolicy, DeletePolicy, CreatePolicyVersion, DeletePolicyVersion, AttachUserPolicy, DetachUserPolicy, \
                 AttachGroupPolicy, DetachGroupPolicy, AttachRolePolicy, DetachRolePolicy, PutUserPolicy, DeleteUserPolicy, \
                 PutGroupPolicy, DeleteGroupPolicy, PutRolePolicy or DeleteRolePolicy",
    },
    ja: {
        title: "IAM ポリシーの変更がアラームで通知される",
        why: "ポリシーは誰に何を許すかを決めます。1 つ変更できれば、侵入者は残りの権限も手に入れられます。急いでいる同僚が同じことをす\
              る場合もあります。",
        events: "CreatePolicy、DeletePolicy、CreatePolicyVersion、DeletePolicyVersion、AttachUserPolicy、DetachUserPolicy、\
                 AttachGroupPolicy、DetachGroupPolicy、AttachRolePolicy、DetachRolePolicy、PutUserPolicy、DeleteUserPolicy、\
                 PutGroupPolicy、DeleteGroupPolicy、PutRolePolicy、DeleteRolePolicy",
    },
}
