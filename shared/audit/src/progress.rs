//! The progress of an audit, which takes more than one run of a function.

use std::collections::BTreeMap;

use sqlx::types::Json;
use uuid::Uuid;

use crate::Conn;

/// The progress of an audit of all players.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The player id at which it continues.
    pub next: Uuid,
    /// Players checked since it last started from the first player.
    pub player_count: u64,
    /// Violations found since then.
    pub violation_count: u64,
    /// Draws that were repeated since then.
    pub redrawn_count: u64,
    /// Items of draws that failed after they were drawn, by rarity.
    pub void_items: VoidItems,
}

/// How many items were drawn and not granted, by their rarity.
pub type VoidItems = BTreeMap<String, u64>;

/// The columns of the row, in the order of the query.
type Row = (Vec<u8>, u64, u64, u64, Option<Json<VoidItems>>);

impl Progress {
    /// The saved progress, or that of an audit which starts from the first player.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(conn: &mut Conn) -> sqlx::Result<Self> {
        let row: Option<Row> = sqlx::query_as(
            "select next_user_id, player_count, violation_count, redrawn_count, void_items
             from game_gacha.audit_progress where audit_id = 'books'",
        )
        .fetch_optional(conn)
        .await?;
        let Some((next, player_count, violation_count, redrawn_count, void_items)) = row else {
            return Ok(Self::default());
        };
        let next = Uuid::from_slice(&next).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let void_items = void_items.map(|items| items.0).unwrap_or_default();
        Ok(Self { next, player_count, violation_count, redrawn_count, void_items })
    }

    /// Saves it. Two audits at once overwrite each other's progress. They then check
    /// some players twice, and may skip some until the audit starts again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save(&self, conn: &mut Conn) -> sqlx::Result<()> {
        self.write(conn, "books").await
    }

    /// Saves what a pass over all players found, when it has ended. It stays until the
    /// next one ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_as_last_pass(&self, conn: &mut Conn) -> sqlx::Result<()> {
        self.write(conn, "last pass").await
    }

    async fn write(&self, conn: &mut Conn, audit_id: &'static str) -> sqlx::Result<()> {
        // The time is set by hand, because a row that stays the same keeps its own.
        sqlx::query(
            "insert into game_gacha.audit_progress
               (audit_id, next_user_id, player_count, violation_count, redrawn_count, void_items)
             values (?, ?, ?, ?, ?, ?)
             on duplicate key update next_user_id = values(next_user_id),
               player_count = values(player_count), violation_count = values(violation_count),
               redrawn_count = values(redrawn_count), void_items = values(void_items),
               updated_at = current_timestamp(6)",
        )
        .bind(audit_id)
        .bind(self.next.as_bytes().as_slice())
        .bind(self.player_count)
        .bind(self.violation_count)
        .bind(self.redrawn_count)
        .bind(Json(&self.void_items))
        .execute(conn)
        .await?;
        Ok(())
    }
}
