// ec2-user-data-no-secrets: instances fetch their secrets and are not born with them.

use std::collections::BTreeMap;

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Hidden, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::instances::UserData,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        script::{Found, secrets_in},
        secrets::{NAMES, PLACEHOLDERS, QUALIFIERS, Secrets},
        shared::{arn, contradiction, join, list},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Words by which a name tells that its value is a secret. Upper and lower case, `_`, `-`, `.` and camel case are the same.
    pub names: Vec<String>,
    /// Words that, after such a word in the name, tell that the value only says something about a secret, as in `PASSWORD_FILE`.
    pub qualifiers: Vec<String>,
    /// Values that stand for a secret still to be put in.
    pub placeholders: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { names: list(NAMES), qualifiers: list(QUALIFIERS), placeholders: list(PLACEHOLDERS) }
    }
}

impl Rule for Check {
    const META: CheckMeta = CheckMeta {
        id: CheckId("ec2-user-data-no-secrets"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::UserData],
        en: Text {
            title: "No EC2 instance has a secret in its user data",
            why: "User data is kept in plain text. Every process on the instance reads it from the metadata service, and so does everybody \
                  who may describe instances; it stays as long as the instance, and images and launch templates spread it.",
            fails_when: "The user data of an instance that is not terminated holds an access key id, a private key in PEM, or a literal \
                         assigned to a name with a word such as PASSWORD, SECRET or TOKEN (parameter names) that no word such as FILE, NAME \
                         or TTL follows (parameter qualifiers), in any of the usual notations (password=, password:, --password); passwords \
                         given to mysql -p, sshpass -p and chpasswd count too. No literals are: empty values, variables and commands ($X, \
                         ${...}, $(...)), template fields ({{...}}), calls of functions, switches, numbers below 100000, ARNs, paths, \
                         hashes, and placeholders (parameter placeholders). User data is decoded and, where it is packed with gzip, \
                         unpacked; parts packed once more inside are not. Findings name names and lines, and never show a value. An \
                         instance whose user data could not be read makes the verdict unknown unless another instance fails.",
            fix_console: "Put the secret into Secrets Manager, or into Parameter Store as a SecureString, and rotate it: it has been seen. Let \
                          the instance's role read it, and let the script fetch it at start. Then EC2 in the region, Instances, stop the \
                          instance, Actions, Instance settings, Edit user data; correct the launch template, too, or the next instance \
                          brings it back.",
        },
        ja: Text {
            title: "EC2 インスタンスのユーザーデータに機密情報がない",
            why: "ユーザーデータは平文で保持され、インスタンス上のすべてのプロセスがメタデータサービスから、またインスタンスを参照できる人が API から読み取れます。\
                  インスタンスがある限り残り、イメージや起動テンプレートを通じて広がります。",
            fails_when: "終了していないインスタンスのユーザーデータに、アクセスキー ID、PEM 形式の秘密鍵、または PASSWORD、SECRET、TOKEN などの語 (パラメータ \
                         names) を含む名前に代入された値そのもの (リテラル) がある場合に不合格となります。ただし名前のその後に FILE、NAME、TTL などの語 (パラメータ \
                         qualifiers) が続くものは除きます。password=、password:、--password などの一般的な書き方のほか、mysql -p、sshpass -p、chpasswd に渡す\
                         パスワードも数えます。空の値、変数やコマンド ($X、${...}、$(...))、テンプレート ({{...}})、関数呼び出し、オン/オフの値、100000 未満の数値、\
                         ARN、パス、ハッシュ、仮の値 (パラメータ placeholders) はリテラルとみなしません。base64 と gzip は展開しますが、その内側でさらに圧縮された部分は\
                         対象外です。検出結果には名前と行だけを示し、値は表示しません。ユーザーデータを読み取れないインスタンスがある場合、他に不合格の\
                         インスタンスがなければ「不明」です。",
            fix_console: "機密情報を Secrets Manager または Parameter Store の SecureString に移し、すでに見られたものとしてローテーションします。インスタンスの\
                          ロールに読み取りを許可し、スクリプトの起動時に取得するようにします。次に対象リージョンの EC2 でインスタンスを停止し、「アクション」\
                          「インスタンスの設定」「ユーザーデータを編集」で書き換えます。起動テンプレートも修正しないと、次のインスタンスで元に戻ります。",
        },
        fix_cli: "aws secretsmanager create-secret --region {region} --name '{resource}' --secret-string file://secret.txt\n\
                  # Stopping interrupts what the instance does. user-data.txt is the corrected text in base64.\n\
                  aws ec2 stop-instances --region {region} --instance-ids {resource}\n\
                  aws ec2 wait instance-stopped --region {region} --instance-ids {resource}\n\
                  aws ec2 modify-instance-attribute --region {region} --instance-id {resource} --attribute userData --value file://user-data.txt\n\
                  aws ec2 start-instances --region {region} --instance-ids {resource}",
        references: &[
            Reference {
                title: "Run commands when you launch an EC2 instance with user data input",
                url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
            },
            Reference {
                title: "AWS Systems Manager Parameter Store",
                url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let secrets = Secrets::new(&self.names, &self.qualifiers, &self.placeholders);
        let (mut findings, mut hidden) = (Vec::new(), None);
        // The instances of a group start with the same text: it is searched once.
        let mut known: BTreeMap<&Hidden, Vec<Found>> = BTreeMap::new();
        for instance in &facts.get::<UserData>()?.instances {
            match instance.text.seen() {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let found = known.entry(text).or_insert_with(|| secrets_in(&secrets, text.reveal()));
                    if !found.is_empty() {
                        let words: Vec<String> = found.iter().map(words).collect();
                        let reason = format!("observed {}, wanted no secret in the user data", join(&words));
                        let arn = arn(facts.context, "ec2", &format!("instance/{}", instance.id));
                        findings.push(Finding::new(&instance.id, reason).with_arn(arn));
                    }
                }
                Err(unseen) => hidden = hidden.or(Some(contradiction(unseen))),
            }
        }
        match hidden {
            // What was seen fails, whatever the rest would say.
            Some(unseen) if findings.is_empty() => Err(unseen),
            _ => Ok(Verdict::from_findings(findings, "No instance has a secret in its user data.")),
        }
    }
}

fn words(found: &Found) -> String {
    let name = found.name.as_ref().map(|name| format!(" for {name}")).unwrap_or_default();
    format!("{}{name} on line {}", found.kind, found.line)
}
