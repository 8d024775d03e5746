//! The words for the days of the week, the same in master files and in
//! documents.

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

/// The word for a day.
#[must_use]
pub fn word(weekday: Weekday) -> &'static str {
    WEEKDAYS[usize::from(weekday.number_days_from_monday())].1
}

/// The day of a word.
///
/// # Errors
/// When it is not one of the seven words, in lower case.
pub fn read(text: &str) -> Result<Weekday, Invalid> {
    WEEKDAYS
        .iter()
        .find(|(_, word)| *word == text)
        .map(|(weekday, _)| *weekday)
        .ok_or(Invalid("must be one of monday tuesday wednesday thursday friday saturday sunday"))
}
