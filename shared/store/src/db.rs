//! A function's connections, without the types of the pool behind them.
//!
//! The pool of sqlx is generic, and whatever waits for one of its connections compiles all
//! of it anew. Seventy functions do. Behind an address it is compiled here, once: ADR 61.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection, MySql, MySqlPool};

use crate::Conn;
use crate::connect::ACQUIRE_WITHIN;

/// Connections to TiDB: a pool, and the connection that committed last.
///
/// sqlx tests each connection that it gets back. That is one more exchange with the
/// database for each request, and on Lambda one that may be interrupted, because the
/// process stops once it has answered. A connection that has just committed needs no test,
/// and nearly every request of a function can do with it.
#[derive(Clone)]
pub struct Db(Arc<Connections>);

struct Connections {
    pool: MySqlPool,
    last: Mutex<Option<Fit>>,
}

/// A connection that has just committed.
struct Fit {
    conn: PoolConnection<MySql>,
    taken_at: Instant,
    committed_at: Instant,
}

/// A connection outside a transaction. It goes back to its pool when it is dropped.
pub struct Held(Box<dyn DerefMut<Target = Conn> + Send>);

/// A connection inside a transaction. Dropping it rolls the transaction back.
pub struct Tx(Box<dyn Open>);

/// What waits for the database.
type Waiting<'a, T> = Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + 'a>>;

/// How long a connection is good for after its last use. A server or a gateway closes one
/// that nobody used while the process was frozen, and only a test tells.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// For so long a connection stays out of the pool, which closes old ones: it becomes at
/// most so much older than the pool lets it become.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// Whether a connection can be used that nobody has used for some time. A server that does
/// not answer in time is as good as gone.
pub(crate) async fn is_fit(conn: &mut Conn, unused_for: Duration) -> bool {
    if unused_for < TRUSTED_FOR {
        return true;
    }
    let tested = tokio::time::timeout(ACQUIRE_WITHIN, conn.ping()).await;
    let failed = match tested {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(error = failed, "a connection that nobody used is dead");
    false
}

/// A transaction that has begun.
trait Open: DerefMut<Target = Conn> + Send {
    /// Ends it by this statement.
    fn end(self: Box<Self>, statement: &'static str) -> Waiting<'static, ()>;
}

struct Begun {
    /// `None` once it has ended.
    conn: Option<PoolConnection<MySql>>,
    taken_at: Instant,
    home: Arc<Connections>,
}

impl Open for Begun {
    fn end(mut self: Box<Self>, statement: &'static str) -> Waiting<'static, ()> {
        Box::pin(async move {
            sqlx::raw_sql(statement).execute(&mut **self).await?;
            if let Some(conn) = self.conn.take() {
                let (taken_at, committed_at) = (self.taken_at, Instant::now());
                self.home.keep(Fit { conn, taken_at, committed_at });
            }
            Ok(())
        })
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(mut conn) = self.conn.take() {
            tokio::spawn(async move {
                if sqlx::raw_sql("rollback").execute(&mut *conn).await.is_err() {
                    // TiDB rolls back what a connection leaves that is closed.
                    conn.close_on_drop();
                }
            });
        }
    }
}

impl Connections {
    fn keep(&self, fit: Fit) {
        if fit.taken_at.elapsed() < KEPT_FOR {
            // The one that it may push out goes back to the pool.
            self.last().replace(fit);
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Fit>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, and since when it is out of the pool.
    async fn take(&self) -> sqlx::Result<(PoolConnection<MySql>, Instant)> {
        let last = self.last().take();
        if let Some(Fit { mut conn, taken_at, committed_at }) = last {
            if is_fit(&mut conn, committed_at.elapsed()).await {
                return Ok((conn, taken_at));
            }
            conn.close_on_drop();
        }
        Ok((self.pool.acquire().await?, Instant::now()))
    }
}

impl Db {
    pub(crate) fn new(pool: MySqlPool) -> Self {
        Self(Arc::new(Connections { pool, last: Mutex::default() }))
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for too long.
    #[inline(never)]
    pub fn acquire(&self) -> Waiting<'_, Held> {
        Box::pin(async { Ok(Held(Box::new(self.0.take().await?.0))) })
    }

    /// Waits for a connection, and begins a transaction on it.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for too long.
    #[inline(never)]
    pub fn begin(&self) -> Waiting<'_, Tx> {
        Box::pin(async {
            let (conn, taken_at) = self.0.take().await?;
            // Before it begins, so that a request that gives up here is rolled back too.
            let mut begun = Begun { conn: Some(conn), taken_at, home: self.0.clone() };
            sqlx::raw_sql("begin").execute(&mut *begun).await?;
            Ok(Tx(Box::new(begun)))
        })
    }

    /// How many connections there are, and how many of them nobody uses.
    #[must_use]
    pub fn size(&self) -> (u32, usize) {
        let kept = usize::from(self.0.last().is_some());
        (self.0.pool.size(), self.0.pool.num_idle() + kept)
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").finish_non_exhaustive()
    }
}

impl Deref for Begun {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn.as_ref().expect("a transaction that has not ended")
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("a transaction that has not ended")
    }
}

impl Tx {
    /// Commits what was done.
    ///
    /// # Errors
    /// When the database fails. Whether it was committed is then not known.
    #[inline(never)]
    pub fn commit(self) -> Waiting<'static, ()> {
        self.0.end("commit")
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// When the database fails. It then rolls back by itself.
    #[inline(never)]
    pub fn rollback(self) -> Waiting<'static, ()> {
        self.0.end("rollback")
    }
}

impl Deref for Held {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}
