//! Dates and months, by the clock of a country.

use std::fmt;
use std::str::FromStr;

use time::{Date, Duration, OffsetDateTime, UtcOffset};

/// Why a date or an offset is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPeriod(String);

/// The end of a day somewhere: a report takes what was entered before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    /// The last day that is in it.
    pub date: Date,
    /// Where.
    pub offset: UtcOffset,
}

impl Until {
    /// Reads a date such as `2026-09-30` and an offset such as `+09:00`.
    ///
    /// # Errors
    /// When they are none.
    pub fn read(date: &str, offset: &str) -> Result<Self, BadPeriod> {
        Ok(Self { date: read_date(date)?, offset: read_offset(offset)? })
    }

    /// The first moment that is not in it.
    #[must_use]
    pub fn moment(self) -> OffsetDateTime {
        let midnight = self.date.midnight().assume_offset(self.offset);
        (midnight + Duration::DAY).to_offset(UtcOffset::UTC)
    }

    /// The month of the last day.
    #[must_use]
    pub fn month(self) -> Month {
        Month { year: self.date.year(), month: u8::from(self.date.month()) }
    }

    /// Whether the month has ended with this day.
    #[must_use]
    pub fn has_all_of(self, month: Month) -> bool {
        let is_last_day = self.date.next_day().is_none_or(|next| next.month() != self.date.month());
        month < self.month() || (month == self.month() && is_last_day)
    }

    /// The minutes by which the clock there is ahead of UTC.
    #[must_use]
    pub fn minutes(self) -> i32 {
        i32::from(self.offset.whole_minutes())
    }

    /// The month of a moment there.
    #[must_use]
    pub fn month_of(self, moment: OffsetDateTime) -> Month {
        let there = moment.to_offset(self.offset);
        Month { year: there.year(), month: u8::from(there.month()) }
    }
}

fn read_date(text: &str) -> Result<Date, BadPeriod> {
    let bad = || BadPeriod(format!("{text} is no date such as 2026-09-30"));
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return Err(bad()) };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return Err(bad());
    }
    let month: u8 = month.parse().map_err(|_| bad())?;
    let month = time::Month::try_from(month).map_err(|_| bad())?;
    let (year, day) = (year.parse().map_err(|_| bad())?, day.parse().map_err(|_| bad())?);
    Date::from_calendar_date(year, month, day).map_err(|_| bad())
}

fn read_offset(text: &str) -> Result<UtcOffset, BadPeriod> {
    let bad = || BadPeriod(format!("{text} is no offset such as +09:00"));
    if text == "Z" {
        return Ok(UtcOffset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(bad()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(bad)?;
    if (hours.len(), minutes.len()) != (2, 2) {
        return Err(bad());
    }
    let hours: i8 = hours.parse().map_err(|_| bad())?;
    let minutes: i8 = minutes.parse().map_err(|_| bad())?;
    if hours > 14 || !(0..60).contains(&minutes) {
        return Err(bad());
    }
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).map_err(|_| bad())
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Such as 2026.
    pub year: i32,
    /// From 1 to 12.
    pub month: u8,
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let bad = || BadPeriod(format!("{text} is no month such as 2026-09"));
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        let month: u8 = month.parse().map_err(|_| bad())?;
        if year.len() != 4 || text.len() != 7 || !(1..=12).contains(&month) {
            return Err(bad());
        }
        Ok(Self { year: year.parse().map_err(|_| bad())?, month })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_day_in_tokyo_ends_at_three_in_the_afternoon_of_utc() {
        for (date, offset, moment) in [
            ("2026-03-31", "+09:00", datetime!(2026-03-31 15:00 UTC)),
            ("2026-09-30", "Z", datetime!(2026-10-01 00:00 UTC)),
            ("2026-12-31", "-03:30", datetime!(2027-01-01 03:30 UTC)),
        ] {
            assert_eq!(Until::read(date, offset).unwrap().moment(), moment);
        }
        let tokyo = Until::read("2026-09-30", "+09:00").unwrap();
        let month = tokyo.month_of(datetime!(2026-08-31 15:00 UTC));
        assert_eq!(month.to_string(), "2026-09");
        assert_eq!("2026-09".parse(), Ok(month));
    }

    #[test]
    fn a_month_has_ended_with_its_last_day() {
        let month: Month = "2026-09".parse().unwrap();
        for (date, has_all) in [
            ("2026-08-31", false),
            ("2026-09-01", false),
            ("2026-09-29", false),
            ("2026-09-30", true),
            ("2026-10-01", true),
            ("2027-01-01", true),
            ("2025-12-31", false),
        ] {
            assert_eq!(Until::read(date, "+09:00").unwrap().has_all_of(month), has_all, "{date}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_by_name() {
        for (date, offset) in [
            ("2026-02-29", "Z"),
            ("2026-9-30", "Z"),
            ("30.09.2026", "Z"),
            ("2026-09-30", "09:00"),
            ("2026-09-30", "+9"),
            ("2026-09-30", "+15:00"),
            ("2026-09-30", "+09:60"),
        ] {
            assert!(Until::read(date, offset).is_err(), "{date} {offset}");
        }
        for month in ["2026-13", "2026-9", "26-09", ""] {
            assert!(month.parse::<Month>().is_err(), "{month}");
        }
    }
}
