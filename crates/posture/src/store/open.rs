//! Opening the file: whose it is, whether it is whole, whether it can be written; and what is done with one that is corrupt.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::{FIRST_WAIT, PATIENCE, Store, beside, condition::Condition, condition::Trouble, read, read::Kept, schema};

struct Opened {
    connection: Connection,
    lock: Option<File>,
    kept: Kept,
    /// It can be read, and not written.
    read_only: Option<Trouble>,
}

impl Store {
    pub(super) fn open_or_mend(&mut self) -> Option<Kept> {
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
        let mut cannot_be_written = None;
        let version = match schema::version(&connection).map_err(Trouble::from) {
            // Without the files beside it, a file on a read-only mount or a full disk can only be read by those who say that nobody changes
            // it.
            Err(trouble) if matches!(trouble.condition, Condition::Full | Condition::ReadOnly) => {
                if fs::metadata(beside(&self.path, "-wal")).is_ok_and(|journal| journal.len() > 0) {
                    tracing::warn!(file = %self.path.display(), "the database's journal cannot be read: the last changes are missing");
                }
                connection = read::immutable(&self.path)?;
                cannot_be_written = Some(trouble);
                schema::version(&connection)?
            }
            version => version?,
        };
        // All of it is read, which takes long. What was read before is not read again.
        if !self.taken {
            let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if damage != "ok" {
                return Err(Trouble { condition: Condition::Corrupt, why: damage });
            }
        }
        let read_only = match cannot_be_written.map_or_else(|| prepare(&mut connection), Err) {
            Ok(()) => None,
            Err(trouble) if trouble.is_about_writing() && version == schema::VERSION => Some(trouble),
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

    /// Moves a corrupt file aside. Everything that is known has to be written into a new one.
    pub(super) fn move_aside(&mut self, why: &str) {
        self.connection = None;
        self.level = None;
        self.behind.all = true;
        let aside = beside(&self.path, &format!(".corrupt-{}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ")));
        // The file last: a journal that stayed would be taken for the new one's.
        let moved =
            ["-wal", "-shm", ""].into_iter().try_for_each(|part| match fs::rename(beside(&self.path, part), beside(&aside, part)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !part.is_empty() => Ok(()),
                moved => moved,
            });
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
