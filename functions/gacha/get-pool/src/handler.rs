use serde::Serialize;
use tenjo_domain::{ItemOdds, Odds, PoolId, RarityOdds, Rate};
use tenjo_http::view::{PityView, PoolView};
use tenjo_http::{ApiError, Call, Player, Reply};
use tenjo_store::pool::{self, Revisions};
use tenjo_store::{Db, pity};

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

#[derive(Serialize)]
pub(crate) struct PoolDetailView {
    #[serde(flatten)]
    pool: PoolView,
    pity: PityView,
    odds: OddsView,
}

impl Reply for PoolDetailView {}

#[derive(Serialize)]
struct OddsView {
    rarities: Vec<RarityOddsView>,
    items: Vec<ItemOddsView>,
}

#[derive(Serialize)]
struct RarityOddsView {
    rarity: &'static str,
    rate: RateView,
    percent: String,
}

#[derive(Serialize)]
struct ItemOddsView {
    item_master_id: String,
    rarity: &'static str,
    is_pickup: bool,
    rate: RateView,
    percent: String,
}

#[derive(Serialize)]
struct RateView {
    numerator: u64,
    denominator: u64,
}

impl From<Odds> for OddsView {
    fn from(odds: Odds) -> Self {
        Self {
            rarities: odds.rarities.into_iter().map(RarityOddsView::from).collect(),
            items: odds.items.into_iter().map(ItemOddsView::from).collect(),
        }
    }
}

impl From<RarityOdds> for RarityOddsView {
    fn from(odds: RarityOdds) -> Self {
        Self { rarity: odds.rarity.as_str(), rate: odds.rate.into(), percent: odds.percent }
    }
}

impl From<ItemOdds> for ItemOddsView {
    fn from(odds: ItemOdds) -> Self {
        Self {
            item_master_id: odds.item_master_id.to_string(),
            rarity: odds.rarity.as_str(),
            is_pickup: odds.is_pickup,
            rate: odds.rate.into(),
            percent: odds.percent,
        }
    }
}

impl From<Rate> for RateView {
    fn from(rate: Rate) -> Self {
        Self { numerator: rate.numerator, denominator: rate.denominator }
    }
}

/// An open pool: its prices, its odds to the last digit, the caller's pity.
///
/// # Errors
/// - `not_found` (404): unknown, or outside its dates
pub(crate) async fn get_pool(app: &App, call: Call<Player>) -> Result<PoolDetailView, ApiError> {
    // What is no pool id is no pool's id.
    let pool_id = PoolId::new(call.path("pool_id")?).map_err(|_| ApiError::NotFound("pool"))?;
    let mut conn = app.db.acquire().await?;
    let revision = pool::find_open(&mut conn, &pool_id, call.now())
        .await?
        .ok_or(ApiError::NotFound("pool"))?;
    let pool = app.revisions.get(&mut conn, revision).await?;
    let group = pool.pity().group.as_str();
    let pity = PityView {
        count: pity::find(&mut conn, call.user_id(), group).await?,
        max_count: pool.pity().max_count.get(),
    };
    Ok(PoolDetailView { pool: PoolView::from(&*pool), pity, odds: pool.odds().into() })
}
