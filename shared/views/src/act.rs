use serde::Serialize;
use serde_json::Value;
use tenjo_store::operator_log::Logged;
use time::OffsetDateTime;
use uuid::Uuid;

/// A line of the log of operators.
#[derive(Serialize)]
pub struct ActView {
    act_id: Uuid,
    act: &'static str,
    principal: String,
    ticket: String,
    reason: String,
    outcome: &'static str,
    result: Value,
    approves: Option<Uuid>,
    user_id: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<Logged> for ActView {
    fn from(logged: Logged) -> Self {
        let Logged { entry, created_at } = logged;
        Self {
            act_id: entry.act_id.0,
            act: entry.act.as_str(),
            principal: entry.principal.as_str().to_owned(),
            ticket: entry.ticket.as_str().to_owned(),
            reason: entry.reason.as_str().to_owned(),
            outcome: if entry.is_done { "done" } else { "requested" },
            result: serde_json::from_str(&entry.result).unwrap_or_default(),
            approves: entry.approves.map(|id| id.0),
            user_id: entry.user_id.map(|id| id.0),
            created_at,
        }
    }
}
