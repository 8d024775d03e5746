//! When a player's account is deleted.

use std::str::FromStr;

use time::{Duration, OffsetDateTime};

use crate::Invalid;

/// For how many days a player who asked to be deleted may change their mind. At least one,
/// which is longer than any access token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraceDays(u16);

impl GraceDays {
    /// When the grace ends that begins now.
    #[must_use]
    pub fn after(self, now: OffsetDateTime) -> OffsetDateTime {
        now + Duration::days(self.0.into())
    }
}

impl FromStr for GraceDays {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let days = text.parse().ok().filter(|days| (1..=365).contains(days));
        days.map(Self).ok_or(Invalid("must be 1 to 365 days"))
    }
}

/// After how many days without a login a guest who bought nothing is deleted, if ever. At
/// least 31: no session lasts so long unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbandonedAfter(Option<u16>);

impl AbandonedAfter {
    /// After how many days; never if none.
    #[must_use]
    pub const fn days(self) -> Option<u16> {
        self.0
    }
}

impl FromStr for AbandonedAfter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.parse() {
            Ok(0) => Ok(Self(None)),
            Ok(days) if days >= 31 => Ok(Self(Some(days))),
            _ => Err(Invalid("must be 0, for never, or 31 to 65535 days")),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn grace_is_a_day_to_a_year() {
        for (text, good) in
            [("1", true), ("30", true), ("365", true), ("0", false), ("366", false), ("-1", false)]
        {
            assert_eq!(text.parse::<GraceDays>().is_ok(), good, "{text}");
        }
        let due = "30".parse::<GraceDays>().unwrap().after(datetime!(2026-04-01 12:00 UTC));
        assert_eq!(due, datetime!(2026-05-01 12:00 UTC));
    }

    #[test]
    fn guests_are_abandoned_never_or_after_more_than_a_session_lasts() {
        for (text, days) in [
            ("0", Some(None)),
            ("31", Some(Some(31))),
            ("365", Some(Some(365))),
            ("30", None),
            ("1", None),
            ("70000", None),
            ("", None),
        ] {
            let read = text.parse::<AbandonedAfter>().ok();
            assert_eq!(read.map(AbandonedAfter::days), days, "{text}");
        }
    }
}
