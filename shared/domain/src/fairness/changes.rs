//! How often a player may change their client seed.

use time::OffsetDateTime;

use crate::schedule::{Day, DayRule};

/// How often a player may change their client seed on one day, in UTC.
///
/// Whoever knew a server seed in advance could search for a client seed that makes the
/// next draw a good one, and would have to change it for each draw. Players need a few
/// changes a year.
const CHANGES_A_DAY: u32 = 10;

/// The changes of a player's client seed on the last day that had any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeedChanges {
    /// Which day, counted from 1970-01-01.
    pub day: i32,
    /// How many.
    pub count: u32,
}

impl SeedChanges {
    /// With one more change at this moment; `None` if there were too many on its day.
    #[must_use]
    pub fn another(self, now: OffsetDateTime) -> Option<Self> {
        let Day(day) = DayRule::default().day_of(now);
        // A clock that went back to yesterday begins no day.
        let (day, before) = if self.day >= day { (self.day, self.count) } else { (day, 0) };
        (before < CHANGES_A_DAY).then_some(Self { day, count: before + 1 })
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn ten_changes_fit_into_a_day_and_the_next_day_has_ten_again() {
        let noon = OffsetDateTime::UNIX_EPOCH + Duration::hours(36);
        let mut changes = SeedChanges::default();
        for count in 1..=10 {
            changes = changes.another(noon).unwrap();
            assert_eq!(changes, SeedChanges { day: 1, count });
        }
        assert_eq!(changes.another(noon), None);
        assert_eq!(changes.another(noon + Duration::hours(11)), None);
        let next = changes.another(noon + Duration::hours(12));
        assert_eq!(next, Some(SeedChanges { day: 2, count: 1 }));
        // A clock that is behind gives no other ten.
        let back = next.unwrap().another(noon);
        assert_eq!(back, Some(SeedChanges { day: 2, count: 2 }));
    }
}
