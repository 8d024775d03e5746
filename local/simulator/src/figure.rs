//! Simulated figures beside exact ones, and whether chance explains the
//! difference.

use num_traits::ToPrimitive;
use tenjo_domain::{Pool, Rarity};

use crate::exact::{Exact, ExactWait};
use crate::tally::{Sums, Tally, WaitTally};

/// A figure that is simulated and known.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is of, such as "First SSR" or "SSR".
    pub of: String,
    /// What it is, such as "mean, draws".
    pub what: String,
    /// The mean over the simulated players.
    pub simulated: f64,
    /// What it should be.
    pub exact: f64,
    /// How far from it the mean of this many players usually is.
    pub standard_error: f64,
}

/// By when something has come for a percentage of the players.
pub(crate) const PERCENTS: [u32; 7] = [10, 25, 50, 75, 90, 95, 99];

/// Less than any difference that matters, and more than rounding makes.
const ROUNDING: f64 = 1e-9;

impl Figure {
    /// The difference in standard errors. Every player is independent of every
    /// other, so it is close to normally distributed around 0: beyond 5 about
    /// once in 1.7 million. A figure that is the same for all players has no
    /// error, and must be exact.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        let difference = self.simulated - self.exact;
        if difference.abs() <= ROUNDING * self.exact.abs().max(1.0) {
            0.0
        } else {
            difference / self.standard_error
        }
    }

    /// From a sum over players and the sum of the squares.
    fn of_sums(of: &str, what: &str, players: u64, sums: Sums, exact: f64) -> Self {
        let (sum, squares) = (u128::from(sums.sum), u128::from(sums.squares));
        Self::of_moments(of, what, players, sum, squares, exact)
    }

    fn of_moments(
        of: &str,
        what: &str,
        players: u64,
        sum: u128,
        squares: u128,
        exact: f64,
    ) -> Self {
        let players = float(players.into());
        let mean = float(sum) / players;
        let variance = float(squares) / players - mean * mean;
        Self {
            of: of.into(),
            what: what.into(),
            simulated: mean,
            exact,
            standard_error: (variance.max(0.0) / players).sqrt(),
        }
    }
}

/// All figures of a simulation.
#[must_use]
pub fn figures(pool: &Pool, tally: &Tally, exact: &Exact) -> Vec<Figure> {
    let mut figures = Vec::new();
    let waits = ["First SSR", "First pickup"].into_iter().zip(&tally.waits).zip(&exact.waits);
    for ((of, tally), exact) in waits {
        if let Some(exact) = exact {
            figures.extend(figures_of_wait(of, tally, exact));
        }
    }
    let rarities = [Rarity::R, Rarity::Sr, Rarity::Ssr].into_iter();
    for ((rarity, sums), &exact) in rarities.zip(tally.of_rarity).zip(&exact.of_rarity) {
        if exact > 0.0 {
            let of = rarity.to_string();
            figures.push(Figure::of_sums(&of, "items", tally.players, sums, exact));
        }
    }
    for ((item, &sums), &exact) in pool.items().iter().zip(&tally.of_item).zip(&exact.of_item) {
        let of = item.item_master_id.as_str();
        figures.push(Figure::of_sums(of, "items", tally.players, sums, exact));
    }
    figures
}

fn figures_of_wait(of: &str, tally: &WaitTally, exact: &ExactWait) -> Vec<Figure> {
    let players = tally.by_draw.iter().sum::<u64>() + tally.never;
    let mut figures = Vec::new();
    if let Some((draws, gems)) = exact.expected {
        let mean = |what, values: &dyn Fn(usize) -> u128, exact| {
            let counts = || tally.by_draw.iter().map(|&count| u128::from(count)).enumerate();
            let sum = counts().map(|(draw, count)| count * values(draw)).sum();
            let squares = counts().map(|(draw, count)| count * values(draw).pow(2)).sum();
            Figure::of_moments(of, what, players, sum, squares, exact)
        };
        figures.push(mean("mean, draws", &|draw| draw as u128, draws));
        let paid = exact.spend.gems_by_draws(tally.by_draw.len());
        figures.push(mean("mean, gems", &|draw| u128::from(paid[draw]), gems));
    }
    figures.extend(
        PERCENTS.iter().filter_map(|&percent| figure_of_percent(of, percent, tally, exact)),
    );
    figures
}

/// For how many players it had come by the draw by which it should have come
/// for a percentage of them. Percentiles themselves are whole draws, which
/// say little about how far off they are.
pub(crate) fn figure_of_percent(
    of: &str,
    percent: u32,
    tally: &WaitTally,
    exact: &ExactWait,
) -> Option<Figure> {
    let players = float((tally.by_draw.iter().sum::<u64>() + tally.never).into());
    let draws = exact.percentile(percent)?;
    let chance = *exact.chances.get(draws)?;
    Some(Figure {
        of: of.into(),
        what: format!("within {draws} draws ({percent} %)"),
        simulated: float(tally.within(draws).into()) / players,
        exact: chance,
        // Known here, as it is when one throws a coin.
        standard_error: (chance * (1.0 - chance) / players).sqrt(),
    })
}

/// Counts of players and draws are far below 2⁵³, from where on floats skip
/// whole numbers; sums of squares of gems may lose digits that do not matter.
pub(crate) fn float(number: u128) -> f64 {
    number.to_f64().unwrap_or(f64::NAN)
}
