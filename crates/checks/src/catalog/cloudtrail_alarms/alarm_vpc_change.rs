// alarm-vpc-change: somebody hears of it when networks come, go, or are joined.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-vpc-change",
    severity: Low,
    cis: Some("4.14"),
    samples: [
        Call("ec2", "CreateVpc"),
        Call("ec2", "DeleteVpc"),
        Call("ec2", "ModifyVpcAttribute"),
        Call("ec2", "AcceptVpcPeeringConnection"),
        Call("ec2", "CreateVpcPeeringConnection"),
        Call("ec2", "DeleteVpcPeeringConnection"),
        Call("ec2", "RejectVpcPeeringConnection"),
        Call("ec2", "AttachClassicLinkVpc"),
        Call("ec2", "DetachClassicLinkVpc"),
        Call("ec2", "EnableVpcClassicLink"),
        Call("ec2", "DisableVpcClassicLink"),
    ],
    pattern: "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = \
              AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) \
              || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = \
              DetachClassicLinkVpc) || ($.eventName = EnableVpcClassicLink) || ($.eventName = DisableVpcClassicLink) }",
    en: {
        title: "Changes of VPCs raise an alarm",
        why: "A network that nobody planned is not watched by anybody either, and a peering connection joins two that were apart.",
        events: "CreateVpc, DeleteVpc, ModifyVpcAttribute, AcceptVpcPeeringConnection, CreateVpcPeeringConnection, \
                 DeleteVpcPeeringConnection, RejectVpcPeeringConnection, AttachClassicLinkVpc, DetachClassicLinkVpc, \
                 EnableVpcClassicLink or DisableVpcClassicLink",
    },
    ja: {
        title: "VPC の変更がアラームで通知される",
        why: "計画外のネットワークは誰にも監視されません。ピアリング接続は、分かれていた 2 つのネットワークをつなぎます。",
        events: "CreateVpc、DeleteVpc、ModifyVpcAttribute、AcceptVpcPeeringConnection、CreateVpcPeeringConnection、\
                 DeleteVpcPeeringConnection、RejectVpcPeeringConnection、AttachClassicLinkVpc、DetachClassicLinkVpc、\
                 EnableVpcClassicLink、DisableVpcClassicLink",
    },
}
