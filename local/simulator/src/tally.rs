//! What all players got together. Whole numbers only, so that it is the same
//! in whatever order players are added.

use tenjo_domain::Pool;

use crate::player::Story;

/// What all players got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many players there were.
    pub players: u64,
    /// When their first SSR came, and their first pickup.
    pub waits: [WaitTally; 2],
    /// For each rarity, from common to rare, how many of its items they drew in
    /// the counted purchases.
    pub of_rarity: [Sums; 3],
    /// For each item, in the pool's order, the same.
    pub of_item: Vec<Sums>,
}

/// A sum over players, and the sum of the squares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// The sum.
    pub sum: u64,
    /// The sum of the squares.
    pub squares: u64,
}

/// When something came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitTally {
    /// For how many players it came with the n-th draw. Draw 0 is unused.
    pub by_draw: Vec<u64>,
    /// For how many it never came.
    pub never: u64,
}

impl Tally {
    /// The tally of no players yet.
    pub(crate) fn new(pool: &Pool) -> Self {
        Self {
            players: 0,
            waits: Default::default(),
            of_rarity: Default::default(),
            of_item: vec![Sums::default(); pool.items().len()],
        }
    }

    /// Adds one player.
    pub(crate) fn add(&mut self, pool: &Pool, story: &Story) {
        self.players += 1;
        for (wait, arrived) in self.waits.iter_mut().zip(story.arrived) {
            wait.add(arrived);
        }
        let mut of_rarity = [0; 3];
        for ((sums, item), &copies) in self.of_item.iter_mut().zip(pool.items()).zip(&story.copies)
        {
            sums.add(copies.into());
            of_rarity[item.rarity as usize] += u64::from(copies);
        }
        for (sums, count) in self.of_rarity.iter_mut().zip(of_rarity) {
            sums.add(count);
        }
    }

    /// Adds other players.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.players += other.players;
        for (wait, other) in self.waits.iter_mut().zip(&other.waits) {
            wait.merge(other);
        }
        let mine = self.of_rarity.iter_mut().chain(&mut self.of_item);
        for (sums, other) in mine.zip(other.of_rarity.iter().chain(&other.of_item)) {
            sums.sum += other.sum;
            sums.squares += other.squares;
        }
    }
}

impl Sums {
    fn add(&mut self, number: u64) {
        self.sum += number;
        self.squares += number * number;
    }
}

impl WaitTally {
    fn add(&mut self, arrived: Option<usize>) {
        let Some(draw) = arrived else {
            self.never += 1;
            return;
        };
        if self.by_draw.len() <= draw {
            self.by_draw.resize(draw + 1, 0);
        }
        self.by_draw[draw] += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.never += other.never;
        if self.by_draw.len() < other.by_draw.len() {
            self.by_draw.resize(other.by_draw.len(), 0);
        }
        for (mine, other) in self.by_draw.iter_mut().zip(&other.by_draw) {
            *mine += other;
        }
    }

    /// For how many players it came within a number of draws.
    #[must_use]
    pub fn within(&self, draws: usize) -> u64 {
        self.by_draw.iter().take(draws.saturating_add(1)).sum()
    }

    /// Within how many draws it came for a percentage of the players; `None`
    /// if it did not.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<usize> {
        let players = self.by_draw.iter().sum::<u64>() + self.never;
        let wanted = (players * percent).div_ceil(100);
        let mut within = 0;
        self.by_draw.iter().position(|count| {
            within += count;
            within >= wanted
        })
    }
}
