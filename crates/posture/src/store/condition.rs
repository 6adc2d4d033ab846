//! In which condition the database is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{ErrorCode, ffi};

use super::schema::SchemaError;

/// In which condition the database is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// What is shown is written down.
    Ok,
    /// It was not opened yet.
    #[default]
    Closed,
    /// The disk is full.
    Full,
    /// The file or its folder cannot be written.
    ReadOnly,
    /// Something in the file is wrong, and it could not be moved aside.
    Corrupt,
    /// A newer orgsweep wrote it.
    Newer,
    /// It is not orgsweep's.
    Foreign,
    /// Another process holds it.
    InUse,
    /// Anything else.
    Failing,
}

impl Condition {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 9] =
        [Self::Ok, Self::Closed, Self::Full, Self::ReadOnly, Self::Corrupt, Self::Newer, Self::Foreign, Self::InUse, Self::Failing];

    /// The word in metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Closed => "closed",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
            Self::Corrupt => "corrupt",
            Self::Newer => "newer",
            Self::Foreign => "foreign",
            Self::InUse => "in_use",
            Self::Failing => "failing",
        }
    }

    /// What it means and what to do about it.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Ok | Self::Closed => "it is fine",
            Self::Full => "its disk is full: make room",
            Self::ReadOnly => "it cannot be written: mend the permissions or the mount of store.path",
            Self::Corrupt => "it is corrupt and cannot be moved aside: remove it",
            Self::Newer => "use the newer orgsweep that wrote it, or another store.path",
            Self::Foreign => "it is not orgsweep's: give another store.path",
            Self::InUse => "another process holds it, and only one may use a store.path: stop the other one",
            Self::Failing => "look at the detail",
        }
    }
}

/// How the database is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// Its condition.
    pub condition: Condition,
    /// What is wrong, for people; empty where nothing is.
    pub detail: String,
    /// Accounts whose newest state is not written down.
    pub behind: usize,
    /// Writes that failed, since the start.
    pub errors: u64,
    /// Transitions that could not be kept until it could be written again, since the start.
    pub lost_transitions: u64,
    /// Corrupt files that were moved aside, since the start.
    pub moved_aside: u64,
}

/// How the database is doing, kept by the writer for everybody else.
#[derive(Debug, Default)]
pub struct StoreStatus(Mutex<StoreHealth>);

impl StoreStatus {
    /// How it is doing.
    pub fn health(&self) -> StoreHealth {
        self.lock().clone()
    }

    pub(super) fn is_well(&self) {
        let mut health = self.lock();
        health.condition = Condition::Ok;
        health.detail.clear();
    }

    /// Notes trouble. Whether it is other than what was known.
    pub(super) fn is_troubled(&self, trouble: &Trouble) -> bool {
        let mut health = self.lock();
        let news = health.condition != trouble.condition;
        health.condition = trouble.condition;
        health.detail.clone_from(&trouble.why);
        health.errors += 1;
        news
    }

    pub(super) fn set_behind(&self, behind: usize) {
        self.lock().behind = behind;
    }

    pub(super) fn lose_transition(&self) {
        self.lock().lost_transitions += 1;
    }

    pub(super) fn moved_aside(&self) {
        let mut health = self.lock();
        health.condition = Condition::Closed;
        health.errors += 1;
        health.moved_aside += 1;
    }

    fn lock(&self) -> MutexGuard<'_, StoreHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why it cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub condition: Condition,
    pub why: String,
}

impl Trouble {
    /// Whether the file may be read all the same.
    pub fn is_about_writing(&self) -> bool {
        matches!(self.condition, Condition::Full | Condition::ReadOnly | Condition::InUse)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let condition = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Condition::Full,
            // What a full disk says of the files beside the database.
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHMSIZE) => Condition::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Condition::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Condition::InUse,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Condition::Corrupt,
            _ => Condition::Failing,
        };
        Self { condition, why: error.to_string() }
    }
}

impl From<SchemaError> for Trouble {
    fn from(error: SchemaError) -> Self {
        let why = error.to_string();
        match error {
            SchemaError::Newer(_) => Self { condition: Condition::Newer, why },
            SchemaError::Foreign => Self { condition: Condition::Foreign, why },
            SchemaError::Sqlite(error) => error.into(),
        }
    }
}
