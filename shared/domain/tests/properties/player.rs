//! A player who buys, and numbers for them to draw with.

use tenjo_domain::{DrawCount, PlayerState, Pool, PoolItem, Quote, RandomStream, Refusal};
use time::{Duration, OffsetDateTime};

/// SplitMix64: the same seed, the same numbers.
#[derive(Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl RandomStream for Numbers {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number of draws, and the hours since the purchase before.
pub(crate) type Wish = (DrawCount, i64);

/// A player of one pool.
#[derive(Clone)]
pub(crate) struct Player<'pool> {
    pub(crate) pool: &'pool Pool,
    pub(crate) state: PlayerState,
    pub(crate) numbers: Numbers,
    pub(crate) now: OffsetDateTime,
}

impl<'pool> Player<'pool> {
    /// Begins when the pool opens.
    pub(crate) fn new(pool: &'pool Pool, seed: u64) -> Self {
        let now = pool.opens_at();
        Self { pool, state: PlayerState::default(), numbers: Numbers(seed), now }
    }

    /// Buys, or is refused and stays as they were.
    pub(crate) fn buy(
        &mut self,
        (count, hours): Wish,
    ) -> Result<(Quote, Vec<&'pool PoolItem>), Refusal> {
        let at = self.later(hours);
        self.buy_at(count, at)
    }

    /// The moment so many hours later.
    pub(crate) fn later(&mut self, hours: i64) -> OffsetDateTime {
        self.now += Duration::hours(hours);
        self.now
    }

    pub(crate) fn buy_at(
        &mut self,
        count: DrawCount,
        at: OffsetDateTime,
    ) -> Result<(Quote, Vec<&'pool PoolItem>), Refusal> {
        let quote = self.pool.quote(&self.state, count, at)?;
        let items = self.pool.draw(&mut self.state, &quote, &mut self.numbers);
        assert_eq!(items.len(), count.get() as usize, "what was bought is what is drawn");
        Ok((quote, items))
    }
}
