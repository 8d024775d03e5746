use serde::Serialize;
use tenjo_domain::ItemMasterId;
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_store::Db;
use tenjo_store::item_master::{self, ItemMaster};

#[derive(Serialize)]
pub(crate) struct ItemMastersView {
    item_masters: Vec<ItemMasterView>,
    next_cursor: Option<String>,
}

impl Reply for ItemMastersView {}

#[derive(Serialize)]
struct ItemMasterView {
    item_master_id: String,
    name: String,
    rarity: &'static str,
    kind: String,
}

impl From<ItemMaster> for ItemMasterView {
    fn from(item: ItemMaster) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            name: item.name,
            rarity: item.rarity.as_str(),
            kind: item.kind,
        }
    }
}

/// Every item of the game, by its id.
pub(crate) async fn list_item_masters(
    db: &Db,
    call: Call<Player>,
) -> Result<ItemMastersView, ApiError> {
    let (limit, place) = call.page::<String>()?;
    let after = place.map(ItemMasterId::new).transpose().map_err(ApiError::field("cursor"))?;
    let mut conn = db.acquire().await?;
    let page = item_master::list(&mut conn, after.as_ref(), limit).await?;
    let next_cursor = call.next_cursor(&page, |item| item.item_master_id.to_string())?;
    let item_masters = page.rows.into_iter().map(ItemMasterView::from).collect();
    Ok(ItemMastersView { item_masters, next_cursor })
}
