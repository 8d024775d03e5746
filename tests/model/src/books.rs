//! The port of `tenjo-saga` on a world in memory, with the unique keys of the
//! migrations. A setting can take its guards away; those that the steps have in
//! their own code are taken away by a lie in what the port answers.

use std::num::NonZeroU32;
use std::sync::Arc;

use tenjo_documents::StateDocument;
use tenjo_domain::{
    Admission, Charge, ClientSeed, ClientSeedOrigin, Cost, DrawNumber, FailureReason, Gems,
    LotPart, Most, Payment, Pool, PoolId, PoolRevision, SagaId, SagaStatus, SeedPeriodId,
    ServerSeed, SessionId, Span, Step, UsedClientSeed, UserId,
};
use tenjo_saga::{
    Books, DrawRecord, DrawnItem, Keep, NewSaga, NextDraw, OnSale, Order, SagaPoints, Salt, Seed,
    Transaction,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::database::{WorldDatabase, place_of, saga_id};
use crate::rule::is_edge;
use crate::setting::{NOW, draw_count};
use crate::state::State;
use crate::world::{DRAW_COUNT, Drawn, Key, POINTS, Quote, Read, Saga};
use crate::{Guard, Rule, Setting, World, purse};

/// A unique key, an unsigned column, a fence, or death: nothing may commit.
#[derive(Debug)]
pub(crate) struct Failed;

/// A transaction on a world, which it copies.
pub(crate) struct WorldBooks<'a> {
    database: WorldDatabase<'a>,
    world: World,
    /// What the step read of its saga.
    read: Option<Read>,
    effects: u8,
}

/// The player.
const USER: UserId = UserId(Uuid::nil());

/// Each key's pool has one revision.
fn revision(key: Key) -> PoolRevision {
    PoolRevision([key as u8; 32])
}

fn key(revision: PoolRevision) -> Key {
    Key::ALL[usize::from(revision.0[0])]
}

/// What the player orders with a key.
pub(crate) fn order(setting: &Setting, key: Key) -> Order {
    let pool_id = setting.pool(key).pool_id().clone();
    Order {
        user_id: USER,
        session_id: SessionId(Uuid::nil()),
        most_per_minute: Most::new(NonZeroU32::MAX),
        pool_id,
        draw_count: draw_count(),
        expected_cost: None,
        client_seed: None,
        expected_revision: None,
        expected_draw_number: setting.expected_number(),
    }
}

fn gems(amount: i8) -> Gems {
    Gems::new(amount.max(0).unsigned_abs().into()).expect("few gems")
}

fn charge(free: i8, paid: i8) -> Charge {
    Charge { free_gems: gems(free), paid_gems: gems(paid) }
}

fn amount(gems: Gems) -> i8 {
    i8::try_from(gems.amount()).expect("few gems")
}

fn real(setting: &Setting, quote: Quote) -> tenjo_domain::Quote {
    let currency_type = if setting.has_lots() { Payment::AnyGem } else { Payment::FreeGem };
    tenjo_domain::Quote {
        draw_count: draw_count(),
        cost: Cost { currency_type, amount: gems(quote.cost) },
        step: quote.step.into(),
        is_free: false,
        at: NOW,
    }
}

impl<'a> WorldBooks<'a> {
    pub(crate) const fn new(database: WorldDatabase<'a>, world: World) -> Self {
        Self { database, world, read: None, effects: 0 }
    }

    fn setting(&self) -> &'a Setting {
        self.database.setting
    }

    fn has(&self, guard: Guard) -> bool {
        self.setting().has(guard)
    }

    fn row(&mut self, saga: &tenjo_saga::Saga) -> &mut Saga {
        self.world.saga(place_of(saga.saga_id))
    }

    /// Every effect begins here: a step that dies halfway dies before its next.
    fn effect(&mut self) -> Result<(), Failed> {
        if self.database.dies_after == Some(self.effects) {
            return Err(Failed);
        }
        self.effects += 1;
        Ok(())
    }

    /// Fails if a row is there and its unique key stands.
    fn unique(&self, guard: Guard, is_there: bool) -> Result<(), Failed> {
        if is_there && self.has(guard) { Err(Failed) } else { Ok(()) }
    }

    /// Notes that a rule was broken, which no table will show.
    fn note(&mut self, rule: Rule) {
        if self.setting().minds(rule) {
            self.world.broken = self.world.broken.or(Some(rule));
        }
    }

    /// A saga as its row has it, but for what is given as read.
    fn saga(&self, place: usize, read: Option<Read>) -> Option<tenjo_saga::Saga> {
        let row = self.world.sagas[place]?;
        let read = read.unwrap_or_else(|| row.read());
        let pool = self.setting().pool(row.key);
        let (id, revision, quote) =
            (saga_id(place), revision(row.key), real(self.setting(), row.quote));
        let order = order(self.setting(), row.key);
        let new = NewSaga::of(id, &order, revision, pool, quote, row.before.into()).recorded();
        Some(tenjo_saga::Saga {
            status: read.status,
            charge: charge(row.charge, row.parts.iter().sum()),
            draw: row.draw.map(|draw| record(draw, pool)),
            is_new: vec![false; row.grants.into()],
            is_overdue: read.is_overdue,
            failure_reason: row.is_refused.then_some(FailureReason::DrawNumberChanged),
            ..new
        })
    }

    /// Takes these parts of lots.
    fn spend(&mut self, saga: &tenjo_saga::Saga, parts: &[LotPart]) {
        for part in parts {
            let (place, taken) = (purse::place_of(part.lot_number), amount(part.amount));
            if self.world.purse.owed > 0 {
                self.note(Rule::NothingSpentWhileOwed);
            }
            if self.world.purse.lot(place).is_expired {
                self.note(Rule::NothingExpiredSpent);
            }
            if self.world.purse.remaining()[..place].iter().any(|left| *left > 0) {
                self.note(Rule::SpentOldestFirst);
            }
            self.world.purse.change(place, -taken);
            self.row(saga).parts[place] += taken;
        }
    }

    /// Gives back to each lot what the saga holds of it.
    fn unspend(&mut self, saga: &tenjo_saga::Saga) {
        let setting = self.setting();
        self.world.purse.locked(setting);
        let parts = self.row(saga).parts;
        for (place, part) in parts.into_iter().enumerate().filter(|(_, part)| *part != 0) {
            let to = if self.has(Guard::RefundToLots) { place } else { purse::FIRST };
            self.world.purse.change(to, part);
            self.row(saga).parts[to] -= part;
            let is_taken_back = self.world.purse.is_taken_back(setting, to);
            if is_taken_back && self.has(Guard::SettledFirst) {
                self.world.purse.settle(to, part);
            }
        }
    }

    fn credit(&mut self, saga: &tenjo_saga::Saga, points: i8) {
        self.world.points += points;
        self.row(saga).points += points;
    }

    /// What Draw would do too early, without the guards that leave it to Grant.
    fn draw_early(&mut self, saga: &tenjo_saga::Saga, draw: &DrawRecord) {
        if !self.has(Guard::ResultsAtGrant) {
            self.row(saga).histories += DRAW_COUNT;
        }
        if !self.has(Guard::PointsAtGrant) {
            self.credit(saga, POINTS);
        }
        if !self.has(Guard::StateAtGrant) {
            self.set_state(saga, &draw.after);
        }
    }

    /// What Refund would have to take back then.
    fn undo_early(&mut self, saga: &tenjo_saga::Saga) {
        let row = *self.row(saga);
        if !self.has(Guard::PointsAtGrant) {
            self.credit(saga, -row.points);
        }
        if row.draw.is_some() && !self.has(Guard::StateAtGrant) {
            self.world.set_state(self.database.setting, row.key, row.before);
        }
    }

    fn set_state(&mut self, saga: &tenjo_saga::Saga, state: &StateDocument) {
        let key = self.row(saga).key;
        self.world.set_state(self.database.setting, key, State::from(state));
    }

    fn keep(&mut self, saga: &tenjo_saga::Saga, keep: Keep<'_>) -> Result<(), Failed> {
        match keep {
            Keep::Charge(charge) => self.row(saga).charge = amount(charge.free_gems),
            Keep::Draw(draw) => {
                let row = *self.row(saga);
                self.unique(Guard::NumberFence, row.draws > 0)?;
                let pool = self.setting().pool(row.key);
                self.draw_early(saga, draw);
                let row = self.row(saga);
                row.draws += 1;
                row.draw = Some(drawn(draw, pool));
            }
            Keep::IsNew(_) => {}
            Keep::Failure(_) => {
                self.undo_early(saga);
                self.row(saga).is_refused = true;
            }
        }
        Ok(())
    }
}

/// The status in which a step acts: what a step that does not ask whose turn it
/// is takes every saga to be in.
const fn turn_of(step: Step, row: &Saga) -> SagaStatus {
    match step {
        Step::Reserve => SagaStatus::Started,
        Step::Draw => SagaStatus::CurrencyReserved,
        Step::Grant => SagaStatus::DrawCompleted,
        Step::Refund if row.draw.is_some() => SagaStatus::DrawCompleted,
        Step::Refund if row.charge > 0 => SagaStatus::CurrencyReserved,
        Step::Refund => SagaStatus::Started,
    }
}

/// What Draw recorded, in few bytes.
fn drawn(draw: &DrawRecord, pool: &Pool) -> Drawn {
    let place = |item: &DrawnItem| {
        let is_it =
            |of_pool: &tenjo_domain::PoolItem| of_pool.item_master_id == item.item_master_id;
        let place = pool.items().iter().position(is_it).expect("an item of the pool");
        u8::try_from(place).expect("few items")
    };
    let items: Vec<u8> = draw.results.iter().map(place).collect();
    Drawn {
        number: u8::try_from(draw.number.get()).expect("few numbers"),
        after: State::from(&draw.after),
        items: items.try_into().expect("as many items as were ordered"),
    }
}

fn record(draw: Drawn, pool: &Pool) -> DrawRecord {
    let item = |place: u8| DrawnItem::from(&pool.items()[usize::from(place)]);
    DrawRecord {
        number: DrawNumber::new(draw.number.into()).expect("a number"),
        client_seed: client_seed(),
        period_id: SeedPeriodId(Uuid::nil()),
        after: draw.after.into(),
        results: draw.items.into_iter().map(item).collect(),
        salt: Salt([0; 16]),
    }
}

/// The player of the model never sets one.
fn client_seed() -> UsedClientSeed {
    let client_seed = ClientSeed::default_for(USER);
    UsedClientSeed { client_seed, origin: ClientSeedOrigin::Default, set_at: None }
}

impl Transaction for WorldBooks<'_> {
    async fn commit(self) -> Result<(), Failed> {
        self.database.change(|world| *world = self.world);
        Ok(())
    }

    async fn rollback(self) -> Result<(), Failed> {
        if self.database.dies_after.is_some() {
            self.database.change(|world| *world = self.world);
        }
        Ok(())
    }
}

impl Books for WorldBooks<'_> {
    type Error = Failed;

    async fn on_sale(&mut self, _: &PoolId, _: OffsetDateTime) -> Result<Option<OnSale>, Failed> {
        let Some((key, _)) = self.database.opening else { return Ok(None) };
        let pool = Arc::clone(self.setting().pool(key));
        Ok(Some(OnSale { revision: revision(key), pool }))
    }

    async fn take_live_key(&mut self, _: UserId, _: &Pool, id: SagaId) -> Result<bool, Failed> {
        let Some((key, _)) = self.database.opening else { return Err(Failed) };
        let setting = self.setting();
        let is_taken = self.world.sagas().any(|(place, saga)| {
            let same_group = setting.group_at(saga.key) == setting.group_at(key);
            let same_pool = setting.bought_at(saga.key) == setting.bought_at(key);
            saga.is_live
                && (place == place_of(id) // live_sagas_saga
                    || (same_group && setting.has(Guard::LiveKey))
                    || (same_pool && setting.has(Guard::LivePoolKey)))
        });
        Ok(!is_taken)
    }

    async fn state(&mut self, _: UserId, _: &Pool) -> Result<StateDocument, Failed> {
        let Some((key, snapshot)) = self.database.opening else { return Err(Failed) };
        let snapshot = snapshot.filter(|_| !self.has(Guard::CurrentRead));
        Ok(snapshot.unwrap_or_else(|| self.world.state(self.setting(), key)).into())
    }

    /// The model has no minutes and no logins: whom it does not admit changes nothing.
    async fn admit(&mut self, _: &Order) -> Result<Admission, Failed> {
        Ok(Admission::Admitted)
    }

    async fn record(&mut self, saga: &NewSaga) -> Result<bool, Failed> {
        let place = place_of(saga.saga_id);
        if self.world.sagas[place].is_some() {
            return Ok(false);
        }
        let quote = Quote {
            step: u8::try_from(saga.quote.step).expect("few steps"),
            cost: amount(saga.quote.cost.amount),
        };
        let before = State::from(&saga.before);
        let mut row = Saga::new(key(saga.pool_revision), quote, before);
        row.status = saga.status();
        row.is_live = !row.status.is_final();
        row.is_refused = saga.refused.is_some();
        self.world.sagas[place] = Some(row);
        Ok(true)
    }

    async fn find(&mut self, id: SagaId) -> Result<Option<tenjo_saga::Saga>, Failed> {
        Ok(self.saga(place_of(id), None).map(tenjo_saga::Saga::shown))
    }

    async fn live_saga(&mut self, _: UserId, _: &Pool) -> Result<Option<SagaId>, Failed> {
        let Some((key, _)) = self.database.opening else { return Err(Failed) };
        let setting = self.setting();
        let is_in_the_way = |saga: &Saga| {
            saga.is_live
                && (setting.group_at(saga.key) == setting.group_at(key)
                    || setting.bought_at(saga.key) == setting.bought_at(key))
        };
        let live = self.world.sagas().find(|(_, saga)| is_in_the_way(saga));
        Ok(live.map(|(place, _)| saga_id(place)))
    }

    async fn lock(&mut self, id: SagaId) -> Result<Option<tenjo_saga::Saga>, Failed> {
        let place = place_of(id);
        let Some(row) = self.world.sagas[place] else { return Ok(None) };
        let read = self.database.read.unwrap_or_else(|| row.read());
        self.read = Some(read);
        let mut shown = read;
        if let Some(step) = self.database.step.filter(|_| !self.has(Guard::Turn)) {
            shown.status = turn_of(step, &row);
        }
        shown.is_overdue &= self.has(Guard::Deadline);
        Ok(self.saga(place, Some(shown)))
    }

    async fn pool(&mut self, revision: PoolRevision) -> Result<Arc<Pool>, Failed> {
        Ok(Arc::clone(self.setting().pool(key(revision))))
    }

    async fn is_suspended(&mut self, _: UserId) -> Result<Option<bool>, Failed> {
        Ok(Some(false))
    }

    async fn seed(&mut self, _: OffsetDateTime) -> Result<Option<Seed>, Failed> {
        let server_seed = ServerSeed::new([1; 32]);
        let span = Span { starts_at: NOW, ends_at: NOW + Duration::DAY };
        Ok(Some(Seed { period_id: SeedPeriodId(Uuid::nil()), span, server_seed }))
    }

    async fn charge(
        &mut self,
        saga: &tenjo_saga::Saga,
    ) -> Result<Result<Charge, FailureReason>, Failed> {
        self.effect()?;
        let (row, setting) = (*self.row(saga), self.setting());
        let paid = self.world.purse.locked(setting);
        let taken = if self.has(Guard::BalanceCheck) {
            match saga.quote.cost.charge_of(gems(self.world.balance), &paid) {
                Ok(charge) => charge,
                Err(refusal) => return Ok(Err(refusal)),
            }
        } else {
            charge(row.quote.cost, 0)
        };
        self.unique(Guard::LedgerKey, row.charges > 0)?;
        if row.is_overdue {
            self.note(Rule::NotChargedLate);
        }
        let free = amount(taken.free_gems);
        self.world.balance -= free;
        if self.world.balance < 0 && self.has(Guard::UnsignedBalance) {
            return Err(Failed);
        }
        let row = self.row(saga);
        row.charges += 1;
        row.ledger -= free;
        if taken.paid_gems > Gems::ZERO {
            self.spend(saga, &paid.oldest_first(taken.paid_gems).ok_or(Failed)?);
        }
        Ok(Ok(taken))
    }

    async fn next_draw_number(&mut self, _: UserId) -> Result<DrawNumber, Failed> {
        Ok(DrawNumber::after(self.world.numbers.into()))
    }

    async fn take_number(&mut self, saga: &tenjo_saga::Saga) -> Result<Option<NextDraw>, Failed> {
        self.effect()?;
        let next = DrawNumber::after(self.world.numbers.into());
        if saga.expected_draw_number.is_some_and(|expected| expected != next) {
            return Ok(None);
        }
        self.world.numbers += 1;
        let number = DrawNumber::new(self.world.numbers.into()).map_err(|_| Failed)?;
        let row = *self.row(saga);
        let held = charge(-row.ledger, row.parts.iter().sum());
        let held = if self.has(Guard::Paid) { held } else { charge(row.quote.cost, 0) };
        let (client_seed, salt) = (client_seed(), Salt([0; 16]));
        Ok(Some(NextDraw { number, client_seed, salt, held }))
    }

    async fn held(&mut self, saga: &tenjo_saga::Saga) -> Result<Charge, Failed> {
        let row = *self.row(saga);
        let free = if self.has(Guard::RefundByLedger) { -row.ledger } else { row.charge };
        Ok(charge(free, row.parts.iter().sum()))
    }

    async fn is_granted(&mut self, saga: &tenjo_saga::Saga) -> Result<bool, Failed> {
        Ok(self.row(saga).grants > 0 && self.has(Guard::NotGranted))
    }

    async fn give_points(&mut self, saga: &tenjo_saga::Saga, _: &SagaPoints) -> Result<(), Failed> {
        self.effect()?;
        if self.has(Guard::PointsAtGrant) {
            let is_there = self.row(saga).points > 0;
            self.unique(Guard::GrantKeys, is_there)?;
            self.credit(saga, POINTS);
        }
        Ok(())
    }

    async fn move_state(
        &mut self,
        saga: &tenjo_saga::Saga,
        after: &StateDocument,
    ) -> Result<(), Failed> {
        self.effect()?;
        if !self.has(Guard::StateAtGrant) {
            return Ok(()); // Draw did it
        }
        let (row, setting) = (*self.row(saga), self.setting());
        let (stands, pool) = (self.world.state(setting, row.key), setting.pool(row.key));
        if stands != row.before && self.has(Guard::StateFence) {
            return Err(Failed);
        }
        let now = pool.quote(&StateDocument::from(stands).state(pool), draw_count(), NOW);
        if now != Ok(real(setting, row.quote)) {
            self.note(Rule::QuoteHolds);
        }
        self.set_state(saga, after);
        Ok(())
    }

    async fn grant_items(
        &mut self,
        saga: &tenjo_saga::Saga,
        items: &[DrawnItem],
    ) -> Result<Vec<bool>, Failed> {
        self.effect()?;
        let row = *self.row(saga);
        self.unique(Guard::GrantKeys, row.grants > 0)?;
        let pool = self.setting().pool(row.key);
        if row.draw.is_none_or(|draw| record(draw, pool).results != items) {
            self.note(Rule::GrantedAsDrawn);
        }
        self.row(saga).grants += DRAW_COUNT;
        Ok(vec![false; items.len()])
    }

    async fn write_history(
        &mut self,
        saga: &tenjo_saga::Saga,
        _: &[DrawnItem],
        _: &[bool],
    ) -> Result<(), Failed> {
        self.effect()?;
        if self.has(Guard::ResultsAtGrant) {
            let is_there = self.row(saga).histories > 0;
            self.unique(Guard::GrantKeys, is_there)?;
            self.row(saga).histories += DRAW_COUNT;
        }
        Ok(())
    }

    async fn give_back(&mut self, saga: &tenjo_saga::Saga, charge: Charge) -> Result<(), Failed> {
        self.effect()?;
        let row = *self.row(saga);
        self.unique(Guard::LedgerKey, row.refunds > 0)?;
        let cost = amount(charge.free_gems);
        self.world.balance += cost;
        let row = self.row(saga);
        row.refunds += 1;
        row.ledger += cost;
        if charge.paid_gems > Gems::ZERO {
            self.unspend(saga);
        }
        Ok(())
    }

    async fn advance(
        &mut self,
        saga: &tenjo_saga::Saga,
        path: &[SagaStatus],
        keep: Keep<'_>,
    ) -> Result<(), Failed> {
        self.effect()?;
        let read = self.read.map(|read| read.status);
        let is_as_read = Some(self.row(saga).status) == read;
        if !is_as_read && self.has(Guard::Fence) {
            return Err(Failed);
        }
        let ends = path.last().is_some_and(|status| status.is_final());
        if ends && !self.row(saga).is_live && self.has(Guard::LiveAtEnd) {
            return Err(Failed);
        }
        self.keep(saga, keep)?;
        let row = self.row(saga);
        let mut is_known = true;
        for status in path {
            is_known &= is_edge(row.status, *status);
            row.status = *status;
            row.events += 1;
        }
        row.is_live &= !row.status.is_final();
        if !is_known {
            self.note(Rule::OnlyKnownEdges);
        }
        Ok(())
    }
}
