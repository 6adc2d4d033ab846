// identity-center-enabled: people sign in once, in one place.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::identity_center::{IdentityCenter, IdentityCenterInstance},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule};

const WANTED: &str = "wanted one of the organization's own that is ACTIVE";

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("identity-center-enabled"),
        severity: Severity::Medium,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        facts: &[FactKind::IdentityCenter],
        en: Text {
            title: "The organization has IAM Identity Center",
            why: "With Identity Center people have one account for all AWS accounts, short-lived credentials and one place where they lose \
                  access when they leave. Without it every AWS account grows IAM users with passwords and keys that nobody takes away.",
            fails_when: "No instance of IAM Identity Center that belongs to the management account is ACTIVE in any region that it has enabled. \
                         Instances of single accounts do not count. Unknown where none was seen and a region could not be asked. Not \
                         applicable where AWS does not offer Identity Center in any of the regions.",
            fix_console: "IAM Identity Center in the management account and the region where people are: Enable, with AWS Organizations. Then \
                          Settings, Identity source: connect your identity provider.",
        },
        ja: Text {
            title: "組織で IAM Identity Center が有効になっている",
            why: "Identity Center を使うと、1 つのユーザーですべての AWS アカウントに一時的な認証情報でアクセスでき、退職時のアクセス停止も 1 か所で\
                  済みます。使わない場合、各アカウントにパスワードやアクセスキーを持つ IAM ユーザーが増え、放置されがちです。",
            fails_when: "管理アカウントが所有する IAM Identity Center のインスタンスが、管理アカウントで有効なリージョンのいずれでも ACTIVE でない場合に\
                         不合格となります。個々のアカウントのインスタンスは数えません。見つからず、確認できないリージョンがある場合は「不明」です。\
                         どのリージョンでも提供されていない場合は対象外です。",
            fix_console: "管理アカウントで、利用者に近いリージョンの IAM Identity Center を開き、AWS Organizations と共に「有効にする」を選びます。続いて\
                          「設定」の「アイデンティティソース」で ID プロバイダーを接続します。",
        },
        fix_cli: "# An instance of the organization can be enabled in the console only. What there is:\n\
                  aws sso-admin list-instances --region \"$REGION\"",
        references: &[
            Reference {
                title: "Enable IAM Identity Center",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/enable-identity-center.html",
            },
            Reference {
                title: "Organization and account instances of IAM Identity Center",
                url: "https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        // The check is asked in the management account alone.
        let management = facts.context.account;
        let instances = &facts.get::<IdentityCenter>()?.instances;
        if let Some(IdentityCenterInstance { region, .. }) = instances.iter().find(|instance| instance.serves(management)) {
            return Ok(Verdict::pass(format!("The organization has an active instance in {region}.")));
        }
        if instances.is_empty() {
            let reason = format!("observed no instance of IAM Identity Center, {WANTED}");
            return Ok(Verdict::fail(Finding::new(management.to_string(), reason)));
        }
        let wrong = instances.iter().map(|instance| {
            let whose = if instance.owner == management { String::new() } else { format!(" of account {}", instance.owner) };
            let reason = format!("observed an instance{whose} in {} that is {}, {WANTED}", instance.region, instance.status);
            Finding::new(instance.arn.rsplit('/').next().unwrap_or(&instance.arn), reason).with_arn(&instance.arn)
        });
        Ok(Verdict::Fail(wrong.collect()))
    }
}
