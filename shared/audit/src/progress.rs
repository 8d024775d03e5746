//! The progress of an audit, which takes more than one run of a function.

use uuid::Uuid;

use crate::Conn;

/// The progress of an audit of all players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The player id at which it continues.
    pub next: Uuid,
    /// Players checked since it last started from the first player.
    pub player_count: u64,
    /// Violations found since then.
    pub violation_count: u64,
}

impl Progress {
    /// An audit that starts from the first player.
    pub const NEW: Self = Self { next: Uuid::nil(), player_count: 0, violation_count: 0 };

    /// The saved progress, or [`Self::NEW`] if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(conn: &mut Conn) -> sqlx::Result<Self> {
        let row: Option<(Vec<u8>, u64, u64)> = sqlx::query_as(
            "select next_user_id, player_count, violation_count
             from game_gacha.audit_progress where audit_id = 'books'",
        )
        .fetch_optional(conn)
        .await?;
        let Some((next, player_count, violation_count)) = row else { return Ok(Self::NEW) };
        let next = Uuid::from_slice(&next).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self { next, player_count, violation_count })
    }

    /// Saves it. Two audits at once overwrite each other's progress. They then check
    /// some players twice, and may skip some until the audit starts again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save(&self, conn: &mut Conn) -> sqlx::Result<()> {
        sqlx::query(
            "insert into game_gacha.audit_progress
               (audit_id, next_user_id, player_count, violation_count) values ('books', ?, ?, ?)
             on duplicate key update next_user_id = values(next_user_id),
               player_count = values(player_count), violation_count = values(violation_count)",
        )
        .bind(self.next.as_bytes().as_slice())
        .bind(self.player_count)
        .bind(self.violation_count)
        .execute(conn)
        .await?;
        Ok(())
    }
}
