//! Direct access to the database: gifts before a test, books after it.

use std::collections::BTreeMap;

use anyhow::Context;
use sqlx::{Connection, MySqlConnection};
use tenjo_audit::{Players, Violation};
use tenjo_domain::{IdempotencyKey, SagaId, UserId};
use tenjo_report::{Slice, Until, by_lots, by_replay, slices};
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::{database, kept};

const UNFINISHED: &str = "select count(*) from game_gacha.sagas
   where user_id = ? and status not in ('COMPLETED', 'FAILED')";
const LIVE: &str = "select count(*) from game_gacha.live_sagas where user_id = ?";

/// What makes a starting gift larger. Each takes an amount, a player and a currency.
const GIFT: [&str; 5] = [
    "update game_user.currencies set balance = balance + ?,
       entry_count = greatest(entry_count, 1)
     where user_id = ? and currency_type = ?",
    "update game_user.currency_ledger set balance_after = balance_after + ?
     where user_id = ? and currency_type = ?",
    "insert into game_user.currency_ledger
       (user_id, currency_type, entry_id, delta, balance_after, reason)
     select user_id, currency_type, 1, ?, balance, 'starting_gift'
     from game_user.currencies where user_id = ? and currency_type = ?
     on duplicate key update delta = delta + values(delta)",
    "insert into game_user.paid_gem_lots
       (user_id, lot_number, source_id, origin, granted, remaining)
     select user_id, 1, user_id, 'starting_gift', a.amount, a.amount
     from game_user.currencies join (select ? as amount) a
     where user_id = ? and currency_type = ? and currency_type = 'paid_gem'
     on duplicate key update granted = granted + values(granted),
       remaining = remaining + values(remaining)",
    "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
     select user_id, 1, 1, ? from game_user.currencies
     where user_id = ? and currency_type = ? and currency_type = 'paid_gem'
     on duplicate key update delta = delta + values(delta)",
];

/// The row of a purchase and its booking, for the lot that it brings.
const BOOKING: [&str; 2] = [
    "insert into game_purchase.purchases (purchase_id, store, transaction_id, status)
     select source_id, store, hex(source_id), 'booked' from game_user.paid_gem_lots
     where source_id = ?",
    "insert into game_purchase.bookings
       (purchase_id, user_id, store, environment, order_id, product_id, shop_revision, currency,
        price_micros, counted_micros, paid_gems, bonus_free_gems, purchased_at)
     select source_id, user_id, store, 'sandbox', '', product_id, '', money_code, price_micros,
            price_micros, granted, 0, created_at
     from game_user.paid_gem_lots where source_id = ?",
];

/// A purchase has the status of its lot.
const FOLLOWS: &str = "update game_purchase.purchases p
     join game_user.paid_gem_lots l on l.source_id = p.purchase_id
     set p.status = if(l.is_taken_back, 'revoked', 'booked'), p.changed_at = current_timestamp(6),
         p.change_count = 2 * l.revocation_count - l.is_taken_back
     where p.purchase_id = ?";

/// Books the purchase that a lot came for, which a test has opened by itself.
///
/// # Errors
/// When the database fails.
pub async fn book(conn: &mut MySqlConnection, purchase_id: Uuid) -> sqlx::Result<()> {
    for statement in BOOKING {
        database::execute(conn, statement, purchase_id).await?;
    }
    Ok(())
}

/// Has a purchase follow its lot, which a test has revoked or restored by itself.
///
/// # Errors
/// When the database fails.
pub async fn follow(conn: &mut MySqlConnection, purchase_id: Uuid) -> sqlx::Result<()> {
    database::execute(conn, FOLLOWS, purchase_id).await?;
    Ok(())
}

/// An act of an operator in the log, for an entry that a test has written by itself.
///
/// # Errors
/// When the database fails.
pub async fn log(conn: &mut MySqlConnection, act_id: Uuid) -> sqlx::Result<()> {
    let statement = "insert into game_ops.operator_log
           (act_id, act, principal, ticket, reason, fingerprint, ordered, outcome, result,
            free_gems, paid_gems, user_id)
         select source_id, 'adjust_currency', 'test', 'T', 'a test', '',
                json_object('currency_type', currency_type, 'delta', delta), 'done', '{}',
                if(currency_type = 'free_gem', abs(delta), 0),
                if(currency_type = 'paid_gem', abs(delta), 0), user_id
         from game_user.currency_ledger where source_id = ?";
    database::execute(conn, statement, act_id).await?;
    Ok(())
}

/// Panics unless all books of a player balance and the player has no live saga.
///
/// # Panics
/// When one does not, with the rule that it breaks.
pub async fn balance(user_id: Uuid) {
    let broken = check(user_id).await.expect("the books");
    assert!(broken.is_empty(), "broken for {user_id}: {broken:#?}");
}

/// What does not balance for a player, and how many live or unfinished sagas they have.
async fn check(user_id: Uuid) -> anyhow::Result<Vec<String>> {
    let mut books = Books(kept::take().await);
    let mut broken = Vec::new();
    for (what, query) in [("unfinished", UNFINISHED), ("live", LIVE)] {
        let sagas = database::count_in(&mut books.0, query, user_id).await?;
        broken.extend((sagas > 0).then(|| format!("{sagas} sagas are {what}")));
    }
    broken.extend(books.audit(Players::one(user_id)).await?);
    broken.extend(books.reckonings_differ(Slice { first: user_id, last: user_id }).await?);
    kept::give_back(books.0);
    Ok(broken)
}

/// The rows of a player that break a rule, whatever sagas are live.
///
/// # Panics
/// When the books cannot be checked.
pub async fn audit(user_id: Uuid) -> Vec<String> {
    let mut books = Books(kept::take().await);
    let broken = books.audit(Players::one(user_id)).await.expect("an audit");
    kept::give_back(books.0);
    broken
}

/// The id of the saga for a player's key.
///
/// # Errors
/// It is not a valid key.
pub fn saga_of(user_id: Uuid, key: &str) -> anyhow::Result<Uuid> {
    let key = IdempotencyKey::new(key).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    Ok(SagaId::derive(UserId(user_id), &key).0)
}

/// An act of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// What, in the word of the log.
    pub act: String,
    /// Whether it was done, or only requested.
    pub is_done: bool,
    /// How often it changed a balance or a purchase, or sent a present.
    pub effects: i64,
}

/// The books, as the administrator sees them.
pub struct Books(MySqlConnection);

impl Books {
    /// Opens those of a database.
    ///
    /// # Errors
    /// The database cannot be reached. The same goes for all that follows.
    pub async fn open(database_url: &str) -> anyhow::Result<Self> {
        let conn = MySqlConnection::connect(database_url).await;
        Ok(Self(conn.context("the database cannot be reached")?))
    }

    /// Makes a player's starting gift larger, in all books. That of paid gems is their
    /// first lot.
    ///
    /// # Errors
    /// There is no such player, or no such currency.
    pub async fn give(
        &mut self,
        user_id: Uuid,
        currency_type: &str,
        amount: u64,
    ) -> anyhow::Result<()> {
        let mut tx = self.0.begin().await?;
        // The balance is locked first, as by everybody who changes it.
        for statement in GIFT {
            let given = sqlx::query(statement).bind(amount).bind(user_id.as_bytes().as_slice());
            let given = given.bind(currency_type).execute(&mut *tx).await?;
            let is_there = given.rows_affected() > 0 || !statement.contains("entry_count = great");
            anyhow::ensure!(is_there, "{user_id} has no {currency_type}");
        }
        tx.commit().await?;
        Ok(())
    }

    /// How the two ways of reckoning a report differ for these players up to now, if they
    /// do, or why there is no report.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn reckonings_differ(&mut self, slice: Slice) -> anyhow::Result<Option<String>> {
        let now = sqlx::query_scalar::<_, OffsetDateTime>("select current_timestamp(6)");
        let date = now.fetch_one(&mut self.0).await?.date();
        let date = date.next_day().context("the last day of all")?;
        let until = Until { date, offset: UtcOffset::UTC };
        let by_lots = by_lots(&mut self.0, slice, until).await;
        let by_replay = by_replay(&mut self.0, slice, until).await;
        Ok(match (by_lots, by_replay) {
            (Ok(one), Ok(other)) if one == other => None,
            (one, other) => Some(format!("by lots: {one:?}, and by replay: {other:?}")),
        })
    }

    /// The same for all players.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn all_reckonings_differ(&mut self) -> anyhow::Result<Vec<String>> {
        let mut differ = Vec::new();
        for slice in slices() {
            differ.extend(self.reckonings_differ(slice).await?);
        }
        Ok(differ)
    }

    /// How many presents there are, how many of them are in a mailbox, and how many were
    /// received from one.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn presents(&mut self) -> anyhow::Result<[u64; 3]> {
        let mut counts = [0; 3];
        for (count, table) in counts.iter_mut().zip([
            "select count(*) from game_inventory.presents",
            "select count(*) from game_inventory.player_presents",
            "select count(*) from game_inventory.received_presents",
        ]) {
            let rows: i64 = sqlx::query_scalar(table).fetch_one(&mut self.0).await?;
            *count = u64::try_from(rows)?;
        }
        Ok(counts)
    }

    /// Every line of the log of operators, with how often its effect is in the books.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn acted(&mut self) -> anyhow::Result<BTreeMap<Uuid, Acted>> {
        let rows: Vec<(Vec<u8>, String, String, i64)> = sqlx::query_as(
            "select o.act_id, o.act, o.outcome,
                    (select count(*) from game_user.currency_ledger l
                     where l.source_id = o.act_id and l.reason = 'adjustment')
                  + (select count(*) from game_inventory.presents p where p.act_id = o.act_id)
                  + (select count(*) from game_purchase.bookings b where b.act_id = o.act_id)
                  + (select count(*) from game_purchase.booking_changes c
                     where c.act_id = o.act_id)
             from game_ops.operator_log o",
        )
        .fetch_all(&mut self.0)
        .await?;
        rows.into_iter()
            .map(|(act_id, act, outcome, effects)| {
                let is_done = outcome == "done";
                Ok((Uuid::from_slice(&act_id)?, Acted { act, is_done, effects }))
            })
            .collect()
    }

    /// The last suspensions, pauses and ends of sessions that are not so, and what somebody
    /// has moved alone above the limit.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn acts_that_do_not_stand(&mut self, limit: u64) -> anyhow::Result<Vec<String>> {
        let rows = sqlx::query_scalar(
            "select concat('player ', hex(u.user_id), ' is ', if(u.suspended_at is null, 'not ', ''),
                           'suspended, and the last act is ', o.ordered)
             from game_user.users u
             join (
               select user_id, ordered,
                      row_number() over (partition by user_id order by created_at desc) as place
               from game_ops.operator_log where act = 'set_suspension' and outcome = 'done') o
               on o.user_id = u.user_id and o.place = 1
             where (u.suspended_at is not null) <> (json_extract(o.ordered, '$.suspended') = true)
             union all
             select concat('pool ', o.pool_id, ' is ', if(p.pool_id is null, 'not ', ''),
                           'paused, and the last act is ', o.ordered)
             from (
               select json_unquote(json_extract(ordered, '$.pool_id')) as pool_id, ordered,
                      row_number() over (partition by json_extract(ordered, '$.pool_id')
                                         order by created_at desc) as place
               from game_ops.operator_log where act = 'set_pool_pause' and outcome = 'done') o
             left join game_gacha.paused_pools p on p.pool_id = o.pool_id
             where o.place = 1
               and (p.pool_id is not null) <> (json_extract(o.ordered, '$.paused') = true)
             union all
             -- A login that was under way may end up later than it is dated.
             select concat('a session of ', hex(f.user_id), ' of ', f.created_at,
                           ' lasts, and all were ended at ', o.created_at)
             from game_ops.operator_log o
             join game_user.refresh_token_families f on f.user_id = o.user_id
             where o.act = 'end_sessions' and o.outcome = 'done' and f.ended_at is null
               and f.created_at < o.created_at - interval 10 second
             union all
             select concat(person, ' moved ', sum(free_gems), ' free and ', sum(paid_gems),
                           ' paid gems and ', sum(item_copies), ' copies of items alone')
             from game_ops.operator_log where outcome = 'done' and approves is null
             group by person
             having sum(free_gems) > ? or sum(paid_gems) > ? or sum(item_copies) > 100",
        )
        .bind(limit)
        .bind(limit);
        Ok(rows.fetch_all(&mut self.0).await?)
    }

    /// Sagas that have not ended.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn live_sagas(&mut self) -> anyhow::Result<Vec<Uuid>> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar("select saga_id from game_gacha.live_sagas")
            .fetch_all(&mut self.0)
            .await?;
        rows.iter().map(|id| Ok(Uuid::from_slice(id)?)).collect()
    }

    /// Ends the leases of all live sagas, as if the three or four minutes had passed
    /// that a sweeper waits. Returns the number of live sagas.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn end_leases(&mut self) -> anyhow::Result<u64> {
        let done = sqlx::query(
            "update game_gacha.live_sagas set next_attempt_at = current_timestamp(6)
             where next_attempt_at > current_timestamp(6)",
        );
        Ok(done.execute(&mut self.0).await?.rows_affected())
    }

    /// The number of sagas with each status and reason of failure.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn sagas(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        let rows = sqlx::query_as(
            "select cast(concat(status, ' ', coalesce(failure_reason, '')) as char), count(*)
             from game_gacha.sagas group by 1 order by 1",
        );
        Ok(rows.fetch_all(&mut self.0).await?)
    }

    /// Whether a player's key ever became a draw.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn has_saga(&mut self, user_id: Uuid, key: &str) -> anyhow::Result<bool> {
        let saga_id = saga_of(user_id, key)?;
        let count: i64 =
            sqlx::query_scalar("select count(*) from game_gacha.sagas where saga_id = ?")
                .bind(saga_id.as_bytes().as_slice())
                .fetch_one(&mut self.0)
                .await?;
        Ok(count > 0)
    }

    /// Rows of these players that break a rule, in one snapshot.
    ///
    /// # Errors
    /// The books cannot be checked.
    pub async fn audit(&mut self, players: Players) -> anyhow::Result<Vec<String>> {
        let mut tx = self.0.begin().await?;
        let checked = tenjo_audit::check_all(&mut tx, players).await;
        let (broken, _) = checked.context("the books cannot be checked")?;
        tx.rollback().await?;
        let told = |row: &Violation| {
            format!("broken: {}: player {}, {}", row.rule, row.user_id, row.shown)
        };
        Ok(broken.iter().map(told).collect())
    }
}
