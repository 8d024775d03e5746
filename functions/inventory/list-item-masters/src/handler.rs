use serde::Serialize;
use tenjo_domain::ItemMasterId;
use tenjo_http::{ApiError, Caching, Call, Languages, Player, Reader, Reply};
use tenjo_store::Db;
use tenjo_store::item_master::{self, ItemMaster};
use tenjo_views::PresentationView;

#[derive(Serialize)]
pub(crate) struct ItemMastersView {
    item_masters: Vec<ItemMasterView>,
    next_cursor: Option<String>,
    #[serde(skip)]
    languages: Languages,
}

impl Reply for ItemMastersView {
    fn caching(&self) -> Caching {
        Caching::Checked
    }

    fn languages(&self) -> Option<&Languages> {
        Some(&self.languages)
    }
}

#[derive(Serialize)]
struct ItemMasterView {
    item_master_id: String,
    #[serde(flatten)]
    presentation: PresentationView,
    rarity: &'static str,
    kind: String,
}

impl ItemMasterView {
    fn of(item: ItemMaster, reader: &mut Reader) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            presentation: PresentationView::of(item.presentation.as_ref(), &item.name, reader),
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
    let mut reader = call.reader();
    let items = page.rows.into_iter().map(|item| ItemMasterView::of(item, &mut reader));
    let item_masters = items.collect();
    Ok(ItemMastersView { item_masters, next_cursor, languages: reader.languages() })
}
