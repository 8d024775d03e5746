//! What is published beside the rules of pools: items, what is sold for money, and all
//! that players read and see. None of it but the shop has revisions, so whoever is about
//! to publish compares it as a whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tenjo_documents::{to_presentation, to_shop_document};
use tenjo_domain::{PoolId, Presentation, Shop};

use crate::item_master::{self, ItemMaster};
use crate::shop::{Presentations, Shops};
use crate::{Conn, Limit, Page, pool};

/// All of it, as it is live or as it would be.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Every item of the game.
    pub items: Vec<ItemMaster>,
    /// What players read and see of each pool.
    pub pools: BTreeMap<PoolId, Presentation>,
    /// What is sold for money, if anything ever was.
    pub shop: Option<Shop>,
    /// What players read and see of its products.
    pub products: Presentations,
}

/// A catalogue as JSON, for people to compare with another one.
#[derive(Debug, Serialize)]
pub struct CatalogueDocument {
    items: Vec<ItemShape>,
    pools: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shop: Option<Value>,
    products: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize)]
struct ItemShape {
    item_master_id: String,
    rarity: &'static str,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    presentation: Option<Value>,
}

/// The live one.
///
/// # Errors
/// When the database fails.
pub async fn live(conn: &mut Conn) -> sqlx::Result<Catalogue> {
    let shop = Shops::default().live(conn).await?;
    let (shop, products) = shop.map(|live| (live.shop, live.presentations)).unzip();
    Ok(Catalogue {
        items: items(conn).await?,
        pools: pool::presentations(conn).await?,
        shop: shop.map(|shop| Shop::clone(&shop)),
        products: products.unwrap_or_default(),
    })
}

async fn items(conn: &mut Conn) -> sqlx::Result<Vec<ItemMaster>> {
    let mut items: Vec<ItemMaster> = Vec::new();
    loop {
        let after = items.last().map(|item| item.item_master_id.clone());
        let Page { rows, has_more } =
            item_master::list(conn, after.as_ref(), Limit::default()).await?;
        items.extend(rows);
        if !has_more {
            return Ok(items);
        }
    }
}

impl Catalogue {
    /// It as JSON.
    #[must_use]
    pub fn document(&self) -> CatalogueDocument {
        let seen = |presentation: &Presentation| value(&to_presentation(presentation));
        let item = |item: &ItemMaster| ItemShape {
            item_master_id: item.item_master_id.to_string(),
            rarity: item.rarity.as_str(),
            kind: item.kind.clone(),
            presentation: item.presentation.as_ref().map(seen),
        };
        CatalogueDocument {
            items: self.items.iter().map(item).collect(),
            pools: self.pools.iter().map(|(id, it)| (id.to_string(), seen(it))).collect(),
            shop: self.shop.as_ref().map(|shop| value(&to_shop_document(shop))),
            products: self.products.iter().map(|(id, it)| (id.to_string(), seen(it))).collect(),
        }
    }

    /// Leaves out what publishing `next` does not change: it deletes no item, and a pool that
    /// goes off sale takes its texts with it.
    #[must_use]
    pub fn touched_by(mut self, next: &Self) -> Self {
        self.items.retain(|item| {
            next.items.iter().any(|other| other.item_master_id == item.item_master_id)
        });
        self.pools.retain(|pool_id, _| next.pools.contains_key(pool_id));
        self
    }
}

/// A document, which is JSON.
fn value(document: &str) -> Value {
    serde_json::from_str(document).unwrap_or_default()
}
