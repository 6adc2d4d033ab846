// alarm-network-acl-change: somebody hears of it when the firewall of subnets changes.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-network-acl-change",
    severity: Low,
    cis: Some("4.11"),
    samples: [
        Call("ec2", "CreateNetworkAcl"),
        Call("ec2", "DeleteNetworkAcl"),
        Call("ec2", "CreateNetworkAclEntry"),
        Call("ec2", "DeleteNetworkAclEntry"),
        Call("ec2", "ReplaceNetworkAclEntry"),
        Call("ec2", "ReplaceNetworkAclAssociation"),
    ],
    pattern: "{ ($.eventName = CreateNetworkAcl) || ($.eventName = DeleteNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || \
              ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = \
              ReplaceNetworkAclAssociation) }",
    en: {
        title: "Changes of network ACLs raise an alarm",
        why: "A network ACL holds for everything in its subnets. A change opens, or cuts off, many resources at once.",
        events: "CreateNetworkAcl, DeleteNetworkAcl, CreateNetworkAclEntry, DeleteNetworkAclEntry, ReplaceNetworkAclEntry or \
                 ReplaceNetworkAclAssociation",
    },
    ja: {
        title: "ネットワーク ACL の変更がアラームで通知される",
        why: "ネットワーク ACL はサブネット内のすべてに適用されます。1 つの変更で、多くのリソースが一度に開かれたり遮断されたりします。",
        events: "CreateNetworkAcl、DeleteNetworkAcl、CreateNetworkAclEntry、DeleteNetworkAclEntry、ReplaceNetworkAclEntry、\
                 ReplaceNetworkAclAssociation",
    },
}
