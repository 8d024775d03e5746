//! Pools: their immutable revisions, and which of them is live.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tenjo_documents::{from_document, revision, to_document, to_presentation};
use tenjo_domain::{Pool, PoolId, PoolItem, PoolRevision, Presentation};
use time::OffsetDateTime;

use crate::{BrokenInvariant, Conn, Limit, Page, corrupt, presentation};

/// Writes a pool's revision, unless it exists, and makes it the live one. `odds`
/// are the odds that players can read, as JSON.
///
/// # Errors
/// When the database fails.
pub async fn publish(conn: &mut Conn, pool: &Pool, odds: &str) -> sqlx::Result<PoolRevision> {
    let document = to_document(pool);
    let revision = revision(&document);
    if has(conn, pool.pool_id(), revision).await? {
        sell(conn, pool.pool_id(), revision).await?;
        return Ok(revision);
    }
    sqlx::query!(
        "insert into game_gacha.gacha_pools
           (revision, pool_id, name, opens_at, closes_at, document, odds)
         values (?, ?, ?, ?, ?, ?, ?)",
        revision.0.as_slice(),
        pool.pool_id().as_str(),
        pool.name(),
        pool.opens_at(),
        pool.closes_at(),
        document,
        odds,
    )
    .execute(&mut *conn)
    .await?;
    add_items(conn, revision, pool.items()).await?;
    sell(conn, pool.pool_id(), revision).await?;
    Ok(revision)
}

/// Sets what players read and see of a live pool. It is no part of a revision.
///
/// # Errors
/// When the database fails.
pub async fn present(
    conn: &mut Conn,
    pool_id: &PoolId,
    presentation: &Presentation,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_gacha.live_pools set presentation = ? where pool_id = ?",
        to_presentation(presentation),
        pool_id.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes an older revision of a pool the live one; `false`, and no change, if
/// the pool has no such revision.
///
/// # Errors
/// When the database fails.
pub async fn rollback(
    conn: &mut Conn,
    pool_id: &PoolId,
    revision: PoolRevision,
) -> sqlx::Result<bool> {
    let is_there = has(conn, pool_id, revision).await?;
    if is_there {
        sell(conn, pool_id, revision).await?;
    }
    Ok(is_there)
}

/// Whether a pool has this revision.
async fn has(conn: &mut Conn, pool_id: &PoolId, revision: PoolRevision) -> sqlx::Result<bool> {
    let found = sqlx::query!(
        "select 1 as found from game_gacha.gacha_pools
         where revision = ? and pool_id = ?",
        revision.0.as_slice(),
        pool_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

async fn sell(conn: &mut Conn, pool_id: &PoolId, revision: PoolRevision) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into game_gacha.live_pools (pool_id, revision) values (?, ?)
         on duplicate key update revision = values(revision)",
        pool_id.as_str(),
        revision.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The live revision of each pool, by pool id, locked until the transaction ends.
/// Another publication waits at this lock, if any pool is live: without rows there
/// is nothing to lock.
///
/// # Errors
/// When the database fails.
pub async fn lock_live(conn: &mut Conn) -> sqlx::Result<Vec<(PoolId, PoolRevision)>> {
    sqlx::query!("select pool_id, revision from game_gacha.live_pools order by pool_id for update")
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| {
            let pool_id = PoolId::new(row.pool_id).map_err(corrupt)?;
            Ok((pool_id, to_revision(&row.revision)?))
        })
        .collect()
}

/// The text of the rules that a pool published last, live or not.
///
/// # Errors
/// When the database fails.
pub async fn last_document(conn: &mut Conn, pool_id: &PoolId) -> sqlx::Result<Option<String>> {
    let row = sqlx::query!(
        "select document from game_gacha.gacha_pools
         where pool_id = ? order by published_at desc limit 1",
        pool_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.document))
}

/// A live pool, as it was published.
#[derive(Debug, Clone)]
pub struct LivePool {
    /// Its id.
    pub pool_id: PoolId,
    /// Its live revision.
    pub revision: PoolRevision,
    /// The text of its rules.
    pub document: String,
}

/// Every live pool by id, whether it is open or not.
///
/// # Errors
/// When the database fails.
pub async fn live(conn: &mut Conn) -> sqlx::Result<Vec<LivePool>> {
    sqlx::query!(
        "select l.pool_id, l.revision, p.document
         from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision
         order by l.pool_id",
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(LivePool {
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            revision: to_revision(&row.revision)?,
            document: row.document,
        })
    })
    .collect()
}

/// A pool on sale, for those who run the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldPool {
    /// Its id.
    pub pool_id: PoolId,
    /// Its live revision.
    pub revision: PoolRevision,
    /// Its name.
    pub name: String,
    /// From when on it is open.
    pub opens_at: OffsetDateTime,
    /// Until when.
    pub closes_at: Option<OffsetDateTime>,
    /// Since when this revision is the live one.
    pub live_since: OffsetDateTime,
    /// Since when operators have paused it.
    pub paused_at: Option<OffsetDateTime>,
}

/// Every pool with a live revision, by id, paused ones too.
///
/// # Errors
/// When the database fails.
pub async fn sold(conn: &mut Conn) -> sqlx::Result<Vec<SoldPool>> {
    sqlx::query!(
        r#"select l.pool_id, l.revision, p.name, p.opens_at, p.closes_at,
                  l.updated_at as live_since, h.paused_at as "paused_at: OffsetDateTime"
           from game_gacha.live_pools l
           join game_gacha.gacha_pools p on p.revision = l.revision
           left join game_gacha.paused_pools h on h.pool_id = l.pool_id
           order by l.pool_id"#,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(SoldPool {
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            revision: to_revision(&row.revision)?,
            name: row.name,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            live_since: row.live_since,
            paused_at: row.paused_at,
        })
    })
    .collect()
}

/// What players read and see of each live pool, if more than its name.
///
/// # Errors
/// When the database fails.
pub async fn presentations(conn: &mut Conn) -> sqlx::Result<BTreeMap<PoolId, Presentation>> {
    let rows = sqlx::query!(
        "select pool_id, presentation from game_gacha.live_pools where presentation is not null",
    )
    .fetch_all(conn)
    .await?;
    let mut found = BTreeMap::new();
    for row in rows {
        if let Some(presentation) = presentation(row.presentation.as_deref())? {
            found.insert(PoolId::new(row.pool_id).map_err(corrupt)?, presentation);
        }
    }
    Ok(found)
}

/// Takes all pools except these off sale. Their revisions stay, because sagas name
/// them.
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

/// The live revision of a pool, whether it is open or not; none while it is paused.
///
/// # Errors
/// When the database fails.
pub async fn find_live(conn: &mut Conn, pool_id: &PoolId) -> sqlx::Result<Option<PoolRevision>> {
    // Two rows by their keys cost the database less than half of what a join costs.
    let rows = sqlx::query!(
        r#"select revision as "revision?: Vec<u8>" from game_gacha.live_pools where pool_id = ?
           union all
           select null from game_gacha.paused_pools where pool_id = ?"#,
        pool_id.as_str(),
        pool_id.as_str(),
    )
    .fetch_all(conn)
    .await?;
    let revisions: Option<Vec<Vec<u8>>> = rows.into_iter().map(|row| row.revision).collect();
    // A pause has none.
    revisions.unwrap_or_default().first().map(|bytes| to_revision(bytes)).transpose()
}

/// Whether a pool is live, paused or not.
///
/// # Errors
/// When the database fails.
pub async fn is_live(conn: &mut Conn, pool_id: &PoolId) -> sqlx::Result<bool> {
    let found = sqlx::query!(
        "select 1 as found from game_gacha.live_pools where pool_id = ?",
        pool_id.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Takes a pool off sale for a while, or puts it back. Safe to repeat. Returns whether
/// that changed anything.
///
/// # Errors
/// When the database fails.
pub async fn set_pause(conn: &mut Conn, pool_id: &PoolId, pause: bool) -> sqlx::Result<bool> {
    let done = if pause {
        sqlx::query!(
            "insert ignore into game_gacha.paused_pools (pool_id) values (?)",
            pool_id.as_str(),
        )
        .execute(conn)
        .await?
    } else {
        sqlx::query!("delete from game_gacha.paused_pools where pool_id = ?", pool_id.as_str())
            .execute(conn)
            .await?
    };
    Ok(done.rows_affected() == 1)
}

/// A pool, if it is open at `now`, and not paused.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    conn: &mut Conn,
    pool_id: &PoolId,
    now: OffsetDateTime,
) -> sqlx::Result<Option<OpenPool>> {
    sqlx::query!(
        "select p.pool_id, p.revision, l.presentation
         from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision
         left join game_gacha.paused_pools h on h.pool_id = l.pool_id
         where l.pool_id = ? and h.pool_id is null
           and p.opens_at <= ? and (p.closes_at is null or p.closes_at > ?)",
        pool_id.as_str(),
        now,
        now,
    )
    .fetch_optional(conn)
    .await?
    .map(|row| OpenPool::read(row.pool_id, &row.revision, row.presentation.as_deref()))
    .transpose()
}

/// A pool that is open.
#[derive(Debug, Clone)]
pub struct OpenPool {
    /// Its id.
    pub pool_id: PoolId,
    /// Its live revision.
    pub revision: PoolRevision,
    /// What players read and see of it, if more than its name.
    pub presentation: Option<Presentation>,
}

impl OpenPool {
    pub(crate) fn read(
        pool_id: String,
        revision: &[u8],
        stored: Option<&str>,
    ) -> sqlx::Result<Self> {
        Ok(Self {
            pool_id: PoolId::new(pool_id).map_err(corrupt)?,
            revision: to_revision(revision)?,
            presentation: presentation(stored)?,
        })
    }
}

/// A page of the pools that are open at `now` and not paused, by id, starting after
/// `after`.
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
        "select p.pool_id, p.revision, l.presentation
         from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision
         left join game_gacha.paused_pools h on h.pool_id = l.pool_id
         where p.opens_at <= ? and (p.closes_at is null or p.closes_at > ?) and l.pool_id > ?
           and h.pool_id is null
         order by l.pool_id limit ?",
        now,
        now,
        after.map_or("", PoolId::as_str),
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| OpenPool::read(row.pool_id, &row.revision, row.presentation.as_deref()))
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

fn to_revision(bytes: &[u8]) -> sqlx::Result<PoolRevision> {
    Ok(PoolRevision(bytes.try_into().map_err(corrupt)?))
}

/// The document of a revision.
///
/// # Errors
/// When the database fails or has no such revision.
pub async fn document(conn: &mut Conn, revision: PoolRevision) -> sqlx::Result<String> {
    let row = sqlx::query!(
        "select document from game_gacha.gacha_pools where revision = ?",
        revision.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.ok_or(BrokenInvariant::NoRevision(revision))?.document)
}

/// The documents of those of these revisions that exist.
async fn documents(
    conn: &mut Conn,
    revisions: &[&PoolRevision],
) -> sqlx::Result<Vec<(PoolRevision, String)>> {
    let mut select = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "select revision, document from game_gacha.gacha_pools where revision in (",
    );
    let mut places = select.separated(", ");
    for revision in revisions {
        places.push_bind(revision.0.as_slice());
    }
    select.push(")");
    let rows: Vec<(Vec<u8>, String)> = select.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(|(revision, document)| Ok((to_revision(&revision)?, document))).collect()
}

/// A revision, as it was published.
#[derive(Debug, Clone)]
pub struct PublishedRevision {
    /// Whose rules.
    pub pool_id: PoolId,
    /// The text of the rules.
    pub document: String,
    /// The odds that players can read, as JSON.
    pub odds: String,
    /// When it was published for the first time.
    pub published_at: OffsetDateTime,
}

/// A revision, whether it is live or not.
///
/// # Errors
/// When the database fails.
pub async fn find_revision(
    conn: &mut Conn,
    revision: PoolRevision,
) -> sqlx::Result<Option<PublishedRevision>> {
    let row = sqlx::query!(
        r#"select pool_id, document, cast(odds as char) as "odds!: String", published_at
           from game_gacha.gacha_pools where revision = ?"#,
        revision.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(PublishedRevision {
            pool_id: PoolId::new(row.pool_id).map_err(corrupt)?,
            document: row.document,
            odds: row.odds,
            published_at: row.published_at,
        })
    })
    .transpose()
}

/// The revisions that this process has read. They never change, so a warm Lambda
/// reads each of them once.
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
        if let Some(pool) = self.known(revision) {
            return Ok(pool);
        }
        self.keep(revision, &document(conn, revision).await?)
    }

    /// The pools of revisions that exist, in their order, read in one statement if this
    /// process does not have them all.
    ///
    /// # Errors
    /// When the database fails or does not have one of them.
    pub async fn get_all(
        &self,
        conn: &mut Conn,
        revisions: &[PoolRevision],
    ) -> sqlx::Result<Vec<Arc<Pool>>> {
        let is_unknown = |revision: &&PoolRevision| self.known(**revision).is_none();
        let unknown: Vec<_> = revisions.iter().filter(is_unknown).collect();
        if !unknown.is_empty() {
            for (revision, document) in documents(conn, &unknown).await? {
                self.keep(revision, &document)?;
            }
        }
        let pool = |revision: &PoolRevision| {
            self.known(*revision).ok_or_else(|| BrokenInvariant::NoRevision(*revision).into())
        };
        revisions.iter().map(pool).collect()
    }

    fn known(&self, revision: PoolRevision) -> Option<Arc<Pool>> {
        self.read.read().unwrap_or_else(PoisonError::into_inner).get(&revision).cloned()
    }

    fn keep(&self, revision: PoolRevision, document: &str) -> sqlx::Result<Arc<Pool>> {
        let pool = Arc::new(from_document(document).map_err(corrupt)?);
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        read.insert(revision, Arc::clone(&pool));
        Ok(pool)
    }
}
