//! Random numbers, as the draw uses them.

use std::num::NonZeroU64;

/// A source of uniformly distributed 64-bit numbers.
///
/// The draw reads nothing else, so the same stream gives the same draw.
pub trait RandomStream {
    /// The next number of the stream.
    fn next_u64(&mut self) -> u64;
}

/// A uniform number in `0..bound`, without modulo bias.
///
/// 2⁶⁴ is seldom a multiple of `bound`. So numbers from the incomplete last
/// block are refused and drawn again: fewer than one in two on average, and
/// almost none for the weights of a pool. A number is in that block if the block
/// that starts at its multiple of `bound` ends beyond 2⁶⁴.
#[inline]
pub fn below(stream: &mut impl RandomStream, bound: NonZeroU64) -> u64 {
    let bound = bound.get();
    loop {
        let number = stream.next_u64();
        let rest = number % bound;
        if number - rest <= u64::MAX - (bound - 1) {
            return rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<u64>);

    impl RandomStream for Script {
        fn next_u64(&mut self) -> u64 {
            self.0.remove(0)
        }
    }

    #[test]
    fn numbers_of_the_incomplete_last_block_are_drawn_again() {
        let third = 3.try_into().unwrap(); // 2⁶⁴ = 3 · 6148914691236517205 + 1
        assert_eq!(below(&mut Script(vec![u64::MAX, 4]), third), 1);
        assert_eq!(below(&mut Script(vec![u64::MAX - 1]), third), 2);
    }

    #[test]
    fn a_power_of_two_never_draws_again() {
        let bound = (1 << 32).try_into().unwrap();
        assert_eq!(below(&mut Script(vec![u64::MAX]), bound), (1 << 32) - 1);
    }

    #[test]
    fn a_bound_of_one_leaves_no_choice() {
        assert_eq!(below(&mut Script(vec![u64::MAX]), NonZeroU64::MIN), 0);
    }
}
