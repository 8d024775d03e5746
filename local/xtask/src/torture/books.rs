//! The database behind the functions' backs: gifts before, books after.

use anyhow::Context;
use sqlx::{Connection, MySqlConnection};
use tenjo_audit::{Players, Violation, check_all};
use tenjo_domain::{IdempotencyKey, SagaId, UserId};
use uuid::Uuid;

/// The books, as the administrator sees them.
pub(crate) struct Books(MySqlConnection);

impl Books {
    pub(crate) async fn open(database_url: &str) -> anyhow::Result<Self> {
        let conn = MySqlConnection::connect(database_url).await;
        Ok(Self(conn.context("the database cannot be reached")?))
    }

    /// Gives a player gems, as an operator would: with an entry in the ledger.
    pub(crate) async fn give(
        &mut self,
        user_id: Uuid,
        currency_type: &str,
        amount: u64,
    ) -> anyhow::Result<()> {
        let mut tx = self.0.begin().await?;
        for statement in [
            "update game_user.currencies set balance = balance + ?, entry_count = entry_count + 1
             where user_id = ? and currency_type = ?",
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason)
             select user_id, currency_type, entry_count, ?, balance, 'starting_gift'
             from game_user.currencies where user_id = ? and currency_type = ?",
        ] {
            let given = sqlx::query(statement).bind(amount).bind(user_id.as_bytes().as_slice());
            let given = given.bind(currency_type).execute(&mut *tx).await?;
            anyhow::ensure!(given.rows_affected() == 1, "{user_id} has no {currency_type}");
        }
        tx.commit().await?;
        Ok(())
    }

    /// Sagas that have not come to their end.
    pub(crate) async fn live_sagas(&mut self) -> anyhow::Result<Vec<Uuid>> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar("select saga_id from game_gacha.live_sagas")
            .fetch_all(&mut self.0)
            .await?;
        rows.iter().map(|id| Ok(Uuid::from_slice(id)?)).collect()
    }

    /// Ends the leases of all live sagas: as if the three or four minutes were
    /// over that a sweeper waits before it takes one. Returns how many there are.
    pub(crate) async fn end_leases(&mut self) -> anyhow::Result<u64> {
        let done = sqlx::query(
            "update game_gacha.live_sagas set next_attempt_at = current_timestamp(6)
             where next_attempt_at > current_timestamp(6)",
        );
        Ok(done.execute(&mut self.0).await?.rows_affected())
    }

    /// How many sagas there are of each status, and why those failed that did.
    pub(crate) async fn sagas(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        let rows = sqlx::query_as(
            "select cast(concat(status, ' ', coalesce(failure_reason, '')) as char), count(*)
             from game_gacha.sagas group by 1 order by 1",
        );
        Ok(rows.fetch_all(&mut self.0).await?)
    }

    /// Whether a player's key ever became a draw.
    pub(crate) async fn has_saga(&mut self, user_id: Uuid, key: &str) -> anyhow::Result<bool> {
        let key = IdempotencyKey::new(key).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        let SagaId(saga_id) = SagaId::derive(UserId(user_id), &key);
        let count: i64 =
            sqlx::query_scalar("select count(*) from game_gacha.sagas where saga_id = ?")
                .bind(saga_id.as_bytes().as_slice())
                .fetch_one(&mut self.0)
                .await?;
        Ok(count > 0)
    }

    /// Rows of any player that break a rule, in one snapshot.
    pub(crate) async fn audit(&mut self) -> anyhow::Result<Vec<String>> {
        let everyone = Players { first: Uuid::nil(), last: Uuid::max() };
        let mut tx = self.0.begin().await?;
        let checked = check_all(&mut tx, everyone).await;
        let (broken, _) = checked.context("the books cannot be checked")?;
        tx.rollback().await?;
        let told = |row: &Violation| {
            format!("broken: {}: player {}, {}", row.rule, row.user_id, row.shown)
        };
        Ok(broken.iter().map(told).collect())
    }
}
