//! Connections to TiDB.

use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};

use crate::Db;

/// How long a request waits for a connection before it is told to try later. A
/// step has five seconds, of which a lock may take three.
const ACQUIRE_WITHIN: Duration = Duration::from_millis(1500);

/// One Lambda serves one request at a time, on one connection. `recover-sagas`
/// attends to eight sagas at once, each of which may wait for a lock.
const MAX_CONNECTIONS: u32 = 8;

/// A function is given up by its caller after five seconds. So it stops waiting
/// for a lock before that, and says "try again"; and what it leaves behind when
/// it is killed in the middle of a transaction does not keep its locks for long.
const SESSION: &str = "set innodb_lock_wait_timeout = 3, tidb_idle_transaction_timeout = 10";

/// Has each statement of a transaction see what is committed by then.
const READ_COMMITTED: &str = "set transaction_isolation = 'READ-COMMITTED'";

/// A pool for the database at `url`, which connects when it is first used: a
/// database that is away makes requests fail, not the function's start.
///
/// A connection is tested before it is used, because Lambda freezes a process
/// between requests, and connections die meanwhile. Sessions run in UTC.
///
/// # Errors
/// When `url` is not a MySQL URL.
pub fn connect(url: &str) -> sqlx::Result<Db> {
    connect_with(url, &[SESSION])
}

/// The same for opening sagas, whose transactions wait for the live key and then
/// must see what the draw before them has left: with TiDB's own isolation they
/// would see the state of when they began.
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
