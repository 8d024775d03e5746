//! What a database error means to its caller.

use sqlx::mysql::MySqlDatabaseError;

use crate::BrokenInvariant;

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same again may work: no connection, a conflict, a schema change.
    Transient,
    /// Something that always holds does not. Nothing may commit; it is reported.
    BrokenInvariant,
    /// The same again will fail the same way: our bug.
    Permanent,
}

/// Errors after which TiDB or MySQL asks to begin the transaction again: lock
/// wait 1205, deadlock 1213, write conflicts 8005 and 9007, a lock that another
/// one resolved 8022, and region, schema or leadership changes 8002, 8028, 9001
/// to 9005, 9010; and a server that is shutting down or has no room for a
/// connection: 1040, 1053.
const TRANSIENT: [u16; 15] =
    [1040, 1053, 1205, 1213, 8002, 8005, 8022, 8028, 9001, 9002, 9003, 9004, 9005, 9007, 9010];

/// Whether trying again can help.
#[must_use]
pub fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Transient,
        sqlx::Error::Database(error) => match error.try_downcast_ref::<MySqlDatabaseError>() {
            Some(error) if TRANSIENT.contains(&error.number()) => Kind::Transient,
            _ => Kind::Permanent,
        },
        sqlx::Error::Decode(error) if error.is::<BrokenInvariant>() => Kind::BrokenInvariant,
        _ => Kind::Permanent,
    }
}

/// Whether a unique key refused the row.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether this unique key refused the row.
///
/// MySQL's message ends with the key's name, and nothing else carries it:
/// `Duplicate entry '…' for key 'table.key'`.
pub(crate) fn is_duplicate_of(error: &sqlx::Error, key: &str) -> bool {
    is_duplicate(error)
        && error
            .as_database_error()
            .is_some_and(|error| error.message().trim_end_matches('\'').ends_with(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_may_be_tried_again_and_a_missing_row_may_not() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(kind(&lost), Kind::Transient);
        assert_eq!(kind(&sqlx::Error::PoolTimedOut), Kind::Transient);
        assert_eq!(kind(&sqlx::Error::RowNotFound), Kind::Permanent);
    }
}
