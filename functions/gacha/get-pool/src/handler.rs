use serde::Serialize;
use serde_json::value::RawValue;
use tenjo_documents::OddsDocument;
use tenjo_domain::{PlayerState, Pool, PoolId, UserId};
use tenjo_http::{ApiError, Call, HasDb, Player, Reply};
use tenjo_store::pool::{self, Revisions};
use tenjo_store::{Conn, Db, player_state, point};
use tenjo_views::{PityView, PoolView, PriceView};
use time::OffsetDateTime;

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
    standing: StandingView,
    /// The text as it was published.
    odds: Box<RawValue>,
}

impl Reply for PoolDetailView {}

/// The caller's state in the pool, and what they can buy next.
#[derive(Serialize)]
struct StandingView {
    /// Counted from 1; null once the last step was bought.
    step: Option<u32>,
    /// What the caller can buy now, at exactly these prices. The free draw is among them.
    prices: Vec<PriceView>,
    is_free_draw_left: bool,
    draw_total: u64,
    draws_today: u32,
    copies_left: Option<u64>,
    points: Option<u64>,
    next_draw: Option<OddsDocument>,
}

impl StandingView {
    async fn of(
        conn: &mut Conn,
        user_id: UserId,
        pool: &Pool,
        state: &PlayerState,
        now: OffsetDateTime,
    ) -> sqlx::Result<Self> {
        let purchases = pool.purchases_at(state, now);
        let step = pool.step(purchases);
        let offers = pool.offers(state, now);
        let points = match pool.exchange() {
            Some(rule) => Some(point::balance(conn, user_id, &rule.group).await?),
            None => None,
        };
        Ok(Self {
            step: step.map(|step| step + 1),
            is_free_draw_left: offers.iter().any(|offer| offer.is_free),
            prices: offers.iter().map(PriceView::from).collect(),
            draw_total: purchases.draw_total,
            draws_today: purchases.draws_on_day,
            copies_left: pool.copies_left(state),
            points: points.map(|points| points.amount()),
            next_draw: pool.next_draw(state).map(OddsDocument::from),
        })
    }
}

/// An open pool: its rules, its exact odds, and the caller's state in it.
///
/// # Errors
/// - `invalid_request` (400): not the id of a pool
/// - `not_found` (404): unknown, or outside its dates
pub(crate) async fn get_pool(app: &App, call: Call<Player>) -> Result<PoolDetailView, ApiError> {
    let pool_id = PoolId::new(call.path("pool_id")?).map_err(ApiError::field("pool_id"))?;
    let (user_id, now) = (call.user_id(), call.now());
    let mut conn = app.db.acquire().await?;
    let revision =
        pool::find_open(&mut conn, &pool_id, now).await?.ok_or(ApiError::NotFound("pool"))?;
    let pool = app.revisions.get(&mut conn, revision).await?;
    let odds = pool::odds(&mut conn, revision).await?;
    let odds = RawValue::from_string(odds).map_err(ApiError::internal)?;
    let state = player_state::find(&mut conn, user_id, &pool).await?.state(&pool);
    Ok(PoolDetailView {
        pool: PoolView::of(&pool, now),
        revision: revision.to_string(),
        pity: PityView::now(&pool, state.pity),
        standing: StandingView::of(&mut conn, user_id, &pool, &state, now).await?,
        odds,
    })
}
