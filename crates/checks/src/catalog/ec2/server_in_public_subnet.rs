// server-in-public-subnet: whatever computes or keeps data has no way in from the internet.

use std::collections::{BTreeMap, HashMap};

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::{
        ec2::{NetworkInterface, NetworkInterfaces},
        ec2_network::{RouteTable, RouteTables, Subnet, Subnets},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Context, Facts, Rule,
    catalog::shared::{arn, join, unclear},
};

/// The check and its parameters: how the network interfaces of databases are recognized.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Services whose interfaces are those of databases, as AWS names their requester.
    pub database_requesters: Vec<String>,
    /// How the descriptions of databases' interfaces begin.
    pub database_descriptions: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            database_requesters: owned(&["amazon-rds", "amazon-redshift", "amazon-elasticache"]),
            database_descriptions: owned(&[
                // RDS and Aurora, and DocumentDB and Neptune, which are built on RDS.
                "RDSNetworkInterface",
                // RDS Proxy.
                "Network interface for DBProxy",
                "RedshiftNetworkInterface",
                // Followed by a blank and the node, or by a plus sign and the cluster.
                "ElastiCache",
                "DAX ",
            ]),
        }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("server-in-public-subnet"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Standard,
        facts: &[FactKind::NetworkInterfaces, FactKind::Subnets, FactKind::RouteTables],
        en: Text {
            title: "No server, ECS task or database sits in a public subnet",
            why: "In a subnet that routes to an internet gateway, one public address and one careless security group rule are enough to \
                  expose a server or a database to the whole internet. In a private subnet both mistakes together do no harm: only load \
                  balancers, NAT gateways and VPN endpoints need to stand outside.",
            fails_when: "A network interface of an EC2 instance, of an ECS task or of a database is in a subnet whose route table has an \
                         active route to an internet gateway, to whatever destination; a public address is not needed. The table that \
                         counts is the subnet's own, or else the VPC's main one. Egress-only internet gateways let nothing in and do not \
                         count. Databases are RDS, Aurora, DocumentDB, Neptune, RDS Proxy, Redshift, ElastiCache and DAX, recognized by \
                         what AWS says of their interfaces (parameters database_requesters and database_descriptions). Branch \
                         interfaces of containers count as servers. Interfaces of other services, such as load balancers, NAT gateways, \
                         VPC endpoints and Lambda functions, may be there. Interfaces that nothing uses and those of other accounts in \
                         a shared subnet do not count. Unknown where nothing fails, but the route table of a subnet with a server is not \
                         shown, as may be in a subnet that another account shares.",
            fix_console: "VPC in the region, Subnets, the subnet, Route table: this is the route to the internet gateway. Launch the server, \
                          task or database anew in a private subnet, whose route table leads to a NAT gateway instead, and put a load \
                          balancer into the public subnet for what has to be reached. Where nothing in the subnet has to be public, \
                          associate it with a private route table instead.",
        },
        ja: Text {
            title: "サーバー、ECS タスク、データベースがパブリックサブネットにない",
            why: "インターネットゲートウェイへのルートがあるサブネットでは、パブリックアドレス 1 つとセキュリティグループの不注意なルール 1 つで、サーバーや\
                  データベースがインターネット全体に公開されます。プライベートサブネットであれば、両方の誤りが重なっても公開されません。外側に置く必要が\
                  あるのは、ロードバランサー、NAT ゲートウェイ、VPN エンドポイントだけです。",
            fails_when: "EC2 インスタンス、ECS タスク、データベースのネットワークインターフェイスが、インターネットゲートウェイへの有効なルートを持つサブ\
                         ネットにある場合に不合格となります。送信先は問わず、パブリックアドレスの有無も問いません。サブネットに明示的に関連付けられた\
                         ルートテーブル、なければ VPC のメインルートテーブルで判定します。Egress-Only インターネットゲートウェイは数えません。データ\
                         ベースは RDS、Aurora、DocumentDB、Neptune、RDS Proxy、Redshift、ElastiCache、DAX で、インターフェイスの情報 (パラメータ \
                         database_requesters と database_descriptions) から見分けます。コンテナのブランチインターフェイスもサーバーとして数えます。\
                         ロードバランサー、NAT ゲートウェイ、VPC エンドポイント、Lambda 関数など、ほかのサービスのインターフェイスは問題ありません。\
                         未使用のインターフェイスと、共有サブネットにある別アカウントのインターフェイスは数えません。不合格がなくても、サーバーがある\
                         サブネットのルートテーブルが見えない場合 (別のアカウントが共有するサブネットなど) は「不明」です。",
            fix_console: "対象リージョンの VPC の「サブネット」でサブネットを開き、「ルートテーブル」でインターネットゲートウェイへのルートを確認します。\
                          サーバー、タスク、データベースを、NAT ゲートウェイへのルートを持つプライベートサブネットに作り直し、外部から到達させるものに\
                          はパブリックサブネットにロードバランサーを置きます。サブネット内に公開すべきものがなければ、サブネットをプライベートなルート\
                          テーブルに関連付けます。",
        },
        fix_cli: "# What is it, and where?\n\
                  aws ec2 describe-network-interfaces --region {region} \\\n  \
                  --query \"NetworkInterfaces[?NetworkInterfaceId=='{resource}' || Attachment.InstanceId=='{resource}'].[NetworkInterfaceId,SubnetId,Description]\" \\\n  \
                  --output table\n\
                  # Where nothing in the subnet has to be public: give it a route table without an internet gateway.\n\
                  aws ec2 describe-route-tables --region {region} --filters \"Name=association.subnet-id,Values=$SUBNET_ID\" \\\n  \
                  --query 'RouteTables[].Associations[].[SubnetId,RouteTableAssociationId]' --output table\n\
                  aws ec2 replace-route-table-association --region {region} --association-id \"$ASSOCIATION_ID\" --route-table-id \"$PRIVATE_TABLE_ID\"\n\
                  # Where it has no table of its own:\n\
                  aws ec2 associate-route-table --region {region} --subnet-id \"$SUBNET_ID\" --route-table-id \"$PRIVATE_TABLE_ID\"",
        references: &[
            Reference { title: "Subnets for your VPC", url: "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html" },
            Reference { title: "Configure route tables", url: "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html" },
            Reference {
                title: "Requester-managed network interfaces",
                url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html",
            },
        ],
        mappings: Mappings { cis_v3: None, cis_v5: None, fsbp: None },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let interfaces = &facts.get::<NetworkInterfaces>()?.interfaces;
        let network = Network::new(&facts.get::<Subnets>()?.subnets, &facts.get::<RouteTables>()?.tables);
        let account = facts.context.account.to_string();
        let (mut exposed, mut unsure) = (BTreeMap::<String, Vec<String>>::new(), None);
        for interface in interfaces.iter().filter(|interface| interface.owner.as_ref().is_none_or(|owner| *owner == account)) {
            match self.exposed(interface, &network) {
                Ok(Some((server, way))) => {
                    let (resource, what) = server.named(interface, &account);
                    exposed.entry(resource).or_default().push(format!("{what} in {way}"));
                }
                Ok(None) => {}
                Err(unseen) => unsure = unsure.or(Some(unseen)),
            }
        }
        match unsure {
            // What is exposed is exposed whatever else there is.
            Some(unseen) if exposed.is_empty() => Err(unseen),
            _ => {
                let findings = exposed.into_iter().map(|(resource, seen)| finding(facts.context, &resource, &seen)).collect();
                Ok(Verdict::from_findings(findings, "No server, ECS task or database sits in a public subnet."))
            }
        }
    }
}

/// `resource` is `instance/i-…` or `network-interface/eni-…`, as in its ARN.
fn finding(context: &Context, resource: &str, seen: &[String]) -> Finding {
    let id = resource.split_once('/').map_or(resource, |(_, id)| id);
    let reason = format!("observed {}, wanted a subnet without a route to an internet gateway", join(seen));
    Finding::new(id, reason).with_arn(arn(context, "ec2", resource))
}

/// What is behind a network interface.
#[derive(Clone, Copy)]
enum Server {
    Instance,
    Task,
    Container,
    Database,
}

impl Check {
    /// What is behind an interface, and how the internet reaches it, if both are so.
    fn exposed(&self, interface: &NetworkInterface, network: &Network<'_>) -> Result<Option<(Server, String)>, Unseen> {
        let Some(server) = self.server(interface)? else { return Ok(None) };
        Ok(network.way_out(interface)?.map(|way| (server, way)))
    }

    /// What is behind an interface, if it is anything that should not be exposed. Interfaces that are not recognized are other services'.
    fn server(&self, interface: &NetworkInterface) -> Result<Option<Server>, Unseen> {
        let description = interface.description.as_deref();
        Ok(match interface.kind.as_str() {
            _ if interface.status == "available" => None,
            // A task's interface may hang on an instance, yet in a subnet that was chosen for the task.
            _ if description.is_some_and(is_task) => Some(Server::Task),
            _ if interface.instance_id.is_some() => Some(Server::Instance),
            // One of several on an instance's trunk; only containers use them.
            "branch" => Some(Server::Container),
            "interface" if interface.requester.as_ref().is_some_and(|name| self.database_requesters.contains(name)) => {
                Some(Server::Database)
            }
            "interface" => {
                let description = description.ok_or_else(|| unclear(format!("the description of {} is not shown", interface.id)))?;
                let known = self.database_descriptions.iter().any(|start| !start.is_empty() && description.starts_with(start));
                known.then_some(Server::Database)
            }
            _ => None,
        })
    }
}

/// ECS describes a task's interface by the ARN of its attachment, in every partition: `arn:aws:ecs:<region>:<account>:attachment/<id>`.
fn is_task(description: &str) -> bool {
    let parts: Vec<&str> = description.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "ecs", _, _, resource] if resource.starts_with("attachment/"))
}

impl Server {
    /// The resource that fails, and what to call the interface. An instance of another account cannot be named as one's own.
    fn named(self, interface: &NetworkInterface, account: &str) -> (String, String) {
        let own = interface.instance_owner.as_ref().is_none_or(|owner| owner == account);
        let what = match (self, &interface.instance_id) {
            (Self::Instance, Some(instance)) if own => return (format!("instance/{instance}"), format!("its interface {}", interface.id)),
            (Self::Instance, _) => "an instance of another account",
            (Self::Task, _) => "an ECS task",
            (Self::Container, _) => "a container",
            (Self::Database, _) => "a database",
        };
        (format!("network-interface/{}", interface.id), what.to_owned())
    }
}

/// The subnets of a region with the route tables that serve them.
struct Network<'a> {
    subnets: HashMap<&'a str, &'a Subnet>,
    own: HashMap<&'a str, &'a RouteTable>,
    main: HashMap<&'a str, &'a RouteTable>,
}

impl<'a> Network<'a> {
    fn new(subnets: &'a [Subnet], tables: &'a [RouteTable]) -> Self {
        let own = tables.iter().flat_map(|table| table.subnets.iter().map(move |subnet| (subnet.as_str(), table)));
        let main = tables.iter().filter(|table| table.main).map(|table| (table.vpc_id.as_str(), table));
        Self { subnets: subnets.iter().map(|subnet| (subnet.id.as_str(), subnet)).collect(), own: own.collect(), main: main.collect() }
    }

    /// How the internet is reached from an interface's subnet, if it is.
    fn way_out(&self, interface: &NetworkInterface) -> Result<Option<String>, Unseen> {
        let Some(id) = interface.subnet_id.as_deref() else {
            return Err(unclear(format!("the subnet of {} is not shown", interface.id)));
        };
        let subnet = self.subnets.get(id).ok_or_else(|| unclear(format!("{id}, the subnet of {}, is not shown", interface.id)))?;
        let table = self.own.get(id).or_else(|| self.main.get(subnet.vpc_id.as_str())).ok_or_else(|| {
            let owner = subnet.owner.as_deref().unwrap_or("an account that is not named");
            unclear(format!("the route table of {id}, which {owner} owns, is not shown"))
        })?;
        if let Some(route) = table.internet_routes.iter().find(|route| route.state == "active") {
            let words = format!("{id}, whose route table {} routes {} to {}", table.id, route.destination, route.gateway);
            return Ok(Some(words));
        }
        match table.internet_routes.iter().find(|route| !["blackhole", "filtered"].contains(&route.state.as_str())) {
            Some(route) => {
                Err(unclear(format!("the route to {} in {} is in the unknown state {:?}", route.gateway, table.id, route.state)))
            }
            None => Ok(None),
        }
    }
}
