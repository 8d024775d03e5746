//! Implements the port of `tenjo-saga` on a TiDB transaction.

use std::sync::Arc;

use tenjo_documents::StateDocument;
use tenjo_domain::{
    Act, Admission, Charge, ClientSeedOrigin, DrawNumber, FailureReason, Pool, PoolId,
    PoolRevision, SagaId, SagaStatus, UsedClientSeed, UserId,
};
use tenjo_saga::{
    Books, Database, DrawnItem, Keep, Leases, NewSaga, NextDraw, OnSale, Order, Saga, SagaPoints,
    Salt, Seed, Transaction,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::pool::Revisions;
use crate::saga::SealKeys;
use crate::seed::{SeedKey, Seeds};
use crate::{
    Db, Tx, admission, client_seed, currency, history, inventory, player_state, point, pool,
    recovery, saga, user,
};

/// The database as opening, the steps and recovery see it.
#[derive(Debug, Clone)]
pub struct Sagas {
    db: Db,
    read: Arc<Read>,
}

/// Pools and seeds that this process has read, kept because they do not change, and
/// the keys that it has.
#[derive(Debug, Default)]
struct Read {
    revisions: Revisions,
    seeds: Seeds,
    seals: SealKeys,
}

impl Sagas {
    /// The saga's access to a database, for opening and recovering sagas and for
    /// Refund, which need no key.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, read: Arc::default() }
    }

    /// The same for a step that seals or reads a seal.
    #[must_use]
    pub fn with_seals(db: Db, seals: SealKeys) -> Self {
        Self { db, read: Arc::new(Read { seals, ..Read::default() }) }
    }

    /// The same for Draw, which also opens sealed server seeds.
    #[must_use]
    pub fn for_draw(db: Db, seals: SealKeys, key: Arc<dyn SeedKey>) -> Self {
        let read = Read { seals, seeds: Seeds::opened_with(key), ..Read::default() };
        Self { db, read: Arc::new(read) }
    }

    /// The connections.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }
}

impl Database for Sagas {
    type Error = sqlx::Error;
    type Books = SagaBooks;

    async fn begin(&self) -> sqlx::Result<SagaBooks> {
        Ok(SagaBooks { tx: self.db.begin().await?, read: Arc::clone(&self.read) })
    }
}

impl Leases for Sagas {
    type Error = sqlx::Error;

    async fn take(&self, saga_id: SagaId) -> sqlx::Result<Option<u32>> {
        let mut tx = self.db.begin().await?;
        let taken = recovery::take(&mut tx, saga_id).await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn give_back(&self, saga_id: SagaId, attempt: u32) -> sqlx::Result<()> {
        recovery::give_back(&mut *self.db.acquire().await?, saga_id, attempt).await
    }

    async fn status(&self, saga_id: SagaId) -> sqlx::Result<Option<SagaStatus>> {
        recovery::status(&mut *self.db.acquire().await?, saga_id).await
    }
}

/// The books within one transaction. Dropping it rolls the transaction back.
#[derive(Debug)]
pub struct SagaBooks {
    tx: Tx,
    read: Arc<Read>,
}

impl Transaction for SagaBooks {
    async fn commit(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }

    async fn rollback(self) -> sqlx::Result<()> {
        self.tx.rollback().await
    }
}

impl Books for SagaBooks {
    type Error = sqlx::Error;

    async fn on_sale(
        &mut self,
        pool_id: &PoolId,
        at: OffsetDateTime,
    ) -> sqlx::Result<Option<OnSale>> {
        let Some(revision) = pool::find_live(&mut self.tx, pool_id).await? else {
            return Ok(None);
        };
        let pool = self.pool(revision).await?;
        Ok(pool.is_open(at).then_some(OnSale { revision, pool }))
    }

    async fn take_live_key(
        &mut self,
        user_id: UserId,
        pool: &Pool,
        saga_id: SagaId,
    ) -> sqlx::Result<bool> {
        let group = pool.draw_group();
        saga::take_live_key(&mut self.tx, user_id, &group, pool.pool_id(), saga_id).await
    }

    async fn state(&mut self, user_id: UserId, pool: &Pool) -> sqlx::Result<StateDocument> {
        player_state::find(&mut self.tx, user_id, pool).await
    }

    async fn admit(&mut self, order: &Order) -> sqlx::Result<Admission> {
        let Order { user_id, session_id, most_per_minute, .. } = order;
        admission::admit(&mut self.tx, *user_id, *session_id, Act::Draw, *most_per_minute).await
    }

    async fn record(&mut self, saga: &NewSaga) -> sqlx::Result<bool> {
        saga::record(&mut self.tx, saga).await
    }

    async fn find(&mut self, saga_id: SagaId) -> sqlx::Result<Option<Saga>> {
        Ok(saga::find(&mut self.tx, saga_id).await?.map(|record| record.saga))
    }

    async fn live_saga(&mut self, user_id: UserId, pool: &Pool) -> sqlx::Result<Option<SagaId>> {
        saga::find_live(&mut self.tx, user_id, &pool.draw_group(), pool.pool_id()).await
    }

    async fn lock(&mut self, saga_id: SagaId) -> sqlx::Result<Option<Saga>> {
        saga::lock(&mut self.tx, saga_id, &self.read.seals).await
    }

    async fn pool(&mut self, revision: PoolRevision) -> sqlx::Result<Arc<Pool>> {
        self.read.revisions.get(&mut self.tx, revision).await
    }

    async fn is_suspended(&mut self, user_id: UserId) -> sqlx::Result<Option<bool>> {
        user::is_suspended(&mut self.tx, user_id).await
    }

    async fn seed(&mut self, at: OffsetDateTime) -> sqlx::Result<Option<Seed>> {
        self.read.seeds.get(&mut self.tx, at).await
    }

    async fn charge(&mut self, saga: &Saga) -> sqlx::Result<Result<Charge, FailureReason>> {
        currency::charge(&mut self.tx, saga.user_id, saga.saga_id, saga.quote.cost).await
    }

    async fn next_draw_number(&mut self, user_id: UserId) -> sqlx::Result<DrawNumber> {
        Ok(client_seed::find(&mut self.tx, user_id).await?.next_draw_number)
    }

    async fn take_number(&mut self, saga: &Saga) -> sqlx::Result<Option<NextDraw>> {
        let (user_id, expected) = (saga.user_id, saga.expected_draw_number);
        let number = client_seed::take_number(&mut self.tx, user_id, expected).await?;
        let Some(number) = number else { return Ok(None) };
        // Read after the number is taken: the row is locked from then on, so this
        // is the seed that the number goes with.
        let (players, held) =
            client_seed::seed_and_held(&mut self.tx, user_id, saga.saga_id).await?;
        let client_seed = saga.client_seed.clone().map_or(players, |own| UsedClientSeed {
            client_seed: own,
            origin: ClientSeedOrigin::Draw,
            set_at: Some(saga.quote.at),
        });
        let salt = Salt(Uuid::new_v4().into_bytes()); // 122 random bits
        Ok(Some(NextDraw { number, client_seed, salt, held }))
    }

    async fn held(&mut self, saga: &Saga) -> sqlx::Result<Charge> {
        currency::held(&mut self.tx, saga.saga_id).await
    }

    async fn is_granted(&mut self, saga: &Saga) -> sqlx::Result<bool> {
        history::has_saga(&mut self.tx, saga.user_id, saga.saga_id).await
    }

    async fn give_points(&mut self, saga: &Saga, points: &SagaPoints) -> sqlx::Result<()> {
        let (user_id, saga_id) = (saga.user_id, saga.saga_id);
        point::credit(&mut self.tx, user_id, &points.group, points.amount, saga_id).await
    }

    async fn move_state(&mut self, saga: &Saga, after: &StateDocument) -> sqlx::Result<()> {
        player_state::advance(&mut self.tx, saga, after).await
    }

    async fn grant_items(&mut self, saga: &Saga, items: &[DrawnItem]) -> sqlx::Result<Vec<bool>> {
        inventory::grant(&mut self.tx, saga.user_id, saga.saga_id, items).await
    }

    async fn write_history(
        &mut self,
        saga: &Saga,
        items: &[DrawnItem],
        is_new: &[bool],
    ) -> sqlx::Result<()> {
        let (user_id, saga_id) = (saga.user_id, saga.saga_id);
        history::record(&mut self.tx, user_id, saga_id, &saga.pool_id, items, is_new).await
    }

    async fn give_back(&mut self, saga: &Saga, charge: Charge) -> sqlx::Result<()> {
        currency::refund(&mut self.tx, saga.user_id, saga.saga_id, charge).await
    }

    async fn advance(
        &mut self,
        saga: &Saga,
        path: &[SagaStatus],
        keep: Keep<'_>,
    ) -> sqlx::Result<()> {
        saga::advance(&mut self.tx, saga, path, keep, &self.read.seals).await
    }
}
