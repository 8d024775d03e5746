//! The rows of a report, a slice of the players at a time.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Conn, Product, Until};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The day has not ended, or has only just.
    #[error("this is not final before {0}: entries of that day may still come")]
    NotFinal(OffsetDateTime),
    /// The ledger and the lots do not agree. `tenjo audit` says more.
    #[error("the books of player {user_id} do not agree at entry {entry_id}: {what}")]
    Disagree {
        /// Whose.
        user_id: Uuid,
        /// At which entry of their ledger of paid gems.
        entry_id: u64,
        /// What is wrong.
        what: String,
    },
    /// A row has what no row can have.
    #[error("lot {lot_number} of player {user_id} is missing")]
    NoLot {
        /// Whose.
        user_id: Uuid,
        /// Which.
        lot_number: u64,
    },
}

/// How long after a moment all entries with an earlier time are there. A transaction
/// writes its entries within seconds of their time, because TiDB ends idle ones after ten
/// seconds, and the clocks of its servers are seconds apart at most.
const SETTLED_AFTER: Duration = Duration::minutes(10);

/// Fails unless all entries before the end of this day are there, by the database's clock.
///
/// # Errors
/// When they are not yet, or the database fails.
pub async fn newest_final(conn: &mut Conn, until: Until) -> Result<(), ReportError> {
    let now: OffsetDateTime =
        sqlx::query_scalar("select current_timestamp(6)").fetch_one(conn).await?;
    let final_at = until.moment() + SETTLED_AFTER;
    if now < final_at { Err(ReportError::NotFinal(final_at)) } else { Ok(()) }
}

/// A slice of the players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The first id.
    pub first: Uuid,
    /// The last id.
    pub last: Uuid,
}

/// All players in 256 slices, by the first byte of their ids. Ids are random, so the
/// slices are of one size. Each can be read without the others, and by another
/// connection.
pub fn slices() -> impl Iterator<Item = Slice> {
    (0..=u8::MAX).map(|byte| {
        let (mut first, mut last) = ([0; 16], [u8::MAX; 16]);
        first[0] = byte;
        last[0] = byte;
        Slice { first: Uuid::from_bytes(first), last: Uuid::from_bytes(last) }
    })
}

/// What never changes of a lot.
#[derive(Debug, Clone)]
pub struct LotRow {
    /// Whose.
    pub user_id: Uuid,
    /// Which.
    pub lot_number: u64,
    /// What brought it.
    pub source_id: Uuid,
    /// What was sold.
    pub product: Product,
    /// For how much.
    pub price_micros: i128,
    /// How many gems.
    pub granted: i128,
    /// When what is left can no longer be spent.
    pub expires_at: Option<OffsetDateTime>,
    /// The lot of the restored purchase that it came for, if it came for one.
    pub restores: Option<u64>,
    /// Each time that its store took it back, the first one first.
    pub revocations: Vec<Revocation>,
}

/// One time that a store took a lot back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub revoked_at: OffsetDateTime,
    /// In which order: the last entry of the ledger before it, and the number of the act.
    pub revoked_place: (u64, u64),
    /// When the store reversed that.
    pub restored_at: Option<OffsetDateTime>,
    /// In which order.
    pub restored_place: Option<(u64, u64)>,
}

/// Player, lot, then time and place of the revocation and of its end.
type RevocationColumns =
    (Vec<u8>, u64, OffsetDateTime, u64, u64, Option<OffsetDateTime>, Option<u64>, Option<u64>);

type LotColumns = (
    Vec<u8>,
    u64,
    Vec<u8>,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    u64,
    u64,
    Option<OffsetDateTime>,
    Option<u64>,
);

/// All lots of a slice, by player and number.
pub(crate) async fn lots(conn: &mut Conn, slice: Slice) -> Result<Vec<LotRow>, ReportError> {
    let mut revocations = revocations(conn, slice).await?;
    let rows: Vec<LotColumns> = sqlx::query_as(
        "select user_id, lot_number, source_id, origin, store, product_id, money_code,
                price_micros, granted, expires_at, restores_lot_number
         from game_user.paid_gem_lots where user_id between ? and ?
         order by user_id, lot_number",
    )
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (user_id, lot_number, source_id, origin, store, product_id, money_code, ..) = row;
            let user_id = uuid(&user_id)?;
            Ok(LotRow {
                user_id,
                lot_number,
                source_id: uuid(&source_id)?,
                product: Product { origin, store, product_id, money_code },
                price_micros: row.7.into(),
                granted: row.8.into(),
                expires_at: row.9,
                restores: row.10,
                revocations: revocations.remove(&(user_id, lot_number)).unwrap_or_default(),
            })
        })
        .collect()
}

/// Those of a slice, by player and lot.
async fn revocations(
    conn: &mut Conn,
    slice: Slice,
) -> Result<HashMap<(Uuid, u64), Vec<Revocation>>, ReportError> {
    let rows: Vec<RevocationColumns> = sqlx::query_as(
        "select user_id, lot_number, revoked_at, revoked_after, revoked_act, restored_at,
                restored_after, restored_act
         from game_user.paid_gem_revocations where user_id between ? and ?
         order by user_id, lot_number, revocation_number",
    )
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    let mut by_lot: HashMap<_, Vec<Revocation>> = HashMap::new();
    for (user_id, lot_number, revoked_at, after, act, restored_at, until_after, until_act) in rows {
        let of_lot = by_lot.entry((uuid(&user_id)?, lot_number)).or_default();
        of_lot.push(Revocation {
            revoked_at,
            revoked_place: (after, act),
            restored_at,
            restored_place: until_after.zip(until_act),
        });
    }
    Ok(by_lot)
}

/// Changes of one lot in one month for one reason.
#[derive(Debug)]
pub(crate) struct Sum {
    pub(crate) user_id: Uuid,
    pub(crate) lot_number: u64,
    /// Such as `2026-09`.
    pub(crate) month: String,
    pub(crate) reason: String,
    pub(crate) delta: i128,
    pub(crate) entries: u64,
}

/// The changes of lots, by lot, month and reason: the database adds them up, so that
/// what is sent does not grow with the draws of a month.
pub(crate) async fn sums(
    conn: &mut Conn,
    slice: Slice,
    until: Until,
) -> Result<Vec<Sum>, ReportError> {
    let rows: Vec<(Vec<u8>, u64, String, String, i64, i64)> = sqlx::query_as(
        "select e.user_id, e.lot_number,
                date_format(g.created_at + interval ? minute, '%Y-%m') as month,
                g.reason, cast(sum(e.delta) as signed), count(*)
         from game_user.paid_gem_lot_entries e
         join game_user.currency_ledger g
           on g.user_id = e.user_id and g.currency_type = 'paid_gem' and g.entry_id = e.entry_id
         where e.user_id between ? and ? and g.user_id between ? and ? and g.created_at < ?
         group by e.user_id, e.lot_number, month, g.reason
         order by e.user_id, e.lot_number, month",
    )
    .bind(until.minutes())
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .bind(until.moment())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(user_id, lot_number, month, reason, delta, entries)| {
            let entries = entries.unsigned_abs();
            let (user_id, delta) = (uuid(&user_id)?, delta.into());
            Ok(Sum { user_id, lot_number, month, reason, delta, entries })
        })
        .collect()
}

/// One entry of the ledger of paid gems.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) user_id: Uuid,
    pub(crate) entry_id: u64,
    pub(crate) delta: i128,
    pub(crate) reason: String,
    pub(crate) saga_id: Option<Uuid>,
    pub(crate) source_id: Option<Uuid>,
    pub(crate) created_at: OffsetDateTime,
}

type EntryColumns = (Vec<u8>, u64, i64, String, Option<Vec<u8>>, Option<Vec<u8>>, OffsetDateTime);

/// The ledger of paid gems, by player and entry, without the lots.
pub(crate) async fn entries(
    conn: &mut Conn,
    slice: Slice,
    until: Until,
) -> Result<Vec<Entry>, ReportError> {
    let rows: Vec<EntryColumns> = sqlx::query_as(
        "select user_id, entry_id, delta, reason, saga_id, source_id, created_at
         from game_user.currency_ledger
         where user_id between ? and ? and currency_type = 'paid_gem' and created_at < ?
         order by user_id, entry_id",
    )
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .bind(until.moment())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(user_id, entry_id, delta, reason, saga_id, source_id, created_at)| {
            Ok(Entry {
                user_id: uuid(&user_id)?,
                entry_id,
                delta: delta.into(),
                reason,
                saga_id: saga_id.as_deref().map(uuid).transpose()?,
                source_id: source_id.as_deref().map(uuid).transpose()?,
                created_at,
            })
        })
        .collect()
}

/// A step on the way of gems that settled a debt and came back.
#[derive(Debug)]
pub(crate) struct Passing {
    pub(crate) user_id: Uuid,
    /// Which lot they were in, or came back as.
    pub(crate) lot_number: u64,
    pub(crate) gems: i128,
    /// Whether they came back. Otherwise they settled a debt.
    pub(crate) is_back: bool,
}

/// What settled debts, and what came back of it as lots, by player and in the order of their ledger.
pub(crate) async fn passings(conn: &mut Conn, slice: Slice) -> Result<Vec<Passing>, ReportError> {
    let rows: Vec<(Vec<u8>, u64, i64, bool)> = sqlx::query_as(
        "select user_id, lot_number, gems, is_back
         from (
           select user_id, entry_id, lot_number, -delta as gems, false as is_back, debt_id as place
           from game_user.paid_gem_debts
           where user_id between ? and ? and reason = 'debt_settled'
           union all
           select l.user_id, min(e.entry_id), l.lot_number, cast(min(l.granted) as signed), true, 0
           from game_user.paid_gem_lots l
           join game_user.paid_gem_lot_entries e
             on e.user_id = l.user_id and e.lot_number = l.lot_number
           where l.user_id between ? and ? and l.restores_lot_number is not null
           group by l.user_id, l.lot_number) p
         order by user_id, entry_id, place",
    )
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(user_id, lot_number, gems, is_back)| {
            let (user_id, gems) = (uuid(&user_id)?, gems.into());
            Ok(Passing { user_id, lot_number, gems, is_back })
        })
        .collect()
}

/// What the players of a slice owe.
pub(crate) async fn owed(conn: &mut Conn, slice: Slice, until: Until) -> Result<i128, ReportError> {
    let owed: i64 = sqlx::query_scalar(
        "select cast(ifnull(sum(delta), 0) as signed) from game_user.paid_gem_debts
         where user_id between ? and ? and created_at < ?",
    )
    .bind(slice.first.as_bytes().as_slice())
    .bind(slice.last.as_bytes().as_slice())
    .bind(until.moment())
    .fetch_one(conn)
    .await?;
    Ok(owed.into())
}

fn uuid(bytes: &[u8]) -> Result<Uuid, ReportError> {
    Uuid::from_slice(bytes).map_err(|error| sqlx::Error::Decode(error.into()).into())
}
