//! Connections to TiDB.

use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};

use crate::Db;

/// How long a request waits for a connection before it fails with "try later". A
/// step has five seconds, and may wait three of them for a lock.
const ACQUIRE_WITHIN: Duration = Duration::from_millis(1500);

/// A Lambda serves one request at a time, on one connection. `recover-sagas`
/// recovers eight sagas at once, and each may wait for a lock.
const MAX_CONNECTIONS: u32 = 8;

/// The state machine gives a step five seconds. So a statement stops waiting for a
/// lock before that, and fails with an error that can be retried. If a function is
/// killed in the middle of a transaction, TiDB ends the transaction after ten idle
/// seconds and releases its locks.
const SESSION: &str = "set innodb_lock_wait_timeout = 3, tidb_idle_transaction_timeout = 10";

/// Makes each statement of a transaction see what was committed before it.
const READ_COMMITTED: &str = "set transaction_isolation = 'READ-COMMITTED'";

/// A connection pool for the database at `url`. It connects when it is first used,
/// so an unreachable database makes requests fail, not the function's start.
///
/// A connection is tested before each use, because Lambda freezes a process
/// between requests and its connections may close meanwhile. Sessions run in UTC.
///
/// # Errors
/// When `url` is not a MySQL URL.
pub fn connect(url: &str) -> sqlx::Result<Db> {
    connect_with(url, &[SESSION])
}

/// The same with READ COMMITTED, for opening sagas. Such a transaction waits for
/// the live key, and must then read the state that the draw before it committed.
/// With TiDB's default isolation it would read the state as of its own start.
///
/// # Errors
/// When `url` is not a MySQL URL.
pub fn connect_read_committed(url: &str) -> sqlx::Result<Db> {
    connect_with(url, &[SESSION, READ_COMMITTED])
}

fn connect_with(url: &str, session: &'static [&'static str]) -> sqlx::Result<Db> {
    let options = MySqlConnectOptions::from_str(url)?;
    Ok(MySqlPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_WITHIN)
        .test_before_acquire(true)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                for statement in session {
                    sqlx::raw_sql(*statement).execute(&mut *conn).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options))
}
