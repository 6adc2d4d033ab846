//! The board's database: `SQLite`, one writer, one transaction for each change, written before the change is shown.
//!
//! It never stops the daemon. When it cannot be written, the board goes on in memory, the store says in which condition it is, and what
//! was missed is written down as soon as that is possible again. A corrupt file is moved aside; one that a newer program or somebody else
//! wrote is left alone.

mod condition;
mod read;
mod schema;
mod write;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use orgsweep_model::{AccountId, CheckId, Organization, Region};
use rusqlite::{Connection, OpenFlags};

pub use condition::{Condition, StoreHealth, StoreStatus};
pub(crate) use read::Kept;
pub use read::{HistoryFilter, PastTransition, Said, StoreReader};

use crate::{
    change::{AccountChange, Change, Transition},
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
    transitions: VecDeque<Transition>,
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
    /// What a sweep's questions are.
    program: String,
    forgotten_at: i64,
    /// When to try to open it again, in Unix seconds, and how long to wait if that fails, too.
    next_try: (i64, i64),
    status: Arc<StoreStatus>,
}

impl Store {
    /// A database in a file that need not exist yet. It keeps history for so long. Nothing is opened until [`crate::Board::restore`].
    /// `program` names what the sweeps ask: another one than before makes when accounts were swept meaningless.
    pub fn new(path: PathBuf, keep: Duration, program: String) -> Self {
        let status = Arc::new(StoreStatus::default());
        let behind = Behind { all: true, ..Behind::default() };
        Self { path, keep, connection: None, lock: None, behind, program, forgotten_at: i64::MIN, next_try: (i64::MIN, FIRST_WAIT), status }
    }

    /// How it is, for those who do not write.
    pub fn status(&self) -> Arc<StoreStatus> {
        Arc::clone(&self.status)
    }

    /// Reads beside this writer.
    pub fn reader(&self) -> StoreReader {
        StoreReader { path: self.path.clone() }
    }

    /// Keeps history for another time from now on, for sweeps that ask something else.
    pub(crate) fn set(&mut self, keep: Duration, program: String) {
        self.keep = keep;
        self.program = program;
        if let Some(connection) = &self.connection
            && let Err(error) = write::set_meta(connection, "program", &self.program)
        {
            self.trouble(&Trouble::from(error));
        }
    }

    /// Whether there is a file to write to.
    pub(crate) const fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Opens the file, and gives what it holds. A corrupt one is moved aside. If something is `known` already, all of it has to be written.
    pub(crate) fn open(&mut self, known: bool) -> Option<Kept> {
        let kept = self.open_or_mend();
        if self.is_open() {
            self.behind.all = known;
        }
        kept
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

    /// What is known of an account in the database that was opened. `check` knows the checks by their ids.
    pub(crate) fn account(&mut self, kept: &Kept, account: AccountId, check: impl Fn(&str) -> Option<CheckId>) -> Option<KnownAccount> {
        let connection = kept.read_only.as_ref().or(self.connection.as_ref())?;
        match read::account(connection, account, check) {
            Ok(known) => Some(known),
            Err(error) => {
                self.trouble(&Trouble::from(error));
                None
            }
        }
    }

    fn open_or_mend(&mut self) -> Option<Kept> {
        match self.try_open() {
            Err(Trouble { condition: Condition::Corrupt, why }) => {
                self.move_aside(&why);
                if self.status.health().condition == Condition::Corrupt {
                    return None;
                }
                let tried = self.try_open();
                self.opened(tried)
            }
            tried => self.opened(tried),
        }
    }

    fn opened(&mut self, tried: Result<Opened, Trouble>) -> Option<Kept> {
        match tried {
            Ok(Opened { connection, lock, mut kept, read_only }) => {
                self.lock = lock;
                if let Some(trouble) = read_only {
                    // What it holds is as good as ever.
                    self.trouble(&trouble);
                    kept.read_only = Some(connection);
                } else {
                    self.connection = Some(connection);
                    self.next_try = (i64::MIN, FIRST_WAIT);
                    self.status.is_well();
                    let program = self.program.clone();
                    self.set(self.keep, program);
                }
                Some(kept)
            }
            Err(trouble) => {
                self.trouble(&trouble);
                None
            }
        }
    }

    fn try_open(&mut self) -> Result<Opened, Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // The lock of a file that was moved aside is still ours.
        let lock = if let Some(held) = self.lock.take() { Some(held) } else { self.lock()? };
        private(&self.path);
        let mut connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // Also tells a file that is no database, and one that is not ours, before anything is changed.
        let version = match schema::version(&connection).map_err(Trouble::from) {
            // Without the files beside it, a file on a read-only mount can only be read by those who say that nobody changes it.
            Err(trouble) if trouble.condition == Condition::ReadOnly => {
                connection = read::immutable(&self.path)?;
                schema::version(&connection)?
            }
            version => version?,
        };
        let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if damage != "ok" {
            return Err(Trouble { condition: Condition::Corrupt, why: damage });
        }
        let read_only = match prepare(&mut connection) {
            Ok(()) => None,
            Err(trouble) if trouble.condition == Condition::ReadOnly && version == schema::VERSION => Some(trouble),
            Err(trouble) => return Err(trouble),
        };
        let kept = read::listing(&connection)?;
        Ok(Opened { connection, lock, kept, read_only })
    }

    /// Two that write into one file would contradict each other.
    fn lock(&self) -> Result<Option<File>, Trouble> {
        let Ok(file) = File::options().create(true).truncate(false).write(true).open(beside(&self.path, "-lock")) else {
            // Where no file can be made, none can be written.
            return Ok(None);
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(Trouble { condition: Condition::InUse, why: "another orgsweep has it open".to_owned() }),
            Err(TryLockError::Error(error)) => {
                tracing::debug!(%error, "the database's lock file cannot be locked on this file system");
                Ok(None)
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
        if let Err(error) = written {
            self.miss(change);
            self.trouble(&Trouble::from(error));
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
        let Some(connection) = &mut self.connection else { return };
        let all = self.behind.all;
        let mut first = Change {
            listing: (all || self.behind.listing).then_some(listing),
            gone: self.behind.gone.iter().copied().collect(),
            ..Change::default()
        };
        if all {
            first.gone.extend(strangers(connection, listing.0).unwrap_or_default());
        }
        // Some at a time: neither all of them in memory, nor the disk waited for after each.
        let images = |accounts: &[AccountId]| accounts.iter().filter_map(|account| image(*account)).collect();
        let rest = accounts.chunks(AT_ONCE).map(|accounts| Change { accounts: images(accounts), ..Change::default() });
        let history = Change { transitions: self.behind.transitions.iter().cloned().collect(), ..Change::default() };
        let mut changes = std::iter::once(first).chain(rest).chain([history]);
        match changes.try_for_each(|change| write::change(connection, &change, &[])) {
            Ok(()) => {
                self.behind = Behind::default();
                self.status.is_well();
                let program = self.program.clone();
                self.set(self.keep, program);
                tracing::info!(file = %self.path.display(), accounts = accounts.len(), "the database was brought up to date");
            }
            Err(error) => self.trouble(&Trouble::from(error)),
        }
        self.status.set_behind(self.behind.len());
    }

    /// Deletes what the configuration has not asked for any more since the last time, and keeps in mind which failures left with that.
    pub(crate) fn prune(&mut self, accounts: &[AccountId], checks: &[CheckId], keep_region: impl Fn(&Region) -> bool, now: Timestamp) {
        if let Some(connection) = &mut self.connection
            && let Err(error) = write::prune(connection, accounts, checks, keep_region, now)
        {
            self.trouble(&Trouble::from(error));
        }
    }

    /// Deletes the rows of checks that are not asked any more.
    pub(crate) fn keep_checks(&mut self, checks: &[CheckId]) {
        if let Some(connection) = &self.connection
            && let Err(error) = write::keep_checks(connection, checks)
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
        behind.listing |= change.listing.is_some();
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

    /// Moves a corrupt file aside. Everything that is known has to be written into a new one.
    fn move_aside(&mut self, why: &str) {
        self.connection = None;
        self.behind.all = true;
        let aside = beside(&self.path, &format!(".corrupt-{}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ")));
        let moved = fs::rename(&self.path, &aside);
        for part in ["-wal", "-shm"] {
            // Often they are not there. A journal that stayed would spoil the new file, but SQLite knows it by its salt.
            let _ = fs::rename(beside(&self.path, part), beside(&aside, part));
        }
        match moved {
            Ok(()) => {
                tracing::error!(file = %self.path.display(), condition = Condition::Corrupt.as_str(), aside = %aside.display(), detail = why, "the database is corrupt: it was moved aside, and a new one is begun. What stands is written into it, history stays in the old one");
                self.status.moved_aside();
            }
            Err(error) => {
                let why = format!("{why}; it cannot be moved aside: {error}");
                if self.status.is_troubled(&Trouble { condition: Condition::Corrupt, why: why.clone() }) {
                    tracing::error!(file = %self.path.display(), condition = Condition::Corrupt.as_str(), detail = why, "the database is corrupt. Verdicts are kept in memory");
                }
            }
        }
    }
}

struct Opened {
    connection: Connection,
    lock: Option<File>,
    kept: Kept,
    /// It can be read, and not written.
    read_only: Option<Trouble>,
}

fn prepare(connection: &mut Connection) -> Result<(), Trouble> {
    // Readers do not wait for the writer, and a change is on the disk when it is shown.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(connection)?;
    // A file that cannot be written may only say so now.
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value WHERE key = 'program'; COMMIT")?;
    Ok(())
}

/// Makes a new file one that nobody else reads: it tells what is wrong where. `SQLite` gives the files beside it the same permissions.
fn private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        // If it cannot be made, SQLite says why.
        Err(error) => tracing::trace!(%error, "the database is there already, or cannot be made"),
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
        !self.all && self.len() == 0 && !self.listing && self.transitions.is_empty()
    }

    fn len(&self) -> usize {
        self.accounts.len() + self.gone.len()
    }
}
