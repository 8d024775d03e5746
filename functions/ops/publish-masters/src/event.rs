//! Reads the event that an operator sends.

use serde::Deserialize;
use serde_json::Value;
use tenjo_domain::{PoolId, PoolRevision};

/// An event, read and checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Only report what would change.
    pub(crate) dry_run: bool,
    pub(crate) action: Action,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Put the master data of this build on sale.
    Publish,
    /// Put an older revision of one pool on sale.
    RollBack { pool_id: PoolId, revision: PoolRevision },
}

/// Why an event was refused. An unknown field is refused, so that a misspelt
/// `dry_run` does not publish.
#[derive(Debug, thiserror::Error)]
#[error("the event must be {{}} with, at most, dry_run and rollback: {0}")]
pub(crate) struct EventError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventFields {
    #[serde(default)]
    dry_run: bool,
    rollback: Option<RollbackFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollbackFields {
    pool_id: String,
    revision: String,
}

impl Event {
    pub(crate) fn read(event: Value) -> Result<Self, EventError> {
        let fields: EventFields =
            serde_json::from_value(event).map_err(|error| EventError(error.to_string()))?;
        let action = fields.rollback.map_or(Ok(Action::Publish), Action::roll_back)?;
        Ok(Self { dry_run: fields.dry_run, action })
    }
}

impl Action {
    fn roll_back(fields: RollbackFields) -> Result<Self, EventError> {
        let pool_id = PoolId::new(fields.pool_id)
            .map_err(|invalid| EventError(format!("rollback.pool_id {invalid}")))?;
        let revision = fields
            .revision
            .parse()
            .map_err(|invalid| EventError(format!("rollback.revision {invalid}")))?;
        Ok(Self::RollBack { pool_id, revision })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_says_what_to_do() {
        let hex = "0f".repeat(32);
        let publish = |dry_run| Event { dry_run, action: Action::Publish };
        let roll_back = Action::RollBack {
            pool_id: PoolId::new("moon").unwrap(),
            revision: PoolRevision([0x0f; 32]),
        };
        let rollback = json!({ "pool_id": "moon", "revision": hex });
        for (event, read) in [
            (json!({}), publish(false)),
            (json!({ "dry_run": true }), publish(true)),
            (
                json!({ "rollback": rollback, "dry_run": false }),
                Event { dry_run: false, action: roll_back },
            ),
        ] {
            assert_eq!(Event::read(event).unwrap(), read);
        }
    }

    #[test]
    fn an_event_that_is_not_understood_does_nothing() {
        for (event, problem) in [
            (json!(null), "null"),
            (json!({ "dryrun": true }), "dryrun"),
            (json!({ "dry_run": "yes" }), "boolean"),
            (json!({ "rollback": { "pool_id": "moon" } }), "revision"),
            (json!({ "rollback": { "pool_id": "Moon", "revision": "" } }), "rollback.pool_id"),
            (json!({ "rollback": { "pool_id": "moon", "revision": "0F" } }), "64 of 0-9 and a-f"),
            (
                json!({ "rollback": { "pool_id": "moon", "revision": "0F".repeat(32) } }),
                "64 of 0-9 and a-f",
            ),
            (
                json!({ "rollback": { "pool_id": "moon", "revision": "+f".repeat(32) } }),
                "64 of 0-9 and a-f",
            ),
        ] {
            let error = Event::read(event).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
