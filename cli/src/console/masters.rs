//! The master data of this machine, to compare with what is live.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tenjo_documents::{PublishedOdds, revision, to_document};
use tenjo_masters::{Masters, read_folder};
use tokio::task::spawn_blocking;

use super::Console;
use super::answer::{data, error};

impl Console {
    /// Every pool of the folder, as it would be published.
    pub(super) async fn masters(&self) -> Response {
        of_folder(self.masters.clone(), |folder, masters| {
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
            data(&json!({ "folder": folder.display().to_string(), "pools": pools }))
        })
        .await
    }

    /// The odds that one of them would be published with. They take up to some seconds.
    pub(super) async fn master_pool(&self, pool_id: &str) -> Response {
        let pool_id = pool_id.to_owned();
        of_folder(self.masters.clone(), move |_, masters| {
            match masters.pools.iter().find(|pool| pool.pool_id().as_str() == pool_id) {
                Some(pool) => data(&json!({ "pool_id": pool_id, "odds": PublishedOdds::of(pool) })),
                None => error(StatusCode::NOT_FOUND, "not_found", "the folder has no such pool"),
            }
        })
        .await
    }
}

/// Reads the folder and answers of it, away from the thread that serves.
async fn of_folder(
    folder: PathBuf,
    answer: impl FnOnce(&Path, &Masters) -> Response + Send + 'static,
) -> Response {
    let work = move || match read_folder(&folder) {
        Ok(masters) => answer(&folder, &masters),
        Err(cause) => error(StatusCode::UNPROCESSABLE_ENTITY, "wrong_masters", &cause.to_string()),
    };
    match spawn_blocking(work).await {
        Ok(response) => response,
        Err(cause) => error(StatusCode::INTERNAL_SERVER_ERROR, "internal", &cause.to_string()),
    }
}
