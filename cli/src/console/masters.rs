//! The master data of this machine, to compare with what is live.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tenjo_documents::{PublishedOdds, revision, to_document};
use tenjo_masters::{ItemEntry, Masters, Products, read_whole_folder};
use tenjo_store::catalogue::Catalogue;
use tenjo_store::item_master::ItemMaster;
use tokio::task::spawn_blocking;

use super::Console;
use super::answer::{data, error};

impl Console {
    /// All of the folder, as it would be published.
    pub(super) async fn masters(&self) -> Response {
        of_folder(self.masters.clone(), |folder, masters, products| {
            let pools = masters.pools.iter().map(|pool| {
                let document = to_document(pool);
                json!({
                    "pool_id": pool.pool_id().as_str(),
                    "name": pool.name(),
                    "revision": revision(&document).to_string(),
                    "document": document,
                })
            });
            let pools: Vec<Value> = pools.collect();
            let catalogue = catalogue(masters, products).document();
            data(&json!({
                "folder": folder.display().to_string(), "pools": pools, "catalogue": catalogue,
            }))
        })
        .await
    }

    /// The odds that one of them would be published with. They take up to some seconds.
    pub(super) async fn master_pool(&self, pool_id: &str) -> Response {
        let pool_id = pool_id.to_owned();
        of_folder(self.masters.clone(), move |_, masters, _| {
            match masters.pools.iter().find(|pool| pool.pool_id().as_str() == pool_id) {
                Some(pool) => data(&json!({ "pool_id": pool_id, "odds": PublishedOdds::of(pool) })),
                None => error(StatusCode::NOT_FOUND, "not_found", "the folder has no such pool"),
            }
        })
        .await
    }
}

/// What the folder would publish beside the rules of pools.
fn catalogue(masters: &Masters, products: Option<Products>) -> Catalogue {
    let item = |item: &ItemEntry| ItemMaster {
        item_master_id: item.item_master_id.clone(),
        name: item.presentation.name.own().to_owned(),
        rarity: item.rarity,
        kind: item.kind.clone(),
        presentation: Some(item.presentation.clone()),
    };
    let (shop, products) = products.unzip();
    Catalogue {
        items: masters.items.iter().map(item).collect(),
        pools: masters.presentations.clone(),
        shop,
        products: products.unwrap_or_default(),
    }
}

/// Reads the folder and answers of it, away from the thread that serves.
async fn of_folder(
    folder: PathBuf,
    answer: impl FnOnce(&Path, &Masters, Option<Products>) -> Response + Send + 'static,
) -> Response {
    let work = move || match read_whole_folder(&folder) {
        Ok((masters, products)) => answer(&folder, &masters, products),
        Err(cause) => error(StatusCode::UNPROCESSABLE_ENTITY, "wrong_masters", &cause.to_string()),
    };
    match spawn_blocking(work).await {
        Ok(response) => response,
        Err(cause) => error(StatusCode::INTERNAL_SERVER_ERROR, "internal", &cause.to_string()),
    }
}
