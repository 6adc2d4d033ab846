// alarm-iam-role-change: somebody hears of it when roles come, go, or trust somebody else.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-iam-role-change",
    severity: Low,
    cis: None,
    samples: [
        Call("iam", "CreateRole"),
        Call("iam", "DeleteRole"),
        Call("iam", "UpdateAssumeRolePolicy"),
    ],
    pattern: "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = CreateRole) || ($.eventName = DeleteRole) || ($.eventName = \
              UpdateAssumeRolePolicy)) }",
    en: {
        title: "Changes of IAM roles raise an alarm",
        why: "A new role, or a role that trusts one more account, is a quiet way back in: it needs no password and no key.",
        events: "CreateRole, DeleteRole or UpdateAssumeRolePolicy",
    },
    ja: {
        title: "IAM ロールの変更がアラームで通知される",
        why: "新しいロールや、信頼するアカウントが増えたロールは、パスワードもキーも要らない目立たない裏口になります。",
        events: "CreateRole、DeleteRole、UpdateAssumeRolePolicy",
    },
}
