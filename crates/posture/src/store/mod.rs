//! The board's database: `SQLite`, one writer, one transaction for each change, written before the change is shown.
//!
//! It never stops the daemon. When it cannot be written, the board goes on in memory, the store says in which condition it is, and what
//! was missed is written down as soon as that is possible again. A corrupt file is moved aside; one that a newer program or somebody else
//! wrote is left alone.

mod condition;
mod open;
mod read;
mod schema;
mod write;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, CheckId, Organization, Region};
use rusqlite::Connection;

pub use condition::{Condition, StoreHealth, StoreStatus};
pub(crate) use read::Kept;
pub use read::{HistoryFilter, PastTransition, Said, StoreReader};

use crate::{
    change::{AccountChange, Change, Transition},
    config::Level,
    entry::NEVER,
    exceptions::Waiver,
    put_back::{KnownAccount, Texts},
};
use condition::Trouble;

/// How long a write waits for a lock that somebody else holds, such as a person's `sqlite3`.
const PATIENCE: Duration = Duration::from_secs(2);
/// Transitions that are kept for when the database can be written again.
const KEPT_TRANSITIONS: usize = 20_000;
/// Accounts that are written anew in one transaction.
const AT_ONCE: usize = 20;
/// After how many seconds a file that could not be opened is tried again, at first and in the end.
const FIRST_WAIT: i64 = 10;
const LONGEST_WAIT: i64 = 60;
/// How often history is looked at that is too old, in seconds.
const FORGET_EVERY: i64 = 600;

/// What was not written down yet.
#[derive(Debug, Default)]
struct Behind {
    /// Everything: the file is new, or could never be written.
    all: bool,
    accounts: BTreeSet<AccountId>,
    gone: BTreeSet<AccountId>,
    listing: bool,
    checks: Option<Vec<CheckId>>,
    transitions: VecDeque<Transition>,
}

/// What sweeps ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// A name for it: what was swept under another one has not been asked all of it.
    pub program: String,
    /// Since when, in Unix seconds: sweeps that began before asked something else, or nobody knows what.
    pub since: i64,
}

/// What a listing was asked for beside the accounts' names and states.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Listed {
    tags: bool,
    units: bool,
}

impl Listed {
    const fn of(organization: &Organization) -> Self {
        Self { tags: organization.tagged, units: organization.placed }
    }
}

impl Asked {
    /// From now on. A sweep's time is a whole second: those of the second that has begun may be either.
    fn from(program: String, now: Timestamp) -> Self {
        Self { program, since: now.as_second().saturating_add(1) }
    }
}

/// The database, as its one writer sees it.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    keep: Duration,
    connection: Option<Connection>,
    /// Held as long as the database is ours.
    lock: Option<File>,
    behind: Behind,
    asked: Asked,
    /// What it holds was taken up once, so that what it knows beyond the board has left since.
    taken: bool,
    forgotten_at: i64,
    /// What is written of how finely the metrics are cut.
    level: Option<Level>,
    /// When to try to open it again, in Unix seconds, and how long to wait if that fails, too.
    next_try: (i64, i64),
    status: Arc<StoreStatus>,
}

impl Store {
    /// A database in a file that need not exist yet. It keeps history for so long. Nothing is opened until [`crate::Board::restore`].
    /// `program` names what the sweeps ask from `now` on: what was swept for another one before has to be swept again.
    pub fn new(path: PathBuf, keep: Duration, program: String, now: Timestamp) -> Self {
        Self {
            path,
            keep,
            connection: None,
            lock: None,
            behind: Behind { all: true, ..Behind::default() },
            asked: Asked::from(program, now),
            taken: false,
            forgotten_at: i64::MIN,
            level: None,
            next_try: (i64::MIN, FIRST_WAIT),
            status: Arc::default(),
        }
    }

    /// How it is, for those who do not write.
    pub fn status(&self) -> Arc<StoreStatus> {
        Arc::clone(&self.status)
    }

    /// Reads beside this writer.
    pub fn reader(&self) -> StoreReader {
        StoreReader { path: self.path.clone() }
    }

    /// Keeps history for another time from now on, for sweeps that may ask something else.
    pub(crate) fn set(&mut self, keep: Duration, program: String, now: Timestamp) {
        self.keep = keep;
        if program != self.asked.program {
            self.asked = Asked::from(program, now);
        }
        self.write_asked();
    }

    /// Since when sweeps ask what they ask now, in Unix seconds.
    pub(crate) const fn asked_since(&self) -> i64 {
        self.asked.since
    }

    fn write_asked(&mut self) {
        if let Some(connection) = &mut self.connection
            && let Err(error) = write::asked(connection, &self.asked)
        {
            self.trouble(&Trouble::from(error));
        }
    }

    /// Whether what it holds was taken up.
    pub(crate) const fn is_taken(&self) -> bool {
        self.taken
    }

    /// What it holds is on the board.
    pub(crate) const fn take(&mut self) {
        self.taken = true;
    }

    /// Whether there is a file to write to.
    pub(crate) const fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Opens the file, and gives what it holds. A corrupt one is moved aside. If something is `known` already, all of it has to be written.
    pub(crate) fn open(&mut self, known: bool) -> Option<Kept> {
        let kept = self.open_or_mend()?;
        match &kept.asked {
            Some(asked) if asked.program == self.asked.program => self.asked.since = asked.since,
            // Nothing was swept before.
            None if !known => self.asked.since = 0,
            _ => {}
        }
        if self.is_open() {
            self.behind.all = known;
            self.write_asked();
        }
        Some(kept)
    }

    /// Whether it is time to try to open the file again, which may take long with a large one.
    pub(crate) fn may_try(&mut self, now: Timestamp) -> bool {
        let (at, wait) = self.next_try;
        let due = self.connection.is_none() && now.as_second() >= at;
        if due {
            self.next_try = (now.as_second().saturating_add(wait), (wait * 2).min(LONGEST_WAIT));
        }
        due
    }

    /// What is known of an account in the database that was opened. `check` knows the checks by their ids. If that cannot be read, the
    /// database is closed, and has to be opened anew.
    pub(crate) fn account(&mut self, kept: &Kept, account: AccountId, check: impl Fn(&str) -> Option<CheckId>) -> Option<KnownAccount> {
        let connection = kept.read_only.as_ref().or(self.connection.as_ref())?;
        match read::account(connection, account, check) {
            Ok(known) => Some(known),
            Err(error) => {
                self.trouble(&Trouble::from(error));
                self.connection = None;
                self.behind.all = true;
                None
            }
        }
    }

    /// What waits to be written as the first failure of a target was not the first, if the database knew the target.
    pub(crate) fn revise_history(&mut self, known: &KnownAccount) {
        self.behind.transitions.retain(|transition| {
            let knew = || {
                known.verdicts.iter().any(|verdict| {
                    verdict.entry.confirmed_at != NEVER && verdict.check == transition.check && verdict.place == transition.place
                })
            };
            !(transition.first && transition.account == known.account && knew())
        });
    }

    /// Keeps in mind how finely the metrics are cut, so that a restart does not change their labels.
    pub(crate) fn keep_level(&mut self, level: Level) {
        if let Some(connection) = self.connection.as_ref().filter(|_| self.level != Some(level)) {
            match write::set_meta(connection, "metrics_detail", level.as_str()) {
                Ok(()) => self.level = Some(level),
                Err(error) => self.trouble(&Trouble::from(error)),
            }
        }
    }

    /// Writes a change down. If that cannot be done, remembers what is missing.
    pub(crate) fn record(&mut self, change: &Change<'_>, waivers: &[Waiver]) {
        let written = match &mut self.connection {
            // What came before has to be written first.
            Some(connection) if self.behind.is_empty() => write::change(connection, change, waivers),
            _ => {
                self.miss(change);
                return;
            }
        };
        match written {
            // Trouble with something else than a change has passed, too.
            Ok(()) => self.status.is_well(),
            Err(error) => {
                self.miss(change);
                self.trouble(&Trouble::from(error));
            }
        }
    }

    /// The accounts that have to be written anew as soon as possible; `None` stands for all.
    pub(crate) fn behind(&self) -> Option<Vec<AccountId>> {
        (!self.behind.all).then(|| self.behind.accounts.iter().copied().collect())
    }

    /// Whether anything was not written down.
    pub(crate) fn is_behind(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Writes what is missing: of these accounts, which are those that are [`Self::behind`], what is known now.
    pub(crate) fn catch_up(
        &mut self,
        listing: (&Organization, &[Region]),
        accounts: &[AccountId],
        image: impl Fn(AccountId) -> Option<AccountChange<'static>>,
    ) {
        match self.write_behind(listing, accounts, image) {
            Ok(()) => {
                self.status.is_well();
                self.write_asked();
                tracing::info!(file = %self.path.display(), accounts = accounts.len(), "the database was brought up to date");
            }
            Err(error) => self.trouble(&Trouble::from(error)),
        }
        self.status.set_behind(self.behind.len());
    }

    /// Writes what is missing, and forgets what of it was written.
    fn write_behind(
        &mut self,
        listing: (&Organization, &[Region]),
        accounts: &[AccountId],
        image: impl Fn(AccountId) -> Option<AccountChange<'static>>,
    ) -> rusqlite::Result<()> {
        let (Some(connection), behind) = (&mut self.connection, &mut self.behind) else { return Ok(()) };
        let all = behind.all;
        let mut first = Change {
            listing: (all || behind.listing).then_some(listing),
            gone: behind.gone.iter().copied().collect(),
            checks: behind.checks.clone(),
            ..Change::default()
        };
        if all {
            first.gone.extend(strangers(connection, listing.0)?);
        }
        write::change(connection, &first, &[])?;
        if all {
            behind.accounts.extend(accounts);
        }
        (behind.all, behind.listing, behind.checks) = (false, false, None);
        behind.gone.clear();
        // Some at a time: neither all of them in memory, nor the disk waited for after each.
        for some in accounts.chunks(AT_ONCE) {
            let accounts = some.iter().filter_map(|account| image(*account)).collect();
            write::change(connection, &Change { accounts, ..Change::default() }, &[])?;
            for account in some {
                behind.accounts.remove(account);
            }
        }
        let history = Change { transitions: behind.transitions.iter().cloned().collect(), ..Change::default() };
        write::change(connection, &history, &[])?;
        *behind = Behind::default();
        Ok(())
    }

    /// Deletes what the configuration has not asked for any more since the last time, and keeps in mind which failures left with that.
    pub(crate) fn prune(&mut self, accounts: &[AccountId], checks: &[CheckId], keep_region: impl Fn(&Region) -> bool, now: Timestamp) {
        if let Some(connection) = &mut self.connection
            && let Err(error) = write::prune(connection, accounts, checks, keep_region, now)
        {
            self.trouble(&Trouble::from(error));
        }
    }

    /// Deletes history that has been kept long enough.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let Some(connection) = self.connection.as_ref().filter(|_| now.as_second() >= self.forgotten_at.saturating_add(FORGET_EVERY))
        else {
            return;
        };
        let forgotten = read::kept_since(now, self.keep).map_or(Ok(false), |since| write::forget_history(connection, since));
        match forgotten {
            Ok(true) => {}
            Ok(false) => self.forgotten_at = now.as_second(),
            Err(error) => self.trouble(&Trouble::from(error)),
        }
    }

    /// What was said with the verdicts of an account, by place and check, with as of when they were decided.
    pub(crate) fn texts(&self, account: AccountId) -> HashMap<(String, String), (i64, Texts)> {
        let texts = self.connection.as_ref().map(|connection| read::account_texts(connection, account));
        texts.unwrap_or_else(|| Ok(HashMap::new())).unwrap_or_else(|error| {
            tracing::warn!(%account, %error, "what was said with the account's verdicts cannot be read: waivers of its resources wait for its next sweep");
            HashMap::new()
        })
    }

    fn miss(&mut self, change: &Change<'_>) {
        let behind = &mut self.behind;
        if let Some((organization, _)) = change.listing {
            behind.listing = true;
            // Those that are back are new ones, of which nothing is known.
            let listed = |id: AccountId| organization.accounts.binary_search_by_key(&id, |account| account.id).is_ok();
            behind.accounts.extend(behind.gone.extract_if(.., |id| listed(*id)));
        }
        if change.checks.is_some() {
            behind.checks.clone_from(&change.checks);
        }
        behind.accounts.extend(change.accounts.iter().map(|account| account.account));
        behind.gone.extend(&change.gone);
        for gone in &change.gone {
            behind.accounts.remove(gone);
        }
        behind.transitions.extend(change.transitions.iter().cloned());
        while behind.transitions.len() > KEPT_TRANSITIONS {
            behind.transitions.pop_front();
            self.status.lose_transition();
        }
        self.status.set_behind(behind.len());
    }

    fn trouble(&mut self, trouble: &Trouble) {
        if trouble.condition == Condition::Corrupt && self.connection.is_some() {
            self.move_aside(&trouble.why);
            return;
        }
        if self.status.is_troubled(trouble) {
            tracing::error!(
                file = %self.path.display(),
                condition = trouble.condition.as_str(),
                detail = trouble.why,
                "the database cannot be used: {}. Verdicts are kept in memory and written down as soon as it can",
                trouble.condition.advice()
            );
        }
    }
}

/// The accounts in the database that are not in the organization.
fn strangers(connection: &Connection, organization: &Organization) -> rusqlite::Result<Vec<AccountId>> {
    let mut statement = connection.prepare("SELECT account_id FROM account")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let ids = ids.into_iter().filter_map(|id| id.parse().ok());
    Ok(ids.filter(|id| organization.accounts.binary_search_by_key(id, |account| account.id).is_err()).collect())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl Behind {
    fn is_empty(&self) -> bool {
        !self.all && self.len() == 0 && !self.listing && self.checks.is_none() && self.transitions.is_empty()
    }

    fn len(&self) -> usize {
        self.accounts.len() + self.gone.len()
    }
}
