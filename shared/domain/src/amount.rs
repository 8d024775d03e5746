//! What amounts of gems and of points have in common.

/// Gives a type the amounts from 0 to 2⁶³ − 1, the range in which any amount
/// also fits a signed change of a balance.
macro_rules! amounts {
    ($name:ident, $units:literal) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The greatest amount, 2⁶³ − 1.
            pub const MAX: Self = Self(i64::MAX.unsigned_abs());

            #[doc = concat!("An amount of ", $units, ".")]
            ///
            /// # Errors
            /// When it is above [`Self::MAX`].
            pub const fn new(amount: u64) -> Result<Self, $crate::Invalid> {
                if amount <= Self::MAX.0 {
                    Ok(Self(amount))
                } else {
                    Err($crate::Invalid(concat!("must be at most 9223372036854775807 ", $units)))
                }
            }

            #[doc = concat!("The number of ", $units, ".")]
            #[must_use]
            pub const fn amount(self) -> u64 {
                self.0
            }

            #[doc = concat!("The change of a balance when these ", $units, " come in.")]
            #[must_use]
            pub const fn credit_delta(self) -> i64 {
                self.0.cast_signed() // below 2⁶³ by construction
            }

            #[doc = concat!("The change of a balance when these ", $units, " go out.")]
            #[must_use]
            pub const fn debit_delta(self) -> i64 {
                -self.credit_delta()
            }
        }
    };
}
pub(crate) use amounts;

#[cfg(test)]
mod tests {
    use crate::{Gems, Points};

    #[test]
    fn every_amount_fits_a_signed_change() {
        let max = i64::MAX.unsigned_abs();
        for (amount, delta) in [
            (0, Some(0)),
            (300, Some(300)),
            (max, Some(i64::MAX)),
            (max + 1, None),
            (u64::MAX, None),
        ] {
            let gems = Gems::new(amount).ok();
            assert_eq!(gems.map(Gems::credit_delta), delta, "{amount} gems");
            assert_eq!(gems.map(Gems::debit_delta), delta.map(|delta| -delta), "{amount} gems");
            let points = Points::new(amount).ok();
            assert_eq!(points.map(Points::credit_delta), delta, "{amount} points");
            assert_eq!(
                points.map(Points::debit_delta),
                delta.map(|delta| -delta),
                "{amount} points"
            );
        }
    }
}
