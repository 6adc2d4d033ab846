// alarm-security-group-change: somebody hears of it when the firewall of instances changes.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-security-group-change",
    severity: Low,
    cis: Some("4.10"),
    samples: [
        Call("ec2", "AuthorizeSecurityGroupIngress"),
        Call("ec2", "AuthorizeSecurityGroupEgress"),
        Call("ec2", "RevokeSecurityGroupIngress"),
        Call("ec2", "RevokeSecurityGroupEgress"),
        Call("ec2", "CreateSecurityGroup"),
        Call("ec2", "DeleteSecurityGroup"),
    ],
    pattern: "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = \
              RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || \
              ($.eventName = DeleteSecurityGroup) }",
    en: {
        title: "Changes of security groups raise an alarm",
        why: "A rule for the whole internet is one click, and scanners find the open port within minutes.",
        events: "AuthorizeSecurityGroupIngress, AuthorizeSecurityGroupEgress, RevokeSecurityGroupIngress, RevokeSecurityGroupEgress, \
                 CreateSecurityGroup or DeleteSecurityGroup",
    },
    ja: {
        title: "セキュリティグループの変更がアラームで通知される",
        why: "インターネット全体に開くルールはワンクリックで追加でき、開いたポートは数分でスキャナーに見つかります。",
        events: "AuthorizeSecurityGroupIngress、AuthorizeSecurityGroupEgress、RevokeSecurityGroupIngress、RevokeSecurityGroupEgress、\
                 CreateSecurityGroup、DeleteSecurityGroup",
    },
}
