// alarm-network-gateway-change: somebody hears of it when a network gets a way out.

use crate::catalog::{alarm_check::alarm_check, samples::Sample::Call};

alarm_check! {
    id: "alarm-network-gateway-change",
    severity: Low,
    cis: Some("4.12"),
    samples: [
        Call("ec2", "CreateInternetGateway"),
        Call("ec2", "DeleteInternetGateway"),
        Call("ec2", "AttachInternetGateway"),
        Call("ec2", "DetachInternetGateway"),
        Call("ec2", "CreateCustomerGateway"),
        Call("ec2", "DeleteCustomerGateway"),
    ],
    pattern: "{ ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = AttachInternetGateway) \
              || ($.eventName = DetachInternetGateway) || ($.eventName = CreateCustomerGateway) || ($.eventName = \
              DeleteCustomerGateway) }",
    en: {
        title: "Changes of network gateways raise an alarm",
        why: "A gateway connects a network with the internet or with another site. A new one is a new way in and out.",
        events: "CreateInternetGateway, DeleteInternetGateway, AttachInternetGateway, DetachInternetGateway, CreateCustomerGateway or \
                 DeleteCustomerGateway",
    },
    ja: {
        title: "ネットワークゲートウェイの変更がアラームで通知される",
        why: "ゲートウェイはネットワークをインターネットや別の拠点につなぎます。新しいゲートウェイは、新しい出入り口です。",
        events: "CreateInternetGateway、DeleteInternetGateway、AttachInternetGateway、DetachInternetGateway、CreateCustomerGateway、\
                 DeleteCustomerGateway",
    },
}
