//! Players who asked to be deleted, guests who do not come any more, and what is done to
//! both: everything goes that tells who they are, and the books stay.
//!
//! What stays names the player by `user_id` alone, which is random. What stores call a
//! purchase, and the seeds that the player sent with draws, stay as well, and the player has
//! them too. `docs/personal-data.md` says of each column what becomes of it, and why.

use tenjo_domain::UserId;
use time::{Date, OffsetDateTime};

use crate::{Conn, Limit, lot, pending, uuid};

/// How many shards the indexes of `deletions` and `visits` have.
pub const SHARDS: u8 = 16;

/// Notes that a player is to be deleted. Returns when: if it was asked for before, the
/// first time counts.
///
/// # Errors
/// When the database fails.
pub async fn ask(
    conn: &mut Conn,
    user_id: UserId,
    due_at: OffsetDateTime,
) -> sqlx::Result<OffsetDateTime> {
    let user = user_id.0.as_bytes().as_slice();
    sqlx::query!(
        "insert ignore into game_user.deletions (user_id, due_at) values (?, ?)",
        user,
        due_at,
    )
    .execute(&mut *conn)
    .await?;
    // What another session writes at this very moment may not be seen here. It is due a
    // moment earlier, then.
    let row = sqlx::query!(
        r#"select due_at as "due_at: OffsetDateTime" from game_user.deletions where user_id = ?"#,
        user,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or(due_at, |row| row.due_at))
}

/// Takes it back; `false` if there is nothing to take back, or no more.
///
/// # Errors
/// When the database fails.
pub async fn take_back(conn: &mut Conn, user_id: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "delete from game_user.deletions where user_id = ?",
        user_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a player stands in the list of those whose deletion is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Since when it is due.
    pub due_at: OffsetDateTime,
    /// Which player.
    pub user_id: UserId,
}

/// Players of a shard whose deletion is due, the oldest first, after a place in this list.
///
/// # Errors
/// When the database fails.
pub async fn due(
    conn: &mut Conn,
    shard: u8,
    after: Option<Due>,
    limit: u32,
) -> sqlx::Result<Vec<Due>> {
    let due_at = after.map(|after| after.due_at);
    let user_id = after.map(|after| after.user_id.0.as_bytes().to_vec());
    sqlx::query!(
        r#"select user_id, due_at as "due_at: OffsetDateTime" from game_user.deletions
           where shard = ? and due_at <= current_timestamp(6)
             and (? is null or (due_at, user_id) > (?, ?))
           order by due_at, user_id limit ?"#,
        shard,
        due_at,
        due_at,
        user_id,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(Due { due_at: row.due_at, user_id: UserId(uuid(&row.user_id)?) }))
    .collect()
}

/// Where a player stands in the list of those who have not been here for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSeen {
    /// On which day they were here last.
    pub seen_on: Date,
    /// Which player.
    pub user_id: UserId,
}

/// Players of a shard who have not been here for so many days, those who were here longest
/// ago first, after a place in this list.
///
/// # Errors
/// When the database fails.
pub async fn not_seen_for(
    conn: &mut Conn,
    days: u16,
    shard: u8,
    after: Option<LastSeen>,
    limit: u32,
) -> sqlx::Result<Vec<LastSeen>> {
    let seen_on = after.map(|after| after.seen_on);
    let user_id = after.map(|after| after.user_id.0.as_bytes().to_vec());
    sqlx::query!(
        r#"select user_id, seen_on as "seen_on: Date" from game_user.visits
           where shard = ? and seen_on < current_date - interval ? day
             and (? is null or (seen_on, user_id) > (?, ?))
           order by seen_on, user_id limit ?"#,
        shard,
        days,
        seen_on,
        seen_on,
        user_id,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(LastSeen { seen_on: row.seen_on, user_id: UserId(uuid(&row.user_id)?) }))
    .collect()
}

/// Why a player is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They asked for it, and it is due.
    Asked,
    /// A guest who bought nothing has not been here for so many days.
    NotSeenFor(u16),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The player is deleted.
    Deleted,
    /// A saga of theirs is live, or a purchase pending: it ends first. The caller rolls
    /// back.
    Waits,
    /// It is not due any more: the player took it back, or came again.
    NotDue,
    /// No guest who bought nothing, so they are kept, and not looked at again until they
    /// come.
    Kept,
}

/// Deletes a player, in the caller's transaction, unless something speaks against it.
/// Safe to repeat, and for two callers at once: the row that says that it is due is locked
/// first, and deleted.
///
/// # Errors
/// When the database fails.
pub async fn delete(conn: &mut Conn, user_id: UserId, why: Why) -> sqlx::Result<Outcome> {
    if !claim(conn, user_id, why).await? {
        return Ok(Outcome::NotDue);
    }
    if why != Why::Asked && !is_guest_without_purchases(conn, user_id).await? {
        return Ok(Outcome::Kept);
    }
    let user = user_id.0.as_bytes().as_slice();
    let live = sqlx::query!("select saga_id from game_gacha.live_sagas where user_id = ?", user)
        .fetch_all(&mut *conn)
        .await?;
    let waiting = pending::of_player(conn, user_id, None, None, Limit::default()).await?;
    if !live.is_empty() || !waiting.rows.is_empty() {
        return Ok(Outcome::Waits);
    }
    lot::close(conn, user_id).await?;
    forget(conn, user_id).await?;
    Ok(Outcome::Deleted)
}

/// Takes the row by which the player is due; `false` if there is none any more.
async fn claim(conn: &mut Conn, user_id: UserId, why: Why) -> sqlx::Result<bool> {
    let user = user_id.0.as_bytes().as_slice();
    let done = match why {
        Why::Asked => {
            sqlx::query!(
                "delete from game_user.deletions
                 where user_id = ? and due_at <= current_timestamp(6)",
                user,
            )
            .execute(conn)
            .await?
        }
        Why::NotSeenFor(days) => {
            sqlx::query!(
                "delete from game_user.visits
                 where user_id = ? and seen_on < current_date - interval ? day",
                user,
                days,
            )
            .execute(conn)
            .await?
        }
    };
    Ok(done.rows_affected() == 1)
}

async fn is_guest_without_purchases(conn: &mut Conn, user_id: UserId) -> sqlx::Result<bool> {
    let user = user_id.0.as_bytes().as_slice();
    let row = sqlx::query!(
        r#"select (u.is_guest and u.deleted_at is null
                  and not exists (select 1 from game_purchase.bookings b where b.user_id = ?)
                  and not exists (select 1 from game_purchase.pending_purchases p
                                  where p.user_id = ?)) as "is_it!: bool"
           from game_user.users u where u.user_id = ?"#,
        user,
        user,
        user,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some_and(|row| row.is_it))
}

/// Removes what tells who a player is, and every way in. The refresh tokens stay until they
/// expire, as hashes that belong to nobody: their family, which named the player, is gone.
async fn forget(conn: &mut Conn, user_id: UserId) -> sqlx::Result<()> {
    let user = user_id.0.as_bytes().as_slice();
    sqlx::query!("delete from game_user.devices where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from game_user.refresh_token_families where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from game_user.links where user_id = ?", user).execute(&mut *conn).await?;
    sqlx::query!("delete from game_user.transfer_codes where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from game_user.visits where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from game_user.deletions where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from game_purchase.player_births where user_id = ?", user)
        .execute(&mut *conn)
        .await?;
    // The seed of future draws is the player's own text, and there are none. Seeds of draws
    // that were made are in their records, which the trees over the periods hold.
    sqlx::query!(
        "update game_gacha.player_seeds set client_seed = ?, set_at = null where user_id = ?",
        user_id.to_string(), // what a player has who never set one
        user,
    )
    .execute(&mut *conn)
    .await?;
    // No player id begins so, and six random bytes never meet the same twice.
    sqlx::query!(
        "update game_user.users
         set player_id = concat('DEL', hex(random_bytes(6))), display_name = '',
             account_token = random_bytes(16), deleted_at = current_timestamp(6)
         where user_id = ? and deleted_at is null",
        user,
    )
    .execute(conn)
    .await?;
    Ok(())
}
