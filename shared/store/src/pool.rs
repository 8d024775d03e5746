//! Pools: immutable revisions, and which of them is live.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenjo_domain::{
    ItemMasterId, PityGroup, PityRule, Pool, PoolId, PoolItem, PoolParts, PoolRevision, Price,
};
use time::OffsetDateTime;

use crate::{Conn, Limit, Page, corrupt, word};

/// What of a pool only the draw reads: the `rules` column.
#[derive(Debug, Serialize, Deserialize)]
struct Rules {
    prices: Vec<PriceRule>,
    pity_max_count: NonZeroU32,
    rarity_weights: Vec<(String, NonZeroU32)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PriceRule {
    draw_count: u32,
    currency_type: String,
    amount: u64,
}

impl Rules {
    fn of(pool: &Pool) -> Self {
        Self {
            prices: pool
                .prices()
                .iter()
                .map(|price| PriceRule {
                    draw_count: price.draw_count.get(),
                    currency_type: price.cost.currency_type.to_string(),
                    amount: price.cost.amount.amount(),
                })
                .collect(),
            pity_max_count: pool.pity().max_count,
            rarity_weights: pool
                .rarity_weights()
                .iter()
                .map(|(rarity, weight)| (rarity.to_string(), *weight))
                .collect(),
        }
    }
}

/// The revision of a pool: SHA-256 of all that it is, as JSON without blanks,
/// lists in the order that [`Pool`] gives them.
///
/// # Errors
/// Never for a pool that this crate has read; JSON could refuse only a map.
pub fn revision(pool: &Pool) -> sqlx::Result<PoolRevision> {
    let items: Vec<_> = pool
        .items()
        .iter()
        .map(|item| {
            (item.item_master_id.as_str(), item.rarity.as_str(), item.weight, item.is_pickup)
        })
        .collect();
    let all = (
        pool.pool_id().as_str(),
        pool.name(),
        pool.pity().group.as_str(),
        pool.opens_at().unix_timestamp_nanos() / 1_000,
        pool.closes_at().map(|at| at.unix_timestamp_nanos() / 1_000),
        Rules::of(pool),
        items,
    );
    let bytes = serde_json::to_vec(&all).map_err(corrupt)?;
    Ok(PoolRevision(Sha256::digest(bytes).into()))
}

/// Writes a pool's revision, if it is not there, and makes it the live one.
///
/// # Errors
/// When the database fails.
pub async fn publish(conn: &mut Conn, pool: &Pool) -> sqlx::Result<PoolRevision> {
    let revision = revision(pool)?;
    let rules = serde_json::to_string(&Rules::of(pool)).map_err(corrupt)?;
    let added = sqlx::query!(
        "insert ignore into game_gacha.gacha_pools
           (revision, pool_id, name, pity_group, opens_at, closes_at, rules)
         values (?, ?, ?, ?, ?, ?, ?)",
        revision.0.as_slice(),
        pool.pool_id().as_str(),
        pool.name(),
        pool.pity().group.as_str(),
        pool.opens_at(),
        pool.closes_at(),
        rules,
    )
    .execute(&mut *conn)
    .await?;
    if added.rows_affected() == 1 {
        add_items(conn, revision, pool.items()).await?;
    }
    sqlx::query!(
        "insert into game_gacha.live_pools (pool_id, revision) values (?, ?)
         on duplicate key update revision = values(revision)",
        pool.pool_id().as_str(),
        revision.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(revision)
}

/// Takes every pool off sale but these. Their revisions stay: sagas name them.
///
/// # Errors
/// When the database fails.
pub async fn retire_all_but(conn: &mut Conn, pool_ids: &[&PoolId]) -> sqlx::Result<()> {
    let mut delete = sqlx::QueryBuilder::<sqlx::MySql>::new("delete from game_gacha.live_pools");
    if !pool_ids.is_empty() {
        delete.push(" where pool_id not in (");
        let mut names = delete.separated(", ");
        for pool_id in pool_ids {
            names.push_bind(pool_id.as_str());
        }
        delete.push(")");
    }
    delete.build().execute(conn).await?;
    Ok(())
}

async fn add_items(
    conn: &mut Conn,
    revision: PoolRevision,
    items: &[PoolItem],
) -> sqlx::Result<()> {
    let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "insert into game_gacha.gacha_items
           (revision, item_master_id, rarity, weight, is_pickup) ",
    );
    insert.push_values(items, |mut row, item| {
        row.push_bind(revision.0.to_vec())
            .push_bind(item.item_master_id.as_str())
            .push_bind(item.rarity.as_str())
            .push_bind(item.weight.get())
            .push_bind(item.is_pickup);
    });
    insert.build().execute(conn).await?;
    Ok(())
}

/// The live revision of a pool that is open at `now`.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    conn: &mut Conn,
    pool_id: &PoolId,
    now: OffsetDateTime,
) -> sqlx::Result<Option<PoolRevision>> {
    sqlx::query!(
        "select p.revision
         from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision
         where l.pool_id = ? and p.opens_at <= ? and (p.closes_at is null or p.closes_at > ?)",
        pool_id.as_str(),
        now,
        now,
    )
    .fetch_optional(conn)
    .await?
    .map(|row| to_revision(&row.revision))
    .transpose()
}

/// A pool that is open, and what its rules are now.
#[derive(Debug, Clone)]
pub struct OpenPool {
    /// Its name.
    pub pool_id: PoolId,
    /// Its rules.
    pub revision: PoolRevision,
}

/// A page of the pools that are open at `now`, by name, behind `after`.
///
/// # Errors
/// When the database fails.
pub async fn list_open(
    conn: &mut Conn,
    now: OffsetDateTime,
    after: Option<&PoolId>,
    limit: Limit,
) -> sqlx::Result<Page<OpenPool>> {
    let rows = sqlx::query!(
        "select p.pool_id, p.revision
         from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision
         where p.opens_at <= ? and (p.closes_at is null or p.closes_at > ?) and l.pool_id > ?
         order by l.pool_id limit ?",
        now,
        now,
        after.map_or("", PoolId::as_str),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OpenPool {
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            revision: to_revision(&row.revision)?,
        })
    })
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

fn to_revision(bytes: &[u8]) -> sqlx::Result<PoolRevision> {
    Ok(PoolRevision(bytes.try_into().map_err(corrupt)?))
}

async fn load(conn: &mut Conn, revision: PoolRevision) -> sqlx::Result<Pool> {
    let row = sqlx::query!(
        r#"select pool_id, name, pity_group, opens_at, closes_at,
                  rules as "rules: sqlx::types::Json<Rules>"
           from game_gacha.gacha_pools where revision = ?"#,
        revision.0.as_slice(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let items = sqlx::query!(
        r#"select item_master_id, rarity, weight, is_pickup as "is_pickup: bool"
           from game_gacha.gacha_items where revision = ?"#,
        revision.0.as_slice(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(PoolItem {
            item_master_id: ItemMasterId::new(row.item_master_id).map_err(corrupt)?,
            rarity: word(&row.rarity)?,
            weight: row.weight.try_into().map_err(corrupt)?,
            is_pickup: row.is_pickup,
        })
    })
    .collect::<sqlx::Result<_>>()?;

    let rules = row.rules.0;
    Pool::new(PoolParts {
        pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
        name: row.name,
        opens_at: row.opens_at,
        closes_at: row.closes_at,
        prices: rules.prices.into_iter().map(to_price).collect::<sqlx::Result<_>>()?,
        pity: PityRule {
            group: PityGroup::new(row.pity_group).map_err(corrupt)?,
            max_count: rules.pity_max_count,
        },
        rarity_weights: rules
            .rarity_weights
            .iter()
            .map(|(rarity, weight)| Ok((word(rarity)?, *weight)))
            .collect::<sqlx::Result<_>>()?,
        items,
    })
    .map_err(corrupt)
}

fn to_price(price: PriceRule) -> sqlx::Result<Price> {
    Price::new(price.draw_count, word(&price.currency_type)?, price.amount).map_err(corrupt)
}

/// Revisions that this process has read. They never change, so a warm Lambda
/// reads each pool once.
#[derive(Debug, Default)]
pub struct Revisions {
    read: RwLock<HashMap<PoolRevision, Arc<Pool>>>,
}

impl Revisions {
    /// The pool of a revision that exists.
    ///
    /// # Errors
    /// When the database fails or has no such revision.
    pub async fn get(&self, conn: &mut Conn, revision: PoolRevision) -> sqlx::Result<Arc<Pool>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner).get(&revision).cloned();
        if let Some(pool) = read {
            return Ok(pool);
        }
        let pool = Arc::new(load(conn, revision).await?);
        self.read
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(revision, Arc::clone(&pool));
        Ok(pool)
    }
}
