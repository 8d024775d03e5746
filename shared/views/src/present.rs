//! A present, as its player sees it.

use serde::Serialize;
use tenjo_http::Reply;
use tenjo_store::present::MailedPresent;
use time::OffsetDateTime;
use uuid::Uuid;

/// A present.
#[derive(Debug, Serialize)]
pub struct PresentView {
    present_id: Uuid,
    title: String,
    message: String,
    free_gems: u64,
    paid_gems: u64,
    items: Vec<PresentItemView>,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
    /// Null in the mailbox.
    #[serde(with = "time::serde::rfc3339::option")]
    received_at: Option<OffsetDateTime>,
}

#[derive(Debug, Serialize)]
struct PresentItemView {
    item_master_id: String,
    quantity: u64,
}

impl Reply for PresentView {}

impl PresentView {
    /// A present, and when its player received it.
    #[must_use]
    pub fn of(mailed: &MailedPresent, received_at: Option<OffsetDateTime>) -> Self {
        let parts = mailed.present.parts();
        let items = parts.items.iter().map(|item| PresentItemView {
            item_master_id: item.item_master_id.to_string(),
            quantity: item.quantity.get(),
        });
        Self {
            present_id: mailed.present_id.0,
            title: parts.title.clone(),
            message: parts.message.clone(),
            free_gems: parts.free_gems.amount(),
            paid_gems: parts.paid_gems.amount(),
            items: items.collect(),
            starts_at: parts.starts_at,
            ends_at: parts.ends_at,
            received_at,
        }
    }
}
