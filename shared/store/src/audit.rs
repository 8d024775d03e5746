//! How far the audit of all players is, for those who run the game. The audit itself
//! shares no SQL with this crate.

use time::OffsetDateTime;

use crate::Conn;

/// What the audit has found since it last began with the first player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditProgress {
    /// How many players it has checked. Zero when the last pass has just ended.
    pub player_count: u64,
    /// How often the books of one did not balance.
    pub violation_count: u64,
    /// How many draws it has drawn again.
    pub redrawn_count: u64,
    /// When it last checked anybody.
    pub updated_at: OffsetDateTime,
}

/// The progress of the audit, once it has run.
///
/// # Errors
/// When the database fails.
pub async fn progress(conn: &mut Conn) -> sqlx::Result<Option<AuditProgress>> {
    sqlx::query_as!(
        AuditProgress,
        "select player_count, violation_count, redrawn_count, updated_at
         from game_gacha.audit_progress where audit_id = 'books'",
    )
    .fetch_optional(conn)
    .await
}
