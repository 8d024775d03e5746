//! Rates as people read them: percentages and decimal fractions.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed};

/// How many decimals a percentage has, unless that would hide something.
const DECIMALS: u32 = 6;

/// A rate as a percentage, rounded to the nearest: with six decimals, or with as many
/// as it takes to show two digits of a rate that is almost 0 or almost 1.
///
/// So equal rates are equal texts, and only an impossible draw is `0.000000` and only a
/// certain one `100.000000`. Rounded percentages of a list add up to about 100; the
/// fractions add up exactly.
#[must_use]
pub fn percent(rate: &BigRational) -> String {
    let hundred =
        |rate: &BigRational| BigRational::new_raw(rate.numer() * 100, rate.denom().clone());
    let rest = BigRational::one() - rate;
    let small = hundred(if *rate < rest { rate } else { &rest });
    let mut decimals = DECIMALS;
    if small.is_positive() {
        let digits = |decimals| &small * BigInt::from(10).pow(decimals);
        while digits(decimals) < BigRational::from_integer(10.into()) {
            decimals += 1;
        }
    }
    decimal(&hundred(rate), decimals)
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
    fn a_percentage_shows_what_a_rate_is_and_never_less() {
        for (rate, text) in [
            (ratio(0, 1), "0.000000"),
            (ratio(1, 1), "100.000000"),
            (ratio(3, 100), "3.000000"),
            (ratio(1, 3), "33.333333"),
            (ratio(1, 10_000_000), "0.000010"),
            (ratio(1, 80_000_000), "0.0000013"),
            (ratio(1, 9_000_000_000), "0.000000011"),
            (ratio(8_999_999_999, 9_000_000_000), "99.999999989"),
        ] {
            assert_eq!(percent(&rate), text, "{rate}");
        }
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
        assert_eq!(fraction(&ratio(6, 4)), ("3".into(), "2".into()));
    }
}
