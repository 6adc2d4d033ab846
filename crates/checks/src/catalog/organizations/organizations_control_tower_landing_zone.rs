// organizations-control-tower-landing-zone: new accounts come off a production line, with their guardrails on.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Attestable, Reference, Text},
    fact::organizations::LandingZones,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("organizations-control-tower-landing-zone"),
        severity: Severity::Low,
        scope: Scope::Organization,
        cadence: Cadence::Daily,
        attestable: Attestable::WhenUnknownOrFailing,
        facts: &[FactKind::LandingZones],
        en: Text {
            title: "Accounts are made by a governed process such as Control Tower",
            why: "Accounts that are made by hand differ from the first day: one lacks the trail, another the alarms. A landing zone gives every \
                  new account the same baseline and says which ones have drifted.",
            fails_when: "Control Tower has no landing zone in any region that the management account has enabled. Where accounts are made by \
                         another governed process, an attestation says so and the check passes. Unknown where no landing zone was seen and a \
                         region could not be asked. Not applicable where AWS does not offer Control Tower in any of the regions.",
            fix_console: "Control Tower in the management account and the region that is to be its home, Set up landing zone. The home region \
                          cannot be changed later. Enrol the existing organizational units afterwards.\n\nWith another process, such as your \
                          own pipeline: write an entry into the attestations file that names who vouches for it and where it is described.",
        },
        ja: Text {
            title: "アカウントが Control Tower など統制された手順で作成されている",
            why: "手作業で作成したアカウントは最初から設定がばらつき、証跡やアラームの漏れが生じます。ランディングゾーンを使うと、すべての新しいアカウントに\
                  同じベースラインが適用され、逸脱したアカウントも分かります。",
            fails_when: "管理アカウントで有効なリージョンのいずれにも Control Tower のランディングゾーンがない場合に不合格となります。別の統制された手順で\
                         アカウントを作成している場合は、証明 (attestation) に記載すると合格になります。ランディングゾーンが見つからず、\
                         確認できないリージョンがある場合は「不明」です。どのリージョンでも Control Tower が提供されていない場合は対象外です。",
            fix_console: "管理アカウントで、ホームリージョンにするリージョンの Control Tower を開き、「ランディングゾーンの設定」を選びます。ホームリージョンは\
                          後から変更できません。設定後、既存の OU を登録します。\n\n独自のパイプラインなど別の手順を使う場合は、証明ファイルに、\
                          確認者と手順の記載場所を書いてください。",
        },
        fix_cli: "# In the management account and the region that is to be Control Tower's home.\n\
                  aws controltower create-landing-zone --region \"$HOME_REGION\" \\\n  \
                  --landing-zone-version \"$VERSION\" --manifest file://landing-zone.json",
        references: &[
            Reference {
                title: "Getting started with AWS Control Tower",
                url: "https://docs.aws.amazon.com/controltower/latest/userguide/getting-started-with-control-tower.html",
            },
            Reference {
                title: "What is AWS Control Tower?",
                url: "https://docs.aws.amazon.com/controltower/latest/userguide/what-is-control-tower.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        if !facts.get::<LandingZones>()?.arns.is_empty() {
            return Ok(Verdict::pass("Control Tower has a landing zone."));
        }
        let reason = "observed no Control Tower landing zone, wanted one, or an attestation of another governed process";
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
