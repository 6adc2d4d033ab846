// account-contact-phone-international: AWS can call, from wherever it calls.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::account::{ContactInformation, PhoneForm},
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
        id: CheckId("account-contact-phone-international"),
        severity: Severity::Low,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::ContactInformation],
        en: Text {
            title: "The account's phone number has its country code",
            why: "To recover an account whose root user has lost the second factor, AWS calls the number of its primary contact, from abroad. A \
                  number without its country code does not ring anywhere, and the account stays locked.",
            fails_when: "The phone number of the primary contact is not set, does not begin with + and a country code (1 to 9), or does not have 7 \
                         to 15 digits. The number itself is not kept and is shown nowhere.",
            fix_console: "In an organization: AWS Organizations in the management account, AWS accounts, the account, Contact info, Primary \
                          contact, Edit. A single account: the account menu, Account, Contact information, Edit. Write the number like \
                          +81 3 1234 5678.",
        },
        ja: Text {
            title: "アカウントの電話番号に国番号が付いている",
            why: "ルートユーザーの多要素認証を失ったアカウントを復旧する際、AWS は主要連絡先の電話番号に国外から電話をかけます。国番号のない番号にはつながらず、\
                  アカウントを復旧できません。",
            fails_when: "主要連絡先の電話番号がない場合、「+」と国番号 (1 から 9 で始まる) で始まらない場合、または 7 桁から 15 桁でない場合に不合格となります。\
                         電話番号そのものは保存も表示もしません。",
            fix_console: "Organizations を利用している場合は、管理アカウントの AWS Organizations で対象のアカウントの「連絡先情報」を開き、「主要連絡先」を編集します。\
                          単独のアカウントでは、アカウントメニューの「アカウント」の「連絡先情報」で編集します。+81 3 1234 5678 のように入力します。",
        },
        fix_cli: "# From the management account. put-contact-information replaces the whole contact: start from what is there.\n\
                  # For the management account itself leave out --account-id.\n\
                  aws account get-contact-information --account-id {account} --query ContactInformation > contact.json\n\
                  # Edit PhoneNumber in contact.json, then:\n\
                  aws account put-contact-information --account-id {account} --contact-information file://contact.json",
        references: &[Reference {
            title: "Update the primary contact for your AWS account",
            url: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-primary.html",
        }],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let observed = match facts.get::<ContactInformation>()?.phone {
            PhoneForm::International => return Ok(Verdict::pass("The phone number begins with + and a country code.")),
            PhoneForm::Absent => "no phone number",
            PhoneForm::National => "a phone number that does not begin with +",
            PhoneForm::Malformed => "a phone number that begins with + but is not an international one",
        };
        let reason = format!("observed {observed}, wanted + and a country code before the number");
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}
