//! What the audit of all players has found, for those who run the game. The audit itself
//! shares no SQL with this crate.

use time::OffsetDateTime;

use crate::Conn;

/// What the audit has found in a pass over the players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPass {
    /// How many players it has checked.
    pub player_count: u64,
    /// How often the books of one did not balance.
    pub violation_count: u64,
    /// How many draws it has drawn again.
    pub redrawn_count: u64,
    /// When it last checked anybody.
    pub updated_at: OffsetDateTime,
}

/// The pass that runs, once the audit has run. It has checked nobody when the pass before
/// has just ended.
///
/// # Errors
/// When the database fails.
pub async fn running(conn: &mut Conn) -> sqlx::Result<Option<AuditPass>> {
    pass(conn, "books").await
}

/// The last pass that ended.
///
/// # Errors
/// When the database fails.
pub async fn last(conn: &mut Conn) -> sqlx::Result<Option<AuditPass>> {
    pass(conn, "last pass").await
}

async fn pass(conn: &mut Conn, audit_id: &str) -> sqlx::Result<Option<AuditPass>> {
    sqlx::query_as!(
        AuditPass,
        "select player_count, violation_count, redrawn_count, updated_at
         from game_gacha.audit_progress where audit_id = ?",
        audit_id,
    )
    .fetch_optional(conn)
    .await
}
