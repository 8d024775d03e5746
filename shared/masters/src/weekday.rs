//! The words for the days of the week, in files and in documents.

use tenjo_domain::Invalid;
use time::Weekday;

/// Monday first, as `time` counts them.
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

pub(crate) fn word(weekday: Weekday) -> &'static str {
    WEEKDAYS[usize::from(weekday.number_days_from_monday())].1
}

pub(crate) fn read(text: &str) -> Result<Weekday, Invalid> {
    WEEKDAYS
        .iter()
        .find(|(_, word)| *word == text)
        .map(|(weekday, _)| *weekday)
        .ok_or(Invalid("must be one of monday tuesday wednesday thursday friday saturday sunday"))
}
