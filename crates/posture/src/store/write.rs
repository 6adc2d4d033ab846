//! Writing a change down: one transaction for each.

use jiff::Timestamp;
use orgsweep_model::{AccountId, BlindReason, CheckId, Finding, Measure, Organization, Place, Region};
use rusqlite::{Connection, Transaction, params};

use super::{Asked, Listed};
use crate::{
    change::{AccountChange, Change, Reached, Told, Transition, VerdictChange},
    entry::NEVER,
    exceptions::Waiver,
};

/// The tables with rows of accounts, beside `account` itself.
const OF_ACCOUNTS: [&str; 5] = ["region", "verdict", "finding", "evaluation", "measure"];
/// The tables with rows of targets.
const OF_TARGETS: [&str; 4] = ["verdict", "finding", "evaluation", "measure"];

/// The word for a measure.
pub(super) const fn measure_word(measure: Measure) -> &'static str {
    match measure {
        Measure::CredentialReportGenerated => "credential_report_generated",
        Measure::SecurityHubScore => "securityhub_score",
    }
}

/// Writes a change down, all of it or nothing. `waivers` are those that it names by position.
pub(super) fn change(connection: &mut Connection, change: &Change<'_>, waivers: &[Waiver]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    if let Some((organization, default_regions)) = change.listing {
        listing(&transaction, organization)?;
        set_meta(&transaction, "default_regions", &json(&default_regions))?;
        set_meta(&transaction, "listed", &json(&Listed::of(organization)))?;
    }
    if let Some(checks) = &change.checks {
        keep_checks(&transaction, checks)?;
    }
    for &gone in &change.gone {
        forget(&transaction, gone)?;
        transaction.prepare_cached("DELETE FROM account WHERE account_id = ?1")?.execute([gone.to_string()])?;
    }
    for account in &change.accounts {
        one_account(&transaction, account, waivers)?;
    }
    for transition in &change.transitions {
        one_transition(&transaction, transition)?;
    }
    transaction.commit()
}

fn forget(transaction: &Transaction<'_>, account: AccountId) -> rusqlite::Result<()> {
    for table in OF_ACCOUNTS {
        transaction.prepare_cached(&format!("DELETE FROM {table} WHERE account_id = ?1"))?.execute([account.to_string()])?;
    }
    Ok(())
}

/// The rows of checks that are not asked any more.
fn keep_checks(connection: &Connection, checks: &[CheckId]) -> rusqlite::Result<()> {
    let known: Vec<&str> = checks.iter().map(|check| check.as_str()).collect();
    let known = serde_json::to_string(&known).unwrap_or_default();
    for table in ["verdict", "finding"] {
        let sql = format!("DELETE FROM {table} WHERE check_id NOT IN (SELECT value FROM json_each(?1))");
        connection.execute(&sql, [&known])?;
    }
    Ok(())
}

/// Deletes accounts, checks and regions that are not asked for any more. The failures among them become history.
pub(super) fn prune(
    connection: &mut Connection,
    accounts: &[AccountId],
    checks: &[CheckId],
    keep_region: impl Fn(&Region) -> bool,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let checks: Vec<&str> = checks.iter().map(|check| check.as_str()).collect();
    let (accounts, checks) = (json(&accounts), json(&checks));
    let transaction = connection.transaction()?;
    let mut left = Vec::new();
    {
        let mut regions = transaction.prepare("SELECT DISTINCT region FROM verdict WHERE region <> 'global'")?;
        let mut rows = regions.query([])?;
        while let Some(row) = rows.next()? {
            let region: String = row.get(0)?;
            if !region.parse().is_ok_and(|region| keep_region(&region)) {
                left.push(region);
            }
        }
    }
    let left = json(&left);
    let gone = "account_id NOT IN (SELECT value FROM json_each(?1))";
    let off = "check_id NOT IN (SELECT value FROM json_each(?2))";
    let elsewhere = "region IN (SELECT value FROM json_each(?3))";
    let sql = format!(
        "INSERT INTO transition (at, account_id, region, check_id, from_status, to_status, reason)
         SELECT ?4, account_id, region, check_id, status, 'removed', 'the configuration does not ask for it any more'
         FROM verdict WHERE status = 'fail' AND ({gone} OR {off} OR {elsewhere})"
    );
    transaction.execute(&sql, params![accounts, checks, left, now.as_second()])?;
    for table in ["verdict", "finding"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE {gone} OR {off} OR {elsewhere}"), params![accounts, checks, left])?;
    }
    for table in ["region", "evaluation", "measure"] {
        let elsewhere = elsewhere.replace("?3", "?2");
        transaction.execute(&format!("DELETE FROM {table} WHERE {gone} OR {elsewhere}"), params![accounts, left])?;
    }
    transaction.execute(&format!("DELETE FROM account WHERE {gone}"), params![accounts])?;
    transaction.commit()
}

/// What the organization's listing says of accounts. What else is known of them stays.
fn listing(transaction: &Transaction<'_>, organization: &Organization) -> rusqlite::Result<()> {
    let management = organization.management_account_id.map(|id| id.to_string());
    for (key, value) in [("organization_id", &organization.id), ("management_account_id", &management)] {
        match value {
            Some(value) => set_meta(transaction, key, value)?,
            None => transaction.execute("DELETE FROM meta WHERE key = ?1", [key]).map(|_| ())?,
        }
    }
    let mut write = transaction.prepare_cached(
        "INSERT INTO account (account_id, name, state, ou_path, ou_ids, ou_names, tags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET name = ?2, state = ?3, ou_path = ?4, ou_ids = ?5, ou_names = ?6, tags = ?7",
    )?;
    for account in &organization.accounts {
        write.execute(params![
            account.id.to_string(),
            account.name,
            account.state.as_str(),
            account.ou_path.to_string(),
            json(&account.ou_path.ids),
            json(&account.ou_path.names),
            json(&account.tags),
        ])?;
    }
    Ok(())
}

/// Texts of lists and maps: JSON, which `SQLite` can look into.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes down what sweeps ask, and since when.
pub(super) fn asked(connection: &mut Connection, asked: &Asked) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    set_meta(&transaction, "program", &asked.program)?;
    set_meta(&transaction, "program_since", &asked.since.to_string())?;
    transaction.commit()
}

/// Sets a value that is about the database as a whole.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2";
    connection.prepare_cached(sql)?.execute([key, value]).map(|_| ())
}

fn one_account(transaction: &Transaction<'_>, change: &AccountChange<'_>, waivers: &[Waiver]) -> rusqlite::Result<()> {
    let id = change.account.to_string();
    if change.whole {
        keep_only(transaction, &id, change)?;
    }
    if let Some(Reached { at, reachable, reason, detail }) = change.reached {
        let reason = reason.map(BlindReason::as_str);
        transaction
            .prepare_cached(
                "UPDATE account SET reachable = ?2, reachable_at = ?3, blind_reason = ?4, blind_detail = ?5 WHERE account_id = ?1",
            )?
            .execute(params![id, reachable, at, reason, detail])?;
    }
    if let Some((at, regions)) = &change.regions {
        let known = json(regions);
        transaction.prepare_cached("UPDATE account SET regions_at = ?2 WHERE account_id = ?1")?.execute(params![id, at])?;
        transaction.prepare_cached("DELETE FROM region WHERE account_id = ?1")?.execute([&id])?;
        transaction.prepare_cached("INSERT INTO region SELECT ?1, value FROM json_each(?2)")?.execute([&id, &known])?;
        for table in OF_TARGETS {
            let sql = format!(
                "DELETE FROM {table} WHERE account_id = ?1 AND region <> 'global' AND region NOT IN (SELECT value FROM json_each(?2))"
            );
            transaction.prepare_cached(&sql)?.execute([&id, &known])?;
        }
    }
    for verdict in &change.verdicts {
        one_verdict(transaction, &id, verdict, waivers)?;
    }
    for (place, cadence, at) in &change.evaluated {
        let sql = "INSERT INTO evaluation (account_id, region, cadence, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET at = ?4";
        transaction.prepare_cached(sql)?.execute(params![id, place.as_str(), cadence.as_str(), at])?;
    }
    for (place, measure, at, value) in &change.measures {
        let sql = "INSERT INTO measure (account_id, region, measure, at, value) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET at = ?4, value = ?5";
        transaction.prepare_cached(sql)?.execute(params![id, place.as_str(), measure_word(*measure), at, value])?;
    }
    Ok(())
}

/// Deletes the verdicts that a whole picture of the account does not have.
fn keep_only(transaction: &Transaction<'_>, id: &str, change: &AccountChange<'_>) -> rusqlite::Result<()> {
    let known: Vec<String> =
        change.verdicts.iter().map(|verdict| format!("{} {}", verdict.place.as_str(), verdict.check.as_str())).collect();
    let known = json(&known);
    for table in ["verdict", "finding"] {
        let sql =
            format!("DELETE FROM {table} WHERE account_id = ?1 AND region || ' ' || check_id NOT IN (SELECT value FROM json_each(?2))");
        transaction.prepare_cached(&sql)?.execute([id, &known])?;
    }
    Ok(())
}

fn one_verdict(transaction: &Transaction<'_>, id: &str, change: &VerdictChange<'_>, waivers: &[Waiver]) -> rusqlite::Result<()> {
    let (region, check, entry) = (change.place.as_str(), change.check.as_str(), change.entry);
    let seconds = |at: i64| (at != NEVER).then_some(at);
    let (since, confirmed_at, evaluated_at) = (seconds(entry.since), seconds(entry.confirmed_at), seconds(entry.evaluated_at));
    let blind_reason = entry.blind.map(BlindReason::as_str);
    let status = entry.standing.as_str();
    let write_findings = |findings: &[Finding]| -> rusqlite::Result<()> {
        let sql = "DELETE FROM finding WHERE account_id = ?1 AND region = ?2 AND check_id = ?3";
        transaction.prepare_cached(sql)?.execute([id, region, check])?;
        let sql = "INSERT INTO finding (account_id, region, check_id, position, resource, arn, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut write = transaction.prepare_cached(sql)?;
        for (finding, position) in findings.iter().zip(0_i64..) {
            write.execute(params![id, region, check, position, finding.resource, finding.arn, finding.reason])?;
        }
        Ok(())
    };
    match &change.told {
        Told::Decided { reason, findings, waivers: used, attested, unseen } => {
            let blind_reason = unseen.as_ref().map_or(blind_reason, |blind| Some(blind.reason.as_str()));
            let detail = unseen.as_ref().map(|blind| blind.detail.as_str());
            let action = unseen.as_ref().and_then(|blind| blind.action.as_deref());
            let sql = "INSERT INTO verdict (account_id, region, check_id, status, since, confirmed_at, evaluated_at, failing, reason,
                                            attested, blind_reason, blind_detail, missing_action)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                       ON CONFLICT DO UPDATE SET status = ?4, since = ?5, confirmed_at = ?6, evaluated_at = ?7, failing = ?8,
                           reason = ?9, attested = ?10, blind_reason = ?11, blind_detail = ?12, missing_action = ?13";
            transaction.prepare_cached(sql)?.execute(params![
                id,
                region,
                check,
                status,
                since,
                confirmed_at,
                evaluated_at,
                entry.findings,
                reason,
                attested,
                blind_reason,
                detail,
                action
            ])?;
            write_findings(findings)?;
            for waiver in used.iter().filter_map(|&used| waivers.get(used)) {
                use_waiver(transaction, [id, region, check], waiver, entry.confirmed_at)?;
            }
        }
        Told::Blind(blind) => {
            let sql = "INSERT INTO verdict (account_id, region, check_id, status, since, confirmed_at, evaluated_at, failing, reason,
                                            attested, blind_reason, blind_detail, missing_action)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, 0, ?9, ?10, ?11)
                       ON CONFLICT DO UPDATE SET status = ?4, since = ?5, confirmed_at = ?6, evaluated_at = ?7, failing = ?8,
                           blind_reason = ?9, blind_detail = ?10, missing_action = ?11";
            transaction.prepare_cached(sql)?.execute(params![
                id,
                region,
                check,
                status,
                since,
                confirmed_at,
                evaluated_at,
                entry.findings,
                blind_reason,
                blind.detail,
                blind.action
            ])?;
        }
        Told::Ended | Told::Lost { .. } => {
            let attested = matches!(change.told, Told::Lost { attested: true });
            // Texts and findings that were about another verdict would be wrong; those about this very one stay.
            let sql = "DELETE FROM finding WHERE account_id = ?1 AND region = ?2 AND check_id = ?3 AND NOT EXISTS (
                           SELECT 1 FROM verdict WHERE account_id = ?1 AND region = ?2 AND check_id = ?3
                                                   AND status = ?4 AND confirmed_at IS ?5)";
            transaction.prepare_cached(sql)?.execute(params![id, region, check, status, confirmed_at])?;
            let sql = "INSERT INTO verdict (account_id, region, check_id, status, since, confirmed_at, evaluated_at, failing, reason,
                                            attested, blind_reason, blind_detail, missing_action)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?10, ?9, NULL, NULL)
                       ON CONFLICT DO UPDATE SET status = ?4, since = ?5, confirmed_at = ?6, evaluated_at = ?7, failing = ?8,
                           reason = iif(status = ?4 AND confirmed_at IS ?6, reason, NULL), attested = ?10,
                           blind_reason = iif(?10 AND attested AND confirmed_at IS ?6, blind_reason, ?9),
                           blind_detail = iif(evaluated_at IS ?7 AND blind_reason IS ?9 OR ?10 AND attested AND confirmed_at IS ?6, blind_detail, NULL),
                           missing_action = iif(evaluated_at IS ?7 AND blind_reason IS ?9 OR ?10 AND attested AND confirmed_at IS ?6, missing_action, NULL)";
            transaction.prepare_cached(sql)?.execute(params![
                id,
                region,
                check,
                status,
                since,
                confirmed_at,
                evaluated_at,
                entry.findings,
                blind_reason,
                attested
            ])?;
            if entry.findings == 0 && !attested {
                write_findings(&[])?;
            }
        }
    }
    Ok(())
}

fn use_waiver(transaction: &Transaction<'_>, target: [&str; 3], waiver: &Waiver, at: i64) -> rusqlite::Result<()> {
    let [id, region, check] = target;
    let sql = "INSERT INTO waiver_use (account_id, region, check_id, reason, owner, ticket, first_used, last_used)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
               ON CONFLICT DO UPDATE SET owner = ?5, ticket = ?6, last_used = max(last_used, ?7)";
    transaction.prepare_cached(sql)?.execute(params![id, region, check, waiver.reason, waiver.owner, waiver.ticket, at]).map(|_| ())
}

fn one_transition(transaction: &Transaction<'_>, transition: &Transition) -> rusqlite::Result<()> {
    let Transition { at, account, place, check, from, reason, .. } = transition;
    let sql =
        "INSERT INTO transition (at, account_id, region, check_id, from_status, to_status, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row =
        params![at.as_second(), account.to_string(), Place::as_str(place), check.as_str(), from.as_str(), transition.to_word(), reason];
    transaction.prepare_cached(sql)?.execute(row).map(|_| ())
}

/// Deletes a part of the history from before a moment. Whether there may be more.
pub(super) fn forget_history(connection: &Connection, before: Timestamp) -> rusqlite::Result<bool> {
    // A little at a time: nobody waits long for it.
    const AT_ONCE: usize = 5000;
    let before = before.as_second();
    let sql = "DELETE FROM transition WHERE id IN (SELECT id FROM transition WHERE at < ?1 ORDER BY at LIMIT ?2)";
    let transitions = connection.execute(sql, params![before, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)])?;
    connection.execute("DELETE FROM waiver_use WHERE last_used < ?1", [before])?;
    Ok(transitions == AT_ONCE)
}
