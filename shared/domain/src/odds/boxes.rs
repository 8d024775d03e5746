//! What a box brings: draws without replacement.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::cycle::Cycle;
use super::walk::Target;
use crate::{BoxReset, PoolItem};

/// A full box, by the copies that matter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copies {
    pub(super) all: u32,
    pub(super) pickups: u32,
}

impl Copies {
    /// Checked with the pool: a box holds no more than fits.
    pub(super) fn of(items: &[PoolItem]) -> Self {
        let sum = |pick: fn(&PoolItem) -> bool| {
            items.iter().filter(|item| pick(item)).map(|item| item.weight.get()).sum()
        };
        Self { all: sum(|_| true), pickups: sum(|item| item.is_pickup) }
    }
}

/// The share of a box's draws that an item with one copy gets, pickup or not.
///
/// A box that lasts until it is empty gives each copy once. One that ends with
/// the last of K pickups among N copies lasts K(N+1)/(K+1) draws on average,
/// the mean of the K-th of K among N places in random order (the negative
/// hypergeometric distribution), and a copy that is not a pickup comes before the
/// last pickup with probability K/(K+1): it is equally likely to be in each of
/// the gaps that the pickups leave. The quotients are the shares, by the
/// renewal-reward theorem.
pub(super) fn share_of_copy(copies: Copies, reset: BoxReset, is_pickup: bool) -> BigRational {
    let (all, pickups) = (BigInt::from(copies.all), BigInt::from(copies.pickups));
    match reset {
        BoxReset::Never | BoxReset::WhenEmpty => BigRational::new(BigInt::one(), all),
        BoxReset::AfterLastPickup if is_pickup => {
            BigRational::new(&pickups + 1, pickups * (all + 1))
        }
        BoxReset::AfterLastPickup => BigRational::new(BigInt::one(), all + 1),
    }
}

/// One box, from full until it is filled again, for a player who waits.
///
/// Chances count the ways to place the copies that matter among all places, all
/// equally likely. `draw_count` is how many a purchase draws: a box that is not
/// filled again sells only whole purchases.
pub(super) fn cycle(items: &[PoolItem], reset: BoxReset, target: Target, draw_count: u32) -> Cycle {
    let Copies { all, pickups } = Copies::of(items);
    let wanted = || items.iter().filter(|item| target.is(item.rarity, item.is_pickup));
    let wanted_copies: u32 = wanted().map(|item| item.weight.get()).sum();
    // A box does not end before a pickup that is waited for.
    let may_end_before = reset == BoxReset::AfterLastPickup && !wanted().any(|item| item.is_pickup);
    let length = if reset == BoxReset::Never { all / draw_count * draw_count } else { all };

    // Ways to place the wanted copies after the first n places …
    let behind = falling(all, wanted_copies);
    let ways = behind[0].clone();
    let behind = || behind.iter().take(length as usize + 1);
    if !may_end_before {
        return Cycle {
            survives: behind().cloned().collect(),
            ends: vec![BigUint::ZERO; length as usize + 1],
            denominators: vec![ways; length as usize + 1],
        };
    }
    // … and the pickups in any of the other places, but not all in the first n.
    let mut within = falling(all, pickups);
    within.reverse();
    let pickup_ways = binomial(all - wanted_copies, pickups);
    let survives = behind().zip(&within).map(|(behind, within)| {
        if *within >= pickup_ways { BigUint::ZERO } else { behind * (&pickup_ways - within) }
    });
    // All pickups within the first n, the last of them at the n-th place.
    let last_at = |n: usize| if n == 0 { BigUint::ZERO } else { &within[n] - &within[n - 1] };
    let ends = behind().enumerate().map(|(n, behind)| behind * last_at(n));
    Cycle {
        survives: survives.collect(),
        ends: ends.collect(),
        denominators: vec![ways * &pickup_ways; length as usize + 1],
    }
}

/// C(all − n, k) for n from 0 to `all`.
fn falling(all: u32, k: u32) -> Vec<BigUint> {
    let mut ways = binomial(all, k);
    let mut list = vec![ways.clone()];
    for left in (1..=all).rev() {
        // C(left − 1, k) = C(left, k) · (left − k) / left
        ways = ways * left.saturating_sub(k) / left;
        list.push(ways.clone());
    }
    list
}

fn binomial(n: u32, k: u32) -> BigUint {
    if k > n {
        return BigUint::ZERO;
    }
    (0..k).fold(BigUint::one(), |ways, i| ways * (n - i) / (i + 1))
}

/// How many pickups, and how many other copies, the first draws are expected to
/// bring, counted from a full box.
pub(super) fn expected(copies: Copies, reset: BoxReset, draws: u32) -> [BigRational; 2] {
    let whole = |n: u32| BigRational::from(BigInt::from(n));
    let pickup_share = BigRational::new(copies.pickups.into(), copies.all.into());
    if reset != BoxReset::AfterLastPickup {
        let pickups = whole(draws) * &pickup_share;
        return [pickups.clone(), whole(draws) - pickups];
    }
    let ways = BigInt::from(binomial(copies.all, copies.pickups));
    let mut within = falling(copies.all, copies.pickups);
    within.reverse();
    let within: Vec<BigRational> =
        within.into_iter().map(|n| BigRational::new(n.into(), ways.clone())).collect();

    // How likely a box begins after that many draws in all.
    let mut begins = vec![BigRational::one()];
    let mut pickups = BigRational::zero();
    for draw in 1..=draws as usize {
        // The j-th draw from a box is a pickup with probability K/N; that the
        // box has not ended before it is then certain.
        let in_box = draw.min(copies.all as usize);
        let mut begun = BigRational::zero();
        for j in 1..=in_box {
            pickups += &begins[draw - j] * &pickup_share;
            begun += &begins[draw - j] * (&within[j] - &within[j - 1]);
        }
        begins.push(begun);
    }
    let others = whole(draws) - &pickups;
    [pickups, others]
}
