//! When a pool is open, and when a player's day begins.

use time::{OffsetDateTime, Time, UtcOffset, Weekday};

/// A day of a pool, counted from 1970-01-01 in its own time zone. Daily limits
/// and free draws are by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(pub i32);

/// When a new day begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRule {
    /// The clock of the pool's players.
    pub utc_offset: UtcOffset,
    /// The time of day at which a new day begins, such as 05:00.
    pub begins_at: Time,
}

impl Default for DayRule {
    /// Midnight, UTC.
    fn default() -> Self {
        Self { utc_offset: UtcOffset::UTC, begins_at: Time::MIDNIGHT }
    }
}

impl DayRule {
    /// The day that a moment belongs to.
    #[must_use]
    pub fn day_of(&self, at: OffsetDateTime) -> Day {
        const UNIX_EPOCH_JULIAN_DAY: i32 = 2_440_588;
        let local = at.to_offset(self.utc_offset);
        let today = local.date().to_julian_day() - UNIX_EPOCH_JULIAN_DAY;
        Day(if local.time() < self.begins_at { today - 1 } else { today })
    }
}

/// The hours at which a pool sells, on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    /// The clock that they are read on.
    pub utc_offset: UtcOffset,
    /// On which days they begin; every day if empty.
    pub weekdays: Vec<Weekday>,
    /// The first moment at which it sells.
    pub from: Time,
    /// The first moment at which it no longer sells. At or before `from`: on
    /// the day after.
    pub until: Time,
}

impl OpeningHours {
    /// Whether the pool sells at this moment.
    #[must_use]
    pub fn contain(&self, at: OffsetDateTime) -> bool {
        let local = at.to_offset(self.utc_offset);
        let (weekday, time) = (local.weekday(), local.time());
        let begins_on = |day: Weekday| self.weekdays.is_empty() || self.weekdays.contains(&day);
        if self.from < self.until {
            begins_on(weekday) && self.from <= time && time < self.until
        } else {
            (begins_on(weekday) && self.from <= time)
                || (begins_on(weekday.previous()) && time < self.until)
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{datetime, offset, time};

    use super::*;

    #[test]
    fn a_day_begins_when_the_pool_says() {
        let tokyo_at_five = DayRule { utc_offset: offset!(+9), begins_at: time!(5:00) };
        for (at, utc, tokyo) in [
            (datetime!(1970-01-01 0:00 UTC), 0, 0),
            (datetime!(1970-01-01 19:59:59.999999 UTC), 0, 0), // 04:59:59 in Tokyo
            (datetime!(1970-01-01 20:00 UTC), 0, 1),
            (datetime!(1970-01-02 0:00 UTC), 1, 1),
            (datetime!(2026-11-24 12:00 UTC), 20_781, 20_781),
        ] {
            assert_eq!(DayRule::default().day_of(at), Day(utc), "UTC {at}");
            assert_eq!(tokyo_at_five.day_of(at), Day(tokyo), "Tokyo {at}");
        }
    }

    #[test]
    fn hours_are_those_of_the_pools_own_clock() {
        let evening = OpeningHours {
            utc_offset: offset!(+9),
            weekdays: vec![],
            from: time!(18:00),
            until: time!(23:00),
        };
        let weekend_night = OpeningHours {
            utc_offset: offset!(+0),
            weekdays: vec![Weekday::Saturday],
            from: time!(22:00),
            until: time!(2:00),
        };
        let saturday =
            OpeningHours { from: time!(0:00), until: time!(0:00), ..weekend_night.clone() };
        for (hours, at, open) in [
            (&evening, datetime!(2026-11-24 8:59:59 UTC), false),
            (&evening, datetime!(2026-11-24 9:00 UTC), true), // 18:00 in Tokyo
            (&evening, datetime!(2026-11-24 14:00 UTC), false), // 23:00
            (&weekend_night, datetime!(2026-11-28 21:59 UTC), false), // a Saturday
            (&weekend_night, datetime!(2026-11-28 22:00 UTC), true),
            (&weekend_night, datetime!(2026-11-29 1:59 UTC), true), // into Sunday
            (&weekend_night, datetime!(2026-11-29 2:00 UTC), false),
            (&weekend_night, datetime!(2026-11-28 1:00 UTC), false), // Friday's night is none
            (&saturday, datetime!(2026-11-28 0:00 UTC), true),
            (&saturday, datetime!(2026-11-29 0:00 UTC), false),
        ] {
            assert_eq!(hours.contain(at), open, "{hours:?} {at}");
        }
    }
}
