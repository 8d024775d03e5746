//! Numbers and days as stores write them.

use crate::Month;

/// Millionths of a decimal number such as `-0.99`, `.99`, `160` or `1,204.00`.
pub(super) fn millionths(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = ungrouped(whole)?;
    let is_short = whole.len() <= 15 && fraction.len() <= 6;
    if !is_short || whole.len() + fraction.len() == 0 {
        return None;
    }
    let digits = format!("{whole}{fraction:0<6}");
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits { digits.parse::<i128>().ok().map(|number| sign * number) } else { None }
}

/// The digits of a number whose thousands may be grouped by commas.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let is_grouped = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    if rest.is_empty() || is_grouped { Some(whole.replace(',', "")) } else { None }
}

/// A whole number, also one such as `2.00`.
pub(super) fn whole(text: &str) -> Option<i128> {
    let micros = millionths(text)?;
    (micros % 1_000_000 == 0).then_some(micros / 1_000_000)
}

/// The month of a day such as `09/30/2026`.
pub(super) fn month_of_american(day: &str) -> Option<Month> {
    let mut parts = day.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() { None } else { month_of(year, month, day) }
}

/// The month of a day such as `2026-09-30`.
pub(super) fn month_of_iso(day: &str) -> Option<Month> {
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() { None } else { month_of(year, month, day) }
}

fn month_of(year: &str, month: &str, day: &str) -> Option<Month> {
    if day.len() != 2 || !(1..=31).contains(&day.parse::<u8>().ok()?) {
        return None;
    }
    format!("{year}-{month}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_to_the_last_digit_or_not_at_all() {
        for (text, micros) in [
            ("160", Some(160_000_000)),
            ("0.99", Some(990_000)),
            (".99", Some(990_000)),
            ("-4.990001", Some(-4_990_001)),
            ("1,204.00", Some(1_204_000_000)),
            ("1,234,567", Some(1_234_567_000_000)),
            ("0", Some(0)),
            ("", None),
            (".", None),
            ("-", None),
            ("1,50", None),
            ("1.234,50", None),
            (",123", None),
            ("1.2.3", None),
            ("0.9900001", None),
            ("+1", None),
            ("--1", None),
            ("¥160", None),
            ("1e3", None),
            ("1234567890123456", None),
        ] {
            assert_eq!(millionths(text), micros, "{text:?}");
        }
        assert_eq!((whole("2.00"), whole("-3"), whole("0.5")), (Some(2), Some(-3), None));
    }

    #[test]
    fn a_day_has_two_digits_and_a_month_of_the_year() {
        let september = Some(Month { year: 2026, month: 9 });
        for (day, month) in [
            ("09/30/2026", september),
            ("30/09/2026", None),
            ("9/30/2026", None),
            ("09/00/2026", None),
            ("09/30/26", None),
            ("09/30/2026/1", None),
            ("", None),
        ] {
            assert_eq!(month_of_american(day), month, "{day:?}");
        }
        for (day, month) in [
            ("2026-09-30", september),
            ("2026-9-30", None),
            ("2026-09-30Z", None),
            ("Sep 30", None),
        ] {
            assert_eq!(month_of_iso(day), month, "{day:?}");
        }
    }
}
