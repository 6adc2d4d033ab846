// security-group-admin-port-open: the internet cannot knock at SSH and RDP.

use std::net::IpAddr;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::ec2::{IngressRule, SecurityGroups},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::shared::{contradiction, join, unclear},
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// The TCP ports for administration.
    pub ports: Vec<u16>,
    /// The shortest IPv4 prefix that a source may have. `0.0.0.0/0` is never allowed.
    #[schemars(range(max = 32))]
    pub widest_ipv4_prefix: u8,
    /// The shortest IPv6 prefix that a source may have. `::/0` is never allowed.
    #[schemars(range(max = 128))]
    pub widest_ipv6_prefix: u8,
}

impl Default for Check {
    fn default() -> Self {
        Self { ports: vec![22, 3389], widest_ipv4_prefix: 8, widest_ipv6_prefix: 16 }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("security-group-admin-port-open"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Frequent,
        facts: &[FactKind::SecurityGroups],
        en: Text {
            title: "No security group opens SSH or RDP to the internet",
            why: "Open SSH and RDP ports are found and attacked within minutes: passwords are guessed, fresh vulnerabilities tried. Session \
                  Manager, EC2 Instance Connect Endpoint or a VPN give the same access without an open port.",
            fails_when: "An inbound rule of a security group admits TCP port 22 or 3389 (parameter ports), by itself, within a range of ports \
                         or as part of all traffic, from 0.0.0.0/0, ::/0 or a range wider than /8 in IPv4 or /16 in IPv6 (parameters \
                         widest_ipv4_prefix and widest_ipv6_prefix); entries of prefix lists count. UDP alone does not count, since RDP cannot \
                         be entered by UDP without TCP, nor does whether anything uses the group. Unknown where a prefix list that such a \
                         rule names could not be read.",
            fix_console: "EC2 in the region, Security Groups, the group, Inbound rules, Edit inbound rules: delete the rule, or narrow its \
                          source to the addresses that need it. For access without any open port use Systems Manager, Session Manager.",
        },
        ja: Text {
            title: "SSH と RDP をインターネットに公開しているセキュリティグループがない",
            why: "公開された SSH と RDP のポートは数分で見つかり、パスワードの総当たりや新しい脆弱性の攻撃を受けます。Session Manager、EC2 Instance \
                  Connect Endpoint、VPN を使えば、ポートを開けずに同じアクセスができます。",
            fails_when: "セキュリティグループのインバウンドルールが、TCP ポート 22 または 3389 (パラメータ ports) を、単独、ポート範囲の一部、または全\
                         トラフィックの一部として、0.0.0.0/0、::/0、または IPv4 で /8、IPv6 で /16 より広い範囲 (パラメータ widest_ipv4_prefix と \
                         widest_ipv6_prefix) に許可している場合に不合格となります。プレフィックスリストの範囲も数えます。RDP は TCP なしの UDP だけ\
                         では接続できないため UDP は数えず、グループの使用の有無も問いません。該当ルールのプレフィックスリストを読み取れない場合は\
                         「不明」です。",
            fix_console: "対象リージョンの EC2 の「セキュリティグループ」で対象のグループを開き、「インバウンドルール」の「インバウンドのルールを編集」で\
                          ルールを削除するか、ソースを必要なアドレスに絞ります。ポートを開けずにアクセスするには Systems Manager の Session Manager \
                          を利用してください。",
        },
        fix_cli: "# Find the rule's id (sgr-...), then revoke it:\n\
                  aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={resource} \\\n  \
                  --query 'SecurityGroupRules[?!IsEgress].[SecurityGroupRuleId,IpProtocol,FromPort,ToPort,CidrIpv4,CidrIpv6,PrefixListId]' \\\n  \
                  --output table\n\
                  aws ec2 revoke-security-group-ingress --region {region} --group-id {resource} --security-group-rule-ids \"$RULE_ID\"",
        references: &[
            Reference { title: "Security group rules", url: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html" },
            Reference {
                title: "AWS Systems Manager Session Manager",
                url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
            },
        ],
        mappings: Mappings { cis_v3: Some("5.2, 5.3"), cis_v5: Some("5.3, 5.4"), fsbp: Some("EC2.19") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let (mut findings, mut unsure) = (Vec::new(), None);
        for group in &facts.get::<SecurityGroups>()?.groups {
            let mut open = Vec::new();
            for rule in &group.ingress {
                open.extend(self.opening(rule, &mut unsure));
            }
            if !open.is_empty() {
                let reason = format!(
                    "observed {}, wanted no source wider than /{} (IPv4) or /{} (IPv6)",
                    join(&open),
                    self.widest_ipv4_prefix,
                    self.widest_ipv6_prefix
                );
                findings.push(Finding { resource: group.id.clone(), arn: group.arn.clone(), reason });
            }
        }
        match unsure {
            // What is open is open whatever else there is.
            Some(unseen) if findings.is_empty() => return Err(unseen),
            _ => {}
        }
        Ok(Verdict::from_findings(findings, "No security group opens an administration port to the internet."))
    }
}

impl Check {
    /// What a rule opens too wide, if it does. A source that cannot be told is left to `unsure`.
    fn opening(&self, rule: &IngressRule, unsure: &mut Option<Unseen>) -> Option<String> {
        let ports = self.reached(rule);
        if ports.is_empty() {
            return None;
        }
        let mut sources = Vec::new();
        let mut judge = |cidr: &str, shown: String| match self.too_wide(cidr) {
            Ok(true) => sources.push(shown),
            Ok(false) => {}
            Err(unseen) => *unsure = unsure.take().or(Some(unseen)),
        };
        rule.cidrs.iter().for_each(|cidr| judge(cidr, cidr.clone()));
        let mut unread = None;
        for list in &rule.prefix_lists {
            match list.cidrs.seen().map_err(contradiction) {
                Ok(cidrs) => cidrs.iter().for_each(|cidr| judge(cidr, format!("{cidr} of {}", list.id))),
                Err(unseen) => unread = unread.or(Some(unseen)),
            }
        }
        *unsure = unsure.take().or(unread);
        let ports = format!("port{} {}", if ports.len() == 1 { "" } else { "s" }, join(&ports));
        let traffic = if rule.protocol == "-1" { format!("all traffic ({ports})") } else { format!("tcp {ports}") };
        (!sources.is_empty()).then(|| format!("{traffic} open to {}", join(&sources)))
    }

    /// The administration ports within a rule's reach.
    fn reached(&self, rule: &IngressRule) -> Vec<String> {
        // A rule for all protocols has no ports; whatever an answer gives there does not narrow it.
        let (from, to) = match rule.protocol.as_str() {
            "-1" => (0, i32::from(u16::MAX)),
            "tcp" | "6" => (rule.from_port.unwrap_or(0), rule.to_port.filter(|port| *port >= 0).unwrap_or(i32::from(u16::MAX))),
            _ => return Vec::new(),
        };
        self.ports.iter().filter(|port| (from..=to).contains(&i32::from(**port))).map(u16::to_string).collect()
    }

    /// Whether a range of sources is wider than allowed. One that cannot be understood could be anything.
    fn too_wide(&self, cidr: &str) -> Result<bool, Unseen> {
        let parsed = cidr.split_once('/').and_then(|(address, length)| Some((address.parse().ok()?, length.parse().ok()?)));
        match parsed {
            Some((IpAddr::V4(_), length @ 0..=32_u8)) => Ok(length == 0 || length < self.widest_ipv4_prefix),
            Some((IpAddr::V6(_), length @ 0..=128)) => Ok(length == 0 || length < self.widest_ipv6_prefix),
            _ => Err(unclear(format!("the source {cidr:?} of a security group rule is not a CIDR range"))),
        }
    }
}
