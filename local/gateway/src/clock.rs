//! Where the time comes from, so that tests can set it.

use std::sync::Arc;

use time::OffsetDateTime;

/// Tells the time for expiry and for rate-limiting windows.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the real clock")]
    pub fn system() -> Self {
        Self::new(OffsetDateTime::now_utc)
    }

    /// The time, now.
    pub fn now(&self) -> OffsetDateTime {
        (self.0)()
    }
}
