//! What a proof holds, as `GET /v1/gacha/sagas/{saga_id}/proof` gives it.

use serde::{Deserialize, Serialize};
use tenjo_documents::StateDocument;
use tenjo_domain::{SeedPeriod, ServerSeed, Span};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Inclusion, Root};

/// How purchases are drawn now. Another way gets another name.
pub const ALGORITHM: &str = "tenjo-draw-v2";

/// The proof of one purchase of a player.
///
/// Everything that the server says of the purchase itself is in one text, the record,
/// to the byte: this text is what a receipt signs, and what is a leaf of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// A [`Record`], as text.
    pub record: String,
    /// The rules of the pool, to the byte.
    pub pool_document: String,
    /// The server's seed in hexadecimal, once it is revealed.
    pub seed: Option<String>,
    /// Where the record is among all of its period, once they are published.
    pub inclusion: Option<Inclusion>,
}

/// What the server says of a purchase.
///
/// The text of a record is this structure as JSON, without spaces, with its fields in
/// this order. Readers take the text as they get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// Which purchase.
    pub saga_id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// The player's number for it, counted from 1 without gaps.
    pub draw_number: u64,
    /// Whether it failed after it was drawn: its number is used up, its cost is
    /// back, and the player's state is as before.
    pub is_void: bool,
    /// The player's seed.
    pub client_seed: String,
    /// Where that seed comes from: `draw`, `player` or `default`.
    pub client_seed_origin: String,
    /// When the server got it from the player; none for the default.
    #[serde(with = "time::serde::rfc3339::option")]
    pub client_seed_set_at: Option<OffsetDateTime>,
    /// The period of the server's seed.
    pub period: RecordPeriod,
    /// The rules.
    pub pool: PoolRules,
    /// What was bought.
    pub purchase: Purchase,
    /// The player's state before the purchase.
    pub state_before: StateDocument,
    /// The player's state after it; none if it is void.
    pub state_after: Option<StateDocument>,
    /// What was drawn, in order; none if it is void.
    pub results: Option<Vec<DrawnItem>>,
    /// 16 random bytes in hexadecimal, so that nobody can guess the record that a hash
    /// is of.
    pub salt: String,
}

impl Record {
    /// The text that is signed and hashed.
    ///
    /// # Errors
    /// Never in practice: all of it can be written as JSON.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// The period of a purchase, without what is secret at first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPeriod {
    /// SHA-256 of the seed and the period, in hexadecimal.
    pub commitment: String,
    /// Its first moment.
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// The first moment after it.
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// When the commitment was published.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
}

impl RecordPeriod {
    /// From when to when it lasts.
    pub(crate) fn span(&self) -> Span {
        Span { starts_at: self.starts_at, ends_at: self.ends_at }
    }
}

impl From<&SeedPeriod> for RecordPeriod {
    fn from(period: &SeedPeriod) -> Self {
        Self {
            commitment: period.commitment.to_string(),
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            published_at: period.published_at,
        }
    }
}

/// A period in the list of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Which period.
    pub period_id: Uuid,
    /// What records say of it too.
    #[serde(flatten)]
    pub record: RecordPeriod,
    /// The seed, in hexadecimal, once it is revealed.
    pub seed: Option<String>,
    /// The root over all purchases of the period, once all of them have ended.
    pub root: Option<Root>,
}

impl From<&SeedPeriod> for Period {
    fn from(period: &SeedPeriod) -> Self {
        Self {
            period_id: period.period_id.0,
            record: period.into(),
            seed: period.revealed_seed.as_ref().map(ServerSeed::expose_hex),
            root: period.root.as_ref().map(Root::from),
        }
    }
}

/// A public key that receipts are verified with, as a JSON Web Key (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptKey {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Its name, which is in the header of a receipt.
    pub kid: String,
    /// The key, in base64url without padding.
    pub x: String,
}

/// A revision of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolRules {
    /// Its name.
    pub pool_id: String,
    /// SHA-256 of the document, in hexadecimal.
    pub revision: String,
}

/// What a quote decided, and what was taken and given by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// How many draws.
    pub draw_count: u32,
    /// Which gems were asked for.
    pub currency_type: String,
    /// How many.
    pub amount: u64,
    /// What was taken of each kind of gems. A void purchase gave it back.
    pub breakdown: Vec<Part>,
    /// The exchange points that it gave; none if the pool gives none, or it is void.
    pub points: Option<PurchasePoints>,
    /// The position of the step of a step-up; 0 in other pools.
    pub step: u32,
    /// Whether it was the day's free draw.
    pub is_free: bool,
    /// The moment that it was quoted for.
    #[serde(with = "time::serde::rfc3339")]
    pub quoted_at: OffsetDateTime,
}

/// What was taken of one kind of gems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which gems.
    pub currency_type: String,
    /// How many, at least 1.
    pub amount: u64,
}

/// Exchange points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchasePoints {
    /// Which points.
    pub point_group: String,
    /// How many.
    pub amount: u64,
}

/// One drawn item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnItem {
    /// Which item.
    pub item_master_id: String,
    /// How rare it is in its pool.
    pub rarity: String,
    /// Whether the pool advertised it.
    pub is_pickup: bool,
}
