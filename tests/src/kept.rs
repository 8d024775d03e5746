//! Connections to the database that tests share, because a new one costs the database as
//! much as several queries, and plans every statement anew.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, MySqlConnection};
use tokio::runtime::{self, Runtime};

use crate::{database, variable};

/// Waits for what the connections receive, whichever test uses them: a connection belongs
/// to the runtime that opened it, and a test's own ends with the test.
static OPENS: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime")
});

static KEPT: Mutex<Vec<MySqlConnection>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<MySqlConnection>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection as administrator, outside a transaction.
///
/// # Panics
/// When there is none.
pub(crate) async fn take() -> MySqlConnection {
    let kept = kept().pop();
    match kept {
        Some(conn) => conn,
        None => OPENS.spawn(open()).await.expect("a task").expect("a connection"),
    }
}

async fn open() -> sqlx::Result<MySqlConnection> {
    // Enough for what all tests ask.
    let options: MySqlConnectOptions = variable(database::URL).parse()?;
    options.statement_cache_capacity(1000).connect().await
}

/// Keeps it for the next one who takes one. It must be as it was when it was taken: one
/// on which something failed is dropped instead.
pub(crate) fn give_back(conn: MySqlConnection) {
    kept().push(conn);
}
