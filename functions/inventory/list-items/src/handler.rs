use serde::Serialize;
use tenjo_domain::ItemMasterId;
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_store::Db;
use tenjo_store::inventory::{self, UserItem};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(crate) struct ItemsView {
    items: Vec<ItemView>,
    next_cursor: Option<String>,
}

impl Reply for ItemsView {}

#[derive(Serialize)]
struct ItemView {
    item_master_id: String,
    quantity: u64,
    #[serde(with = "time::serde::rfc3339")]
    first_acquired_at: OffsetDateTime,
}

impl From<UserItem> for ItemView {
    fn from(item: UserItem) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            quantity: item.quantity.get(),
            first_acquired_at: item.first_acquired_at,
        }
    }
}

/// The items that the caller owns, by item id.
pub(crate) async fn list_items(db: &Db, call: Call<Player>) -> Result<ItemsView, ApiError> {
    let (limit, place) = call.page::<String>()?;
    let after = place.map(ItemMasterId::new).transpose().map_err(ApiError::field("cursor"))?;
    let mut conn = db.acquire().await?;
    let page = inventory::list(&mut conn, call.user_id(), after.as_ref(), limit).await?;
    let next_cursor = call.next_cursor(&page, |item| item.item_master_id.to_string())?;
    Ok(ItemsView { items: page.rows.into_iter().map(ItemView::from).collect(), next_cursor })
}
