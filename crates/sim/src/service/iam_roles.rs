//! IAM's roles and the account's own policies, as JSON like in a policy editor.

use serde_json::{Value, json};

use super::Call;
use crate::posture::iam::{AdminRoles, HumanAccess};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: &'static str,
    /// The statements of the trust policy.
    pub(super) trust: Value,
    pub(super) inline: Option<(&'static str, Value)>,
    /// ARNs.
    pub(super) attached: Vec<String>,
}

/// A managed policy of the account's own: its versions, of which the last one made is not always the default.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) name: &'static str,
    pub(super) versions: Vec<Value>,
    /// An index.
    pub(super) default: usize,
}

#[allow(clippy::needless_pass_by_value, reason = "both are written where they are passed")]
fn statement(effect: &str, principal: Value, condition: Value) -> Value {
    let mut statement = json!({"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

/// Full access, as a statement.
fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

fn read_one_bucket() -> Value {
    json!([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::example", "arn:aws:s3:::example/*"]}])
}

pub(super) fn policies(call: &Call<'_>) -> Vec<Policy> {
    let reader = Policy { name: "read-example", versions: vec![read_one_bucket()], default: 0 };
    let both = || vec![read_one_bucket(), json!([everything()])];
    match call.variant() {
        AdminRoles::OwnPolicy => vec![reader, Policy { name: "everything", versions: both(), default: 1 }],
        AdminRoles::OldVersion => vec![reader, Policy { name: "once-everything", versions: both(), default: 0 }],
        _ => vec![reader],
    }
}

/// The roles of an account: some that nobody minds, those by which people get in, and those that may have full access.
pub(super) fn roles(call: &Call<'_>) -> Vec<Role> {
    let account = &call.account().id;
    let service = |name: &str| json!([statement("Allow", json!({"Service": format!("{name}.amazonaws.com")}), Value::Null)]);
    let plain = |name: String, path, trust| Role { name, path, trust, inline: None, attached: vec![READ_ONLY.to_owned()] };
    let mut roles: Vec<Role> = ["config", "support", "trustedadvisor", "organizations"]
        .into_iter()
        .map(|name| plain(format!("AWSServiceRoleFor-{name}"), "/aws-service-role/example.amazonaws.com/", service(name)))
        .collect();
    roles.extend((0..24).map(|number| plain(format!("application-{number:02}"), "/apps/", service("ecs-tasks"))));
    roles.extend(for_people(account, call.variant()));
    roles.extend(administrators(call));
    roles
}

fn for_people(account: &str, access: HumanAccess) -> Vec<Role> {
    let federated = json!([{
        "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::{account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE")},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }]);
    let of = |path| Role {
        name: "AWSReservedSSO_ReadOnly_0123456789abcdef".to_owned(),
        path,
        trust: federated.clone(),
        inline: None,
        attached: vec![READ_ONLY.to_owned()],
    };
    match access {
        HumanAccess::IdentityCenter | HumanAccess::Both => vec![of("/aws-reserved/sso.amazonaws.com/eu-west-1/")],
        HumanAccess::Nobody => vec![of("/")],
        HumanAccess::Saml | HumanAccess::ConsoleUsers => Vec::new(),
    }
}

/// The roles with full access, and those that nearly have it.
fn administrators(call: &Call<'_>) -> Vec<Role> {
    let own = &call.account().id;
    let management = &call.organization().management().id;
    let trusted = || json!({"AWS": format!("arn:aws:iam::{management}:root")});
    let mfa = || json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let open = || json!([statement("Allow", trusted(), Value::Null)]);
    let named =
        |name: &str, trust| Role { name: name.to_owned(), path: "/", trust, inline: None, attached: vec![ADMINISTRATOR.to_owned()] };
    let inline = |name: &str, statement: Value| Role { inline: Some(("access", statement)), attached: Vec::new(), ..named(name, open()) };
    let policy = |name: &str| vec![format!("arn:aws:iam::{own}:policy/{name}")];
    match call.variant() {
        AdminRoles::None => Vec::new(),
        AdminRoles::Mfa => vec![named("break-glass", json!([statement("Allow", trusted(), mfa())]))],
        AdminRoles::MfaAge => {
            vec![named("break-glass", json!([statement("Allow", trusted(), json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}))]))]
        }
        AdminRoles::DeniedWithoutMfa => {
            let without = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": false}});
            vec![named("break-glass", json!([statement("Allow", trusted(), Value::Null), statement("Deny", json!("*"), without)]))]
        }
        AdminRoles::OthersOnly => {
            let service = statement("Allow", json!({"Service": ["cloudformation.amazonaws.com"]}), Value::Null);
            let provider = format!("arn:aws:iam::{own}:oidc-provider/token.actions.githubusercontent.com");
            let mut build = statement("Allow", json!({"Federated": provider}), Value::Null);
            build["Action"] = json!("sts:AssumeRoleWithWebIdentity");
            let center = Role { path: "/aws-reserved/sso.amazonaws.com/", ..named("AWSReservedSSO_Admin_fedcba9876543210", open()) };
            // A role of this path is a way in for people, and whether there is one is for another variant to say.
            let center = call.variant::<HumanAccess>().identity_center().then_some(center);
            [named("stacks", json!([service])), named("build", json!([build]))].into_iter().chain(center).collect()
        }
        AdminRoles::PowerUser => {
            vec![inline("power-user", json!([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}]))]
        }
        AdminRoles::OldVersion => vec![Role { attached: policy("once-everything"), ..named("former-admin", open()) }],
        AdminRoles::AuditRole => vec![named("OrgsweepAudit", open())],
        AdminRoles::Open => vec![named("admin", open())],
        AdminRoles::OwnPolicy => vec![Role { attached: policy("everything"), ..named("admin", open()) }],
        // A statement by itself, without a list around it.
        AdminRoles::Inline => vec![inline("admin", json!({"Effect": "Allow", "Action": ["*:*"], "Resource": ["*"]}))],
        AdminRoles::NotAction => vec![inline("admin", json!([{"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"}]))],
        AdminRoles::IfExists => {
            vec![named("admin", json!([statement("Allow", trusted(), json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}))]))]
        }
        AdminRoles::OneStatement => {
            vec![named("admin", json!([statement("Allow", trusted(), mfa()), statement("Allow", json!({"AWS": [own]}), Value::Null)]))]
        }
        AdminRoles::Several => vec![named("OrganizationAccountAccessRole", open()), named("AWSControlTowerExecution", open())],
    }
}
