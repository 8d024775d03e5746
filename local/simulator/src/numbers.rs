//! The numbers that simulated players draw with.

use tenjo_domain::RandomStream;

/// SplitMix64: quick, and good enough to count with. Real draws use numbers
/// that nobody can predict.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Those of one player. Each player has their own, so that it does not
    /// matter which core simulates whom. All are pieces of one cycle of 2⁶⁴
    /// numbers that begin at random places; for a million players with a
    /// thousand numbers each, fewer than one in ten thousand runs has two
    /// pieces that meet.
    pub(crate) fn of_player(seed: u64, player: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(player)))
    }
}

impl RandomStream for Numbers {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
