//! Paid gems: the lots that they live in, which ledger entry took from which lot, and
//! what is owed for revoked purchases. Only this module and `currency` write any of it.
//!
//! A transaction that changes a player's paid gems first locks their balance
//! (`lock`). That lock is the lock of everything here. Each change is a ledger entry
//! with its lots; what is left in a lot follows from these entries. All functions are
//! safe to repeat with the same source.

mod revocation;

pub use revocation::{Restored, Revoked, StoredRevocation, restore, revocations, revoke};

use sqlx::{MySql, QueryBuilder};
use tenjo_domain::{
    CurrencyType, EntryId, Gems, LedgerReason, Lot, LotNumber, LotOrigin, LotPart, MoneyCode,
    PaidGems, Payment, PriceMicros, ProductId, SagaId, Sale, SourceId, UserId,
};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, Limit, Page, corrupt, gems, uuid, word};

/// A lot to be opened.
#[derive(Debug, Clone)]
pub struct NewLot {
    /// Whose.
    pub user_id: UserId,
    /// The purchase, present or act that brings it.
    pub source_id: SourceId,
    /// What that is.
    pub origin: LotOrigin,
    /// What was paid for it; `None` if it has no price.
    pub sale: Option<Sale>,
    /// How many gems: at least one.
    pub granted: Gems,
    /// When what is left of it can no longer be spent.
    pub expires_at: Option<OffsetDateTime>,
}

/// What came of opening a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The lot.
    pub lot_number: LotNumber,
    /// How many of its gems have gone to what the player owed.
    pub settled: Gems,
    /// Whether it is new. Otherwise its source had opened it before, and nothing changed.
    pub is_new: bool,
}

/// A lot as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLot {
    /// Which lot.
    pub lot_number: LotNumber,
    /// What brought it.
    pub source_id: SourceId,
    /// What that is.
    pub origin: LotOrigin,
    /// What was paid for it.
    pub sale: Option<Sale>,
    /// How many gems it brought.
    pub granted: Gems,
    /// How many are left.
    pub remaining: Gems,
    /// When what is left can no longer be spent.
    pub expires_at: Option<OffsetDateTime>,
    /// Whether its store has taken the purchase back; [`revocations`] has each time.
    pub is_taken_back: bool,
    /// When it was opened.
    pub created_at: OffsetDateTime,
}

/// What a ledger entry names as its cause.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    /// A saga.
    Saga(SagaId),
    /// A purchase, a present, an act, or the saga whose refund settled a debt.
    Source(SourceId),
    /// Time, or the deletion of the account.
    WriteOff,
}

/// A player's paid gems, locked.
#[derive(Debug)]
pub(crate) struct Account {
    user_id: UserId,
    balance: Gems,
    entry_count: u64,
    debt_count: u64,
    /// Whether the account was deleted. Whatever still comes is written off at once.
    is_closed: bool,
    pub(crate) paid: PaidGems,
}

/// The balances that a payment may take from, locked. The lots are not read yet:
/// [`Account::read_lots`] does it.
///
/// Returns the free gems, which are zero if the payment takes none, and the paid ones.
///
/// # Errors
/// When the database fails, or the player has no balance of paid gems.
pub(crate) async fn lock(
    conn: &mut Conn,
    user_id: UserId,
    payment: Payment,
) -> sqlx::Result<(Gems, Account)> {
    let user = user_id.0.as_bytes().as_slice();
    let other = match payment {
        Payment::PaidGem => CurrencyType::PaidGem,
        Payment::FreeGem | Payment::AnyGem => CurrencyType::FreeGem,
    };
    // By both columns of the key: TiDB then reads two rows, not a range.
    let rows = sqlx::query!(
        r#"select currency_type, balance, entry_count, owed, debt_count,
                  (closed_at is not null) as "is_closed!: bool"
           from game_user.currencies
           where (user_id, currency_type) in ((?, ?), (?, 'paid_gem')) for update"#,
        user,
        other.as_str(),
        user,
    )
    .fetch_all(conn)
    .await?;
    let (mut free_gems, mut account) = (Gems::ZERO, None);
    for row in rows {
        match word(&row.currency_type)? {
            CurrencyType::FreeGem => free_gems = gems(row.balance)?,
            CurrencyType::PaidGem => {
                account = Some(Account {
                    user_id,
                    balance: gems(row.balance)?,
                    entry_count: row.entry_count,
                    debt_count: row.debt_count,
                    is_closed: row.is_closed,
                    paid: PaidGems { lots: Vec::new(), owed: gems(row.owed)? },
                });
            }
        }
    }
    let no_balance = BrokenInvariant::NoBalance { user_id, currency_type: CurrencyType::PaidGem };
    Ok((free_gems, account.ok_or(no_balance)?))
}

impl Account {
    /// Reads and locks the lots that have something left. An expired one is written off
    /// at once, and so are all of a closed account.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read_lots(&mut self, conn: &mut Conn) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            r#"select lot_number, remaining,
                      ifnull(expires_at <= current_timestamp(6), false) as "is_expired!: bool",
                      is_taken_back as "is_taken_back: bool"
               from game_user.paid_gem_lots
               where user_id = ? and remaining > 0 order by lot_number for update"#,
            self.user_id.0.as_bytes().as_slice(),
        )
        .fetch_all(&mut *conn)
        .await?;
        self.paid.lots.clear();
        for row in rows {
            self.paid.lots.push(Lot {
                lot_number: LotNumber::new(row.lot_number).map_err(corrupt)?,
                remaining: gems(row.remaining)?,
                is_expired: row.is_expired,
                is_taken_back: row.is_taken_back,
            });
        }
        let expired = self.paid.expired();
        if !expired.is_empty() {
            take(conn, self, &expired, LedgerReason::PaidGemExpired, Cause::WriteOff).await?;
        }
        if self.is_closed && !self.paid.lots.is_empty() {
            let all = self.paid.all();
            take(conn, self, &all, LedgerReason::AccountDeleted, Cause::WriteOff).await?;
        }
        Ok(())
    }

    /// Writes off what has just come to a closed account.
    async fn keep_closed(&mut self, conn: &mut Conn) -> sqlx::Result<()> {
        if self.is_closed { self.read_lots(conn).await } else { Ok(()) }
    }

    fn disagrees(&self) -> BrokenInvariant {
        BrokenInvariant::LotsDisagree { user_id: self.user_id }
    }
}

/// All paid gems of a player, locked.
async fn lock_paid(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Account> {
    let (_, mut account) = lock(conn, user_id, Payment::PaidGem).await?;
    account.read_lots(conn).await?;
    Ok(account)
}

/// Takes these parts of lots, with the ledger entry.
///
/// # Errors
/// When the database fails, or there is less than was locked.
pub(crate) async fn take(
    conn: &mut Conn,
    account: &mut Account,
    parts: &[LotPart],
    reason: LedgerReason,
    cause: Cause,
) -> sqlx::Result<EntryId> {
    let amount = LotPart::total(parts);
    let lots: Vec<(LotNumber, i64)> =
        parts.iter().map(|part| (part.lot_number, part.amount.debit_delta())).collect();
    let left = account.balance.amount().checked_sub(amount.amount());
    let left = left.ok_or(account.disagrees())?;
    let entry_id =
        record(conn, account, gems(left)?, amount.debit_delta(), &lots, reason, cause).await?;
    for part in parts {
        if let Some(lot) =
            account.paid.lots.iter_mut().find(|lot| lot.lot_number == part.lot_number)
        {
            lot.remaining = lot.remaining.saturating_sub(part.amount);
        }
    }
    account.paid.lots.retain(|lot| lot.remaining > Gems::ZERO);
    Ok(entry_id)
}

/// Gives these parts to lots, with the ledger entry.
async fn give(
    conn: &mut Conn,
    account: &mut Account,
    parts: &[LotPart],
    reason: LedgerReason,
    cause: Cause,
) -> sqlx::Result<EntryId> {
    let amount = LotPart::total(parts);
    let lots: Vec<(LotNumber, i64)> =
        parts.iter().map(|part| (part.lot_number, part.amount.credit_delta())).collect();
    let more = account.balance.amount().saturating_add(amount.amount());
    record(conn, account, gems(more)?, amount.credit_delta(), &lots, reason, cause).await
}

/// Writes one change everywhere, in four statements for any number of lots: balance,
/// entry, its lots, and what is left in them.
async fn record(
    conn: &mut Conn,
    account: &mut Account,
    balance: Gems,
    delta: i64,
    lots: &[(LotNumber, i64)],
    reason: LedgerReason,
    cause: Cause,
) -> sqlx::Result<EntryId> {
    let user = account.user_id.0.as_bytes().to_vec();
    let entry_id = account.entry_count + 1;
    // Only from where the lock found it.
    let moved = sqlx::query!(
        "update game_user.currencies set balance = ?, entry_count = ?
         where user_id = ? and currency_type = 'paid_gem' and balance = ? and entry_count = ?",
        balance.amount(),
        entry_id,
        user,
        account.balance.amount(),
        account.entry_count,
    )
    .execute(&mut *conn)
    .await?;
    if moved.rows_affected() != 1 {
        let (user_id, currency_type) = (account.user_id, CurrencyType::PaidGem);
        return Err(BrokenInvariant::BalanceMoved { user_id, currency_type }.into());
    }
    let (saga_id, source_id) = match cause {
        Cause::Saga(saga_id) => (Some(saga_id.0), None),
        Cause::Source(source_id) => (None, Some(source_id.0)),
        Cause::WriteOff => (None, None),
    };
    sqlx::query!(
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id, source_id)
         values (?, 'paid_gem', ?, ?, ?, ?, ?, ?)",
        user,
        entry_id,
        delta,
        balance.amount(),
        reason.as_str(),
        saga_id.map(|id| id.as_bytes().to_vec()),
        source_id.map(|id| id.as_bytes().to_vec()),
    )
    .execute(&mut *conn)
    .await?;
    let mut insert = QueryBuilder::<MySql>::new(
        "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta) ",
    );
    insert.push_values(lots, |mut row, (lot_number, delta)| {
        row.push_bind(&user).push_bind(entry_id).push_bind(lot_number.get()).push_bind(delta);
    });
    insert.build().execute(&mut *conn).await?;
    // An unsigned column: a lot that has less than is taken makes the statement fail.
    let changed = sqlx::query!(
        "update game_user.paid_gem_lots l
         join game_user.paid_gem_lot_entries e
           on e.user_id = l.user_id and e.lot_number = l.lot_number
         set l.remaining = l.remaining + e.delta,
             l.expired = l.expired + if(?, -e.delta, 0),
             l.settled = l.settled + if(?, -e.delta, 0)
         where e.user_id = ? and e.entry_id = ? and l.user_id = ?",
        reason.is_write_off(),
        reason == LedgerReason::DebtSettled,
        user,
        entry_id,
        user,
    )
    .execute(conn)
    .await?;
    if usize::try_from(changed.rows_affected()) != Ok(lots.len()) {
        return Err(account.disagrees().into());
    }
    account.balance = balance;
    account.entry_count = entry_id;
    EntryId::new(entry_id).map_err(corrupt)
}

/// What a change of what is owed is part of, and has its time from: a report to the end of
/// a day has both or neither.
#[derive(Debug, Clone, Copy)]
enum Owing {
    /// Gems settled it.
    Entry(EntryId),
    /// A store took something back or restored it, at this time.
    Act(OffsetDateTime),
}

/// Changes what the player owes, with its record.
async fn owe(
    conn: &mut Conn,
    account: &mut Account,
    owed: Gems,
    delta: i64,
    lot_number: LotNumber,
    reason: LedgerReason,
    owing: Owing,
) -> sqlx::Result<()> {
    let user = account.user_id.0.as_bytes().as_slice();
    let debt_id = account.debt_count + 1;
    let moved = sqlx::query!(
        "update game_user.currencies set owed = ?, debt_count = ?
         where user_id = ? and currency_type = 'paid_gem' and owed = ? and debt_count = ?",
        owed.amount(),
        debt_id,
        user,
        account.paid.owed.amount(),
        account.debt_count,
    )
    .execute(&mut *conn)
    .await?;
    if moved.rows_affected() != 1 {
        let (user_id, currency_type) = (account.user_id, CurrencyType::PaidGem);
        return Err(BrokenInvariant::BalanceMoved { user_id, currency_type }.into());
    }
    let lot_number = lot_number.get();
    match owing {
        Owing::Entry(entry_id) => {
            sqlx::query!(
                "insert into game_user.paid_gem_debts
                   (user_id, debt_id, lot_number, delta, owed_after, reason, entry_id, created_at)
                 select user_id, ?, ?, ?, ?, ?, entry_id, created_at
                 from game_user.currency_ledger
                 where user_id = ? and currency_type = 'paid_gem' and entry_id = ?",
                debt_id,
                lot_number,
                delta,
                owed.amount(),
                reason.as_str(),
                user,
                entry_id.get(),
            )
            .execute(conn)
            .await?;
        }
        Owing::Act(at) => {
            sqlx::query!(
                "insert into game_user.paid_gem_debts
                   (user_id, debt_id, lot_number, delta, owed_after, reason, created_at)
                 values (?, ?, ?, ?, ?, ?, ?)",
                user,
                debt_id,
                lot_number,
                delta,
                owed.amount(),
                reason.as_str(),
                at,
            )
            .execute(conn)
            .await?;
        }
    }
    account.debt_count = debt_id;
    account.paid.owed = owed;
    Ok(())
}

/// Settles what is owed with gems that have just come in. Returns how many went.
async fn settle(
    conn: &mut Conn,
    account: &mut Account,
    incoming: &[LotPart],
    source_id: SourceId,
) -> sqlx::Result<Gems> {
    let settling = account.paid.settling(incoming.iter().copied());
    if settling.is_empty() {
        return Ok(Gems::ZERO);
    }
    let (reason, cause) = (LedgerReason::DebtSettled, Cause::Source(source_id));
    let entry_id = take(conn, account, &settling, reason, cause).await?;
    for LotPart { lot_number, amount } in &settling {
        let owed = account.paid.owed.saturating_sub(*amount);
        let delta = amount.debit_delta();
        owe(conn, account, owed, delta, *lot_number, reason, Owing::Entry(entry_id)).await?;
    }
    Ok(LotPart::total(&settling))
}

/// Takes so many paid gems for a saga, oldest lots first. The caller has checked that
/// they are there.
pub(crate) async fn spend(
    conn: &mut Conn,
    account: &mut Account,
    amount: Gems,
    saga_id: SagaId,
) -> sqlx::Result<()> {
    let parts = account.paid.oldest_first(amount).ok_or(account.disagrees())?;
    take(conn, account, &parts, LedgerReason::DrawCost, Cause::Saga(saga_id)).await?;
    Ok(())
}

/// Gives back the paid gems that a saga holds, to the lots that they came from. What
/// comes back to a revoked lot settles what is owed first.
pub(crate) async fn give_back(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    amount: Gems,
) -> sqlx::Result<()> {
    let mut account = lock_paid(conn, user_id).await?;
    let rows = sqlx::query!(
        r#"select e.lot_number, cast(-sum(e.delta) as signed) as "held!: i64",
                  max(l.is_taken_back) as "is_taken_back!: bool"
           from game_user.currency_ledger g
           join game_user.paid_gem_lot_entries e
             on e.user_id = g.user_id and e.entry_id = g.entry_id
           join game_user.paid_gem_lots l
             on l.user_id = e.user_id and l.lot_number = e.lot_number
           where g.saga_id = ? and g.currency_type = 'paid_gem' and g.user_id = ?
           group by e.lot_number order by e.lot_number"#,
        saga_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut parts, mut to_taken_back) = (Vec::new(), Vec::new());
    for row in rows {
        let held =
            u64::try_from(row.held).map_err(|_| BrokenInvariant::OverRefunded { saga_id })?;
        let lot_number = LotNumber::new(row.lot_number).map_err(corrupt)?;
        let part = LotPart { lot_number, amount: gems(held)? };
        parts.push(part);
        to_taken_back.extend(row.is_taken_back.then_some(part));
    }
    if LotPart::total(&parts) != amount {
        return Err(account.disagrees().into());
    }
    give(conn, &mut account, &parts, LedgerReason::DrawRefund, Cause::Saga(saga_id)).await?;
    settle(conn, &mut account, &to_taken_back, SourceId(saga_id.0)).await?;
    account.keep_closed(conn).await
}

/// Writes the lot of a starting gift, whose balance and entry were just written. It
/// needs to insert only, so whoever may call it can change nothing of other players.
pub(crate) async fn open_first(conn: &mut Conn, user_id: UserId, gift: Gems) -> sqlx::Result<()> {
    let user = user_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert into game_user.paid_gem_lots
           (user_id, lot_number, source_id, origin, granted, remaining)
         values (?, ?, ?, ?, ?, ?)",
        user,
        LotNumber::FIRST.get(),
        user, // a player has one starting gift
        LotOrigin::StartingGift.as_str(),
        gift.amount(),
        gift.amount(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_user.paid_gem_lot_entries (user_id, entry_id, lot_number, delta)
         values (?, ?, ?, ?)",
        user,
        EntryId::FIRST.get(),
        LotNumber::FIRST.get(),
        gift.credit_delta(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Credits paid gems as one lot. What the player owes is settled from it at once.
///
/// # Errors
/// When the database fails, the lot would have no gems, or its source opened a lot of
/// another player.
pub async fn open(conn: &mut Conn, new: &NewLot) -> sqlx::Result<Opened> {
    let mut account = lock_paid(conn, new.user_id).await?;
    let opened = open_in(conn, &mut account, new, None).await?;
    account.keep_closed(conn).await?;
    Ok(opened)
}

/// `restores` is the lot of a restored purchase whose debt these gems had settled.
async fn open_in(
    conn: &mut Conn,
    account: &mut Account,
    new: &NewLot,
    restores: Option<LotNumber>,
) -> sqlx::Result<Opened> {
    if let Some(found) = find(conn, new.source_id).await? {
        if found.user_id != new.user_id {
            return Err(BrokenInvariant::LotOfAnother { source_id: new.source_id }.into());
        }
        let Found { lot_number, settled, .. } = found;
        return Ok(Opened { lot_number, settled, is_new: false });
    }
    let user = new.user_id.0.as_bytes().as_slice();
    let last = sqlx::query!(
        "select lot_number from game_user.paid_gem_lots
         where user_id = ? order by lot_number desc limit 1 for update",
        user,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let lot_number = match last {
        Some(row) => LotNumber::new(row.lot_number).map_err(corrupt)?.next(),
        None => LotNumber::FIRST,
    };
    let sale = new.sale.as_ref();
    sqlx::query!(
        "insert into game_user.paid_gem_lots
           (user_id, lot_number, source_id, origin, store, product_id, money_code, price_micros,
            granted, remaining, expires_at, restores_lot_number)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        user,
        lot_number.get(),
        new.source_id.0.as_bytes().as_slice(),
        new.origin.as_str(),
        sale.map(|sale| sale.store.as_str()),
        sale.map(|sale| sale.product_id.as_str()),
        sale.map(|sale| sale.money_code.as_str()),
        sale.map_or(PriceMicros::ZERO, |sale| sale.price_micros).get(),
        new.granted.amount(),
        new.expires_at,
        restores.map(LotNumber::get),
    )
    .execute(&mut *conn)
    .await?;
    let whole = [LotPart { lot_number, amount: new.granted }];
    give(conn, account, &whole, new.origin.reason(), Cause::Source(new.source_id)).await?;
    let settled = settle(conn, account, &whole, new.source_id).await?;
    Ok(Opened { lot_number, settled, is_new: true })
}

/// Writes off what is left of a player's expired lots.
///
/// # Errors
/// When the database fails.
pub async fn write_off_expired(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    lock_paid(conn, user_id).await?;
    Ok(())
}

/// Closes the paid gems of a player whose account is deleted: what is left is written off,
/// now and whenever a store still gives some back. What is owed stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn close(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    let mut account = lock_paid(conn, user_id).await?;
    sqlx::query!(
        "update game_user.currencies set closed_at = ifnull(closed_at, current_timestamp(6))
         where user_id = ? and currency_type = 'paid_gem'",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    account.is_closed = true;
    account.keep_closed(conn).await
}

/// How many shards `paid_gem_lots_expiring` has.
const SHARDS: u8 = 16;

/// Players with expired lots that have something left, at most `limit` of each shard.
///
/// # Errors
/// When the database fails.
pub async fn with_expired(conn: &mut Conn, limit: u32) -> sqlx::Result<Vec<UserId>> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let rows = sqlx::query!(
            "select /*+ use_index(game_user.paid_gem_lots, paid_gem_lots_expiring) */
                    user_id
             from game_user.paid_gem_lots
             where shard = ? and is_open = 1 and expires_at <= current_timestamp(6)
             order by expires_at limit ?",
            shard,
            limit,
        )
        .fetch_all(&mut *conn)
        .await?;
        for row in rows {
            found.push(UserId(uuid(&row.user_id)?));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A lot by what brought it, locked.
struct Found {
    user_id: UserId,
    lot_number: LotNumber,
    granted: Gems,
    remaining: Gems,
    expired: Gems,
    settled: Gems,
    revocation_count: u32,
    is_taken_back: bool,
}

/// By the latest commits, and with what this transaction wrote.
async fn find(conn: &mut Conn, source_id: SourceId) -> sqlx::Result<Option<Found>> {
    sqlx::query!(
        r#"select user_id, lot_number, granted, remaining, expired, settled, revocation_count,
                  is_taken_back as "is_taken_back: bool"
           from game_user.paid_gem_lots where source_id = ? for update"#,
        source_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Found {
            user_id: UserId(uuid(&row.user_id)?),
            lot_number: LotNumber::new(row.lot_number).map_err(corrupt)?,
            granted: gems(row.granted)?,
            remaining: gems(row.remaining)?,
            expired: gems(row.expired)?,
            settled: gems(row.settled)?,
            revocation_count: row.revocation_count,
            is_taken_back: row.is_taken_back,
        })
    })
    .transpose()
}

/// How many paid gems a player owes for revoked purchases.
///
/// # Errors
/// When the database fails.
pub async fn owed(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Gems> {
    let row = sqlx::query!(
        "select owed from game_user.currencies
         where user_id = ? and currency_type = 'paid_gem'",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map_or(Ok(Gems::ZERO), |row| gems(row.owed))
}

struct Row {
    lot_number: u64,
    source_id: Vec<u8>,
    origin: String,
    store: Option<String>,
    product_id: Option<String>,
    money_code: Option<String>,
    price_micros: u64,
    granted: u64,
    remaining: u64,
    expires_at: Option<OffsetDateTime>,
    is_taken_back: bool,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for StoredLot {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let sale = match (row.store, row.product_id, row.money_code) {
            (Some(store), Some(product_id), Some(money_code)) => Some(Sale {
                store: word(&store)?,
                product_id: ProductId::new(product_id).map_err(corrupt)?,
                money_code: money_code.parse::<MoneyCode>().map_err(corrupt)?,
                price_micros: PriceMicros::new(row.price_micros).map_err(corrupt)?,
            }),
            _ => None,
        };
        Ok(Self {
            lot_number: LotNumber::new(row.lot_number).map_err(corrupt)?,
            source_id: SourceId(uuid(&row.source_id)?),
            origin: word(&row.origin)?,
            sale,
            granted: gems(row.granted)?,
            remaining: gems(row.remaining)?,
            expires_at: row.expires_at,
            is_taken_back: row.is_taken_back,
            created_at: row.created_at,
        })
    }
}

/// A player's lots, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Vec<StoredLot>> {
    sqlx::query_as!(
        Row,
        r#"select lot_number, source_id, origin, store, product_id, money_code, price_micros,
                  granted, remaining, expires_at, is_taken_back as "is_taken_back: bool",
                  created_at
           from game_user.paid_gem_lots where user_id = ? order by lot_number"#,
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(StoredLot::try_from)
    .collect()
}

/// A page of a player's lots, newest first, starting after lot `after`.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<u64>,
    limit: Limit,
) -> sqlx::Result<Page<StoredLot>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select lot_number, source_id, origin, store, product_id, money_code, price_micros,
                  granted, remaining, expires_at, is_taken_back as "is_taken_back: bool",
                  created_at
           from game_user.paid_gem_lots
           where user_id = ? and lot_number < ? order by lot_number desc limit ?"#,
        user_id.0.as_bytes().as_slice(),
        after.unwrap_or(u64::MAX),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(StoredLot::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
