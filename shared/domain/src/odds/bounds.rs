//! Numbers that are known to lie between two others, to compare chances that
//! are too long to write out.
//!
//! No rounding goes unnoticed: the lower bound is always rounded down and the
//! upper one up. Where they do not decide, the caller must compute exactly.

use std::ops::{Add, AddAssign, Mul};

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;

/// Bounds are counted in units of 2⁻¹²⁰: a million roundings still leave more
/// than 90 bits, and 100 times a bound fits.
const BITS: u32 = 120;

/// What is known of a number from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    low: u128,
    high: u128,
}

impl Bounds {
    pub(super) const ZERO: Self = Self { low: 0, high: 0 };
    pub(super) const ONE: Self = Self { low: 1 << BITS, high: 1 << BITS };

    /// The bounds of a chance.
    pub(super) fn of(numerator: &BigUint, denominator: &BigUint) -> Self {
        let (low, rest) = (numerator << BITS).div_rem(denominator);
        let low = low.to_u128().unwrap_or(1 << BITS).min(1 << BITS);
        Self { low, high: low + u128::from(rest != BigUint::ZERO) }
    }

    pub(super) fn is_zero(self) -> bool {
        self.high == 0
    }

    /// Whether the number is at most these hundredths; `None` if the bounds do
    /// not decide.
    pub(super) fn is_at_most(self, hundredths: u32) -> Option<bool> {
        let limit = u128::from(hundredths) << BITS;
        if self.high * 100 <= limit {
            Some(true)
        } else if self.low * 100 > limit {
            Some(false)
        } else {
            None
        }
    }
}

impl Mul for Bounds {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (low, _) = product(self.low, other.low);
        let (high, is_exact) = product(self.high, other.high);
        Self { low, high: high + u128::from(!is_exact) }
    }
}

impl AddAssign for Bounds {
    fn add_assign(&mut self, other: Self) {
        self.low += other.low;
        self.high += other.high;
    }
}

impl Add for Bounds {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// a · b in units, rounded down, and whether nothing was lost. By halves of 64
/// bits, as on paper.
fn product(a: u128, b: u128) -> (u128, bool) {
    const HALF: u128 = (1 << 64) - 1;
    let low = (a & HALF) * (b & HALF);
    let cross = [(a >> 64) * (b & HALF), (a & HALF) * (b >> 64)];
    let middle = (low >> 64) + (cross[0] & HALF) + (cross[1] & HALF);
    let low = (low & HALF) | (middle << 64);
    let high = (a >> 64) * (b >> 64) + (middle >> 64) + (cross[0] >> 64) + (cross[1] >> 64);
    ((high << (128 - BITS)) | (low >> BITS), low.trailing_zeros() >= BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_lies_between_its_bounds_which_are_a_unit_apart_at_most() {
        let mut state = 1u128;
        for _ in 0..1_000 {
            let mut next = || {
                state =
                    state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
                state >> (128 - BITS)
            };
            let (a, b) = (next(), next());
            let exact = BigUint::from(a) * b;
            let bounds = Bounds { low: a, high: a } * Bounds { low: b, high: b };
            assert_eq!(BigUint::from(bounds.low), &exact >> BITS);
            assert_eq!(BigUint::from(bounds.high), exact.div_ceil(&(BigUint::from(1u32) << BITS)));
        }
        let one = Bounds::ONE * Bounds::ONE;
        assert_eq!((one.low, one.high), (1 << BITS, 1 << BITS));
    }

    #[test]
    fn bounds_do_not_tell_what_they_do_not_know() {
        let of = |n: u32, of: u32| Bounds::of(&n.into(), &of.into());
        for (bounds, hundredths, is_at_most) in [
            (of(1, 2), 50, Some(true)), // a power of two is exact
            (of(1, 2), 49, Some(false)),
            (of(1, 100), 1, None), // just about, as far as the bounds know
            (of(1, 99), 1, Some(false)),
            (of(1, 101), 1, Some(true)),
            (of(0, 1), 1, Some(true)),
        ] {
            assert_eq!(bounds.is_at_most(hundredths), is_at_most, "{bounds:?}");
        }
    }
}
