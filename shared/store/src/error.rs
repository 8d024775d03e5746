//! What a database error means to its caller.

use sqlx::mysql::MySqlDatabaseError;

use crate::BrokenInvariant;
use crate::seed::KeyError;

/// Whether an error can be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A retry may succeed: no connection, a conflict, a schema change.
    Transient,
    /// An invariant does not hold. Nothing may commit, and the error is reported.
    BrokenInvariant,
    /// A retry would fail in the same way: a bug of ours.
    Permanent,
}

/// Errors after which the transaction can be tried again: lock wait timeout 1205,
/// deadlock 1213, write conflicts 8005 and 9007, a lock that another transaction
/// resolved 8022, an invalid transaction 8024, locks that were held for too long 8229 and
/// 9006, region, schema or leadership changes 8002, 8027, 8028, 8113, 9001
/// to 9005, 9010 and 9011, a statement that was killed 1317, a resource group that has used
/// up its share 8252, and a server with too many connections 1040 or shutting down 1053.
///
/// 1105 is TiDB's number for all errors that have none. They come from its inside, of its
/// storage above all: "lock wait timeout", "tikv aborts txn", "context canceled",
/// "pessimistic lock retry limit reached". Most statements that are wrong have a number. A
/// bug of TiDB's planner has none: it is tried again in vain, answered 503, and in the log
/// as a warning.
const TRANSIENT: [u16; 24] = [
    1040, 1053, 1105, 1205, 1213, 1317, 8002, 8005, 8022, 8024, 8027, 8028, 8113, 8229, 8252, 9001,
    9002, 9003, 9004, 9005, 9006, 9007, 9010, 9011,
];

fn is_transient(number: u16) -> bool {
    TRANSIENT.contains(&number)
}

/// "Column cannot be null". Some statements set such a column to null on purpose: they fail
/// if the row is not as it must be.
const NULL: u16 = 1048;

/// Whether a statement would have set a column to null that takes none.
pub(crate) fn is_null(error: &sqlx::Error) -> bool {
    of_server(error).is_some_and(|error| error.number() == NULL)
}

/// What the server said, if it is that.
fn of_server(error: &sqlx::Error) -> Option<&MySqlDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// Classifies an error by whether it can be retried.
#[must_use]
pub fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Transient,
        sqlx::Error::Database(_) => match of_server(error) {
            Some(error) if is_transient(error.number()) => Kind::Transient,
            _ => Kind::Permanent,
        },
        sqlx::Error::Decode(error) if error.is::<BrokenInvariant>() => Kind::BrokenInvariant,
        sqlx::Error::Decode(error) => match error.downcast_ref::<KeyError>() {
            Some(KeyError { is_transient: true, .. }) => Kind::Transient,
            _ => Kind::Permanent,
        },
        _ => Kind::Permanent,
    }
}

/// Whether a unique key refused the row.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether a row was written; `false` if a unique key refused it.
pub(crate) fn unless_duplicate<T>(inserted: sqlx::Result<T>) -> sqlx::Result<bool> {
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether this unique key refused the row.
///
/// Only the message names the key, at its end:
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
    fn a_key_that_is_away_may_be_used_later_and_one_that_refuses_may_not() {
        for (is_transient, expected) in [(true, Kind::Transient), (false, Kind::Permanent)] {
            let error = KeyError { is_transient, cause: "no answer".into() };
            assert_eq!(kind(&error.into()), expected);
        }
    }

    /// The first five were seen of a server that was stopped and went on, while others
    /// waited for its locks. "Lock wait timeout" comes as 1205 and as 1105.
    #[test]
    fn a_database_that_was_suspended_may_be_asked_again_and_a_wrong_statement_may_not() {
        for number in [1205, 1105, 1317, 8027, 8229, 8024, 8113, 8252] {
            assert!(is_transient(number), "{number}");
        }
        let [duplicate, no_right, syntax, no_table, no_column, too_long] =
            [1062, 1142, 1064, 1146, 1054, 1406];
        for number in [duplicate, no_right, syntax, no_table, no_column, too_long, NULL] {
            assert!(!is_transient(number), "{number}");
        }
    }

    #[test]
    fn a_lost_connection_may_be_tried_again_and_a_missing_column_may_not() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(kind(&lost), Kind::Transient);
        assert_eq!(kind(&sqlx::Error::PoolTimedOut), Kind::Transient);
        assert_eq!(kind(&sqlx::Error::ColumnNotFound("a".to_owned())), Kind::Permanent);
    }
}
