//! The rules of Tenjo: odds, pity, money, and the states of a saga.
//!
//! Everything here is a function of its arguments. There is no IO, no clock
//! and no source of randomness: time and random numbers come in as arguments,
//! so that any draw can be repeated. Types refuse bad values when they are
//! made, and know nothing of JSON or SQL.

mod draw;
mod fairness;
mod id;
mod key;
mod money;
mod odds;
mod pool;
mod rarity;
mod saga;
mod stream;
mod tier;
mod user;

pub use draw::{Drawn, Outcome, draw};
pub use fairness::{
    ClientSeed, Commitment, DrawNumber, DrawStream, PeriodLength, Rotation, SeedPeriod,
    SeedPeriodId, ServerSeed, Span,
};
pub use id::{ItemMasterId, PityGroup, PlayerId, PoolId, PoolRevision, SagaId, UserId};
pub use key::IdempotencyKey;
pub use money::{Cost, CurrencyType, Gems, LedgerReason};
pub use odds::{ItemOdds, Odds, RarityOdds, Rate};
pub use pool::{DrawCount, PityRule, Pool, PoolError, PoolItem, PoolParts, Price};
pub use rarity::Rarity;
pub use saga::{FailureReason, SagaStatus, Step, Turn};
pub use stream::{RandomStream, below};
pub use user::{DeviceId, DeviceType, DisplayName};

/// A value that a constructor refused, and why, in words a client may read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub &'static str);
