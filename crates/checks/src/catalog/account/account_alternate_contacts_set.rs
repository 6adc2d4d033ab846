// account-alternate-contacts-set: AWS knows whom to write to about money, trouble and abuse.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Mappings, Reference, Text},
    fact::account::AlternateContacts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Facts, Rule, catalog::shared::join};

/// The check. It has no parameters.
#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("account-alternate-contacts-set"),
        severity: Severity::Medium,
        scope: Scope::Account,
        cadence: Cadence::Daily,
        facts: &[FactKind::AlternateContacts],
        en: Text {
            title: "The account's alternate contacts are set",
            why: "When AWS sees abuse, an exposed key or a bill that cannot be paid, it writes to the contacts of the account. Without alternate \
                  contacts that is the root user's mailbox alone, which nobody may be reading, and AWS limits accounts that do not answer.",
            fails_when: "The billing, the operations or the security contact is not set. Whether anybody answers there is not looked at, and the \
                         contacts themselves are not kept.",
            fix_console: "In an organization: AWS Organizations in the management account, AWS accounts, the account, Contact info, Alternate \
                          contacts, Edit, with trusted access for account management. A single account: the account menu, Account, Alternate \
                          contacts. Give mailing lists and shared numbers rather than one person's.",
        },
        ja: Text {
            title: "アカウントの代替連絡先が設定されている",
            why: "AWS は、不正利用、漏えいしたキー、支払いの問題などを見つけると、アカウントの連絡先に通知します。代替連絡先がないと、誰も見ていないかもしれない\
                  ルートユーザーのメールボックスにしか届かず、応答がないアカウントは制限されることがあります。",
            fails_when: "請求、オペレーション、セキュリティのいずれかの連絡先が設定されていない場合に不合格となります。連絡が取れるかどうかは問わず、連絡先の\
                         内容は保存しません。",
            fix_console: "Organizations を利用している場合は、アカウント管理の信頼されたアクセスを有効にし、管理アカウントの AWS Organizations で対象のアカウント\
                          の「連絡先情報」を開き、「代替連絡先」を編集します。単独のアカウントでは、アカウントメニューの「アカウント」の「代替の連絡先」で\
                          設定します。個人ではなく、メーリングリストと共用の電話番号を指定してください。",
        },
        fix_cli: "# From the management account, for each contact that is missing (BILLING, OPERATIONS, SECURITY).\n\
                  # For the management account itself leave out --account-id.\n\
                  aws account put-alternate-contact --account-id {account} --alternate-contact-type SECURITY \\\n  \
                  --name \"$NAME\" --title \"$TITLE\" --email-address \"$EMAIL\" --phone-number \"$PHONE\"",
        references: &[Reference {
            title: "Update the alternate contacts for your AWS account",
            url: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html",
        }],
        mappings: Mappings { cis_v3: Some("1.2"), cis_v5: Some("1.2"), fsbp: Some("Account.1") },
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let contacts = facts.get::<AlternateContacts>()?;
        let kinds = [("billing", contacts.billing), ("operations", contacts.operations), ("security", contacts.security)];
        let missing: Vec<&str> = kinds.iter().filter(|(_, set)| !set).map(|(kind, _)| *kind).collect();
        if missing.is_empty() {
            return Ok(Verdict::pass("The billing, operations and security contacts are set."));
        }
        let contacts = if missing.len() == 1 { "contact" } else { "contacts" };
        let reason = format!("observed no {} {contacts}, wanted billing, operations and security contacts", missing_words(&missing));
        Ok(Verdict::fail(Finding::new(facts.context.account.to_string(), reason)))
    }
}

/// `a`, `a or b`, `a, b or c`: after "no".
fn missing_words(kinds: &[&str]) -> String {
    join(kinds).replace(" and ", " or ")
}
