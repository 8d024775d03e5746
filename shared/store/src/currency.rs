//! Balances and their ledger. No balance changes without its ledger entry, and
//! entries are never changed. Only this module writes either of them.

use tenjo_domain::{
    Charge, Cost, CurrencyType, EntryId, Gems, LedgerReason, Payment, SagaId, UserId,
};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, Limit, Page, corrupt, gems, uuid, word};

/// A player's balance in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Which gems.
    pub currency_type: CurrencyType,
    /// How many.
    pub amount: Gems,
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
    }
    Ok(())
}

/// Takes the cost of a saga, and returns how many gems of each kind it took;
/// `None`, and no change, if the player has too few.
///
/// Each check and write is one statement: two draws cannot spend the same gem.
///
/// # Errors
/// When the database fails, or this saga was charged before.
pub async fn charge(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    cost: Cost,
) -> sqlx::Result<Option<Charge>> {
    let Some(charge) = split(conn, user_id, cost).await? else { return Ok(None) };
    for (currency_type, amount) in charge.parts() {
        let done = sqlx::query!(
            "update game_user.currencies
             set balance = balance - ?, entry_count = entry_count + 1
             where user_id = ? and currency_type = ? and balance >= ?",
            amount.amount(),
            user_id.0.as_bytes().as_slice(),
            currency_type.as_str(),
            amount.amount(),
        )
        .execute(&mut *conn)
        .await?;
        if done.rows_affected() != 1 {
            return match cost.currency_type {
                // This was the only update, so nothing was written.
                Payment::FreeGem | Payment::PaidGem => Ok(None),
                Payment::AnyGem => {
                    Err(BrokenInvariant::BalanceMoved { user_id, currency_type }.into())
                }
            };
        }
        let (delta, reason) = (amount.debit_delta(), LedgerReason::DrawCost);
        record(conn, user_id, currency_type, delta, reason, Some(saga_id)).await?;
    }
    Ok(Some(charge))
}

/// How many gems of each kind to take; `None` if the player has too few. Only a
/// price that may be paid in both kinds reads the balances, and it locks them. For
/// the others, the update itself checks the balance.
async fn split(conn: &mut Conn, user_id: UserId, cost: Cost) -> sqlx::Result<Option<Charge>> {
    if cost.currency_type != Payment::AnyGem {
        return Ok(cost.charge(Gems::MAX, Gems::MAX));
    }
    let user = user_id.0.as_bytes().as_slice();
    // By both columns of the key: TiDB then reads two rows, not a range.
    let rows = sqlx::query!(
        "select currency_type, balance from game_user.currencies
         where (user_id, currency_type) in ((?, 'free_gem'), (?, 'paid_gem')) for update",
        user,
        user,
    )
    .fetch_all(conn)
    .await?;
    let (mut free_gems, mut paid_gems) = (Gems::ZERO, Gems::ZERO);
    for row in rows {
        match word(&row.currency_type)? {
            CurrencyType::FreeGem => free_gems = gems(row.balance)?,
            CurrencyType::PaidGem => paid_gems = gems(row.balance)?,
        }
    }
    Ok(cost.charge(free_gems, paid_gems))
}

/// What the ledger has as taken by a saga and not given back, by the latest
/// commits if the transaction is READ COMMITTED.
///
/// # Errors
/// When the database fails, or the saga gave back more than it took.
pub async fn held(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Charge> {
    let rows = sqlx::query!(
        r#"select currency_type, cast(-sum(delta) as signed) as "held!: i64"
           from game_user.currency_ledger where saga_id = ? group by currency_type"#,
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?;
    let mut charge = Charge::NONE;
    for row in rows {
        add_held(&mut charge, saga_id, &row.currency_type, row.held)?;
    }
    Ok(charge)
}

/// Adds what is held of one currency to what is held of the others.
pub(crate) fn add_held(
    charge: &mut Charge,
    saga_id: SagaId,
    currency_type: &str,
    held: i64,
) -> sqlx::Result<()> {
    let held = u64::try_from(held).map_err(|_| BrokenInvariant::OverRefunded { saga_id })?;
    match word(currency_type)? {
        CurrencyType::FreeGem => charge.free_gems = gems(held)?,
        CurrencyType::PaidGem => charge.paid_gems = gems(held)?,
    }
    Ok(())
}

/// Gives back the gems that a saga took.
///
/// # Errors
/// When the database fails, or this saga was refunded before.
pub async fn refund(
    conn: &mut Conn,
    user_id: UserId,
    saga_id: SagaId,
    charge: Charge,
) -> sqlx::Result<()> {
    for (currency_type, amount) in charge.parts() {
        sqlx::query!(
            "update game_user.currencies
             set balance = balance + ?, entry_count = entry_count + 1
             where user_id = ? and currency_type = ?",
            amount.amount(),
            user_id.0.as_bytes().as_slice(),
            currency_type.as_str(),
        )
        .execute(&mut *conn)
        .await?;
        let (delta, reason) = (amount.credit_delta(), LedgerReason::DrawRefund);
        record(conn, user_id, currency_type, delta, reason, Some(saga_id)).await?;
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
        "select currency_type, balance from game_user.currencies
         where user_id = ? order by currency_type",
        user_id.0.as_bytes().as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(Balance { currency_type: word(&row.currency_type)?, amount: gems(row.balance)? }))
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
    let rows = sqlx::query!(
        "select currency_type, entry_id, delta, balance_after, reason, saga_id, created_at
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
    .map(|row| {
        Ok(LedgerEntry {
            entry_id: EntryId::new(row.entry_id).map_err(corrupt)?,
            currency_type: word(&row.currency_type)?,
            delta: row.delta,
            balance_after: gems(row.balance_after)?,
            reason: word(&row.reason)?,
            saga_id: row.saga_id.as_deref().map(uuid).transpose()?.map(SagaId),
            created_at: row.created_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
