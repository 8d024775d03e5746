//! The floor: the rows of a ten-draw, written by a client that knows beforehand what
//! to write. It reads nothing, checks nothing and has one connection. A system that
//! writes these rows with the same statements in four transactions cannot be faster.

use sqlx::{Connection, MySqlConnection};
use tenjo_tests::database;
use uuid::Uuid;

/// A client of the floor. Its player is in no other table.
pub(crate) struct Floor {
    conn: MySqlConnection,
    user_id: Uuid,
    draws: u64,
}

type Statement = &'static str;

const OPEN: [Statement; 2] = [
    "insert into game_gacha.live_sagas (user_id, draw_group, pool_id, saga_id, next_attempt_at)
     values (?, 'floor', 'floor', ?, current_timestamp(6) + interval 180 second)",
    "insert into game_gacha.sagas
       (user_id, saga_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count,
        draw_count, step, is_free, quoted_at, state_before, status, cost_currency_type, cost_amount, point_group,
        points, reserve_before)
     values (?, ?, unhex(sha2('floor', 256)), 'floor', unhex(sha2('floor', 256)), 'floor', 90, 10, 0, false,
             current_timestamp(6), '{\"pity_count\": 10, \"is_pickup_due\": false,
               \"draw_total\": 10, \"day\": 20000, \"draws_on_day\": 10,
               \"is_free_draw_taken\": false, \"step\": 0, \"drawn_copies\": {}}',
             'STARTED', 'free_gem', 3000, null, 0, current_timestamp(6) + interval 60 second)",
];

/// How many items a draw grants.
const GRANT_ROWS: u32 = 10;

impl Floor {
    /// How many statements a draw has, without those that begin and end its four
    /// transactions.
    pub(crate) const STATEMENTS: usize = 14;

    /// A client, whose player has this many gems.
    pub(crate) async fn new(gems: u64) -> Self {
        let mut conn = database::connect().await;
        let user_id = Uuid::new_v4();
        sqlx::query(
            "insert into game_user.currencies (user_id, currency_type, balance, entry_count)
             values (?, 'free_gem', ?, 0)",
        )
        .bind(user_id.as_bytes().as_slice())
        .bind(gems)
        .execute(&mut conn)
        .await
        .unwrap();
        Self { conn, user_id, draws: 0 }
    }

    /// Writes one draw.
    pub(crate) async fn write(&mut self) {
        self.draws += 1;
        let saga_id = Uuid::new_v4();
        self.open(saga_id).await;
        self.reserve(saga_id).await;
        self.draw(saga_id).await;
        self.grant(saga_id).await;
    }

    async fn open(&mut self, saga_id: Uuid) {
        let mut tx = self.conn.begin().await.unwrap();
        for statement in OPEN {
            sqlx::query(statement)
                .bind(self.user_id.as_bytes().as_slice())
                .bind(saga_id.as_bytes().as_slice())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn reserve(&mut self, saga_id: Uuid) {
        let user = self.user_id.as_bytes().as_slice();
        let mut tx = self.conn.begin().await.unwrap();
        sqlx::query(
            "update game_user.currencies
             set balance = balance - 3000, entry_count = entry_count + 1
             where user_id = ? and currency_type = 'free_gem' and balance >= 3000",
        )
        .bind(user)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into game_user.currency_ledger
               (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
             values (?, 'free_gem', ?, -3000, 0, 'draw_cost', ?)",
        )
        .bind(user)
        .bind(self.draws)
        .bind(saga_id.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "update game_gacha.sagas
             set status = 'CURRENCY_RESERVED', currency_reserved_at = current_timestamp(6),
                 charged_free_gems = 3000, charged_paid_gems = 0
             where saga_id = ? and status = 'STARTED'",
        )
        .bind(saga_id.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    async fn draw(&mut self, saga_id: Uuid) {
        let mut tx = self.conn.begin().await.unwrap();
        sqlx::query(
            "insert into game_gacha.player_seeds (user_id, client_seed, draw_count)
             values (?, 'floor', 1) on duplicate key update draw_count = draw_count + 1",
        )
        .bind(self.user_id.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
        let results: Vec<_> = (0..GRANT_ROWS).map(result).collect();
        sqlx::query(
            "update game_gacha.sagas
             set status = 'DRAW_COMPLETED', draw_completed_at = current_timestamp(6),
                 draw_number = ?, client_seed = 'floor', seed_period_id = ?, state_after = ?,
                 results = ?
             where saga_id = ? and status = 'CURRENCY_RESERVED'",
        )
        .bind(self.draws)
        .bind(self.user_id.as_bytes().as_slice())
        .bind(state(self.draws + 1))
        .bind(serde_json::Value::from(results))
        .bind(saga_id.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    async fn grant(&mut self, saga_id: Uuid) {
        let (user, saga) = (self.user_id.as_bytes().as_slice(), saga_id.as_bytes().as_slice());
        let mut tx = self.conn.begin().await.unwrap();
        for statement in [
            "insert into game_gacha.player_pity (user_id, pity_group, pity_count, is_pickup_due)
             values (?, 'floor', ?, false)
             on duplicate key update pity_count = values(pity_count)",
            "insert into game_gacha.player_pools
               (user_id, pool_id, draw_total, day, draws_on_day, is_free_draw_taken, step,
                drawn_copies)
             values (?, 'floor', ?, 20000, 10, false, 0, '{}')
             on duplicate key update draw_total = values(draw_total)",
        ] {
            sqlx::query(statement).bind(user).bind(self.draws).execute(&mut *tx).await.unwrap();
        }
        let mut grants = insert(
            "insert into game_inventory.item_grants
               (user_id, saga_id, item_master_id, draw_index) ",
        );
        grants.push_values(0..GRANT_ROWS, |mut row, index| {
            row.push_bind(user).push_bind(saga).push_bind(item(index)).push_bind(index);
        });
        grants.build().execute(&mut *tx).await.unwrap();
        let mut items =
            insert("insert into game_inventory.user_items (user_id, item_master_id, quantity) ");
        items.push_values(0..GRANT_ROWS, |mut row, index| {
            row.push_bind(user).push_bind(item(index)).push_bind(1);
        });
        items.push(" on duplicate key update quantity = quantity + values(quantity)");
        items.build().execute(&mut *tx).await.unwrap();
        let mut histories = insert(
            "insert into game_gacha.gacha_histories
               (user_id, saga_id, draw_index, pool_id, item_master_id, rarity, is_new, is_pickup) ",
        );
        histories.push_values(0..GRANT_ROWS, |mut row, index| {
            row.push_bind(user).push_bind(saga).push_bind(index).push_bind("floor");
            row.push_bind(item(index)).push_bind("R").push_bind(false).push_bind(false);
        });
        histories.build().execute(&mut *tx).await.unwrap();
        for statement in [
            "update game_gacha.sagas
             set status = 'COMPLETED', item_granted_at = current_timestamp(6),
                 completed_at = current_timestamp(6), is_new = '[]'
             where saga_id = ? and status = 'DRAW_COMPLETED'",
            "delete from game_gacha.live_sagas where saga_id = ?",
        ] {
            sqlx::query(statement).bind(saga).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

fn insert(statement: Statement) -> sqlx::QueryBuilder<sqlx::MySql> {
    sqlx::QueryBuilder::new(statement)
}

fn item(index: u32) -> String {
    format!("item-of-the-floor-{index}")
}

fn result(index: u32) -> serde_json::Value {
    serde_json::json!({ "item_master_id": item(index), "rarity": "R", "is_pickup": false })
}

fn state(draw_total: u64) -> serde_json::Value {
    serde_json::json!({
        "pity_count": 10, "is_pickup_due": false, "draw_total": draw_total, "day": 20000,
        "draws_on_day": 10, "is_free_draw_taken": false, "step": 0, "drawn_copies": {},
    })
}
