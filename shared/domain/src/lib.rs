//! The rules of Tenjo: odds, pity, money, and the states of a saga.
//!
//! Everything here is a function of its arguments. There is no IO, no clock
//! and no source of randomness: time and random numbers come in as arguments,
//! so that any draw can be repeated. Types refuse bad values when they are
//! made, and know nothing of JSON or SQL.

mod amount;
mod attestation;
mod boxed;
mod deletion;
mod device_credential;
mod device_id;
mod device_type;
mod display_name;
mod draw;
mod draw_group;
mod entry_id;
mod exchange;
mod fairness;
mod fingerprint;
mod id;
mod key;
mod link;
mod money;
mod odds;
mod operator;
mod pace;
mod paid;
mod pity;
mod points;
mod pool;
mod present;
mod presentation;
mod price;
mod purchase;
mod quantity;
mod quote;
mod rarity;
mod saga;
mod schedule;
mod service_status;
mod session_end;
mod stage;
mod state;
mod stream;
mod tier;
mod transfer;

pub use attestation::{AppAttestEnvironment, AttestationPlatform, DeviceAttestation};
pub use boxed::BoxReset;
pub use deletion::{AbandonedAfter, GraceDays};
pub use device_credential::{DeviceCredential, DeviceEnd, DeviceLogin, PlainLogin, SecretHash};
pub use device_id::DeviceId;
pub use device_type::DeviceType;
pub use display_name::DisplayName;
pub use draw_group::DrawGroup;
pub use entry_id::EntryId;
pub use exchange::{ExchangeRefusal, ExchangeRule, Offer};
pub use fairness::{
    ClientSeed, ClientSeedOrigin, Commitment, DrawNumber, DrawStream, PeriodLength, Rotation,
    SeedChanges, SeedPeriod, SeedPeriodId, ServerSeed, Side, Span, TreeNode, TreeStep, TreeTotals,
    UsedClientSeed, tree_path, tree_root,
};
pub use fingerprint::Fingerprint;
pub use id::{
    ExchangeId, ItemMasterId, PityGroup, PlayerId, PointGroup, PoolId, PoolRevision, ProductId,
    RegistrationId, SagaId, SessionId, SourceId, UserId,
};
pub use key::IdempotencyKey;
pub use link::{Identity, LinkProvider, LinkSubject};
pub use money::{Charge, Cost, CurrencyType, Gems, LedgerReason, Payment};
pub use num_rational::BigRational;
pub use odds::{
    First, Forecast, ItemForecast, ItemOdds, Odds, RarityForecast, RarityOdds, Rate, Wait,
    WaitPoint, decimal, fraction, percent,
};
pub use operator::{
    ActId, ActReason, Moved, OnePersonLimit, OperatorAct, Principal, TakesTwo, Ticket,
};
pub use pace::{Act, Admission, Most, NetworkAct};
pub use paid::{
    Lot, LotNumber, LotOrigin, LotPart, MoneyCode, PaidGems, PriceMicros, Returned, Revocation,
    Sale, Store,
};
pub use pity::{PityRule, PityState, SoftPity};
pub use points::Points;
pub use pool::{AfterLastStep, Limits, Pool, PoolError, PoolItem, PoolKind, PoolParts};
pub use present::{Present, PresentId, PresentItem, PresentParts, ReceiptId};
pub use presentation::{AssetKey, Language, Presentation, Texts};
pub use price::{DrawCount, Price};
pub use purchase::{
    AccountToken, AgeGroup, Allowance, AllowanceRule, BirthMonth, ByHandChange, Claim, Disclosure,
    Goods, Listing, Product, ProductError, ProductParts, PurchaseId, PurchaseRefusal,
    PurchaseStatus, Shop, ShopHistory, ShopRevision, Standing, StoreChange, StoreEnvironment,
    StorePrice, StoreTransaction, TransactionId, Turn as PurchaseTurn, Vouched,
    check_store_product_id,
};
pub use quantity::Quantity;
pub use quote::{Quote, Refusal};
pub use rarity::Rarity;
pub use saga::{FailureReason, REFUSED, SagaStatus, Step, Turn};
pub use schedule::{Day, DayRule, OpeningHours};
pub use service_status::{ClientVersion, Entry, Maintenance, ServiceStatus};
pub use session_end::SessionEnd;
pub use stage::{Guarantee, StageParts};
pub use state::{PlayerState, Purchases};
pub use stream::{RandomStream, below};
pub use transfer::{TransferCode, TransferCodeHash, TransferPassword};

/// A value that a constructor refused, and why, in words a client may read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub &'static str);
