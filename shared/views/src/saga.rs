use serde::Serialize;
use tenjo_store::saga::{Event, SagaRecord};
use time::OffsetDateTime;
use uuid::Uuid;

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

/// A saga, for an operator. Nothing of a draw that has not ended, as for its player.
#[derive(Serialize)]
pub struct SagaStoryView {
    saga_id: Uuid,
    pool_id: String,
    draw_count: u32,
    status: &'static str,
    failure_reason: Option<&'static str>,
    timeline: Vec<EventView>,
}

impl From<SagaRecord> for SagaStoryView {
    fn from(record: SagaRecord) -> Self {
        let SagaRecord { saga, timeline, .. } = record;
        Self {
            saga_id: saga.saga_id.0,
            pool_id: saga.pool_id.to_string(),
            draw_count: saga.quote.draw_count.get(),
            status: saga.status.as_str(),
            failure_reason: saga.failure_reason.map(|reason| reason.as_str()),
            timeline: timeline.into_iter().map(EventView::from).collect(),
        }
    }
}
