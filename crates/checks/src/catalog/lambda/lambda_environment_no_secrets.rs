// lambda-environment-no-secrets: functions fetch their secrets and do not carry them.

use orgsweep_model::{
    Cadence, CheckId, CheckMeta, FactKind, Finding, Scope, Severity, Unseen, Verdict,
    check::{Reference, Text},
    fact::lambda::LambdaFunctions,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Facts, Rule,
    catalog::{
        secrets::{NAMES, PLACEHOLDERS, QUALIFIERS, Secrets},
        shared::{contradiction, join, list},
    },
};

/// The check and its parameters.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Words by which a variable's name tells that its value is a secret. Upper and lower case, `_`, `-`, `.` and camel case are the same.
    pub names: Vec<String>,
    /// Words that, after such a word in the name, tell that the value only says something about a secret, as in `SECRET_ARN`.
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
        id: CheckId("lambda-environment-no-secrets"),
        severity: Severity::High,
        scope: Scope::Region,
        cadence: Cadence::Daily,
        facts: &[FactKind::LambdaFunctions],
        en: Text {
            title: "No Lambda function has a secret in its environment",
            why: "Everybody who may list functions, every deployment tool and every crash report sees environment variables in plain text. A \
                  secret there is as good as shared, and rotating it takes a deployment.",
            fails_when: "A variable of a function's $LATEST version holds an access key id, a private key in PEM, or a literal under a name \
                         with a word such as PASSWORD, SECRET or TOKEN (parameter names) that no word such as ARN, NAME or TTL follows \
                         (parameter qualifiers). No literals are: empty values, switches, numbers below 100000, ARNs, paths and names with \
                         slashes in lower case, URLs without credentials, template fields such as {{resolve:...}} and ${...}, ciphertexts of \
                         KMS, and placeholders (parameter placeholders). Findings name the variables and never show a value. A function whose \
                         variables could not be decrypted, because the audit role may not use the account's own KMS key, makes the verdict \
                         unknown unless another function fails. Not applicable where AWS does not offer Lambda.",
            fix_console: "Put the secret into Secrets Manager, or into Parameter Store as a SecureString, and rotate it: it has been seen. \
                          Then Lambda in the region, the function, Configuration, Environment variables, Edit: replace the value by the \
                          secret's ARN, and let the function fetch it, by the AWS Parameters and Secrets Lambda Extension for instance.",
        },
        ja: Text {
            title: "Lambda 関数の環境変数に機密情報がない",
            why: "環境変数は、関数を一覧できる人、デプロイツール、障害レポートのいずれからも平文で見えます。そこに置いた機密情報は共有したのと同じで、\
                  ローテーションのたびにデプロイが必要になります。",
            fails_when: "関数の $LATEST バージョンの環境変数に、アクセスキー ID、PEM 形式の秘密鍵、または PASSWORD、SECRET、TOKEN などの語 (パラメータ names) を\
                         名前に含む変数の値そのもの (リテラル) がある場合に不合格となります。ただし名前のその後に ARN、NAME、TTL などの語 (パラメータ \
                         qualifiers) が続くものは除きます。空の値、オン/オフの値、100000 未満の数値、ARN、小文字のパスやスラッシュ付きの名前、認証情報を含まない \
                         URL、{{resolve:...}} や ${...} などのテンプレート、KMS の暗号文、仮の値 (パラメータ placeholders) はリテラルとみなしません。\
                         検出結果には変数名だけを示し、値は表示しません。監査ロールが KMS キーを使えず変数を復号できない関数がある場合、他に不合格の関数が\
                         なければ「不明」です。Lambda が提供されていないリージョンは対象外です。",
            fix_console: "機密情報を Secrets Manager または Parameter Store の SecureString に移し、すでに見られたものとしてローテーションします。次に対象リージョンの \
                          Lambda で関数の「設定」の「環境変数」を編集し、値をシークレットの ARN に置き換え、AWS Parameters and Secrets Lambda Extension \
                          などで関数から取得するようにします。",
        },
        fix_cli: "aws secretsmanager create-secret --region {region} --name '{resource}' --secret-string file://secret.txt\n\
                  # Replaces all variables: list those to keep (aws lambda get-function-configuration), and the secret's ARN in place of its value.\n\
                  aws lambda update-function-configuration --region {region} --function-name '{resource}' \\\n  \
                  --environment 'Variables={DB_SECRET_ARN=arn:aws:secretsmanager:{region}:{account}:secret:{resource}}'",
        references: &[
            Reference {
                title: "Working with Lambda environment variables",
                url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
            },
            Reference {
                title: "Use AWS Secrets Manager secrets in AWS Lambda functions",
                url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html",
            },
        ],
        ..CheckMeta::USUAL
    };

    fn evaluate(&self, facts: &Facts<'_>) -> Result<Verdict, Unseen> {
        let secrets = Secrets::new(&self.names, &self.qualifiers, &self.placeholders);
        let (mut findings, mut hidden) = (Vec::new(), None);
        for function in &facts.get::<LambdaFunctions>()?.functions {
            let variables = match function.environment.seen() {
                Ok(variables) => variables,
                Err(unseen) => {
                    hidden = hidden.or(Some(contradiction(unseen)));
                    continue;
                }
            };
            let held =
                variables.iter().filter_map(|(name, value)| Some(format!("{} in {name}", secrets.in_variable(name, value.reveal())?)));
            let held: Vec<String> = held.collect();
            if !held.is_empty() {
                let reason = format!("observed {}, wanted no secret in the environment", join(&held));
                findings.push(Finding::new(&function.name, reason).with_arn(&function.arn));
            }
        }
        match hidden {
            // What was seen fails, whatever the rest would say.
            Some(unseen) if findings.is_empty() => Err(unseen),
            _ => Ok(Verdict::from_findings(findings, "No function has a secret in its environment.")),
        }
    }
}
