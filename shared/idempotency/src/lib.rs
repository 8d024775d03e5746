//! Idempotency records: the first call to write the record of a request serves
//! it, and every call after that gets the recorded answer.
//!
//! Records live in DynamoDB and expire by TTL. Correctness never depends on
//! them: a draw's saga id is derived from the player and the key, so the
//! database refuses a second saga. Records spare work, and give the same
//! answer again after the saga's pool, or the player, has changed.

mod fingerprint;

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use tenjo_domain::{IdempotencyKey, UserId};
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;
use uuid::Uuid;

pub use fingerprint::Fingerprint;

/// How long a record is kept.
const KEPT: time::Duration = time::Duration::hours(24);

/// The longest that a function may run. A call that claimed a request and has
/// not answered it by then counts as dead.
const CLAIMED: time::Duration = time::Duration::seconds(30);

/// A slow table must not make draws slow: they go on without it.
const TIMEOUT: Duration = Duration::from_millis(800);

const IN_PROGRESS: &str = "IN_PROGRESS";
const COMPLETED: &str = "COMPLETED";

/// The table cannot be reached. The request goes on without it.
#[derive(Debug, thiserror::Error)]
#[error("the idempotency table is unavailable")]
pub struct Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Unavailable {
    fn from(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// What became of an attempt to claim a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// It was not served before: serve it, then [`Records::complete`] it.
    Ours,
    /// It was served: this is the recorded answer.
    Answered(String),
    /// Another call serves it at this moment.
    Running,
    /// The key was used for a request that asked for something else.
    Reused,
}

/// One attempt to serve a request: whose record it is, and who attempts it.
#[derive(Debug)]
pub struct Ticket {
    id: String,
    owner: String,
}

impl Ticket {
    /// A new attempt to serve a player's request.
    #[must_use]
    pub fn new(user_id: UserId, key: &IdempotencyKey) -> Self {
        Self {
            id: format!("idempotency#{user_id}#{}", key.as_str()),
            owner: Uuid::new_v4().to_string(),
        }
    }
}

/// The table of records.
#[derive(Debug, Clone)]
pub struct Records {
    client: Client,
    table: String,
}

impl Records {
    /// The table that `TENJO_OPS_TABLE` names.
    ///
    /// # Errors
    /// When a setting is missing.
    pub async fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(TIMEOUT)
            .operation_attempt_timeout(TIMEOUT / 2)
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        Ok(Self {
            client: Client::new(&config.load().await),
            table: settings.text("TENJO_OPS_TABLE")?.to_owned(),
        })
    }

    /// Claims a request for this attempt, if no other attempt has it.
    ///
    /// # Errors
    /// When the table is unavailable. The claim may be written all the same, so
    /// settle the attempt in any case.
    pub async fn claim(
        &self,
        ticket: &Ticket,
        fingerprint: &Fingerprint,
        now: OffsetDateTime,
    ) -> Result<Claim, Unavailable> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", text(&ticket.id))
            .item("owner", text(&ticket.owner))
            .item("fingerprint", text(&fingerprint.0))
            .item("status", text(IN_PROGRESS))
            .item("in_progress_expiry", seconds(now + CLAIMED))
            .item("expiry", seconds(now + KEPT))
            // TTL deletes late, so an old record is recognised here.
            .condition_expression(
                "attribute_not_exists(id) OR expiry < :now \
                 OR (#status = :in_progress AND in_progress_expiry < :now)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":now", seconds(now))
            .expression_attribute_values(":in_progress", text(IN_PROGRESS))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(Claim::Ours),
            Err(PutItemError::ConditionalCheckFailedException(taken)) => {
                let field = |name: &str| {
                    let value = taken.item.as_ref().and_then(|item| item.get(name));
                    value.and_then(|value| value.as_s().ok()).map(String::as_str)
                };
                // After a lost answer, a put that is sent again finds its own record.
                if field("owner") == Some(&ticket.owner) {
                    return Ok(Claim::Ours);
                }
                if field("fingerprint") != Some(&fingerprint.0) {
                    return Ok(Claim::Reused);
                }
                Ok(match field("answer") {
                    Some(answer) if field("status") == Some(COMPLETED) => {
                        Claim::Answered(answer.to_owned())
                    }
                    _ => Claim::Running,
                })
            }
            Err(error) => Err(Unavailable::from(error)),
        }
    }

    /// Records the answer to a claimed request. If the claim has run out and
    /// somebody else took it, nothing is written.
    ///
    /// # Errors
    /// When the table is unavailable.
    pub async fn complete(
        &self,
        ticket: Ticket,
        answer: &str,
        now: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(&ticket.id))
            .update_expression("SET #status = :completed, answer = :answer, expiry = :expiry")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":completed", text(COMPLETED))
            .expression_attribute_values(":answer", text(answer))
            .expression_attribute_values(":expiry", seconds(now + KEPT))
            .expression_attribute_values(":owner", text(&ticket.owner))
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error);
        match update {
            Err(error) if !error.is_conditional_check_failed_exception() => {
                Err(Unavailable::from(error))
            }
            _ => Ok(()),
        }
    }

    /// Gives a claim back, so that the same request may be sent again.
    ///
    /// # Errors
    /// When the table is unavailable: then the claim runs out by itself.
    pub async fn release(&self, ticket: Ticket) -> Result<(), Unavailable> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(&ticket.id))
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&ticket.owner))
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error);
        match delete {
            Err(error) if !error.is_conditional_check_failed_exception() => {
                Err(Unavailable::from(error))
            }
            _ => Ok(()),
        }
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A time as DynamoDB's TTL wants it: whole seconds since 1970.
fn seconds(time: OffsetDateTime) -> AttributeValue {
    AttributeValue::N(time.unix_timestamp().to_string())
}
