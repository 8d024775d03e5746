use serde::Serialize;
use tenjo_store::saga::Event;
use time::OffsetDateTime;

/// When a saga reached a status.
#[derive(Serialize)]
pub struct EventView {
    status: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self { status: event.status.as_str(), at: event.at }
    }
}
