//! A store takes a purchase back, reverses that, and may do both again.

use tenjo_domain::{
    Gems, LedgerReason, LotNumber, LotOrigin, LotPart, Returned, Revocation, SourceId, UserId,
};
use time::OffsetDateTime;

use super::{
    Account, Cause, Found, NewLot, Owing, find, give, lock_paid, open_in, owe, settle, take,
};
use crate::{BrokenInvariant, Conn, Limit, Page, corrupt, gems};

/// What came of revoking a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// How many gems were left of it, and are taken.
    pub taken: Gems,
    /// How many were gone, and are owed.
    pub owed: Gems,
    /// Whether this call did it. Otherwise it stood so before, and nothing changed.
    pub is_new: bool,
}

/// What came of restoring a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// The lot has what was taken of it; what is left of its debt is cancelled; and what
    /// other lots had settled of that debt is back in a lot of its own.
    Now(Returned),
    /// It is not taken back, and nothing changed.
    NotRevoked,
}

/// One time that a store took a lot back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevocation {
    /// Of which lot.
    pub lot_number: LotNumber,
    /// Which time, counted from 1.
    pub number: u32,
    /// How many gems were left of it.
    pub taken: Gems,
    /// How many were gone.
    pub owed: Gems,
    /// When.
    pub revoked_at: OffsetDateTime,
    /// When the store reversed it, if it did.
    pub restored_at: Option<OffsetDateTime>,
}

/// Takes a purchase back: what is left of its lot is taken, and what is gone of it is
/// owed. What is left of revoked lots settles that at once, and so does what came when an
/// earlier revocation of this one was reversed. `None` if its lot was never opened.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    conn: &mut Conn,
    user_id: UserId,
    source_id: SourceId,
) -> sqlx::Result<Option<Revoked>> {
    let mut account = lock_paid(conn, user_id).await?;
    let Some(lot) = find(conn, source_id).await?.filter(|lot| lot.user_id == user_id) else {
        return Ok(None);
    };
    if lot.is_taken_back {
        let (taken, owed) = current(conn, user_id, &lot).await?;
        return Ok(Some(Revoked { taken, owed, is_new: false }));
    }
    let (number, lot_number) = (lot.revocation_count + 1, lot.lot_number);
    let Revocation { taken, owed } = Revocation::of(lot.granted, lot.remaining, lot.expired);
    let act = next_act(conn, &account).await?;
    sqlx::query!(
        "insert into game_user.paid_gem_revocations
           (user_id, lot_number, revocation_number, taken, owed, revoked_at, revoked_after,
            revoked_act)
         values (?, ?, ?, ?, ?, ?, ?, ?)",
        user_id.0.as_bytes().as_slice(),
        lot_number.get(),
        number,
        taken.amount(),
        owed.amount(),
        act.at,
        act.after,
        act.number,
    )
    .execute(&mut *conn)
    .await?;
    // With what came back for it before, which counts as this purchase's.
    let marked = sqlx::query!(
        "update game_user.paid_gem_lots
         set is_taken_back = true, revocation_count = revocation_count + (lot_number = ?)
         where user_id = ? and (lot_number = ? or restores_lot_number = ?)
           and is_taken_back = false",
        lot_number.get(),
        user_id.0.as_bytes().as_slice(),
        lot_number.get(),
        lot_number.get(),
    )
    .execute(&mut *conn)
    .await?;
    if marked.rows_affected() == 0 {
        return Err(account.disagrees().into());
    }
    let reason = LedgerReason::PurchaseRevoked;
    if taken > Gems::ZERO {
        let (part, source_id) =
            ([LotPart { lot_number, amount: taken }], source_id.taken_back(number));
        take(conn, &mut account, &part, reason, Cause::Source(source_id)).await?;
    }
    if owed > Gems::ZERO {
        let (after, delta) = (account.paid.owed.saturating_add(owed), owed.credit_delta());
        owe(conn, &mut account, after, delta, lot_number, reason, Owing::Act(act.at)).await?;
    }
    if number > 1 {
        // Other lots are taken back now than when they were read.
        account.paid.lots.clear();
        account.read_lots(conn).await?;
    }
    // Also if this purchase brings no debt: what came back for it before settles others'.
    let left = account.paid.of_revoked();
    settle(conn, &mut account, &left, source_id.revoked(number)).await?;
    Ok(Some(Revoked { taken, owed, is_new: true }))
}

/// Undoes a revocation that the store reversed. `None` if the lot was never opened.
///
/// # Errors
/// When the database fails.
pub async fn restore(
    conn: &mut Conn,
    user_id: UserId,
    source_id: SourceId,
) -> sqlx::Result<Option<Restored>> {
    let mut account = lock_paid(conn, user_id).await?;
    let Some(lot) = find(conn, source_id).await?.filter(|lot| lot.user_id == user_id) else {
        return Ok(None);
    };
    if !lot.is_taken_back {
        return Ok(Some(Restored::NotRevoked));
    }
    let (taken, owed) = current(conn, user_id, &lot).await?;
    let (number, lot_number) = (lot.revocation_count, lot.lot_number);
    let act = next_act(conn, &account).await?;
    mark_restored(conn, &account, &lot, &act).await?;
    let reason = LedgerReason::PurchaseRestored;
    let returned = Returned::of(owed, account.paid.owed);
    if returned.cancelled > Gems::ZERO {
        let after = account.paid.owed.saturating_sub(returned.cancelled);
        let delta = returned.cancelled.debit_delta();
        owe(conn, &mut account, after, delta, lot_number, reason, Owing::Act(act.at)).await?;
    }
    if taken > Gems::ZERO {
        let part = [LotPart { lot_number, amount: taken }];
        let cause = Cause::Source(source_id.taken_back(number));
        give(conn, &mut account, &part, reason, cause).await?;
        settle(conn, &mut account, &part, source_id.restored(number)).await?;
    }
    if returned.settled > Gems::ZERO {
        let back = NewLot {
            user_id,
            source_id: source_id.restored(number),
            origin: LotOrigin::Restored,
            sale: None,
            granted: returned.settled,
            expires_at: expiry_of_settled(conn, user_id, returned.settled).await?,
        };
        open_in(conn, &mut account, &back, Some(lot_number)).await?;
    }
    account.keep_closed(conn).await?;
    Ok(Some(Restored::Now(returned)))
}

/// A store takes a lot back or restores it.
struct StoreAct {
    /// The time of all that this changes, but for the entries of the ledger.
    at: OffsetDateTime,
    /// The player's last entry of paid gems before it.
    after: u64,
    /// Which act of stores on lots of the player it is, counted from 1.
    number: u64,
}

/// The next one. The account is locked, so nobody else has its number.
async fn next_act(conn: &mut Conn, account: &Account) -> sqlx::Result<StoreAct> {
    let row = sqlx::query!(
        r#"select cast(count(*) + count(restored_at) + 1 as unsigned) as "number!: u64",
                  current_timestamp(6) as "now!: OffsetDateTime"
           from game_user.paid_gem_revocations where user_id = ?"#,
        account.user_id.0.as_bytes().as_slice(),
    )
    .fetch_one(conn)
    .await?;
    Ok(StoreAct { at: row.now, after: account.entry_count, number: row.number })
}

/// When gems expire that had settled debts and now come back: with the last to expire of
/// the lots that they are from. What settled last comes back first, as reports have it.
/// `None` is never, because one of these lots never expires.
async fn expiry_of_settled(
    conn: &mut Conn,
    user_id: UserId,
    amount: Gems,
) -> sqlx::Result<Option<OffsetDateTime>> {
    let user = user_id.0.as_bytes().as_slice();
    let rows = sqlx::query!(
        r#"select m.gems as "gems!: u64", m.is_back as "is_back!: bool",
                  l.expires_at as "expires_at: OffsetDateTime"
           from (
             select entry_id, debt_id as place, lot_number, cast(-delta as unsigned) as gems,
                    false as is_back
             from game_user.paid_gem_debts where user_id = ? and reason = 'debt_settled'
             union all
             select min(e.entry_id), 0, b.lot_number, cast(min(b.granted) as unsigned), true
             from game_user.paid_gem_lots b
             join game_user.paid_gem_lot_entries e
               on e.user_id = b.user_id and e.lot_number = b.lot_number
             where b.user_id = ? and b.restores_lot_number is not null
             group by b.lot_number) m
           join game_user.paid_gem_lots l on l.user_id = ? and l.lot_number = m.lot_number
           order by m.entry_id, m.place"#,
        user,
        user,
        user,
    )
    .fetch_all(conn)
    .await?;
    let mut settled = Vec::new();
    for row in rows {
        if row.is_back {
            take_last(&mut settled, row.gems);
        } else {
            settled.push((row.gems, row.expires_at));
        }
    }
    let expiries = take_last(&mut settled, amount.amount());
    let is_for_ever = expiries.iter().any(Option::is_none);
    Ok(if is_for_ever { None } else { expiries.into_iter().flatten().max() })
}

/// Takes so many gems from the end, and returns when those that it took from expire.
fn take_last(
    settled: &mut Vec<(u64, Option<OffsetDateTime>)>,
    amount: u64,
) -> Vec<Option<OffsetDateTime>> {
    let (mut missing, mut expiries) = (amount, Vec::new());
    while missing > 0
        && let Some((left, expires_at)) = settled.last_mut()
    {
        let part = missing.min(*left);
        missing -= part;
        *left -= part;
        expiries.push(*expires_at);
        if *left == 0 {
            settled.pop();
        }
    }
    expiries
}

/// Ends the last revocation of a lot. It, and what came back for it, stand again.
async fn mark_restored(
    conn: &mut Conn,
    account: &Account,
    lot: &Found,
    act: &StoreAct,
) -> sqlx::Result<()> {
    let (user, lot_number) = (account.user_id.0.as_bytes().as_slice(), lot.lot_number.get());
    let ended = sqlx::query!(
        "update game_user.paid_gem_revocations
         set restored_at = ?, restored_after = ?, restored_act = ?
         where user_id = ? and lot_number = ? and revocation_number = ? and restored_at is null",
        act.at,
        act.after,
        act.number,
        user,
        lot_number,
        lot.revocation_count,
    )
    .execute(&mut *conn)
    .await?;
    let marked = sqlx::query!(
        "update game_user.paid_gem_lots set is_taken_back = false
         where user_id = ? and (lot_number = ? or restores_lot_number = ?)
           and is_taken_back = true",
        user,
        lot_number,
        lot_number,
    )
    .execute(conn)
    .await?;
    if ended.rows_affected() != 1 || marked.rows_affected() == 0 {
        return Err(account.disagrees().into());
    }
    Ok(())
}

/// What was left and what was gone of a lot when it was last taken back.
async fn current(conn: &mut Conn, user_id: UserId, lot: &Found) -> sqlx::Result<(Gems, Gems)> {
    let row = sqlx::query!(
        "select taken, owed from game_user.paid_gem_revocations
         where user_id = ? and lot_number = ? and revocation_number = ? for update",
        user_id.0.as_bytes().as_slice(),
        lot.lot_number.get(),
        lot.revocation_count,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::LotsDisagree { user_id })?;
    Ok((gems(row.taken)?, gems(row.owed)?))
}

/// A page of the revocations of a player's lots, the latest lots first, starting after
/// this lot's revocation with this number.
///
/// # Errors
/// When the database fails.
pub async fn revocations(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(u64, u32)>,
    limit: Limit,
) -> sqlx::Result<Page<StoredRevocation>> {
    let (lot_number, number) = after.unzip();
    let rows = sqlx::query!(
        "select lot_number, revocation_number, taken, owed, revoked_at, restored_at
         from game_user.paid_gem_revocations
         where user_id = ? and (? is null or (lot_number, revocation_number) < (?, ?))
         order by lot_number desc, revocation_number desc limit ?",
        user_id.0.as_bytes().as_slice(),
        lot_number,
        lot_number,
        number,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(StoredRevocation {
            lot_number: LotNumber::new(row.lot_number).map_err(corrupt)?,
            number: row.revocation_number,
            taken: gems(row.taken)?,
            owed: gems(row.owed)?,
            revoked_at: row.revoked_at,
            restored_at: row.restored_at,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}
