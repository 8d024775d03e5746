//! Rules, checked on some players.

use std::time::{Duration, Instant};

use sqlx::mysql::MySqlDatabaseError;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::{Conn, Players, RULES, Rule};

/// How old a snapshot an audit reads: old enough that every replica has it, and
/// that no transaction before it is still open.
const SNAPSHOT: &str =
    "start transaction read only as of timestamp current_timestamp(6) - interval 5 second";

/// So many broken rows of a rule and a slice are shown. More say no more.
const SHOWN: u32 = 20;

/// What TiDB says of a query that took longer than `max_execution_time`.
const TOO_SLOW: u16 = 3024;

/// Whether a check was ended because it took too long: of fewer players it may
/// end in time. Roll back then.
#[must_use]
pub fn is_too_slow(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| error.number() == TOO_SLOW)
}

/// Rows that break a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The sentence of the rule.
    pub rule: &'static str,
    /// Whose rows.
    pub user_id: Uuid,
    /// What is wrong.
    pub shown: String,
}

/// Checks one rule, on what the connection sees.
///
/// # Errors
/// When the database fails.
pub async fn check(conn: &mut Conn, rule: &Rule, players: Players) -> sqlx::Result<Vec<Violation>> {
    // Made of nothing but what this crate holds and two bounds.
    let statement = format!("{} limit {SHOWN}", rule.statement(players));
    let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let id: Vec<u8> = row.try_get(0)?;
            let user_id =
                Uuid::from_slice(&id).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok(Violation { rule: rule.sentence, user_id, shown: row.try_get(1)? })
        })
        .collect()
}

/// Checks all rules on what the connection sees, and tells how long each took,
/// in the order of [`RULES`].
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

/// The same on one old snapshot.
///
/// # Errors
/// When the database fails.
pub async fn check_slice(
    conn: &mut Conn,
    players: Players,
) -> sqlx::Result<(Vec<Violation>, Vec<Duration>)> {
    sqlx::raw_sql(SNAPSHOT).execute(&mut *conn).await?;
    let checked = check_all(conn, players).await?;
    sqlx::raw_sql("commit").execute(conn).await?;
    Ok(checked)
}
