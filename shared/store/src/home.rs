//! What a game's first screen shows of a player, in as few statements as it takes.
//!
//! It joins tables of three schemas, which no other function that players call does. It
//! only reads.

use std::collections::BTreeMap;

use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{Points, Pool, UserId};
use time::OffsetDateTime;

use crate::currency::Balance;
use crate::pool::OpenPool;
use crate::user::{Row, User};
use crate::{Conn, Limit, Page, corrupt, gems, word};

/// A player, what they have, and how much waits for them.
#[derive(Debug, Clone)]
pub struct Household {
    /// Who.
    pub user: User,
    /// Each balance.
    pub balances: Vec<Balance>,
    /// How many presents they can receive now.
    pub presents: u64,
}

/// A player with their balances, and the number of presents that they can receive at
/// `now`, in one statement. The presents are those of [`crate::present::mailbox`].
///
/// # Errors
/// When the database fails.
pub async fn household(
    conn: &mut Conn,
    user_id: UserId,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Household>> {
    let user = user_id.0.as_bytes().as_slice();
    let rows = sqlx::query!(
        r#"select u.user_id, u.player_id, u.display_name, u.is_guest as "is_guest: bool",
                  u.version, u.account_token, u.suspended_at, u.suspended_until, u.created_at,
                  (u.suspended_at is not null
                    and ifnull(u.suspended_until > current_timestamp(6), true))
                    as "is_suspended!: bool",
                  x.due_at as "deletion_due_at?: OffsetDateTime",
                  c.currency_type as "currency_type?: String", c.balance as "balance?: u64",
                  c.owed as "owed?: u64",
                  (select count(*) from (
                     select e.present_id, e.starts_at from game_inventory.presents e
                     where e.audience = 'everyone' and e.ends_at > ?
                     union all
                     select l.present_id, l.starts_at from game_inventory.player_presents m
                     join game_inventory.presents l on l.present_id = m.present_id
                     where m.user_id = ? and l.ends_at > ?) p
                   left join game_inventory.received_presents r
                     on r.user_id = ? and r.present_id = p.present_id
                   where p.starts_at <= ? and r.present_id is null) as "presents!: i64"
           from game_user.users u
           left join game_user.deletions x on x.user_id = u.user_id
           left join game_user.currencies c on c.user_id = u.user_id
           where u.user_id = ? and u.deleted_at is null order by c.currency_type"#,
        now,
        user,
        now,
        user,
        now,
        user,
    )
    .fetch_all(conn)
    .await?;
    let mut household = None;
    for row in rows {
        let found = match &mut household {
            Some(household) => household,
            none => none.insert(Household {
                user: User::try_from(Row {
                    user_id: row.user_id,
                    player_id: row.player_id,
                    display_name: row.display_name,
                    is_guest: row.is_guest,
                    version: row.version,
                    account_token: row.account_token,
                    suspended_at: row.suspended_at,
                    suspended_until: row.suspended_until,
                    is_suspended: row.is_suspended,
                    deletion_due_at: row.deletion_due_at,
                    created_at: row.created_at,
                })?,
                balances: Vec::new(),
                presents: u64::try_from(row.presents).map_err(corrupt)?,
            }),
        };
        // A player without balances has one row without any.
        if let (Some(currency_type), Some(balance)) = (row.currency_type, row.balance) {
            found.balances.push(Balance {
                currency_type: word(&currency_type)?,
                amount: gems(balance)?,
                owed: gems(row.owed.unwrap_or_default())?,
            });
        }
    }
    Ok(household)
}

/// The open pools, and what a player's state in them is made from.
#[derive(Debug, Clone)]
pub struct Counter {
    /// The first pools by id.
    pub pools: Page<OpenPool>,
    purchases: BTreeMap<String, StateDocument>,
    pity: BTreeMap<String, (u32, bool)>,
    points: BTreeMap<String, u64>,
}

impl Counter {
    /// The player's state in one of the pools, as [`crate::player_state::find`] has it.
    #[must_use]
    pub fn state(&self, pool: &Pool) -> StateDocument {
        let bought = self.purchases.get(pool.pool_id().as_str()).cloned().unwrap_or_default();
        let pity = pool.pity().and_then(|rule| self.pity.get(rule.group.as_str()));
        let (pity_count, is_pickup_due) = pity.copied().unwrap_or_default();
        StateDocument { pity_count, is_pickup_due, ..bought }
    }

    /// The player's points that one of the pools takes, if it gives any.
    ///
    /// # Errors
    /// When the stored balance is none.
    pub fn points(&self, pool: &Pool) -> sqlx::Result<Option<Points>> {
        let balance = |group: &str| self.points.get(group).copied().unwrap_or_default();
        let points = pool.exchange().map(|rule| Points::new(balance(rule.group.as_str())));
        points.transpose().map_err(corrupt)
    }
}

/// The pools that are open at `now` and not paused, and the player's state in all pools,
/// in one statement. What is sold, pity and points are three lists; the casts give each
/// column one type in all of them.
///
/// # Errors
/// When the database fails.
pub async fn counter(
    conn: &mut Conn,
    user_id: UserId,
    now: OffsetDateTime,
    limit: Limit,
) -> sqlx::Result<Counter> {
    let user = user_id.0.as_bytes().as_slice();
    let rows = sqlx::query!(
        r#"(select p.pool_id as "name!: String", p.revision as "revision?: Vec<u8>",
                   l.presentation as "presentation?: String",
                   s.draw_total as "draw_total?: u64", s.day as "day?: i32",
                   s.draws_on_day as "draws_on_day?: u32",
                   s.is_free_draw_taken as "is_free_draw_taken?: bool",
                   s.step as "step?: u32",
                   s.drawn_copies as "drawn_copies?: Json<BTreeMap<String, u32>>",
                   cast(null as unsigned) as "pity_count?: u32",
                   cast(null as signed) as "is_pickup_due?: bool",
                   cast(null as unsigned) as "points?: u64"
            from game_gacha.live_pools l
            join game_gacha.gacha_pools p on p.revision = l.revision
            left join game_gacha.paused_pools h on h.pool_id = l.pool_id
            left join game_gacha.player_pools s on s.user_id = ? and s.pool_id = l.pool_id
            where p.opens_at <= ? and (p.closes_at is null or p.closes_at > ?)
              and h.pool_id is null
            order by l.pool_id limit ?)
           union all
           (select pity_group, cast(null as binary), cast(null as char),
                   cast(null as unsigned), cast(null as signed), cast(null as unsigned),
                   cast(null as signed), cast(null as unsigned), cast(null as json),
                   pity_count, is_pickup_due, cast(null as unsigned)
            from game_gacha.player_pity where user_id = ?)
           union all
           (select point_group, cast(null as binary), cast(null as char),
                   cast(null as unsigned), cast(null as signed), cast(null as unsigned),
                   cast(null as signed), cast(null as unsigned), cast(null as json),
                   cast(null as unsigned), cast(null as signed), balance
            from game_gacha.player_points where user_id = ?)"#,
        user,
        now,
        now,
        limit.and_one(),
        user,
        user,
    )
    .fetch_all(conn)
    .await?;
    let (mut pools, mut purchases) = (BTreeMap::new(), BTreeMap::new());
    let (mut pity, mut points) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        if let Some(revision) = row.revision {
            let pool = OpenPool::read(row.name.clone(), &revision, row.presentation.as_deref())?;
            pools.insert(row.name.clone(), pool);
            let bought = StateDocument {
                draw_total: row.draw_total.unwrap_or_default(),
                day: row.day.unwrap_or_default(),
                draws_on_day: row.draws_on_day.unwrap_or_default(),
                is_free_draw_taken: row.is_free_draw_taken.unwrap_or_default(),
                step: row.step.unwrap_or_default(),
                drawn_copies: row.drawn_copies.map(|copies| copies.0).unwrap_or_default(),
                ..StateDocument::default()
            };
            purchases.insert(row.name, bought);
        } else if let Some(balance) = row.points {
            points.insert(row.name, balance);
        } else {
            let state = (row.pity_count.unwrap_or_default(), row.is_pickup_due.unwrap_or_default());
            pity.insert(row.name, state);
        }
    }
    let pools = Page::of(pools.into_values().collect(), limit);
    Ok(Counter { pools, purchases, pity, points })
}
