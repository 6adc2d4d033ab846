// vpc-s3-endpoint-present: nobody pays a NAT gateway to carry what a free route would.

use std::collections::BTreeMap;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Place, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2_network::{NatGateway, NatGateways, VpcEndpoint, VpcEndpoints},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{arn, join, unclear},
};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("vpc-s3-endpoint-present"),
        severity: Severity::Low,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::NatGateways, FactKind::VpcEndpoints],
        en: Text {
            title: "Every VPC with a NAT gateway has an S3 gateway endpoint",
            why: "A NAT gateway charges for every gigabyte that passes it. Traffic to S3 in the same region is often most of it: container \
                  images, packages, backups, logs. An S3 gateway endpoint takes that traffic off it, costs nothing, and keeps it within \
                  AWS's network.",
            fails_when: "A VPC has a NAT gateway, public or private, that is available or pending, and no gateway endpoint for S3 that is \
                         available. An interface endpoint for S3 does not do: it is charged for, too. Which route tables use the endpoint is \
                         not looked at. VPCs without a NAT gateway pass. Unknown where the state of a gateway or endpoint that would decide \
                         is not known.",
            fix_console: "VPC in the region, Endpoints, Create endpoint: AWS services, the service that ends in .s3 with type Gateway, the VPC, \
                          and the route tables of its private subnets; Create endpoint. Open connections to S3 break at that moment.",
        },
        ja: Text {
            title: "NAT ゲートウェイがあるすべての VPC に S3 ゲートウェイエンドポイントがある",
            why: "NAT ゲートウェイは通過するデータ量に応じて課金されます。コンテナイメージ、パッケージ、バックアップ、ログなど、同じリージョンの S3 との\
                  通信がその大半を占めることがよくあります。S3 ゲートウェイエンドポイントは無料で、その通信を NAT ゲートウェイから外し、AWS のネットワーク内に\
                  とどめます。",
            fails_when: "available または pending の NAT ゲートウェイ (パブリック、プライベートとも) がある VPC に、available の S3 ゲートウェイエンドポイントが\
                         ない場合に不合格となります。S3 のインターフェイスエンドポイントは有料のため代わりになりません。エンドポイントを使うルートテーブルは\
                         調べません。NAT ゲートウェイがない VPC は合格です。判定を左右するゲートウェイやエンドポイントが未知の状態の場合は「不明」です。",
            fix_console: "対象リージョンの VPC の「エンドポイント」で「エンドポイントを作成」を選び、AWS サービスのうち .s3 で終わるタイプ Gateway のサービスと \
                          VPC、プライベートサブネットのルートテーブルを選んで作成します。その瞬間に S3 との既存の接続は切断されます。",
        },
        fix_cli: "aws ec2 describe-route-tables --region {region} --filters Name=vpc-id,Values={resource} \\\n  \
                  --query 'RouteTables[].[RouteTableId,Tags]' --output table\n\
                  # In China the name begins as `aws ec2 describe-vpc-endpoint-services` shows it.\n\
                  aws ec2 create-vpc-endpoint --region {region} --vpc-id {resource} --vpc-endpoint-type Gateway \\\n  \
                  --service-name com.amazonaws.{region}.s3 --route-table-ids \"$ROUTE_TABLE_ID\"",
        references: &[
            Reference {
                title: "Gateway endpoints for Amazon S3",
                url: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html",
            },
            Reference {
                title: "Pricing for NAT gateways",
                url: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
            },
        ],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let gateways = &facts.get::<NatGateways>()?.gateways;
        let endpoints = &facts.get::<VpcEndpoints>()?.endpoints;
        let mut translated = BTreeMap::<&str, Vec<&NatGateway>>::new();
        for gateway in gateways.iter().filter(|gateway| works(&gateway.state) != Some(false)) {
            translated.entry(&gateway.vpc_id).or_default().push(gateway);
        }
        let (mut findings, mut unsure) = (Vec::new(), None);
        for (vpc, gateways) in translated {
            let to_s3: Vec<&VpcEndpoint> =
                endpoints.iter().filter(|endpoint| endpoint.vpc_id == vpc && leads_to_s3(endpoint, &facts.context.place)).collect();
            if to_s3.iter().any(|endpoint| is_open(&endpoint.state) == Some(true)) {
                continue;
            }
            let strange = to_s3.iter().find(|endpoint| is_open(&endpoint.state).is_none());
            if let Some(endpoint) = strange {
                unsure = unsure.or(Some(unclear(format!("{} is in the unknown state {:?}", endpoint.id, endpoint.state))));
                continue;
            }
            let working: Vec<&str> =
                gateways.iter().filter(|gateway| works(&gateway.state) == Some(true)).map(|gateway| gateway.id.as_str()).collect();
            if working.is_empty() {
                let strange = gateways
                    .first()
                    .map_or_else(String::new, |gateway| format!("{} is in the unknown state {:?}", gateway.id, gateway.state));
                unsure = unsure.or(Some(unclear(strange)));
                continue;
            }
            let endpoint = to_s3.first().map_or_else(
                || "no S3 gateway endpoint".to_owned(),
                |endpoint| format!("the S3 gateway endpoint {} in the state {}", endpoint.id, endpoint.state),
            );
            let reason = format!("observed {} and {endpoint}, wanted an S3 gateway endpoint that is available", join(&working));
            findings.push(Finding::new(vpc, reason).with_arn(arn(facts.context, "ec2", &format!("vpc/{vpc}"))));
        }
        match unsure {
            Some(unseen) if findings.is_empty() => Err(unseen),
            _ => Ok(Verdict::from_findings(findings, "Every VPC with a NAT gateway has an S3 gateway endpoint.")),
        }
    }
}

/// Whether a NAT gateway in this state carries traffic, or is about to. `None`: AWS has a state that is not known here.
fn works(state: &str) -> Option<bool> {
    match state {
        "available" | "pending" => Some(true),
        "deleting" | "deleted" | "failed" => Some(false),
        _ => None,
    }
}

/// Whether an endpoint in this state carries traffic. AWS's documentation writes the states with capital letters, its answers do not.
fn is_open(state: &str) -> Option<bool> {
    match state.to_ascii_lowercase().as_str() {
        "available" => Some(true),
        "pending" | "pendingacceptance" | "deleting" | "deleted" | "rejected" | "failed" | "expired" | "partial" => Some(false),
        _ => None,
    }
}

/// Whether it is a gateway endpoint for the region's S3: `com.amazonaws.<region>.s3`, with another beginning in some partitions.
fn leads_to_s3(endpoint: &VpcEndpoint, place: &Place) -> bool {
    let ending = place.region().map(|region| format!(".{region}.s3"));
    let service = endpoint.service.as_deref().zip(ending.as_deref());
    endpoint.kind.eq_ignore_ascii_case("gateway") && service.is_some_and(|(name, ending)| name.ends_with(ending))
}
