//! Everything that a draw can do, by giving it every number.
//!
//! The stream hands out plain numbers below a common multiple of all bounds
//! that the small pools have; so each is as likely as the next, whatever the
//! bound is, and nothing of the odds' own code is used.

use num_rational::BigRational;

use super::ratio;
use crate::{DrawCount, PlayerState, Pool, PoolItem, PoolKind, RandomStream};

/// A multiple of 10 and of 5, 7, 8: what is chosen from when a rarity is.
const RARITY_NUMBERS: u64 = 280;
/// A multiple of 1 and 2: the weights of the items of a rarity.
const ITEM_NUMBERS: u64 = 2;
/// A multiple of 1 to 4: what can be left in a box.
const BOX_NUMBERS: u64 = 12;

/// One way that a purchase can go.
pub(super) struct Way<'pool> {
    pub(super) items: Vec<&'pool PoolItem>,
    pub(super) state: PlayerState,
    pub(super) chance: BigRational,
}

struct Script<'a> {
    numbers: &'a [u64],
    read: usize,
}

impl RandomStream for Script<'_> {
    fn next_u64(&mut self) -> u64 {
        let number = self.numbers.get(self.read).copied().unwrap_or(0);
        self.read += 1;
        number
    }
}

/// Every way that a purchase can go, each as often as it is different, alike
/// ones together.
pub(super) fn ways<'pool>(
    pool: &'pool Pool,
    state: &PlayerState,
    draw_count: DrawCount,
) -> Option<Vec<Way<'pool>>> {
    let mut ways = vec![(Vec::new(), ratio(1, 1))];
    let quote = pool.quote(state, draw_count, pool.opens_at()).ok()?;
    let is_box = matches!(pool.parts().kind, PoolKind::Box { .. });
    let per_draw = if is_box { 1 } else { 2 };
    for read in 0..draw_count.get() as usize * per_draw {
        let numbers = match read % per_draw {
            0 if is_box => BOX_NUMBERS,
            0 => RARITY_NUMBERS,
            _ => ITEM_NUMBERS,
        };
        let mut longer: Vec<(Vec<u64>, BigRational)> = Vec::new();
        for (script, chance) in ways {
            // Numbers that draw alike are tried once: only how many there are
            // counts. The rest of the purchase is drawn with zeros.
            let mut alike: Vec<(Vec<u64>, Vec<&PoolItem>, i64)> = Vec::new();
            for number in 0..numbers {
                let script: Vec<u64> = script.iter().copied().chain([number]).collect();
                let mut stream = Script { numbers: &script, read: 0 };
                let items = pool.draw(&mut state.clone(), &quote, &mut stream);
                assert_eq!(stream.read, draw_count.get() as usize * per_draw);
                match alike.iter_mut().find(|(_, others, _)| *others == items) {
                    Some((_, _, times)) => *times += 1,
                    None => alike.push((script, items, 1)),
                }
            }
            for (script, _, times) in alike {
                let numbers = i64::try_from(numbers).unwrap();
                longer.push((script, &chance * ratio(times, numbers)));
            }
        }
        ways = longer;
    }
    let ways = ways.into_iter().map(|(numbers, chance)| {
        let mut state = state.clone();
        let items = pool.draw(&mut state, &quote, &mut Script { numbers: &numbers, read: 0 });
        Way { items, state, chance }
    });
    Some(ways.collect())
}
