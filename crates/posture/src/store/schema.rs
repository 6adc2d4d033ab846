//! The database's schema and how it came about: a step for each version, never changed once released.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The steps: the first makes version 1 of an empty file, each next one a version from the one before.
const STEPS: [&str; 1] = [include_str!("schema.sql")];
/// What `PRAGMA user_version` says of a database that this program writes: one for each step.
pub(crate) const VERSION: i64 = 1;
const _: () = assert!(STEPS.len() == 1, "a step makes a version");
/// What `PRAGMA application_id` says of a database that is orgsweep's: `orgs` in ASCII.
const APPLICATION: i64 = 0x6f72_6773;

/// Why a database cannot be used as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemaError {
    /// A newer program made it, and only that knows what it means.
    #[error("it has schema version {0}, and this orgsweep knows none above {VERSION}: it was written by a newer one")]
    Newer(i64),
    /// It is another program's.
    #[error("it is the database of another program")]
    Foreign,
    /// `SQLite` cannot read or write it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Which version a database has; 0 while it is empty.
pub(crate) fn version(connection: &Connection) -> Result<i64, SchemaError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (version, application) = (pragma("user_version")?, pragma("application_id")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match application {
        APPLICATION if version > VERSION => Err(SchemaError::Newer(version)),
        APPLICATION => Ok(version),
        _ if tables == 0 => Ok(0),
        _ => Err(SchemaError::Foreign),
    }
}

/// Brings a database up to this program's version, as one.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), SchemaError> {
    // Nobody else may come between looking and changing.
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let from = usize::try_from(version(&transaction)?).unwrap_or_default();
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_database_is_brought_up_and_a_current_one_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(version(&connection).unwrap(), 0);
        for _ in 0..2 {
            migrate(&mut connection).unwrap();
            assert_eq!(version(&connection).unwrap(), VERSION);
        }
    }

    #[test]
    fn what_is_newer_or_anothers_is_not_touched() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(SchemaError::Newer(version)) if version == VERSION + 1));
        let mut other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
        assert!(matches!(migrate(&mut other), Err(SchemaError::Foreign)));
    }
}
