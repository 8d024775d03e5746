//! Idempotency records: the first call to write the record of a request serves
//! it, and every call after that gets the recorded answer.
//!
//! Records live in DynamoDB and expire by TTL. Correctness never depends on
//! them: a draw's saga id is derived from the player and the key, so the
//! database refuses a second saga, and the saga's row has everything that the same
//! answer needs. Records spare work, and keep a repeat from running a saga that
//! already runs.

mod table;

use tenjo_domain::{Fingerprint, IdempotencyKey, UserId};
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;
use uuid::Uuid;

use table::{Item, Put, Table, number, text};

/// How long a record is kept.
const KEPT: time::Duration = time::Duration::hours(24);

/// The longest that a function may run. A call that claimed a request and has
/// not answered it by then counts as dead.
const CLAIMED: time::Duration = time::Duration::seconds(30);

const IN_PROGRESS: &str = "IN_PROGRESS";
const COMPLETED: &str = "COMPLETED";

/// The table cannot be reached. The request goes on without it.
#[derive(Debug, thiserror::Error)]
#[error("the idempotency table is unavailable")]
pub struct Unavailable(#[source] tenjo_aws::CallError);

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
    table: Table,
}

impl Records {
    /// The table that `TENJO_OPS_TABLE` names.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self { table: Table::from_env(settings.text("TENJO_OPS_TABLE")?) })
    }

    /// Claims a request for this attempt, if no other attempt has it.
    ///
    /// # Errors
    /// When the table is unavailable. The claim may be written all the same, so
    /// settle the attempt in any case.
    pub async fn claim(
        &self,
        ticket: &Ticket,
        fingerprint: Fingerprint,
        now: OffsetDateTime,
    ) -> Result<Claim, Unavailable> {
        let fingerprint = fingerprint.to_string();
        let item = Item::from([
            ("id", text(&ticket.id)),
            ("owner", text(&ticket.owner)),
            ("fingerprint", text(&fingerprint)),
            ("status", text(IN_PROGRESS)),
            ("in_progress_expiry", seconds(now + CLAIMED)),
            ("expiry", seconds(now + KEPT)),
        ]);
        // TTL deletes late, so an old record is recognised here.
        let condition = "attribute_not_exists(id) OR expiry < :now \
                         OR (#status = :in_progress AND in_progress_expiry < :now)";
        let names = [("#status", "status")];
        let values = [(":now", seconds(now)), (":in_progress", text(IN_PROGRESS))];
        let taken = match self.table.put(&item, condition, &names, &values).await? {
            Put::Written => return Ok(Claim::Ours),
            Put::Refused(taken) => taken,
        };
        // After a lost answer, a put that is sent again finds its own record.
        if taken.text("owner") == Some(ticket.owner.as_str()) {
            return Ok(Claim::Ours);
        }
        if taken.text("fingerprint") != Some(fingerprint.as_str()) {
            return Ok(Claim::Reused);
        }
        Ok(match taken.text("answer") {
            Some(answer) if taken.text("status") == Some(COMPLETED) => {
                Claim::Answered(answer.to_owned())
            }
            _ => Claim::Running,
        })
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
        let names = [("#status", "status"), ("#owner", "owner")];
        let values = [
            (":completed", text(COMPLETED)),
            (":answer", text(answer)),
            (":expiry", seconds(now + KEPT)),
            (":owner", text(&ticket.owner)),
        ];
        let update = "SET #status = :completed, answer = :answer, expiry = :expiry";
        self.table.update(&ticket.id, update, "#owner = :owner", &names, &values).await
    }

    /// Gives a claim back, so that the same request may be sent again.
    ///
    /// # Errors
    /// When the table is unavailable: then the claim runs out by itself.
    pub async fn release(&self, ticket: Ticket) -> Result<(), Unavailable> {
        let values = [(":owner", text(&ticket.owner))];
        self.table.delete(&ticket.id, "#owner = :owner", &[("#owner", "owner")], &values).await
    }
}

/// A time as DynamoDB's TTL wants it: whole seconds since 1970.
fn seconds(time: OffsetDateTime) -> table::Value {
    number(time.unix_timestamp())
}
