//! The shop: its immutable revisions, and which of them is live.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tenjo_documents::{
    from_presentation, from_shop_document, shop_revision, to_presentation, to_shop_document,
};
use tenjo_domain::{Presentation, ProductId, Shop, ShopHistory, ShopRevision};
use time::{Duration, OffsetDateTime};

use crate::{BrokenInvariant, Conn, corrupt};

/// The live revision is in one row, which has this id.
const LIVE: &str = "live";

/// Writes a revision of the shop, unless it exists, and makes it the live one, from now
/// on in the history.
///
/// # Errors
/// When the database fails.
pub async fn publish(conn: &mut Conn, shop: &Shop) -> sqlx::Result<ShopRevision> {
    let document = to_shop_document(shop);
    let revision = shop_revision(&document);
    let is_live = lock_live(conn).await? == Some(revision);
    sqlx::query!(
        "insert ignore into game_purchase.shop_revisions (revision, document) values (?, ?)",
        revision.0.as_slice(),
        document,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into game_purchase.live_shop (shop_id, revision) values (?, ?)
         on duplicate key update revision = values(revision)",
        LIVE,
        revision.0.as_slice(),
    )
    .execute(&mut *conn)
    .await?;
    if !is_live {
        begin_period(conn, revision).await?;
    }
    Ok(revision)
}

/// A revision sells from now on. Later than all before it, also by the clock of another
/// server of the database, and than one whose publication this has waited for: a reading
/// lock sees what was committed since the transaction began.
async fn begin_period(conn: &mut Conn, revision: ShopRevision) -> sqlx::Result<()> {
    let last = sqlx::query_scalar!(
        "select live_from from game_purchase.shop_periods
         order by live_from desc limit 1 for update",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let now = sqlx::query_scalar!(r#"select current_timestamp(6) as "now!: OffsetDateTime""#)
        .fetch_one(&mut *conn)
        .await?;
    let after = last.map_or(now, |last| last.saturating_add(Duration::microseconds(1)));
    sqlx::query!(
        "insert into game_purchase.shop_periods (live_from, revision) values (?, ?)",
        after.max(now),
        revision.0.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which revisions sold from when on. There is a row for each publication that changed
/// the shop, so all of them are few.
///
/// # Errors
/// When the database fails.
pub async fn history(conn: &mut Conn) -> sqlx::Result<ShopHistory> {
    let rows = sqlx::query!("select live_from, revision from game_purchase.shop_periods")
        .fetch_all(conn)
        .await?;
    let begun: sqlx::Result<Vec<_>> =
        rows.into_iter().map(|row| Ok((row.live_from, to_revision(&row.revision)?))).collect();
    begun.map(ShopHistory::new)
}

/// What players read and see of products, if more than their names.
pub type Presentations = BTreeMap<ProductId, Presentation>;

/// Sets what players read and see of the live shop's products. It is no part of a
/// revision.
///
/// # Errors
/// When the database fails.
pub async fn present(conn: &mut Conn, presentations: &Presentations) -> sqlx::Result<()> {
    let stored: BTreeMap<&str, String> =
        presentations.iter().map(|(id, it)| (id.as_str(), to_presentation(it))).collect();
    sqlx::query!(
        "update game_purchase.live_shop set presentations = ? where shop_id = ?",
        serde_json::to_string(&stored).map_err(corrupt)?,
        LIVE,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn read_presentations(stored: Option<&str>) -> sqlx::Result<Presentations> {
    let stored: BTreeMap<String, String> =
        stored.map(serde_json::from_str).transpose().map_err(corrupt)?.unwrap_or_default();
    let read = |(id, text): (String, String)| {
        let presentation = from_presentation(&text).map_err(corrupt)?;
        Ok((ProductId::new(id).map_err(corrupt)?, presentation))
    };
    stored.into_iter().map(read).collect()
}

/// The live revision, if a shop was ever published.
///
/// # Errors
/// When the database fails.
pub async fn live(conn: &mut Conn) -> sqlx::Result<Option<ShopRevision>> {
    sqlx::query!("select revision from game_purchase.live_shop where shop_id = ?", LIVE)
        .fetch_optional(conn)
        .await?
        .map(|row| to_revision(&row.revision))
        .transpose()
}

/// The same, locked until the transaction ends: another publication waits here.
///
/// # Errors
/// When the database fails.
pub async fn lock_live(conn: &mut Conn) -> sqlx::Result<Option<ShopRevision>> {
    sqlx::query!("select revision from game_purchase.live_shop where shop_id = ? for update", LIVE)
        .fetch_optional(conn)
        .await?
        .map(|row| to_revision(&row.revision))
        .transpose()
}

/// The shop of a revision that exists.
///
/// # Errors
/// When the database fails or has no such revision.
pub async fn read(conn: &mut Conn, revision: ShopRevision) -> sqlx::Result<Shop> {
    let row = sqlx::query!(
        "select document from game_purchase.shop_revisions where revision = ?",
        revision.0.as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or(BrokenInvariant::NoShopRevision(revision))?;
    from_shop_document(&row.document).map_err(corrupt)
}

fn to_revision(bytes: &[u8]) -> sqlx::Result<ShopRevision> {
    Ok(ShopRevision(bytes.try_into().map_err(corrupt)?))
}

/// A shop, and its revision.
#[derive(Debug, Clone)]
pub struct LiveShop {
    /// The revision.
    pub revision: ShopRevision,
    /// All of it.
    pub shop: Arc<Shop>,
    /// What players read and see of its products.
    pub presentations: Presentations,
}

/// The revisions that this process has read. They never change, so a warm Lambda reads
/// each of them once.
#[derive(Debug, Default)]
pub struct Shops {
    read: RwLock<HashMap<ShopRevision, Arc<Shop>>>,
}

impl Shops {
    /// The live shop; `None` if none was ever published.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live(&self, conn: &mut Conn) -> sqlx::Result<Option<LiveShop>> {
        let row = sqlx::query!(
            "select revision, presentations from game_purchase.live_shop where shop_id = ?",
            LIVE,
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let revision = to_revision(&row.revision)?;
        let presentations = read_presentations(row.presentations.as_deref())?;
        let shop = self.get(conn, revision).await?;
        Ok(Some(LiveShop { revision, shop, presentations }))
    }

    /// The shop of a revision that exists.
    ///
    /// # Errors
    /// When the database fails or has no such revision.
    pub async fn get(&self, conn: &mut Conn, revision: ShopRevision) -> sqlx::Result<Arc<Shop>> {
        let known =
            self.read.read().unwrap_or_else(PoisonError::into_inner).get(&revision).cloned();
        if let Some(shop) = known {
            return Ok(shop);
        }
        let shop = Arc::new(read(conn, revision).await?);
        let mut shops = self.read.write().unwrap_or_else(PoisonError::into_inner);
        shops.insert(revision, Arc::clone(&shop));
        Ok(shop)
    }
}
