//! The shop: its immutable revisions, and which of them is live.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tenjo_documents::{
    from_presentation, from_shop_document, shop_revision, to_presentation, to_shop_document,
};
use tenjo_domain::{Presentation, ProductId, Shop, ShopRevision};

use crate::{Conn, corrupt};

/// The live revision is in one row, which has this id.
const LIVE: &str = "live";

/// Writes a revision of the shop, unless it exists, and makes it the live one.
///
/// # Errors
/// When the database fails.
pub async fn publish(conn: &mut Conn, shop: &Shop) -> sqlx::Result<ShopRevision> {
    let document = to_shop_document(shop);
    let revision = shop_revision(&document);
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
    .execute(conn)
    .await?;
    Ok(revision)
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
    .fetch_one(conn)
    .await?;
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
        let known =
            self.read.read().unwrap_or_else(PoisonError::into_inner).get(&revision).cloned();
        let shop = match known {
            Some(shop) => shop,
            None => {
                let shop = Arc::new(read(conn, revision).await?);
                let mut shops = self.read.write().unwrap_or_else(PoisonError::into_inner);
                shops.insert(revision, Arc::clone(&shop));
                shop
            }
        };
        Ok(Some(LiveShop { revision, shop, presentations }))
    }
}
