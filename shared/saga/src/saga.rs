//! The data of a saga.

use tenjo_documents::StateDocument;
use tenjo_domain::{
    Charge, ClientSeed, DrawNumber, FailureReason, Fingerprint, ItemMasterId, PityGroup,
    PointGroup, Points, Pool, PoolId, PoolItem, PoolRevision, Quote, Rarity, SagaId, SagaStatus,
    SeedPeriodId, UsedClientSeed, UserId,
};
use time::{Duration, OffsetDateTime};

use crate::Order;

/// How long after its start a saga may still be charged. Longer than a client
/// waits, but short enough that a draw that the client gave up is not charged
/// much later.
pub const RESERVE_WITHIN_SECONDS: u32 = 60;

/// How far the clock of the function that quotes a saga may be from the database's.
/// A quote of another day could have another price.
const CLOCKS_APART_SECONDS: u32 = 300;

/// A saga, as a step reads it.
#[derive(Debug, Clone)]
pub struct Saga {
    /// Which draw.
    pub saga_id: SagaId,
    /// Whose.
    pub user_id: UserId,
    /// What its player asked for.
    pub fingerprint: Fingerprint,
    /// The pool.
    pub pool_id: PoolId,
    /// The rules that it was priced with and is drawn from.
    pub pool_revision: PoolRevision,
    /// The pity that it moves, if its pool has any.
    pub pity: Option<SagaPity>,
    /// What was quoted. A saga that was refused as an order, before it had a price, has
    /// the cost zero.
    pub quote: Quote,
    /// The player's state when it was quoted. Nobody moves that state while the saga
    /// is live, so the draw begins there.
    pub before: StateDocument,
    /// Its status.
    pub status: SagaStatus,
    /// The charge, also if it was given back. Nothing before Reserve. It is for
    /// people to read: no step relies on it.
    pub charge: Charge,
    /// The points that it gives when it is complete.
    pub points: Option<SagaPoints>,
    /// The player's seed for this purchase, if they sent one with it.
    pub client_seed: Option<ClientSeed>,
    /// The only draw number that it may take, if the player said which.
    pub expected_draw_number: Option<DrawNumber>,
    /// Why it failed, if it did, or why Draw refused it, so that it will fail.
    pub failure_reason: Option<FailureReason>,
    /// What was drawn and how; `None` before Draw.
    pub draw: Option<DrawRecord>,
    /// Which of the drawn items were new to the player, in their order. Empty
    /// before Grant.
    pub is_new: Vec<bool>,
    /// Whether Reserve comes too late, by the database's clock.
    pub is_overdue: bool,
    /// The database's time when this was read.
    pub read_at: OffsetDateTime,
}

impl Saga {
    /// Whether these rules, which must be those of the saga's revision, quote this
    /// saga to a player in its state, and did so shortly before it was read.
    pub(crate) fn is_as_quoted_by(&self, pool: &Pool) -> bool {
        let Quote { draw_count, at, .. } = self.quote;
        let apart = (self.read_at - at).abs();
        let within = RESERVE_WITHIN_SECONDS + CLOCKS_APART_SECONDS;
        if apart > Duration::seconds(within.into()) {
            return false;
        }
        let Ok(quote) = pool.quote(&self.before.state(pool), draw_count, at) else {
            return false;
        };
        quote == self.quote
            && *pool.pool_id() == self.pool_id
            && SagaPity::of(pool) == self.pity
            && SagaPoints::of(pool, &quote) == self.points
    }

    /// The saga as its player may see it: without the draw until the saga has ended,
    /// so that nobody can see a bad draw and make it fail.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if !self.status.is_final() {
            self.draw = None;
            self.is_new.clear();
        }
        self
    }
}

/// The pity of a saga's pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaPity {
    /// The counter that the draw moves.
    pub group: PityGroup,
    /// At which count an SSR is certain.
    pub max_count: u32,
    /// Whether the pool promises a pickup after an SSR that was none.
    pub rate_up_guarantee: bool,
}

impl SagaPity {
    fn of(pool: &Pool) -> Option<Self> {
        pool.pity().map(|rule| Self {
            group: rule.group.clone(),
            max_count: rule.max_count.get(),
            rate_up_guarantee: rule.rate_up_guarantee,
        })
    }
}

/// The points that a saga gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaPoints {
    /// Which points.
    pub group: PointGroup,
    /// How many.
    pub amount: Points,
}

impl SagaPoints {
    fn of(pool: &Pool, quote: &Quote) -> Option<Self> {
        pool.exchange().map(|rule| Self {
            group: rule.group.clone(),
            amount: rule.points_for(quote.draw_count),
        })
    }
}

/// What a saga drew. Together with the saga, the pool's rules and the server's
/// seed, it is enough to draw again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRecord {
    /// The number of this purchase among the player's purchases.
    pub number: DrawNumber,
    /// The player's seed.
    pub client_seed: UsedClientSeed,
    /// The period of the server's seed.
    pub period_id: SeedPeriodId,
    /// The player's state after the draw. Grant writes it.
    pub after: StateDocument,
    /// The drawn items, in their order.
    pub results: Vec<DrawnItem>,
    /// Keeps the hash of its record from being guessed.
    pub salt: Salt,
}

/// Random bytes that are in one record only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

/// One drawn item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnItem {
    /// Which item.
    pub item_master_id: ItemMasterId,
    /// How rare it is in its pool.
    pub rarity: Rarity,
    /// Whether the pool advertised it.
    pub is_pickup: bool,
}

impl From<&PoolItem> for DrawnItem {
    fn from(item: &PoolItem) -> Self {
        Self {
            item_master_id: item.item_master_id.clone(),
            rarity: item.rarity,
            is_pickup: item.is_pickup,
        }
    }
}

/// The data of a new saga.
#[derive(Debug, Clone)]
pub struct NewSaga {
    /// Which draw.
    pub saga_id: SagaId,
    /// Whose.
    pub user_id: UserId,
    /// What its player asked for.
    pub fingerprint: Fingerprint,
    /// The pool.
    pub pool_id: PoolId,
    /// Its rules.
    pub pool_revision: PoolRevision,
    /// The pity that it moves, if its pool has any.
    pub pity: Option<SagaPity>,
    /// What was quoted.
    pub quote: Quote,
    /// The player's state when it was quoted.
    pub before: StateDocument,
    /// The points that it gives when it is complete.
    pub points: Option<SagaPoints>,
    /// The player's seed for this purchase, if they sent one with it.
    pub client_seed: Option<ClientSeed>,
    /// The only draw number that it may take, if the player said which.
    pub expected_draw_number: Option<DrawNumber>,
    /// Why it was refused, if it was: then it is recorded as FAILED, and never runs.
    pub refused: Option<FailureReason>,
}

impl NewSaga {
    /// The saga of a player's purchase at this price, by a revision of its pool.
    #[must_use]
    pub fn of(
        saga_id: SagaId,
        order: &Order,
        pool_revision: PoolRevision,
        pool: &Pool,
        quote: Quote,
        before: StateDocument,
    ) -> Self {
        Self {
            saga_id,
            user_id: order.user_id,
            fingerprint: order.fingerprint(),
            pool_id: pool.pool_id().clone(),
            pool_revision,
            pity: SagaPity::of(pool),
            points: SagaPoints::of(pool, &quote),
            quote,
            before,
            client_seed: order.client_seed.clone(),
            expected_draw_number: order.expected_draw_number,
            refused: None,
        }
    }

    /// The same as a refused order.
    #[must_use]
    pub fn refused(self, reason: FailureReason) -> Self {
        Self { refused: Some(reason), ..self }
    }

    /// Its first status.
    #[must_use]
    pub const fn status(&self) -> SagaStatus {
        if self.refused.is_some() { SagaStatus::Failed } else { SagaStatus::Started }
    }

    /// The saga right after it was recorded.
    #[must_use]
    pub fn recorded(self) -> Saga {
        let status = self.status();
        Saga {
            saga_id: self.saga_id,
            user_id: self.user_id,
            fingerprint: self.fingerprint,
            pool_id: self.pool_id,
            pool_revision: self.pool_revision,
            pity: self.pity,
            before: self.before,
            status,
            charge: Charge::NONE,
            points: self.points,
            client_seed: self.client_seed,
            expected_draw_number: self.expected_draw_number,
            failure_reason: self.refused,
            draw: None,
            is_new: Vec::new(),
            is_overdue: false,
            read_at: self.quote.at,
            quote: self.quote,
        }
    }
}
