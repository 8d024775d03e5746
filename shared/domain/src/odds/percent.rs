//! Rates as people read them: percentages and decimal fractions.

use std::cmp::Reverse;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

/// What percentages are counted in: millionths of a percent.
pub(super) const PERCENT_PARTS: u32 = 100_000_000;

/// Percentages with six decimals that add up to exactly 100, of rates that add
/// up to exactly 1.
///
/// By the largest remainder method (Hamilton's): all are rounded down, and what
/// is missing goes, a millionth each, to those that lost the most. Each is off
/// by less than a millionth.
pub(super) fn percentages(rates: &[BigRational]) -> Vec<String> {
    let exact: Vec<BigRational> = rates
        .iter()
        .map(|rate| BigRational::new_raw(rate.numer() * PERCENT_PARTS, rate.denom().clone()))
        .collect();
    let mut floors: Vec<BigInt> = exact.iter().map(BigRational::to_integer).collect();
    let missing = BigInt::from(PERCENT_PARTS) - floors.iter().sum::<BigInt>();
    let mut by_remainder: Vec<usize> = (0..rates.len()).collect();
    by_remainder.sort_by_cached_key(|&i| Reverse(exact[i].fract()));
    for &index in by_remainder.iter().take(missing.to_usize().unwrap_or(0)) {
        floors[index] += 1;
    }
    floors.iter().map(|millionths| with_decimals(millionths, 6)).collect()
}

/// A rate as a percentage with six decimals, rounded to the nearest.
#[must_use]
pub fn percent(rate: &BigRational) -> String {
    let hundred = BigRational::new_raw(rate.numer() * 100, rate.denom().clone());
    decimal(&hundred, 6)
}

/// A number with that many decimals, rounded to the nearest, a half away from
/// zero.
#[must_use]
pub fn decimal(number: &BigRational, decimals: u32) -> String {
    let scaled = number.numer().abs() * BigInt::from(10).pow(decimals);
    let twice: BigInt = scaled * 2 + number.denom();
    let rounded = twice.div_floor(&(number.denom() * 2));
    let sign = if number.is_negative() && rounded.is_positive() { "-" } else { "" };
    format!("{sign}{}", with_decimals(&rounded, decimals as usize))
}

/// The numerator and the denominator in decimal digits, in lowest terms.
#[must_use]
pub fn fraction(number: &BigRational) -> (String, String) {
    let reduced = number.reduced();
    (reduced.numer().to_string(), reduced.denom().to_string())
}

/// Puts the point before the last `decimals` digits.
fn with_decimals(units: &BigInt, decimals: usize) -> String {
    let digits = format!("{units:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    #[test]
    fn what_rounding_loses_goes_to_those_that_lost_the_most() {
        let thirds = vec![ratio(1, 3); 3];
        assert_eq!(percentages(&thirds), ["33.333334", "33.333333", "33.333333"]);
        assert_eq!(percentages(&[ratio(2, 3), ratio(1, 3)]), ["66.666667", "33.333333"]);
    }

    #[test]
    fn numbers_are_written_in_lowest_terms_and_rounded_to_the_nearest() {
        for (number, decimals, word) in [
            (ratio(1, 3), 3, "0.333"),
            (ratio(2, 3), 3, "0.667"),
            (ratio(1, 2), 0, "1"),
            (ratio(-1, 3), 1, "-0.3"),
            (ratio(-1, 100), 1, "0.0"),
            (ratio(1234, 10), 2, "123.40"),
            (ratio(999, 1000), 2, "1.00"),
        ] {
            assert_eq!(decimal(&number, decimals), word);
        }
        assert_eq!(percent(&ratio(3, 100)), "3.000000");
        assert_eq!(percent(&ratio(1, 3)), "33.333333");
        assert_eq!(fraction(&ratio(6, 4)), ("3".into(), "2".into()));
    }
}
