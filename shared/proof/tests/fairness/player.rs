//! A player who buys, and the server that proves each purchase.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use tenjo_documents::{StateDocument, revision, to_document};
use tenjo_domain::{
    Charge, ClientSeed, ClientSeedOrigin, DrawNumber, DrawStream, Gems, Most, Payment, PityState,
    PlayerState, Pool, PoolParts, PoolRevision, Quote, SagaId, SagaStatus, SeedPeriod,
    SeedPeriodId, ServerSeed, SessionId, Span, TreeNode, UsedClientSeed, UserId, tree_path,
    tree_root,
};
use tenjo_proof::{Inclusion, Proof, Record, leaf};
use tenjo_saga::{DrawRecord, DrawnItem, NewSaga, Order, Saga, Salt};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A Saturday. In the pools' time zone it is 21:00, and a day begins at 20:00 in UTC.
pub(crate) const NOON: OffsetDateTime = datetime!(2026-08-01 12:00:00.6 UTC);

pub(crate) fn server_seed() -> ServerSeed {
    ServerSeed::new(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

pub(crate) const WEEK: Span =
    Span { starts_at: datetime!(2026-07-31 0:00 UTC), ends_at: datetime!(2026-08-07 0:00 UTC) };

pub(crate) fn period() -> SeedPeriod {
    SeedPeriod {
        period_id: SeedPeriodId(Uuid::from_u128(0x3d3a_5b1c_52b4_4a4b_8a4b_2f3e_2f6f_0d11)),
        commitment: server_seed().commitment(WEEK),
        starts_at: WEEK.starts_at,
        ends_at: WEEK.ends_at,
        published_at: datetime!(2026-07-10 0:00:59.25 UTC),
        revealed_seed: Some(server_seed()),
        root: None,
    }
}

/// A player who buys one after another, and the records of it.
pub(crate) struct Player {
    user_id: UserId,
    pity: PityState,
    states: BTreeMap<String, PlayerState>,
    client_seed: UsedClientSeed,
    /// Each with the rules of its pool.
    pub(crate) records: Vec<(Record, String)>,
}

impl Player {
    pub(crate) fn new(user_id: u128) -> Self {
        let user_id = UserId(Uuid::from_u128(user_id));
        let client_seed = UsedClientSeed {
            client_seed: ClientSeed::default_for(user_id),
            origin: ClientSeedOrigin::Default,
            set_at: None,
        };
        Self {
            user_id,
            pity: PityState::default(),
            states: BTreeMap::new(),
            client_seed,
            records: Vec::new(),
        }
    }

    pub(crate) fn set_seed(&mut self, seed: &str, at: OffsetDateTime) {
        self.client_seed = UsedClientSeed {
            client_seed: ClientSeed::new(seed).unwrap(),
            origin: ClientSeedOrigin::Player,
            set_at: Some(at),
        };
    }

    pub(crate) fn buy(&mut self, parts: &PoolParts) {
        self.buy_at(parts, NOON, false);
    }

    /// With a client seed of this purchase.
    pub(crate) fn buy_with(&mut self, parts: &PoolParts, seed: &str) {
        let set = self.client_seed.clone();
        self.client_seed = UsedClientSeed {
            client_seed: ClientSeed::new(seed).unwrap(),
            origin: ClientSeedOrigin::Draw,
            set_at: Some(NOON),
        };
        self.buy(parts);
        self.client_seed = set;
    }

    pub(crate) fn buy_at(&mut self, parts: &PoolParts, at: OffsetDateTime, is_void: bool) {
        let pool = Pool::new(parts.clone()).unwrap();
        let mut before = self.states.get(parts.pool_id.as_str()).cloned().unwrap_or_default();
        if pool.pity().is_some() {
            before.pity = self.pity;
        }
        let number = DrawNumber::after(self.records.len() as u64);
        let document = to_document(&pool);
        let seed = &self.client_seed;
        let (record, after) =
            prove(self.user_id, number, &pool, revision(&document), seed, &before, (at, is_void));
        self.records.push((record, document));
        if !is_void {
            if pool.pity().is_some() {
                self.pity = after.pity;
            }
            self.states.insert(parts.pool_id.to_string(), after);
        }
    }
}

/// The proofs of purchases, with the tree over them.
pub(crate) fn proofs(records: &[(Record, String)]) -> Vec<Proof> {
    let mut proofs: Vec<Proof> =
        records.iter().map(|(record, document)| proof(record, document)).collect();
    let leaves: Vec<TreeNode> = records
        .iter()
        .zip(&proofs)
        .map(|((record, _), proof)| leaf(record, &proof.record).unwrap())
        .collect();
    let root = tree_root(&leaves).unwrap();
    for (position, proof) in proofs.iter_mut().enumerate() {
        let path = tree_path(&leaves, position).unwrap();
        proof.inclusion = Some(Inclusion::new(&root, &path));
    }
    proofs
}

/// The proof of a record, which does not say where it is counted.
pub(crate) fn proof(record: &Record, document: &str) -> Proof {
    Proof {
        record: record.text().unwrap(),
        pool_document: document.to_owned(),
        seed: Some(server_seed().expose_hex()),
        inclusion: None,
    }
}

/// The stream of a purchase.
pub(crate) fn stream(record: &Record, revision: PoolRevision) -> DrawStream {
    DrawStream::new(
        &server_seed(),
        WEEK,
        revision,
        UserId(record.user_id),
        DrawNumber::new(record.draw_number).unwrap(),
        &ClientSeed::new(record.client_seed.as_str()).unwrap(),
    )
}

/// What the server drew and records, and where it leaves the player.
pub(crate) fn prove(
    user_id: UserId,
    number: DrawNumber,
    pool: &Pool,
    revision: PoolRevision,
    client_seed: &UsedClientSeed,
    before: &PlayerState,
    (at, is_void): (OffsetDateTime, bool),
) -> (Record, PlayerState) {
    let step = pool.step(pool.purchases_at(before, at)).unwrap();
    let quote = pool.quote(before, pool.prices_at(step)[0].draw_count, at).unwrap();
    let period = period();
    let mut stream =
        DrawStream::new(&server_seed(), WEEK, revision, user_id, number, &client_seed.client_seed);
    let mut after = before.clone();
    let items = pool.draw(&mut after, &quote, &mut stream);
    let id = (user_id.0.as_u128() << 16) + u128::from(number.get());
    let document = StateDocument::of(before, pool);
    let order = Order {
        user_id,
        session_id: SessionId(Uuid::nil()),
        most_per_minute: Most::new(NonZeroU32::MAX),
        pool_id: pool.pool_id().clone(),
        draw_count: quote.draw_count,
        expected_cost: None,
        client_seed: None,
        expected_revision: None,
        expected_draw_number: None,
    };
    let saga = NewSaga::of(SagaId(Uuid::from_u128(id)), &order, revision, pool, quote, document);
    let saga = Saga {
        status: if is_void { SagaStatus::Failed } else { SagaStatus::Completed },
        charge: charge(quote),
        ..saga.recorded()
    };
    let draw = DrawRecord {
        number,
        client_seed: client_seed.clone(),
        period_id: period.period_id,
        after: saga.before.after(&after, pool, quote.draw_count),
        results: items.into_iter().map(DrawnItem::from).collect(),
        salt: Salt([u8::try_from(number.get()).unwrap(); 16]),
    };
    (Record::of(&saga, &draw, &period), after)
}

/// A player who has 500 free gems whenever a price takes any.
fn charge(quote: Quote) -> Charge {
    let (amount, any) = (quote.cost.amount.amount(), Gems::new(500).unwrap());
    let gems = |amount| Gems::new(amount).unwrap();
    match quote.cost.currency_type {
        Payment::FreeGem => Charge { free_gems: gems(amount), paid_gems: Gems::ZERO },
        Payment::PaidGem => Charge { free_gems: Gems::ZERO, paid_gems: gems(amount) },
        Payment::AnyGem => Charge { free_gems: any, paid_gems: gems(amount - any.amount()) },
    }
}

/// A later moment, in hours.
pub(crate) fn later(hours: i64) -> OffsetDateTime {
    NOON + Duration::hours(hours)
}
