use num_rational::BigRational;
use num_traits::{One, Zero};

use super::enumerate::ways;
use super::{count, ratio, small_pools};
use crate::{First, PlayerState, Pool, PoolKind, Rarity};

/// A player, or many alike: their state, and what they have seen.
type Players = Vec<((PlayerState, [bool; 2]), BigRational)>;

/// What a number of purchases brings, by trying everything that the draw can do: how
/// many of each item on average, and the chance to have met the first SSR and
/// the first pickup after each draw.
fn tried(
    pool: &Pool,
    draw_count: u32,
    purchases: u32,
    top_pickup: Rarity,
) -> (Vec<BigRational>, Vec<[BigRational; 2]>) {
    let mut counts = vec![BigRational::zero(); pool.items().len()];
    let mut met = vec![[BigRational::zero(), BigRational::zero()]];
    let mut players: Players = vec![((PlayerState::default(), [false; 2]), BigRational::one())];
    for _ in 0..purchases {
        let mut next: Players = Vec::new();
        let start = met.len();
        for ((state, seen), mass) in players {
            let step = pool.step(state.purchases);
            let is_step_up = matches!(pool.parts().kind, PoolKind::StepUp { .. });
            let draw_count = match step {
                Some(step) if is_step_up => pool.prices_at(step)[0].draw_count,
                _ => count(draw_count),
            };
            let Some(ways) = ways(pool, &state, draw_count) else {
                next.push(((state, seen), mass)); // sold out: nothing changes any more
                continue;
            };
            for way in ways {
                let (mut seen, chance) = (seen, &mass * &way.chance);
                for (draw, item) in way.items.iter().enumerate() {
                    let position = pool.items().iter().position(|other| other == *item).unwrap();
                    counts[position] += &chance;
                    let is_ssr = item.rarity == Rarity::Ssr;
                    let is_pickup = item.is_pickup && item.rarity == top_pickup;
                    if met.len() <= start + draw {
                        met.push([BigRational::zero(), BigRational::zero()]);
                    }
                    for (kind, is_it) in [is_ssr, is_pickup].into_iter().enumerate() {
                        if is_it && !seen[kind] {
                            seen[kind] = true;
                            met[start + draw][kind] += &chance;
                        }
                    }
                }
                let key = (way.state, seen);
                match next.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, mass)) => *mass += chance,
                    None => next.push((key, chance)),
                }
            }
        }
        players = next;
    }
    for draw in 1..met.len() {
        let before = met[draw - 1].clone();
        met[draw].iter_mut().zip(before).for_each(|(met, before)| *met += before);
    }
    (counts, met)
}

#[test]
fn counts_and_chances_are_those_of_everything_the_draw_can_do() {
    for (name, pool) in small_pools() {
        let sold: Vec<u32> = pool.forecast_counts().map(crate::DrawCount::get).collect();
        for draw_count in sold {
            let purchases = match (name, draw_count) {
                (_, 1) => 7,
                (_, 2) => 4,
                (_, 3) => 3,
                _ => continue, // too many ways
            };
            let top = pool.items().iter().filter(|item| item.is_pickup).map(|item| item.rarity);
            let (counts, met) = tried(&pool, draw_count, purchases, top.max().unwrap());
            let told = pool.expected_counts(count(draw_count), purchases).unwrap();
            assert_eq!(told, counts, "{name} ×{draw_count}");
            let draws = u32::try_from(met.len()).unwrap() - 1;
            for (kind, first) in [First::Ssr, First::Pickup].into_iter().enumerate() {
                let told = pool.first_chances(count(draw_count), first, draws).unwrap();
                let tried: Vec<BigRational> = met.iter().map(|met| met[kind].clone()).collect();
                assert_eq!(told, tried, "{name} ×{draw_count}, {first:?}");
            }
        }
    }
}

#[test]
fn counts_come_ever_closer_to_the_long_run_rates() {
    for (name, pool) in small_pools() {
        for draw_count in pool.forecast_counts() {
            let forecast = pool.forecast(draw_count).unwrap();
            // A step-up that ends, and a box that is not filled again, have no
            // long run: their rates are those of all that they sell.
            let is_finite = ["steps, end", "box, never"].contains(&name);
            let (from, until) = if is_finite { (0, 9) } else { (48, 96) };
            let counts = |purchases| pool.expected_counts(draw_count, purchases).unwrap();
            let gained: Vec<BigRational> =
                counts(until).into_iter().zip(counts(from)).map(|(a, b)| a - b).collect();
            let draws: BigRational = gained.iter().sum();
            for (item, gained) in forecast.items.iter().zip(gained) {
                let off = gained / &draws - forecast.rate_of(item);
                let close = if is_finite { ratio(0, 1) } else { ratio(1, 100_000) };
                let off = if off < ratio(0, 1) { -off } else { off };
                assert!(off <= close, "{name} ×{}, {item:?}", draw_count.get());
            }
        }
    }
}
