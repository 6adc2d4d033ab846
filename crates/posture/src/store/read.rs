//! Reading back: all of it after a restart, texts and history for those who ask.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_model::{
    Account, AccountId, AccountState, Blind, BlindReason, Cadence, CheckId, Finding, Measure, Organization, OuPath, Place, Region,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Params, Row, params, params_from_iter, types::Value};
use serde::de::DeserializeOwned;

use super::{Asked, Listed, write::measure_word};
use crate::{
    config::Level,
    entry::{Entry, NEVER, Standing},
    put_back::{Known, KnownAccount, Texts},
};

/// How long a question waits for a lock that somebody else holds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a database holds, but for what is known of the accounts.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub organization: Organization,
    pub default_regions: Vec<Region>,
    /// What sweeps asked; absent in a new file.
    pub(super) asked: Option<Asked>,
    /// How finely the metrics were cut.
    pub level: Option<Level>,
    /// The database, where it can be read and not written.
    pub(super) read_only: Option<Connection>,
}

/// Reads the listing.
pub(super) fn listing(connection: &Connection) -> rusqlite::Result<Kept> {
    let mut accounts = Vec::new();
    each(connection, "SELECT * FROM account ORDER BY account_id", [], |row| {
        accounts.extend(listed_account(row)?);
        Ok(())
    })?;
    let listed: Listed = meta(connection, "listed")?.and_then(|listed| serde_json::from_str(&listed).ok()).unwrap_or_default();
    let organization = Organization {
        id: meta(connection, "organization_id")?,
        management_account_id: meta(connection, "management_account_id")?.and_then(|id| id.parse().ok()),
        accounts,
        tagged: listed.tags,
        placed: listed.units,
    };
    let since = meta(connection, "program_since")?.and_then(|since| since.parse().ok());
    let asked = meta(connection, "program")?.map(|program| Asked { program, since: since.unwrap_or_default() });
    let default_regions = meta(connection, "default_regions")?.and_then(|names| serde_json::from_str(&names).ok()).unwrap_or_default();
    let level = meta(connection, "metrics_detail")?.and_then(|word| Level::of(&word));
    Ok(Kept { organization, default_regions, asked, level, read_only: None })
}

/// Reads what is known of an account. `check` knows the checks by their ids; the rows of others are left out.
pub(super) fn account(
    connection: &Connection,
    account: AccountId,
    check: impl Fn(&str) -> Option<CheckId>,
) -> rusqlite::Result<KnownAccount> {
    let id = account.to_string();
    let (verdicts, evaluated, measures) = (Vec::new(), Vec::new(), Vec::new());
    let mut known = KnownAccount { account, reached: None, regions: None, narrowed: false, verdicts, evaluated, measures };
    each(connection, "SELECT * FROM account WHERE account_id = ?1", [&id], |row| {
        let reached = row.get::<_, Option<bool>>("reachable")?.zip(row.get::<_, Option<i64>>("reachable_at")?);
        let unreachable = reason(row)?;
        known.reached = reached.map(|(reachable, at)| (reachable, at, unreachable));
        known.regions = row.get::<_, Option<i64>>("regions_at")?.map(|at| (at, Vec::new()));
        Ok(())
    })?;
    if let Some((_, regions)) = &mut known.regions {
        each(connection, "SELECT region FROM region WHERE account_id = ?1", [&id], |row| {
            regions.extend(word::<Region>(row, "region")?);
            Ok(())
        })?;
    }
    let mut findings = findings(connection, &id)?;
    each(connection, "SELECT * FROM verdict WHERE account_id = ?1", [&id], |row| {
        let (Some(check), Some(place)) = (check(row.get_ref("check_id")?.as_str()?), place(row)?) else { return Ok(()) };
        let attested: bool = row.get("attested")?;
        let texts =
            Texts { findings: findings.remove(&(row.get("region")?, row.get("check_id")?)).unwrap_or_default(), blind: blind(row)? };
        let Some(entry) = entry(row, attested)? else { return Ok(()) };
        known.verdicts.push(Known { place, check, entry, seen: Known::seen(entry, attested, Some(texts)) });
        Ok(())
    })?;
    each(connection, "SELECT * FROM evaluation WHERE account_id = ?1", [&id], |row| {
        let word = row.get_ref("cadence")?.as_str()?;
        let cadence = Cadence::ALL.into_iter().find(|cadence| cadence.as_str() == word);
        if let (Some(place), Some(cadence)) = (place(row)?, cadence) {
            known.evaluated.push((place, cadence, row.get("at")?));
        }
        Ok(())
    })?;
    each(connection, "SELECT * FROM measure WHERE account_id = ?1", [&id], |row| {
        let word = row.get_ref("measure")?.as_str()?;
        let measure =
            [Measure::CredentialReportGenerated, Measure::SecurityHubScore].into_iter().find(|measure| measure_word(*measure) == word);
        if let (Some(place), Some(measure)) = (place(row)?, measure) {
            known.measures.push((place, measure, row.get("at")?, row.get("value")?));
        }
        Ok(())
    })?;
    Ok(known)
}

/// A value that is about the database as a whole.
pub(super) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

/// What was said with the verdicts of one account that exceptions can be about, by place and check, each with as of when it was decided.
pub(super) fn account_texts(connection: &Connection, account: AccountId) -> rusqlite::Result<HashMap<(String, String), (i64, Texts)>> {
    let account = account.to_string();
    let mut findings = findings(connection, &account)?;
    let mut texts = HashMap::new();
    each(connection, "SELECT * FROM verdict WHERE account_id = ?1 AND (status = 'fail' OR attested = 1)", [&account], |row| {
        let target = (row.get("region")?, row.get("check_id")?);
        let findings = findings.remove(&target).unwrap_or_default();
        let at = row.get::<_, Option<i64>>("confirmed_at")?.unwrap_or(NEVER);
        texts.insert(target, (at, Texts { findings, blind: blind(row)? }));
        Ok(())
    })?;
    Ok(texts)
}

/// The findings of an account, by place and check.
fn findings(connection: &Connection, account: &str) -> rusqlite::Result<HashMap<(String, String), Vec<Finding>>> {
    let mut findings: HashMap<_, Vec<Finding>> = HashMap::new();
    each(connection, "SELECT * FROM finding WHERE account_id = ?1 ORDER BY region, check_id, position", [account], |row| {
        let finding = Finding { resource: row.get("resource")?, arn: row.get("arn")?, reason: row.get("reason")? };
        findings.entry((row.get("region")?, row.get("check_id")?)).or_default().push(finding);
        Ok(())
    })?;
    Ok(findings)
}

fn each(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    mut with: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        with(row)?;
    }
    Ok(())
}

fn listed_account(row: &Row<'_>) -> rusqlite::Result<Option<Account>> {
    let Some(id) = word::<AccountId>(row, "account_id")? else { return Ok(None) };
    let state: String = row.get("state")?;
    Ok(Some(Account {
        id,
        name: row.get("name")?,
        ou_path: OuPath { ids: json(row, "ou_ids")?, names: json(row, "ou_names")? },
        state: serde_json::from_value(state.into()).unwrap_or(AccountState::Other),
        tags: json(row, "tags")?,
    }))
}

fn json<T: DeserializeOwned + Default>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    Ok(serde_json::from_str(row.get_ref(column)?.as_str()?).unwrap_or_default())
}

fn word<T: std::str::FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    Ok(row.get_ref(column)?.as_str()?.parse().ok())
}

fn place(row: &Row<'_>) -> rusqlite::Result<Option<Place>> {
    match row.get_ref("region")?.as_str()? {
        "global" => Ok(Some(Place::Global)),
        region => Ok(region.parse().ok().map(Place::Region)),
    }
}

fn reason(row: &Row<'_>) -> rusqlite::Result<Option<BlindReason>> {
    let word = row.get_ref("blind_reason")?.as_str_or_null()?;
    Ok(word.and_then(|word| BlindReason::ALL.into_iter().find(|reason| reason.as_str() == word)))
}

fn blind(row: &Row<'_>) -> rusqlite::Result<Option<Blind>> {
    let Some(reason) = reason(row)? else { return Ok(None) };
    let detail = row.get::<_, Option<String>>("blind_detail")?.unwrap_or_default();
    Ok(Some(Blind { reason, action: row.get("missing_action")?, detail }))
}

fn entry(row: &Row<'_>, attested: bool) -> rusqlite::Result<Option<Entry>> {
    let Some(standing) = Standing::of(row.get_ref("status")?.as_str()?) else { return Ok(None) };
    let seconds = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.unwrap_or(NEVER));
    Ok(Some(Entry {
        since: seconds("since")?,
        confirmed_at: seconds("confirmed_at")?,
        evaluated_at: seconds("evaluated_at")?,
        findings: row.get("failing")?,
        standing,
        // Of a person's word, it says what the word stands in for.
        blind: if attested { None } else { reason(row)? },
    }))
}

/// Reads texts and history, beside the one that writes.
#[derive(Clone, Debug)]
pub struct StoreReader {
    pub(super) path: PathBuf,
}

/// What was said with a verdict, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// As of when what stands was decided.
    pub confirmed_at: Option<i64>,
    /// As of when the newest evaluation is.
    pub evaluated_at: Option<i64>,
    /// Why it stands, in one sentence.
    pub reason: Option<String>,
    /// Why the newest evaluation was blind, for people.
    pub blind_detail: Option<String>,
    /// The action that was refused in it.
    pub missing_action: Option<String>,
    /// What fails.
    pub findings: Vec<Finding>,
}

/// A line of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastTransition {
    /// Its number; a later one has a higher number.
    pub id: i64,
    /// As of when, in Unix seconds.
    pub at: i64,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The check.
    pub check: String,
    /// What stood before.
    pub from: String,
    /// What stood after.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// Which lines of history are wanted. Absent means all.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this region, or `global`.
    pub region: Option<String>,
    /// Of these checks.
    pub checks: Option<Vec<String>>,
    /// That began at this word.
    pub from: Option<String>,
    /// That led to this word.
    pub to: Option<String>,
    /// Not before, in Unix seconds.
    pub since: Option<i64>,
    /// Before, in Unix seconds.
    pub until: Option<i64>,
    /// With a lower number.
    pub before: Option<i64>,
}

impl StoreReader {
    /// What was said with these verdicts, in their order, with at most so many findings each.
    pub fn said(&self, targets: &[(AccountId, Place, CheckId)], findings: usize) -> rusqlite::Result<Vec<Said>> {
        let most = i64::try_from(findings).unwrap_or(i64::MAX);
        let connection = self.open()?;
        let mut verdict = connection.prepare(
            "SELECT confirmed_at, evaluated_at, reason, blind_detail, missing_action FROM verdict
             WHERE account_id = ?1 AND region = ?2 AND check_id = ?3",
        )?;
        let mut finding = connection.prepare(
            "SELECT resource, arn, reason FROM finding WHERE account_id = ?1 AND region = ?2 AND check_id = ?3 ORDER BY position LIMIT ?4",
        )?;
        let read = targets.iter().map(|(account, place, check)| {
            let key = params![account.to_string(), place.as_str(), check.as_str()];
            let said = verdict.query_row(key, |row| {
                Ok(Said {
                    confirmed_at: row.get(0)?,
                    evaluated_at: row.get(1)?,
                    reason: row.get(2)?,
                    blind_detail: row.get(3)?,
                    missing_action: row.get(4)?,
                    findings: Vec::new(),
                })
            });
            let Some(said) = said.optional()? else { return Ok(Said::default()) };
            let key = params![account.to_string(), place.as_str(), check.as_str(), most];
            let findings = finding.query_map(key, |row| Ok(Finding { resource: row.get(0)?, arn: row.get(1)?, reason: row.get(2)? }))?;
            Ok(Said { findings: findings.collect::<Result<_, _>>()?, ..said })
        });
        read.collect()
    }

    /// History, the newest first, at most so many lines.
    pub fn history(&self, filter: &HistoryFilter, limit: usize) -> rusqlite::Result<Vec<PastTransition>> {
        let mut conditions = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut with = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                conditions.push(condition.to_owned());
                values.push(value);
            }
        };
        with("account_id = ?", filter.account.map(|account| account.to_string().into()));
        with("region = ?", filter.region.clone().map(Value::from));
        let checks = filter.checks.as_ref().map(|checks| serde_json::to_string(checks).unwrap_or_default());
        with("check_id IN (SELECT value FROM json_each(?))", checks.map(Value::from));
        with("from_status = ?", filter.from.clone().map(Value::from));
        with("to_status = ?", filter.to.clone().map(Value::from));
        with("at >= ?", filter.since.map(Value::from));
        with("at < ?", filter.until.map(Value::from));
        with("id < ?", filter.before.map(Value::from));
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let conditions = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        let connection = self.open()?;
        let mut statement = connection.prepare(&format!("SELECT * FROM transition {conditions} ORDER BY id DESC LIMIT ?"))?;
        let rows = statement.query_map(params_from_iter(values), |row| {
            Ok(PastTransition {
                id: row.get("id")?,
                at: row.get("at")?,
                account: row.get("account_id")?,
                region: row.get("region")?,
                check: row.get("check_id")?,
                from: row.get("from_status")?,
                to: row.get("to_status")?,
                reason: row.get("reason")?,
            })
        })?;
        rows.collect()
    }

    /// When each waiver's reason was last used, in Unix seconds, and on how many targets ever.
    pub fn waiver_uses(&self) -> rusqlite::Result<HashMap<String, (i64, u32)>> {
        let connection = self.open()?;
        let mut statement = connection.prepare("SELECT reason, max(last_used), count(*) FROM waiver_use GROUP BY reason")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get::<_, u32>(2)?))))?;
        rows.collect()
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // Cheap, and never a file that was moved aside meanwhile.
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => immutable(&self.path),
            tried => tried.map(|()| connection),
        }
    }
}

/// Opens a file on a read-only mount, where the files beside it are not there and cannot be made: it can only be read by those who say that
/// nobody changes it.
pub(super) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
}

/// The beginning of history that is kept.
pub(super) fn kept_since(now: Timestamp, keep: Duration) -> Option<Timestamp> {
    now.checked_sub(keep).ok()
}
