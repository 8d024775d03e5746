//! What a proof holds, as `GET /v1/gacha/sagas/{saga_id}/proof` gives it.

use serde::{Deserialize, Serialize};
use tenjo_documents::StateDocument;
use tenjo_domain::{SeedPeriod, ServerSeed};
use time::OffsetDateTime;
use uuid::Uuid;

/// How draws are made now. Another way gets another name, and proofs of the
/// old one stay as they are.
pub const ALGORITHM: &str = "tenjo-draw-v1";

/// One draw of a player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// Which draw.
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
    /// The server's seed.
    pub period: Period,
    /// The rules.
    pub pool: PoolRules,
    /// What was bought.
    pub purchase: Purchase,
    /// The player's state before the draw.
    pub state_before: StateDocument,
    /// The player's state after the draw; none if it is void.
    pub state_after: Option<StateDocument>,
    /// What was drawn, in order; none if it is void.
    pub results: Option<Vec<DrawnItem>>,
}

/// The period of a server seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Which period.
    pub period_id: Uuid,
    /// SHA-256 of the seed, in hexadecimal, as it was published in advance.
    pub commitment: String,
    /// Its first moment.
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// The first moment after it.
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// The seed, in hexadecimal, once it is revealed.
    pub seed: Option<String>,
}

impl From<SeedPeriod> for Period {
    fn from(period: SeedPeriod) -> Self {
        Self {
            period_id: period.period_id.0,
            commitment: period.commitment.to_string(),
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            seed: period.revealed_seed.as_ref().map(ServerSeed::expose_hex),
        }
    }
}

/// A revision of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolRules {
    /// Its name.
    pub pool_id: String,
    /// SHA-256 of the document, in hexadecimal.
    pub revision: String,
    /// The rules, to the byte.
    pub document: String,
}

/// What a quote decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// How many draws.
    pub draw_count: u32,
    /// Which gems were asked for.
    pub currency_type: String,
    /// How many.
    pub amount: u64,
    /// The position of the step of a step-up; 0 in other pools.
    pub step: u32,
    /// Whether it was the day's free draw.
    pub is_free: bool,
    /// The moment that it was quoted for.
    #[serde(with = "time::serde::rfc3339")]
    pub quoted_at: OffsetDateTime,
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
