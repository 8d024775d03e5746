//! How long a player waits for the first of something.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::bounds::Bounds;
use super::cycle::{Cycle, equation};
use super::linear::eliminate;

/// How long it takes, and what it costs, from a fresh state to the first draw
/// of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The expected number of draws, up to the one that brings it. `None` if it
    /// is not certain ever to come.
    pub expected_draws: Option<BigRational>,
    /// The expected price, in gems of whatever kind, of the purchases that were
    /// begun by then. `None` if it is not certain ever to come.
    pub expected_price: Option<BigRational>,
    /// By when it has come with a given chance: those of 50, 90 and 99 percent
    /// that are reached within a million draws.
    pub points: Vec<WaitPoint>,
}

/// By when something has come with a given chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitPoint {
    /// The chance, in percent: it is at least this.
    pub percent: u32,
    /// The smallest number of draws that reaches it.
    pub draws: u64,
    /// The price of the purchases that these draws are part of.
    pub price: u128,
}

/// The chances that points are given for, in percent.
const POINTS: [u32; 3] = [50, 90, 99];

/// Points beyond this many draws are not looked for.
const MAX_DRAWS: u64 = 1_000_000;

/// A wait as a sequence of cycles.
pub(super) struct Cycles {
    /// Those of a player to whom no pickup is due, by the draw of a turn that
    /// they begin with. Of a shorter list, the same come again and again.
    pub(super) fresh: Vec<Cycle>,
    /// What follows a fresh cycle instead of another, if a pickup is then due;
    /// these always bring the target.
    pub(super) due: Vec<Cycle>,
    /// What the purchases cost that begin with each draw of a turn.
    pub(super) prices: Vec<u64>,
}

impl Cycles {
    /// `exact` gives the chance that the target has not come after a number of
    /// draws; it is called only where the bounds do not decide.
    pub(super) fn wait(&self, exact: impl Fn(u64) -> BigRational) -> Wait {
        let expected = self.expected();
        let points = if self.is_turn() { self.points_of_turn() } else { self.points(exact) };
        let (expected_draws, expected_price) = expected.unzip();
        Wait {
            expected_draws,
            expected_price,
            points: points
                .into_iter()
                .map(|(percent, draws)| WaitPoint { percent, draws, price: self.price_of(draws) })
                .collect(),
        }
    }

    /// The draws and the price that are expected; `None` if the last chance
    /// passes.
    fn expected(&self) -> Option<(BigRational, BigRational)> {
        if self.fresh.iter().any(|cycle| cycle.survives.last().is_some_and(|mass| !mass.is_zero()))
        {
            return None;
        }
        let period = self.prices.len();
        if !self.due.is_empty() {
            let cycle = &self.fresh[0];
            let denominator = cycle.last_denominator();
            let mut then = vec![BigUint::ZERO; period];
            for (draws, chance) in cycle.over_last(&cycle.ends) {
                then[draws % period] += chance;
            }
            let [mut draws, mut price] =
                self.gains(cycle, 0).map(|gain| ratio(gain, denominator.clone()));
            for (first, chance) in then.into_iter().enumerate() {
                if !chance.is_zero() {
                    let cycle = &self.due[first % self.due.len()];
                    let over = cycle.last_denominator() * &denominator;
                    let [more_draws, more_price] = self.gains(cycle, first);
                    draws += ratio(more_draws * &chance, over.clone());
                    price += ratio(more_price * &chance, over);
                }
            }
            return Some((draws, price));
        }

        // E = gains + Σ ends · E of the cycle that follows, for each draw of a
        // turn with which one may begin; that of draw 0 is the last unknown.
        let mut firsts = self.reachable();
        firsts.reverse();
        let column = |draw: usize| firsts.iter().position(|&first| first == draw % period);
        let rows = firsts
            .iter()
            .enumerate()
            .map(|(own, &first)| {
                let cycle = self.cycle_at(first);
                let place = |draws| column(first + draws).unwrap_or(own);
                equation(cycle, own, firsts.len(), place, self.gains(cycle, first))
            })
            .collect();
        let left: [BigInt; 3] = eliminate(rows).try_into().ok()?;
        let [factor, draws, price] = left;
        Some((BigRational::new(draws, factor.clone()), BigRational::new(price, factor)))
    }

    /// Draws and price of one cycle that begins with the given draw of a turn,
    /// over its last denominator: E\[W\] = Σ P(W > n), and a purchase is paid
    /// for if the wait lasts until it begins.
    fn gains(&self, cycle: &Cycle, first: usize) -> [BigUint; 2] {
        let mut gains = [BigUint::ZERO, BigUint::ZERO];
        for (draws, chance) in cycle.over_last(&cycle.survives) {
            gains[1] += &chance * self.prices[(first + draws) % self.prices.len()];
            gains[0] += chance;
        }
        gains
    }

    fn cycle_at(&self, draw: usize) -> &Cycle {
        &self.fresh[draw % self.fresh.len()]
    }

    /// With which draws of a turn a cycle can begin: 0 first.
    fn reachable(&self) -> Vec<usize> {
        let mut firsts = vec![0];
        let mut next = 0;
        while let Some(&first) = firsts.get(next) {
            let cycle = self.cycle_at(first);
            for (draws, chance) in cycle.ends.iter().enumerate() {
                let follower = (first + draws) % self.prices.len();
                if !chance.is_zero() && !firsts.contains(&follower) {
                    firsts.push(follower);
                }
            }
            next += 1;
        }
        firsts
    }

    fn price_of(&self, draws: u64) -> u128 {
        let period = self.prices.len() as u64;
        let sum = |prices: &[u64]| prices.iter().copied().map(u128::from).sum::<u128>();
        let begun = usize::try_from(draws % period).unwrap_or(0);
        u128::from(draws / period) * sum(&self.prices) + sum(&self.prices[..begun])
    }

    /// Whether each cycle is one turn, like any other.
    fn is_turn(&self) -> bool {
        let [cycle] = &self.fresh[..] else { return false };
        let is_end = |draws: usize| !cycle.ends[draws].is_zero();
        let length = cycle.ends.len() - 1;
        self.due.is_empty()
            && length == self.prices.len()
            && is_end(length)
            && !(0..length).any(is_end)
    }

    /// The points where each cycle is one turn, by the powers of the chance to
    /// get through one without the target.
    fn points_of_turn(&self) -> Vec<(u32, u64)> {
        let cycle = &self.fresh[0];
        let length = cycle.ends.len() - 1;
        let (through, of) = (&cycle.ends[length], &cycle.denominators[length]);
        let mut squares = vec![Bounds::of(through, of)];
        while let Some(&last) = squares.last()
            && last.is_at_most(1) == Some(false)
            && (length as u64) << squares.len() <= MAX_DRAWS
        {
            squares.push(last * last);
        }
        let point = |&percent| Some((percent, self.draws_until(100 - percent, &squares)?));
        POINTS.iter().map_while(point).collect()
    }

    /// After how many draws at most these hundredths are left; `squares` are
    /// the chances to get through 1, 2, 4, … turns.
    fn draws_until(&self, hundredths: u32, squares: &[Bounds]) -> Option<u64> {
        let cycle = &self.fresh[0];
        let length = cycle.ends.len() - 1;
        // As many turns as surely leave more.
        let (mut turns, mut left) = (0u32, Bounds::ONE);
        for (power, square) in squares.iter().enumerate().rev() {
            let further = left * *square;
            if further.is_at_most(hundredths) == Some(false) {
                turns += 1 << power;
                left = further;
            }
        }
        while u64::from(turns) * (length as u64) < MAX_DRAWS {
            for draws in 1..=length {
                let chances = if draws == length { &cycle.ends } else { &cycle.survives };
                let (chance, of) = (&chances[draws], &cycle.denominators[draws]);
                let bounds = left * Bounds::of(chance, of);
                let is_reached = bounds.is_at_most(hundredths).unwrap_or_else(|| {
                    let through = cycle.ends[length].pow(turns) * chance;
                    let all = cycle.denominators[length].pow(turns) * of;
                    through * 100u32 <= all * hundredths
                });
                if is_reached {
                    return Some(u64::from(turns) * length as u64 + draws as u64);
                }
            }
            turns += 1;
            left = left * squares[0];
        }
        None
    }

    /// The points, draw by draw: how likely a cycle begins now is a sum over
    /// the beginnings of those before it (the renewal equation).
    fn points(&self, exact: impl Fn(u64) -> BigRational) -> Vec<(u32, u64)> {
        let fresh: Vec<Curve> = self.fresh.iter().map(Curve::of).collect();
        let due: Vec<Curve> = self.due.iter().map(Curve::of).collect();
        let goes_on = self.fresh.iter().any(|cycle| cycle.ends.iter().any(|end| !end.is_zero()));
        let mut fresh_begins = vec![Bounds::ONE];
        let mut due_begins = vec![Bounds::ZERO];
        let mut points = Vec::new();
        let mut wanted = POINTS.iter().copied().peekable();
        for draws in 0..=MAX_DRAWS {
            if draws > 0 {
                let begins = convolve(&fresh, &fresh_begins, 1, |curve| &curve.ends);
                let (to_fresh, to_due) =
                    if due.is_empty() { (begins, Bounds::ZERO) } else { (Bounds::ZERO, begins) };
                fresh_begins.push(to_fresh);
                due_begins.push(to_due);
            }
            let survives = convolve(&fresh, &fresh_begins, 0, |curve| &curve.survives)
                + convolve(&due, &due_begins, 0, |curve| &curve.survives);
            while let Some(percent) = wanted.next_if(|percent| {
                survives.is_at_most(100 - percent).unwrap_or_else(|| {
                    exact(draws) * BigInt::from(100)
                        <= BigRational::from(BigInt::from(100 - percent))
                })
            }) {
                points.push((percent, draws));
            }
            let is_over = !goes_on && draws + 1 >= fresh[0].survives.len() as u64;
            if wanted.peek().is_none() || is_over {
                break;
            }
        }
        points
    }
}

/// A cycle in bounds.
struct Curve {
    survives: Vec<Bounds>,
    ends: Vec<Bounds>,
}

impl Curve {
    fn of(cycle: &Cycle) -> Self {
        let bounds = |chances: &[BigUint]| {
            chances.iter().zip(&cycle.denominators).map(|(n, of)| Bounds::of(n, of)).collect()
        };
        Self { survives: bounds(&cycle.survives), ends: bounds(&cycle.ends) }
    }
}

/// How likely something holds after `begins.len() - 1 + ahead` draws that holds
/// so many draws after a beginning as `chances` says.
fn convolve(
    curves: &[Curve],
    begins: &[Bounds],
    ahead: usize,
    chances: impl Fn(&Curve) -> &Vec<Bounds>,
) -> Bounds {
    let now = begins.len() - 1 + ahead;
    let mut sum = Bounds::ZERO;
    if curves.is_empty() {
        return sum;
    }
    let longest = curves.iter().map(|curve| chances(curve).len()).max().unwrap_or(0);
    for (draw, begin) in begins.iter().enumerate().skip((now + 1).saturating_sub(longest)) {
        match chances(&curves[draw % curves.len()]).get(now - draw) {
            Some(chance) if !begin.is_zero() && !chance.is_zero() => sum += *begin * *chance,
            _ => {}
        }
    }
    sum
}

fn ratio(numerator: BigUint, denominator: BigUint) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

/// The exact chances that a wait which is one cycle after another, all alike,
/// lasts longer than 0, 1, … draws.
pub(super) fn survival(cycle: &Cycle, draws: usize) -> Vec<BigRational> {
    let exact =
        |chances: &[BigUint], at: usize| ratio(chances[at].clone(), cycle.denominators[at].clone());
    let last = cycle.survives.len() - 1;
    let ends: Vec<(usize, BigRational)> = (1..=last)
        .filter(|&at| !cycle.ends[at].is_zero())
        .map(|at| (at, exact(&cycle.ends, at)))
        .collect();

    // After how many draws a cycle can begin, and how likely one does.
    let mut begins = vec![(0, BigRational::one())];
    let mut survives = Vec::new();
    for now in 0..=draws {
        let begun: BigRational = begins
            .iter()
            .filter_map(|(before, chance)| {
                let at = ends.binary_search_by_key(&(now - before), |(at, _)| *at).ok()?;
                Some(chance * &ends[at].1)
            })
            .sum();
        if !begun.is_zero() {
            begins.push((now, begun));
        }
        // What is left at the end of a cycle that nothing follows stays; one
        // that others follow ends with nothing left.
        let alive = begins.iter().map(|(begin, chance)| {
            let at = (now - begin).min(last);
            if cycle.survives[at].is_zero() {
                BigRational::zero()
            } else {
                chance * exact(&cycle.survives, at)
            }
        });
        survives.push(alive.sum());
    }
    survives
}
