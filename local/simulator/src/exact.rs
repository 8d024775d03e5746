//! The exact figures of a pool, as far as they can be simulated.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use tenjo_domain::{BoxReset, DrawCount, First, Pool, PoolKind, Wait};

use crate::spend::Spend;

/// How much further than to 99 percent the chances of a wait are computed.
const CHANCES_PER_POINT: f64 = 1.25;

/// What should come out of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    /// The first SSR, and the first pickup: what players wait for.
    pub waits: [Option<ExactWait>; 2],
    /// For each rarity, from common to rare, how many of its items one player
    /// draws on average in the counted purchases.
    pub of_rarity: [f64; 3],
    /// For each rarity, its share of the draws in the end.
    pub long_run: [f64; 3],
    /// For each item, in the pool's order, how many of it one player draws on
    /// average in the counted purchases.
    pub of_item: Vec<f64>,
    /// How many draws the counted purchases are.
    pub counted_draws: f64,
}

/// How long something takes to come.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactWait {
    /// The expected draws and gems, if it is certain to come.
    pub expected: Option<(f64, f64)>,
    /// Percent, and the draws within which it has come with that chance.
    pub points: Vec<(u32, usize)>,
    /// The chance that it has come within 0, 1, … draws.
    pub chances: Vec<f64>,
    /// What draws cost.
    pub(crate) spend: Spend,
}

impl Exact {
    /// `None` if the pool does not sell that many draws at once.
    pub(crate) fn new(pool: &Pool, draw_count: DrawCount, purchases: u32) -> Option<Self> {
        let forecast = pool.forecast(draw_count)?;
        let spend = Spend::new(pool, draw_count)?;
        let ends = spend.ends()
            || matches!(pool.parts().kind, PoolKind::Box { reset: BoxReset::Never, .. });
        // A player who waits for something that may never come must reach the end
        // of the pool.
        let wait = |first, wait: &Option<Wait>| {
            let wait = wait.as_ref().filter(|wait| ends || wait.expected_draws.is_some())?;
            ExactWait::new(pool, draw_count, first, wait, &spend)
        };
        let of_item: Vec<f64> =
            pool.expected_counts(draw_count, purchases)?.iter().map(float).collect();
        let mut of_rarity = [0.0; 3];
        for (item, count) in pool.items().iter().zip(&of_item) {
            of_rarity[item.rarity as usize] += count;
        }
        let mut long_run = [0.0; 3];
        for rarity in &forecast.rarities {
            long_run[rarity.rarity as usize] = float(&rarity.rate);
        }
        Some(Self {
            waits: [
                wait(First::Ssr, &forecast.first_ssr),
                wait(First::Pickup, &forecast.first_pickup),
            ],
            of_rarity,
            long_run,
            counted_draws: of_item.iter().sum(),
            of_item,
        })
    }
}

impl ExactWait {
    fn new(
        pool: &Pool,
        draw_count: DrawCount,
        first: First,
        wait: &Wait,
        spend: &Spend,
    ) -> Option<Self> {
        let points: Vec<(u32, usize)> = wait
            .points
            .iter()
            .filter_map(|point| Some((point.percent, usize::try_from(point.draws).ok()?)))
            .collect();
        let last = points.last().map_or(0, |(_, draws)| *draws).to_f64()?;
        let draws = (last * CHANCES_PER_POINT).ceil().to_u32()?;
        let chances = pool.first_chances(draw_count, first, draws)?;
        let expected = wait.expected_draws.as_ref().zip(wait.expected_price.as_ref());
        Some(Self {
            expected: expected.map(|(draws, gems)| (float(draws), float(gems))),
            points,
            spend: spend.clone(),
            chances: chances.iter().map(float).collect(),
        })
    }

    /// Within how many draws it has come with so great a chance, as far as
    /// chances are computed.
    #[must_use]
    pub fn percentile(&self, percent: u32) -> Option<usize> {
        let point = self.points.iter().find(|(point, _)| *point == percent);
        point.map(|(_, draws)| *draws).or_else(|| {
            self.chances.iter().position(|chance| *chance * 100.0 >= f64::from(percent))
        })
    }
}

/// The nearest number with some fifteen digits: more than can be simulated.
fn float(number: &BigRational) -> f64 {
    number.to_f64().unwrap_or(f64::NAN)
}
