//! Checks rules on a range of players.

use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::mysql::MySqlDatabaseError;
use uuid::Uuid;

use crate::{Conn, Draws, Players, RULES, Rule, check_draws, query};

/// An audit reads the tables as they were 5 seconds ago. Replicas usually have data
/// of that age, and few transactions that began before it are still open.
const SNAPSHOT: &str =
    "start transaction read only as of timestamp current_timestamp(6) - interval 5 second";

/// At most this many broken rows are returned for each rule and slice.
const SHOWN: u32 = 20;

/// TiDB's error for a query that took longer than `max_execution_time`.
const TOO_SLOW: u16 = 3024;

/// TiDB's words, with its error for anything unknown, if the time ran out in a part of
/// the query that only sees that its work was cancelled.
const CANCELLED: (u16, &str) = (1105, "context canceled");

/// Whether TiDB ended a check because it took too long. The caller then rolls back,
/// and may check fewer players.
#[must_use]
pub fn is_too_slow(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| {
        error.number() == TOO_SLOW || (error.number(), error.message()) == CANCELLED
    })
}

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The sentence of the rule.
    pub rule: &'static str,
    /// The player whose row it is.
    pub user_id: Uuid,
    /// What is wrong.
    pub shown: String,
}

/// Checks one rule in the transaction or snapshot of the connection.
///
/// # Errors
/// When the database fails.
pub async fn check(conn: &mut Conn, rule: &Rule, players: Players) -> sqlx::Result<Vec<Violation>> {
    violations(conn, rule.sentence, rule.broken, players).await
}

/// The rows that a query finds, at most [`SHOWN`] of them.
pub(crate) async fn violations(
    conn: &mut Conn,
    rule: &'static str,
    query: &str,
    players: Players,
) -> sqlx::Result<Vec<Violation>> {
    let (statement, players) = query::of(&format!("{query} limit {SHOWN}"), players)?;
    let rows = sqlx::query_with(statement, players).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let id: Vec<u8> = row.try_get(0)?;
            let user_id =
                Uuid::from_slice(&id).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok(Violation { rule, user_id, shown: row.try_get(1)? })
        })
        .collect()
}

/// Checks all rules in the transaction or snapshot of the connection. Returns how
/// long each took, in the order of [`RULES`].
///
/// # Errors
/// When the database fails.
pub async fn check_all(
    conn: &mut Conn,
    players: Players,
) -> sqlx::Result<(Vec<Violation>, Vec<Duration>)> {
    let (mut violations, mut times) = (Vec::new(), Vec::new());
    for rule in &RULES {
        let started = Instant::now();
        violations.extend(check(conn, rule, players).await?);
        times.push(started.elapsed());
    }
    Ok((violations, times))
}

/// What a slice of players was found to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that break a rule.
    pub violations: Vec<Violation>,
    /// Their draws.
    pub draws: Draws,
    /// How long each rule took, in the order of [`RULES`].
    pub times: Vec<Duration>,
}

/// Checks all rules and some draws on one snapshot of 5 seconds ago.
///
/// # Errors
/// When the database fails.
pub async fn check_slice(conn: &mut Conn, players: Players) -> sqlx::Result<Checked> {
    sqlx::raw_sql(SNAPSHOT).execute(&mut *conn).await?;
    let (violations, times) = check_all(conn, players).await?;
    let draws = check_draws(conn, players).await?;
    sqlx::raw_sql("commit").execute(conn).await?;
    Ok(Checked { violations, draws, times })
}
