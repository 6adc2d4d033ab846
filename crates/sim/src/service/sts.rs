//! STS: sessions and who has them.

use std::time::Duration;

use super::{Call, Operation, Service};
use crate::mix;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, Xml, time};

const PROTOCOL: Protocol = Protocol::Query;

pub(super) const SERVICE: Service = Service {
    signing_name: "sts",
    protocol: PROTOCOL,
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: &[
        Operation { name: "AssumeRole", action: "sts:AssumeRole", route: "", run: assume_role },
        Operation { name: "GetCallerIdentity", action: super::NEEDS_NO_PERMISSION, route: "", run: get_caller_identity },
    ],
    ..Service::BASE
};

fn get_caller_identity(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    let account = call.account();
    let user_id = match &call.caller.session {
        None => format!("AIDA{}", unique(organization.settings.seed, &account.id)),
        Some(session) => format!("AROA{}:{}", unique(organization.settings.seed, &account.id), session.name),
    };
    let mut xml = Xml::default();
    xml.text("Arn", call.caller.arn(organization)).text("UserId", user_id).text("Account", &account.id);
    Ok(xml.into())
}

fn assume_role(call: &Call<'_>) -> Result<Body, Failure> {
    let organization = call.organization();
    let settings = &organization.settings;
    let form = call.form;
    let arn = form.get("RoleArn").unwrap_or_default();
    let name = session_name(form.get("RoleSessionName"))?;
    let lasts = duration(form.get("DurationSeconds"))?;
    let refused = || {
        let who = call.caller.arn(organization);
        Failure::access_denied(PROTOCOL, &format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"))
    };
    // The role trusts the management account alone.
    if call.caller.account != settings.management {
        return Err(refused());
    }
    let (account, role) = role_of(arn).ok_or_else(|| Failure::bad_parameter(PROTOCOL, format!("{arn} is invalid")))?;
    let account = organization.find(account).ok_or_else(refused)?;
    let external_id_matches = settings.external_id.as_deref().is_none_or(|wanted| form.get("ExternalId") == Some(wanted));
    if !organization.accounts[account].reachable() || role != settings.role_name || !external_id_matches {
        return Err(refused());
    }
    let managed: Vec<String> = (1..).map_while(|place| form.get(&format!("PolicyArns.member.{place}.arn"))).map(str::to_owned).collect();
    let allowed =
        call.simulation.sessions.policy(form.get("Policy"), &managed).map_err(|error| Failure::new(error.code, 400, error.message))?;
    check_packed_size(settings.packed_policy_limit, form.get("Policy"), &managed)?;
    let issued = call.simulation.sessions.issue(settings.seed, account, name, allowed, Duration::from_secs(lasts.unsigned_abs()));

    let id = &organization.accounts[account].id;
    let mut xml = Xml::default();
    xml.nest("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", format!("AROA{}:{name}", unique(settings.seed, id)));
        xml.text("Arn", format!("arn:aws:sts::{id}:assumed-role/{role}/{name}"));
    });
    xml.nest("Credentials", |xml| {
        xml.text("AccessKeyId", issued.access_key).text("SecretAccessKey", issued.secret);
        xml.text("SessionToken", issued.token).text("Expiration", time::iso(time::ago(-lasts)));
    });
    Ok(xml.into())
}

fn check_packed_size(limit: Option<usize>, inline: Option<&str>, managed: &[String]) -> Result<(), Failure> {
    let size = inline.map_or(0, str::len) + managed.iter().map(String::len).sum::<usize>();
    match limit.filter(|&limit| size > limit) {
        None => Ok(()),
        Some(limit) => {
            let share = size * 100 / limit.max(1);
            let message = format!("Packed policy consumes {share}% of allotted space, please use smaller policy.");
            Err(Failure::new("PackedPolicyTooLarge", 400, message))
        }
    }
}

/// The account and the role's name in a role's ARN; a path before the name is part of it, since the audit role has none.
fn role_of(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")
}

fn session_name(name: Option<&str>) -> Result<&str, Failure> {
    let plain = |name: &str| name.chars().all(|character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character));
    name.filter(|name| (2..=64).contains(&name.len()) && plain(name)).ok_or_else(|| {
        let message = "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: \
                       Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}";
        Failure::bad_parameter(PROTOCOL, message)
    })
}

fn duration(wish: Option<&str>) -> Result<i64, Failure> {
    let Some(wish) = wish else { return Ok(3600) };
    wish.parse().ok().filter(|seconds| (900..=43200).contains(seconds)).ok_or_else(|| {
        let message = format!(
            "1 validation error detected: Value '{wish}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200"
        );
        Failure::bad_parameter(PROTOCOL, message)
    })
}

fn unique(seed: u64, account: &str) -> String {
    mix::characters(seed, &["unique", account], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17)
}
