use serde::Serialize;
use tenjo_documents::OddsDocument;
use tenjo_domain::PoolId;
use tenjo_http::{ApiError, Caching, Call, HasDb, Languages, Player, Reply};
use tenjo_store::pool::{self, Revisions};
use tenjo_store::{Db, player_state, point};
use tenjo_views::{PityView, PoolView, StandingView};

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
pub(crate) struct PoolDetailView {
    #[serde(flatten)]
    pool: PoolView,
    revision: String,
    pity: Option<PityView>,
    standing: DetailedStandingView,
    #[serde(skip)]
    languages: Languages,
}

impl Reply for PoolDetailView {
    fn caching(&self) -> Caching {
        Caching::Checked
    }

    fn languages(&self) -> Option<&Languages> {
        Some(&self.languages)
    }
}

#[derive(Serialize)]
struct DetailedStandingView {
    #[serde(flatten)]
    standing: StandingView,
    next_draw: Option<OddsDocument>,
}

/// An open pool: its rules, and the caller's state in it, with the odds of their next
/// draw. All odds of the pool are those of its revision, which `get-revision` shows.
///
/// # Errors
/// - `invalid_request` (400): not the id of a pool
/// - `not_found` (404): unknown, or outside its dates
pub(crate) async fn get_pool(app: &App, call: Call<Player>) -> Result<PoolDetailView, ApiError> {
    let pool_id = PoolId::new(call.path("pool_id")?).map_err(ApiError::field("pool_id"))?;
    let (user_id, now, mut reader) = (call.user_id(), call.now(), call.reader());
    let mut conn = app.db.acquire().await?;
    let open = pool::find_open(&mut conn, &pool_id, now).await?;
    let open = open.ok_or(ApiError::NotFound("pool"))?;
    let pool = app.revisions.get(&mut conn, open.revision).await?;
    let state = player_state::find(&mut conn, user_id, &pool).await?.state(&pool);
    let points = match pool.exchange() {
        Some(rule) => Some(point::balance(&mut conn, user_id, &rule.group).await?),
        None => None,
    };
    Ok(PoolDetailView {
        pool: PoolView::of(&pool, open.presentation.as_ref(), &mut reader, now),
        revision: open.revision.to_string(),
        pity: PityView::now(&pool, state.pity),
        standing: DetailedStandingView {
            standing: StandingView::of(&pool, &state, points, now),
            next_draw: pool.next_draw(&state).map(OddsDocument::from),
        },
        languages: reader.languages(),
    })
}
