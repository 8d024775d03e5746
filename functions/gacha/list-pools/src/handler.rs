use serde::Serialize;
use tenjo_domain::{PoolId, PoolRevision};
use tenjo_http::{ApiError, Caching, Call, HasDb, Languages, Player, Reply};
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
    #[serde(skip)]
    languages: Languages,
}

impl Reply for PoolsView {
    fn caching(&self) -> Caching {
        Caching::Checked
    }

    fn languages(&self) -> Option<&Languages> {
        Some(&self.languages)
    }
}

/// The pools that are within their dates, by id. Each says whether it sells now: it may
/// be outside its opening hours.
pub(crate) async fn list_pools(app: &App, call: Call<Player>) -> Result<PoolsView, ApiError> {
    let (limit, place) = call.page::<String>()?;
    let after = place.map(PoolId::new).transpose().map_err(ApiError::field("cursor"))?;
    let mut conn = app.db.acquire().await?;
    let page = pool::list_open(&mut conn, call.now(), after.as_ref(), limit).await?;
    let next_cursor = call.next_cursor(&page, |open| open.pool_id.to_string())?;
    let revisions: Vec<PoolRevision> = page.rows.iter().map(|open| open.revision).collect();
    let pools = app.revisions.get_all(&mut conn, &revisions).await?;
    let mut reader = call.reader();
    let pools = page.rows.iter().zip(&pools).map(|(open, pool)| {
        PoolView::of(pool, open.presentation.as_ref(), &mut reader, call.now())
    });
    Ok(PoolsView { pools: pools.collect(), next_cursor, languages: reader.languages() })
}
