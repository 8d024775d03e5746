//! The published odds of a pool as JSON. They are stored with a revision when it
//! is published, because the long-run figures take a while to compute.

use num_rational::BigRational;
use serde::Serialize;
use tenjo_domain::{
    Forecast, ItemForecast, Odds, Pool, RarityForecast, RarityOdds, Rate, Wait, WaitPoint, decimal,
    fraction,
};

/// How many decimals an expected number of draws or gems is shown with, beside
/// its exact fraction.
const DECIMALS: u32 = 6;

/// Everything that is published of a pool's odds.
#[derive(Debug, Serialize)]
pub struct PublishedOdds {
    steps: Vec<StepOddsDocument>,
    /// What pity does to the odds, draw by draw.
    pity: Vec<PityOddsDocument>,
    /// The odds of a draw that owes a pickup.
    rate_up: Option<OddsDocument>,
    forecasts: Vec<ForecastDocument>,
}

/// The odds of a draw of a step.
#[derive(Debug, Serialize)]
struct StepOddsDocument {
    #[serde(flatten)]
    odds: OddsDocument,
    /// The same of a draw that must fulfil the guarantee.
    guaranteed: Option<OddsDocument>,
}

/// The odds of the rarities on a draw, counted from the last SSR.
#[derive(Debug, Serialize)]
struct PityOddsDocument {
    draw: u32,
    rarities: Vec<RarityDocument>,
}

/// The odds of one draw.
#[derive(Debug, Serialize)]
pub struct OddsDocument {
    rarities: Vec<RarityDocument>,
    items: Vec<ItemDocument>,
}

#[derive(Debug, Serialize)]
struct RarityDocument {
    rarity: &'static str,
    rate: RateDocument,
    percent: String,
}

#[derive(Debug, Serialize)]
struct ItemDocument {
    item_master_id: String,
    rarity: &'static str,
    is_pickup: bool,
    rate: RateDocument,
    percent: String,
}

#[derive(Debug, Serialize)]
struct RateDocument {
    numerator: u64,
    denominator: u64,
}

/// A fraction of any size: whole numbers as decimal text.
#[derive(Debug, Serialize)]
struct FractionDocument {
    numerator: String,
    denominator: String,
}

#[derive(Debug, Serialize)]
struct ForecastDocument {
    draw_count: u32,
    rarities: Vec<RarityForecastDocument>,
    items: Vec<ItemForecastDocument>,
    first_ssr: Option<WaitDocument>,
    first_pickup: Option<WaitDocument>,
}

#[derive(Debug, Serialize)]
struct RarityForecastDocument {
    rarity: &'static str,
    rate: FractionDocument,
    percent: String,
}

#[derive(Debug, Serialize)]
struct ItemForecastDocument {
    item_master_id: String,
    rarity: &'static str,
    is_pickup: bool,
    share_of_rarity: FractionDocument,
    percent: String,
}

#[derive(Debug, Serialize)]
struct WaitDocument {
    expected_draws: Option<NumberDocument>,
    expected_price: Option<NumberDocument>,
    points: Vec<PointDocument>,
}

/// An exact number, and the same rounded.
#[derive(Debug, Serialize)]
struct NumberDocument {
    exact: FractionDocument,
    rounded: String,
}

#[derive(Debug, Serialize)]
struct PointDocument {
    percent: u32,
    draws: u64,
    price: String,
}

impl PublishedOdds {
    /// Computes everything. This takes milliseconds to seconds.
    #[must_use]
    pub fn of(pool: &Pool) -> Self {
        let steps = (0..pool.stage_count()).filter_map(|step| {
            Some(StepOddsDocument {
                odds: pool.odds(step)?.into(),
                guaranteed: pool.guaranteed_odds(step).map(OddsDocument::from),
            })
        });
        let pity = pool.pity_odds().into_iter().map(|(draw, rarities)| PityOddsDocument {
            draw,
            rarities: rarities.into_iter().map(RarityDocument::from).collect(),
        });
        let forecasts = pool.forecast_counts().filter_map(|count| pool.forecast(count));
        Self {
            steps: steps.collect(),
            pity: pity.collect(),
            rate_up: pool.rate_up_odds().map(OddsDocument::from),
            forecasts: forecasts.map(ForecastDocument::from).collect(),
        }
    }
}

impl From<Odds> for OddsDocument {
    fn from(odds: Odds) -> Self {
        let rarities = odds.rarities.into_iter().map(RarityDocument::from);
        let items = odds.items.into_iter().map(|odds| ItemDocument {
            item_master_id: odds.item_master_id.to_string(),
            rarity: odds.rarity.as_str(),
            is_pickup: odds.is_pickup,
            rate: odds.rate.into(),
            percent: odds.percent,
        });
        Self { rarities: rarities.collect(), items: items.collect() }
    }
}

impl From<RarityOdds> for RarityDocument {
    fn from(odds: RarityOdds) -> Self {
        Self { rarity: odds.rarity.as_str(), rate: odds.rate.into(), percent: odds.percent }
    }
}

impl From<Rate> for RateDocument {
    fn from(rate: Rate) -> Self {
        Self { numerator: rate.numerator, denominator: rate.denominator }
    }
}

impl From<Forecast> for ForecastDocument {
    fn from(forecast: Forecast) -> Self {
        Self {
            draw_count: forecast.draw_count.get(),
            rarities: forecast.rarities.iter().map(RarityForecastDocument::from).collect(),
            items: forecast.items.iter().map(ItemForecastDocument::from).collect(),
            first_ssr: forecast.first_ssr.as_ref().map(WaitDocument::from),
            first_pickup: forecast.first_pickup.as_ref().map(WaitDocument::from),
        }
    }
}

impl From<&RarityForecast> for RarityForecastDocument {
    fn from(forecast: &RarityForecast) -> Self {
        Self {
            rarity: forecast.rarity.as_str(),
            rate: FractionDocument::of(&forecast.rate),
            percent: forecast.percent.clone(),
        }
    }
}

impl From<&ItemForecast> for ItemForecastDocument {
    fn from(forecast: &ItemForecast) -> Self {
        Self {
            item_master_id: forecast.item_master_id.to_string(),
            rarity: forecast.rarity.as_str(),
            is_pickup: forecast.is_pickup,
            share_of_rarity: FractionDocument::of(&forecast.share),
            percent: forecast.percent.clone(),
        }
    }
}

impl From<&Wait> for WaitDocument {
    fn from(wait: &Wait) -> Self {
        Self {
            expected_draws: wait.expected_draws.as_ref().map(NumberDocument::of),
            expected_price: wait.expected_price.as_ref().map(NumberDocument::of),
            points: wait.points.iter().map(PointDocument::from).collect(),
        }
    }
}

impl From<&WaitPoint> for PointDocument {
    fn from(point: &WaitPoint) -> Self {
        Self { percent: point.percent, draws: point.draws, price: point.price.to_string() }
    }
}

impl NumberDocument {
    fn of(number: &BigRational) -> Self {
        Self { exact: FractionDocument::of(number), rounded: decimal(number, DECIMALS) }
    }
}

impl FractionDocument {
    fn of(number: &BigRational) -> Self {
        let (numerator, denominator) = fraction(number);
        Self { numerator, denominator }
    }
}
