//! The one place where the time of day comes from.

use time::OffsetDateTime;

/// Where a function takes time from, so that a test can set it.
#[derive(Debug, Clone, Copy)]
pub struct Clock(fn() -> OffsetDateTime);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the Clock that all others ask")]
        Self(OffsetDateTime::now_utc)
    }

    /// A clock that a test sets.
    #[must_use]
    pub const fn of(now: fn() -> OffsetDateTime) -> Self {
        Self(now)
    }

    /// The time now, in UTC.
    #[must_use]
    pub fn now(self) -> OffsetDateTime {
        (self.0)()
    }
}
