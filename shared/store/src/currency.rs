//! Balances and their ledger. No balance changes without its ledger entry, and
//! entries are never changed. Only this module writes either of them, and `lot`, which
//! has what concerns paid gems alone.

use tenjo_domain::{
    Charge, Cost, CurrencyType, EntryId, FailureReason, Gems, LedgerReason, Payment, SagaId,
    SourceId, UserId,
};
use time::OffsetDateTime;

use crate::error::is_duplicate_of;
use crate::{BrokenInvariant, Conn, Limit, Page, corrupt, gems, lot, uuid, word};

/// A player's balance in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Which gems.
    pub currency_type: CurrencyType,
    /// How many.
    pub amount: Gems,
    /// How many are owed for revoked purchases.
    pub owed: Gems,
}

/// A change of a balance.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// Its position in the ledger of this balance.
    pub entry_id: EntryId,
    /// Which gems.
    pub currency_type: CurrencyType,
    /// The change.
    pub delta: i64,
    /// The balance after the change.
    pub balance_after: Gems,
    /// Why.
    pub reason: LedgerReason,
    /// The saga that changed it, if one did.
    pub saga_id: Option<SagaId>,
    /// The purchase, present or act that changed it, if one did; or the saga whose refund
    /// settled a debt.
    pub source_id: Option<SourceId>,
    /// When.
    pub created_at: OffsetDateTime,
}

/// A position in the list of a player's entries, newest first.
#[derive(Debug, Clone, Copy)]
pub struct LedgerPlace {
    /// When the entry was made.
    pub created_at: OffsetDateTime,
    /// Which gems.
    pub currency_type: CurrencyType,
    /// Its position in the ledger of that balance.
    pub entry_id: EntryId,
}

/// Opens a balance with a gift. The player must not have one in this currency.
///
/// # Errors
/// When the database fails, or the balance exists.
pub async fn open(
    conn: &mut Conn,
    user_id: UserId,
    currency_type: CurrencyType,
    gift: Gems,
) -> sqlx::Result<()> {
    // The ledger has an entry for each change, and a gift of zero changes nothing.
    let entry_count = u64::from(gift > Gems::ZERO);
    sqlx::query!(
        "insert into game_user.currencies (user_id, currency_type, balance, entry_count)
         values (?, ?, ?, ?)",
        user_id.0.as_bytes().as_slice(),
        currency_type.as_str(),
        gift.amount(),
        entry_count,
    )
    .execute(&mut *conn)
    .await?;
    if gift > Gems::ZERO {
        let reason = LedgerReason::StartingGift;
        record(conn, user_id, currency_type, gift.credit_delta(), reason, None).await?;
        if currency_type == CurrencyType::PaidGem {
            lot::open_first(conn, user_id, gift).await?;
        }
    }
    Ok(())
}

/// Takes the cost of a saga, and returns how many gems of each kind it took; or, with no
/// change, why it is refused.
///
/// Free gems alone are checked and taken by one statement: two draws cannot spend the
/// same gem. What may take paid gems locks the balances and the lots first.
///
/// # Errors
/// When the database fails, or this saga was charged before.
pub async fn charge(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    cost: Cost,
) -> sqlx::Result<Result<Charge, FailureReason>> {
    let (reason, currency_type) = (LedgerReason::DrawCost, CurrencyType::FreeGem);
    if cost.currency_type == Payment::FreeGem {
        let Some(charge) = cost.charge(Gems::MAX, Gems::MAX) else {
            return Ok(Err(FailureReason::InsufficientCurrency));
        };
        if charge.free_gems > Gems::ZERO {
            if !debit(conn, user_id, charge.free_gems).await? {
                return Ok(Err(FailureReason::InsufficientCurrency));
            }
            let delta = charge.free_gems.debit_delta();
            record(conn, user_id, currency_type, delta, reason, Some(saga_id)).await?;
        }
        return Ok(Ok(charge));
    }
    let (free_gems, mut account) = lot::lock(conn, user_id, cost.currency_type).await?;
    if cost.charge(free_gems, Gems::ZERO).is_none() {
        account.read_lots(conn).await?;
    }
    let charge = match cost.charge_of(free_gems, &account.paid) {
        Ok(charge) => charge,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if charge.free_gems > Gems::ZERO {
        if !debit(conn, user_id, charge.free_gems).await? {
            return Err(BrokenInvariant::BalanceMoved { user_id, currency_type }.into());
        }
        let delta = charge.free_gems.debit_delta();
        record(conn, user_id, currency_type, delta, reason, Some(saga_id)).await?;
    }
    if charge.paid_gems > Gems::ZERO {
        lot::spend(conn, &mut account, charge.paid_gems, saga_id).await?;
    }
    Ok(Ok(charge))
}

/// Takes free gems from the balance; `false`, and no change, if they run short.
async fn debit(conn: &mut Conn, user_id: UserId, amount: Gems) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update game_user.currencies
         set balance = balance - ?, entry_count = entry_count + 1
         where user_id = ? and currency_type = 'free_gem' and balance >= ?",
        amount.amount(),
        user_id.0.as_bytes().as_slice(),
        amount.amount(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives free gems, once for each source and reason. `false`, and no change, if that was
/// done before.
///
/// # Errors
/// When the database fails, or the player has no balance.
pub async fn credit_free(
    conn: &mut Conn,
    user_id: UserId,
    amount: Gems,
    reason: LedgerReason,
    source_id: SourceId,
) -> sqlx::Result<bool> {
    let free = lock_free(conn, user_id).await?;
    let after = free.balance.saturating_add(amount);
    move_free(conn, &free, after, amount.credit_delta(), reason, source_id).await
}

/// Takes free gems, once for each source and reason. `false`, and no change, if they run
/// short; `true` also if it was done before.
///
/// # Errors
/// When the database fails, or the player has no balance.
pub async fn debit_free(
    conn: &mut Conn,
    user_id: UserId,
    amount: Gems,
    reason: LedgerReason,
    source_id: SourceId,
) -> sqlx::Result<bool> {
    let free = lock_free(conn, user_id).await?;
    if has_entry(conn, reason, source_id).await? {
        return Ok(true);
    }
    if free.balance < amount {
        return Ok(false);
    }
    let after = free.balance.saturating_sub(amount);
    move_free(conn, &free, after, amount.debit_delta(), reason, source_id).await?;
    Ok(true)
}

/// Takes free gems, but not more than there are, once for each source and reason.
/// Returns how many it took now: none if it was done before. If there are none, it
/// leaves no entry, so a repeat may take some; repeat only what was rolled back.
///
/// # Errors
/// When the database fails, or the player has no balance.
pub async fn take_free(
    conn: &mut Conn,
    user_id: UserId,
    at_most: Gems,
    reason: LedgerReason,
    source_id: SourceId,
) -> sqlx::Result<Gems> {
    let free = lock_free(conn, user_id).await?;
    let amount = at_most.min(free.balance);
    let after = free.balance.saturating_sub(amount);
    let moved = move_free(conn, &free, after, amount.debit_delta(), reason, source_id).await?;
    Ok(if moved { amount } else { Gems::ZERO })
}

/// A player's free gems, locked.
struct FreeGems {
    user_id: UserId,
    balance: Gems,
    entry_count: u64,
}

async fn lock_free(conn: &mut Conn, user_id: UserId) -> sqlx::Result<FreeGems> {
    let row = sqlx::query!(
        "select balance, entry_count from game_user.currencies
         where user_id = ? and currency_type = 'free_gem' for update",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    let currency_type = CurrencyType::FreeGem;
    let row = row.ok_or(BrokenInvariant::NoBalance { user_id, currency_type })?;
    Ok(FreeGems { user_id, balance: gems(row.balance)?, entry_count: row.entry_count })
}

/// Whether a source has its entry of free gems, by what the transaction can see.
async fn has_entry(
    conn: &mut Conn,
    reason: LedgerReason,
    source_id: SourceId,
) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select entry_id from game_user.currency_ledger
         where source_id = ? and currency_type = 'free_gem' and reason = ?",
        source_id.0.as_bytes().as_slice(),
        reason.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Writes a change of locked free gems, and its entry; `false`, and no change, if it is
/// none, or its source has its entry already. The entry comes first: its unique key
/// decides, whatever the transaction's snapshot has.
async fn move_free(
    conn: &mut Conn,
    free: &FreeGems,
    after: Gems,
    delta: i64,
    reason: LedgerReason,
    source_id: SourceId,
) -> sqlx::Result<bool> {
    if delta == 0 {
        return Ok(false);
    }
    let (user, entry_id) = (free.user_id.0.as_bytes().as_slice(), free.entry_count + 1);
    let entered = sqlx::query!(
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason, source_id)
         values (?, 'free_gem', ?, ?, ?, ?, ?)",
        user,
        entry_id,
        delta,
        after.amount(),
        reason.as_str(),
        source_id.0.as_bytes().as_slice(),
    )
    .execute(&mut *conn)
    .await;
    match entered {
        Err(error) if is_duplicate_of(&error, "currency_ledger_source") => return Ok(false),
        entered => entered?,
    };
    let moved = sqlx::query!(
        "update game_user.currencies set balance = ?, entry_count = ?
         where user_id = ? and currency_type = 'free_gem' and balance = ? and entry_count = ?",
        after.amount(),
        entry_id,
        user,
        free.balance.amount(),
        free.entry_count,
    )
    .execute(conn)
    .await?;
    if moved.rows_affected() == 1 {
        return Ok(true);
    }
    let (user_id, currency_type) = (free.user_id, CurrencyType::FreeGem);
    Err(BrokenInvariant::BalanceMoved { user_id, currency_type }.into())
}

/// What the ledger has as taken by a saga and not given back, by the latest
/// commits if the transaction is READ COMMITTED.
///
/// # Errors
/// When the database fails, or the saga gave back more than it took.
pub async fn held(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Charge> {
    let rows = sqlx::query!(
        "select currency_type, delta from game_user.currency_ledger where saga_id = ?",
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?;
    let mut held = Taken::default();
    for row in rows {
        held.add(&row.currency_type, row.delta)?;
    }
    held.charge(saga_id)
}

/// The sum of a saga's entries in the ledger, of each currency.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Taken {
    free_gems: i64,
    paid_gems: i64,
}

impl Taken {
    /// Adds an entry, which is negative where it took gems.
    pub(crate) fn add(&mut self, currency_type: &str, delta: i64) -> sqlx::Result<()> {
        match word(currency_type)? {
            CurrencyType::FreeGem => self.free_gems -= delta,
            CurrencyType::PaidGem => self.paid_gems -= delta,
        }
        Ok(())
    }

    /// What the saga holds, if it gave back no more than it took.
    pub(crate) fn charge(self, saga_id: SagaId) -> sqlx::Result<Charge> {
        let held = |sum: i64| {
            gems(u64::try_from(sum).map_err(|_| BrokenInvariant::OverRefunded { saga_id })?)
        };
        Ok(Charge { free_gems: held(self.free_gems)?, paid_gems: held(self.paid_gems)? })
    }
}

/// Gives back the gems that a saga took; paid gems to the lots that they came from, by
/// the latest commits if the transaction is READ COMMITTED.
///
/// # Errors
/// When the database fails, or this saga was refunded before.
pub async fn refund(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    charge: Charge,
) -> sqlx::Result<()> {
    let amount = charge.free_gems;
    if amount > Gems::ZERO {
        sqlx::query!(
            "update game_user.currencies
             set balance = balance + ?, entry_count = entry_count + 1
             where user_id = ? and currency_type = 'free_gem'",
            amount.amount(),
            user_id.0.as_bytes().as_slice(),
        )
        .execute(&mut *conn)
        .await?;
        let (delta, reason) = (amount.credit_delta(), LedgerReason::DrawRefund);
        record(conn, user_id, CurrencyType::FreeGem, delta, reason, Some(saga_id)).await?;
    }
    if charge.paid_gems > Gems::ZERO {
        lot::give_back(conn, user_id, saga_id, charge.paid_gems).await?;
    }
    Ok(())
}

/// Writes the entry of a change that was just made. Its number and the balance
/// after it come from the balance's row, which this transaction has locked.
async fn record(
    conn: &mut Conn,
    user_id: UserId,
    currency_type: CurrencyType,
    delta: i64,
    reason: LedgerReason,
    saga_id: Option<SagaId>,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "insert into game_user.currency_ledger
           (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
         select user_id, currency_type, entry_count, ?, balance, ?, ?
         from game_user.currencies where user_id = ? and currency_type = ?",
        delta,
        reason.as_str(),
        saga_id.map(|id| id.0.as_bytes().to_vec()),
        user_id.0.as_bytes().as_slice(),
        currency_type.as_str(),
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(BrokenInvariant::NoBalance { user_id, currency_type }.into())
    }
}

/// A player's balance in each currency.
///
/// # Errors
/// When the database fails.
pub async fn balances(conn: &mut Conn, user_id: UserId) -> sqlx::Result<Vec<Balance>> {
    sqlx::query!(
        "select currency_type, balance, owed from game_user.currencies
         where user_id = ? order by currency_type",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Balance {
            currency_type: word(&row.currency_type)?,
            amount: gems(row.balance)?,
            owed: gems(row.owed)?,
        })
    })
    .collect()
}

/// A page of a player's entries, newest first, starting after `after`.
///
/// # Errors
/// When the database fails.
pub async fn ledger(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<LedgerPlace>,
    limit: Limit,
) -> sqlx::Result<Page<LedgerEntry>> {
    // Without a position, the page starts at the newest entry.
    let created_at = after.map(|place| place.created_at);
    let currency_type = after.map(|place| place.currency_type.as_str());
    let entry_id = after.map(|place| place.entry_id.get());
    let rows = sqlx::query_as!(
        EntryRow,
        "select currency_type, entry_id, delta, balance_after, reason, saga_id, source_id, created_at
         from game_user.currency_ledger
         where user_id = ?
           and (? is null or (created_at, currency_type, entry_id) < (?, ?, ?))
         order by created_at desc, currency_type desc, entry_id desc
         limit ?",
        user_id.0.as_bytes().as_slice(),
        created_at,
        created_at,
        currency_type,
        entry_id,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(LedgerEntry::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// The entries of a player that name this saga, newest first.
///
/// # Errors
/// When the database fails.
pub async fn entries_of_saga(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
) -> sqlx::Result<Vec<LedgerEntry>> {
    sqlx::query_as!(
        EntryRow,
        "select currency_type, entry_id, delta, balance_after, reason, saga_id, source_id, created_at
         from game_user.currency_ledger where saga_id = ? and user_id = ?
         order by created_at desc, currency_type desc, entry_id desc",
        saga_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(LedgerEntry::try_from)
    .collect()
}

/// The entries of a player that name this source, newest first.
///
/// # Errors
/// When the database fails.
pub async fn entries_of_source(
    conn: &mut Conn,
    user_id: UserId,
    source_id: SourceId,
) -> sqlx::Result<Vec<LedgerEntry>> {
    sqlx::query_as!(
        EntryRow,
        "select currency_type, entry_id, delta, balance_after, reason, saga_id, source_id, created_at
         from game_user.currency_ledger where source_id = ? and user_id = ?
         order by created_at desc, currency_type desc, entry_id desc",
        source_id.0.as_bytes().as_slice(),
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(LedgerEntry::try_from)
    .collect()
}

struct EntryRow {
    currency_type: String,
    entry_id: u64,
    delta: i64,
    balance_after: u64,
    reason: String,
    saga_id: Option<Vec<u8>>,
    source_id: Option<Vec<u8>>,
    created_at: OffsetDateTime,
}

impl TryFrom<EntryRow> for LedgerEntry {
    type Error = sqlx::Error;

    fn try_from(row: EntryRow) -> sqlx::Result<Self> {
        Ok(Self {
            entry_id: EntryId::new(row.entry_id).map_err(corrupt)?,
            currency_type: word(&row.currency_type)?,
            delta: row.delta,
            balance_after: gems(row.balance_after)?,
            reason: word(&row.reason)?,
            saga_id: row.saga_id.as_deref().map(uuid).transpose()?.map(SagaId),
            source_id: row.source_id.as_deref().map(uuid).transpose()?.map(SourceId),
            created_at: row.created_at,
        })
    }
}

/// The player whose ledger names this source.
///
/// # Errors
/// When the database fails.
pub async fn find_user(conn: &mut Conn, source_id: SourceId) -> sqlx::Result<Option<UserId>> {
    sqlx::query!(
        "select user_id from game_user.currency_ledger where source_id = ? limit 1",
        source_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Ok(UserId(uuid(&row.user_id)?)))
    .transpose()
}
