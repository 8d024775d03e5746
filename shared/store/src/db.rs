//! A function's connections, without the types of the pool behind them.
//!
//! The pool of sqlx is generic, and whatever waits for one of its connections compiles all
//! of it anew. Seventy functions do. Behind an address it is compiled here, once: ADR 61.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;

use sqlx::{MySql, MySqlPool};

use crate::Conn;

/// A pool of connections to TiDB.
#[derive(Debug, Clone)]
pub struct Db(MySqlPool);

/// A connection outside a transaction. It goes back to its pool when it is dropped.
pub struct Held(Box<dyn DerefMut<Target = Conn> + Send>);

/// A connection inside a transaction. Dropping it rolls the transaction back.
pub struct Tx(Box<dyn Open>);

/// What waits for the database.
type Waiting<'a, T> = Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + 'a>>;

/// A transaction that has begun.
trait Open: DerefMut<Target = Conn> + Send {
    fn commit(self: Box<Self>) -> Waiting<'static, ()>;
    fn rollback(self: Box<Self>) -> Waiting<'static, ()>;
}

impl Open for sqlx::Transaction<'static, MySql> {
    fn commit(self: Box<Self>) -> Waiting<'static, ()> {
        Box::pin((*self).commit())
    }

    fn rollback(self: Box<Self>) -> Waiting<'static, ()> {
        Box::pin((*self).rollback())
    }
}

impl Db {
    pub(crate) const fn new(pool: MySqlPool) -> Self {
        Self(pool)
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for too long.
    #[inline(never)]
    pub fn acquire(&self) -> Waiting<'_, Held> {
        Box::pin(async { Ok(Held(Box::new(self.0.acquire().await?))) })
    }

    /// Waits for a connection, and begins a transaction on it.
    ///
    /// # Errors
    /// When the database cannot be reached, or all connections are in use for too long.
    #[inline(never)]
    pub fn begin(&self) -> Waiting<'_, Tx> {
        Box::pin(async { Ok(Tx(Box::new(self.0.begin().await?))) })
    }

    /// How many connections there are, and how many of them nobody uses.
    #[must_use]
    pub fn size(&self) -> (u32, usize) {
        (self.0.size(), self.0.num_idle())
    }
}

impl Tx {
    /// Commits what was done.
    ///
    /// # Errors
    /// When the database fails. Whether it was committed is then not known.
    #[inline(never)]
    pub fn commit(self) -> Waiting<'static, ()> {
        self.0.commit()
    }

    /// Undoes what was done.
    ///
    /// # Errors
    /// When the database fails. It then rolls back by itself.
    #[inline(never)]
    pub fn rollback(self) -> Waiting<'static, ()> {
        self.0.rollback()
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
