use serde::Serialize;
use tenjo_domain::PoolId;
use tenjo_http::{ApiError, Call, HasDb, Player, Reply};
use tenjo_store::Db;
use tenjo_store::pool::{self, Revisions};
use tenjo_views::PoolView;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Serialize)]
pub(crate) struct PoolsView {
    pools: Vec<PoolView>,
    next_cursor: Option<String>,
}

impl Reply for PoolsView {}

/// The pools that are within their dates, by id. Each says whether it sells now: it may
/// be outside its opening hours.
pub(crate) async fn list_pools(app: &App, call: Call<Player>) -> Result<PoolsView, ApiError> {
    let (limit, place) = call.page::<String>()?;
    let after = place.map(PoolId::new).transpose().map_err(ApiError::field("cursor"))?;
    let mut conn = app.db.acquire().await?;
    let page = pool::list_open(&mut conn, call.now(), after.as_ref(), limit).await?;
    let next_cursor = call.next_cursor(&page, |open| open.pool_id.to_string())?;
    let mut pools = Vec::with_capacity(page.rows.len());
    for open in page.rows {
        let pool = app.revisions.get(&mut conn, open.revision).await?;
        pools.push(PoolView::of(&pool, call.now()));
    }
    Ok(PoolsView { pools, next_cursor })
}
