//! Whether players are let in: what operators have set, as this process last read it.

use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use tenjo_domain::{ClientVersion, Entry, ServiceStatus};
use tenjo_store::{BrokenInvariant, Db, service_status};
use time::{Duration, OffsetDateTime};

use crate::ApiError;

/// For how long a process relies on what it read. So a busy function costs the database
/// one statement in this time, and not one for each request; and no function that can read
/// the row lets a player in for longer than this after maintenance has begun. One that cannot
/// goes on by what it read last, for as long as that lasts.
const RELIES_ON: Duration = Duration::seconds(2);

/// Where a client says its version.
const VERSION: &str = "X-Client-Version";

/// A function that keeps its database in what it keeps while it is warm.
pub trait HasDb {
    /// The database, as the function's own user.
    fn db(&self) -> &Db;
}

impl HasDb for Db {
    fn db(&self) -> &Db {
        self
    }
}

/// The door of one function.
pub(crate) struct Opening {
    db: Db,
    last: Mutex<Option<Read>>,
}

#[derive(Clone, Copy)]
struct Read {
    at: OffsetDateTime,
    status: ServiceStatus,
}

impl Read {
    /// Also if the clock was set back.
    fn is_fresh(self, now: OffsetDateTime) -> bool {
        (self.at..self.at + RELIES_ON).contains(&now)
    }
}

impl Opening {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, last: Mutex::new(None) }
    }

    /// Lets a player's request in, and says by which status; or refuses it.
    ///
    /// # Errors
    /// - `invalid_request`: the client's version is none
    /// - `maintenance`
    /// - `client_outdated`
    /// - `try_later`, `internal`: the status cannot be read, and never was
    pub(crate) async fn check(
        &self,
        headers: &HeaderMap,
        now: OffsetDateTime,
    ) -> Result<ServiceStatus, ApiError> {
        let client = client_version(headers)?;
        let status = self.status(now).await?;
        match status.entry(client, now) {
            Entry::Open => Ok(status),
            Entry::Maintenance { retry_after_s } => Err(ApiError::Maintenance { retry_after_s }),
            Entry::Outdated => Err(ApiError::ClientOutdated),
        }
    }

    async fn status(&self, now: OffsetDateTime) -> Result<ServiceStatus, ApiError> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = last.filter(|read| read.is_fresh(now)) {
            return Ok(read.status);
        }
        let status = match (self.read().await, last) {
            (Ok(status), _) => status,
            // What was known holds on, so that maintenance does not end by this, and no
            // game that is open closes.
            (Err(error), Some(read)) => {
                BrokenInvariant::report_among_causes(&error);
                tracing::warn!("the service's status cannot be read: {error}");
                read.status
            }
            // Perhaps there is maintenance, and nobody here knows.
            (Err(error), None) => return Err(error.into()),
        };
        let read = Read { at: now, status };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(status)
    }

    async fn read(&self) -> sqlx::Result<ServiceStatus> {
        service_status::find(&mut *self.db.acquire().await?).await
    }
}

fn client_version(headers: &HeaderMap) -> Result<Option<ClientVersion>, ApiError> {
    let Some(value) = headers.get(VERSION) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    text.parse().map(Some).map_err(ApiError::field(VERSION))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_was_read_counts_for_two_seconds() {
        let at = datetime!(2026-04-01 12:00 UTC);
        let read = Read { at, status: ServiceStatus::default() };
        for (now, is_fresh) in [
            (at, true),
            (at + Duration::milliseconds(1999), true),
            (at + Duration::seconds(2), false),
            (at - Duration::milliseconds(1), false),
        ] {
            assert_eq!(read.is_fresh(now), is_fresh, "{now}");
        }
    }

    #[tokio::test]
    async fn without_a_database_a_cold_process_lets_nobody_in() {
        // Nobody listens at this port.
        let db = tenjo_store::connect("mysql://a:b@127.0.0.1:9", None).unwrap();
        let opening = Opening::new(db);
        let now = datetime!(2026-04-01 12:00 UTC);
        let refused = opening.check(&HeaderMap::new(), now).await.unwrap_err();
        assert_eq!(refused.parts().0, http::StatusCode::SERVICE_UNAVAILABLE);
        assert!(opening.last.lock().unwrap().is_none());
    }

    #[tokio::test]
    async fn without_a_database_what_was_read_before_holds_on() {
        // Nobody listens at this port.
        let db = tenjo_store::connect("mysql://a:b@127.0.0.1:9", None).unwrap();
        let opening = Opening::new(db);
        let at = datetime!(2026-04-01 12:00 UTC);
        let now = at + Duration::minutes(1);
        *opening.last.lock().unwrap() = Some(Read { at, status: ServiceStatus::default() });
        assert!(opening.check(&HeaderMap::new(), now).await.is_ok());
        let last = opening.last.lock().unwrap().unwrap();
        assert!(last.is_fresh(now));
    }

    #[test]
    fn a_version_is_one_or_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(client_version(&headers).is_ok_and(|version| version.is_none()));
        for (text, is_good) in
            [("1.2.3", true), ("1.2", false), ("", false), ("1.2.3,1.2.3", false)]
        {
            headers.insert("x-client-version", text.parse().unwrap());
            assert_eq!(client_version(&headers).is_ok(), is_good, "{text:?}");
        }
    }
}
