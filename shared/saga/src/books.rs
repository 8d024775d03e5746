//! The port: what opening and the steps may read and do.
//!
//! Every method that writes is one effect. An implementation makes all effects of
//! a step one transaction, and keeps what [`Books::lock`] reads locked until the
//! transaction ends.

use std::sync::Arc;

use tenjo_documents::StateDocument;
use tenjo_domain::{
    Admission, Charge, DrawNumber, FailureReason, Pool, PoolId, PoolRevision, SagaId, SagaStatus,
    SeedPeriodId, ServerSeed, Span, UsedClientSeed, UserId,
};
use time::OffsetDateTime;

use crate::{DrawRecord, DrawnItem, NewSaga, Order, Saga, SagaPoints, Salt};

/// A pool that is on sale, with its current rules.
#[derive(Debug, Clone)]
pub struct OnSale {
    /// Which rules.
    pub revision: PoolRevision,
    /// The rules.
    pub pool: Arc<Pool>,
}

/// The server's seed of the current period.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Which period.
    pub period_id: SeedPeriodId,
    /// From when to when it lasts.
    pub span: Span,
    /// What all draws of the period use. A secret until the period is over.
    pub server_seed: ServerSeed,
}

/// What Draw gets when it takes a number.
#[derive(Debug, Clone)]
pub struct NextDraw {
    /// The player's number for the draw.
    pub number: DrawNumber,
    /// The seed of the purchase, or else the player's.
    pub client_seed: UsedClientSeed,
    /// New random bytes.
    pub salt: Salt,
    /// What the ledger says that the saga took and did not give back.
    pub held: Charge,
}

/// What the saga's row stores of a step.
#[derive(Debug, Clone, Copy)]
pub enum Keep<'a> {
    /// Reserve: what was taken.
    Charge(Charge),
    /// Draw: what was drawn, and how.
    Draw(&'a DrawRecord),
    /// Grant: which of the drawn items were new to the player.
    IsNew(&'a [bool]),
    /// Reserve and Draw when they refuse, and Refund: why the saga failed, or will.
    Failure(FailureReason),
}

/// What opening and the steps may read and do.
pub trait Books: Send {
    /// Why the books failed.
    type Error: Send;

    /// The pool, if it is on sale at this time.
    fn on_sale(
        &mut self,
        pool_id: &PoolId,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<OnSale>, Self::Error>> + Send;

    /// Makes this saga the player's only live one in its draw group and its pool;
    /// `false` if there is another one. Waits for a transaction that is about to
    /// take the same key. After `false` nothing else may be written.
    fn take_live_key(
        &mut self,
        user_id: UserId,
        pool: &Pool,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// The player's state in a pool **now**, not when the transaction began: the
    /// draw before this one may have ended in between.
    fn state(
        &mut self,
        user_id: UserId,
        pool: &Pool,
    ) -> impl Future<Output = Result<StateDocument, Self::Error>> + Send;

    /// Effect: counts an order in its player's minute, if the minute has room and the
    /// session that orders has not ended. If it is not admitted, nothing else may be
    /// written.
    fn admit(
        &mut self,
        order: &Order,
    ) -> impl Future<Output = Result<Admission, Self::Error>> + Send;

    /// Records a new saga, as started or as refused; `false` if one has its id. After
    /// `false` nothing else may be written.
    fn record(&mut self, saga: &NewSaga) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// The saga with this id, not locked.
    fn find(
        &mut self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<Saga>, Self::Error>> + Send;

    /// The draw number that the player's next purchase takes, unless another one that
    /// is running takes it first.
    fn next_draw_number(
        &mut self,
        user_id: UserId,
    ) -> impl Future<Output = Result<DrawNumber, Self::Error>> + Send;

    /// The live saga that keeps a player from another draw of a pool.
    fn live_saga(
        &mut self,
        user_id: UserId,
        pool: &Pool,
    ) -> impl Future<Output = Result<Option<SagaId>, Self::Error>> + Send;

    /// The saga with this id, locked until the transaction ends. Fails if what a step
    /// must have written is not what that step wrote.
    fn lock(
        &mut self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<Saga>, Self::Error>> + Send;

    /// The rules of a revision.
    fn pool(
        &mut self,
        revision: PoolRevision,
    ) -> impl Future<Output = Result<Arc<Pool>, Self::Error>> + Send;

    /// Whether a player may not draw. `None`: there is no such player.
    fn is_suspended(
        &mut self,
        user_id: UserId,
    ) -> impl Future<Output = Result<Option<bool>, Self::Error>> + Send;

    /// The seed of the period that runs at this time, by the database's clock.
    fn seed(
        &mut self,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<Seed>, Self::Error>> + Send;

    /// Effect: takes the cost of a saga, with the entries in the ledger, and returns
    /// how much of each kind of gems; or, with nothing taken, why it is refused: gems run
    /// short, or the player owes paid gems. The oldest lots of paid gems go first.
    fn charge(
        &mut self,
        saga: &Saga,
    ) -> impl Future<Output = Result<Result<Charge, FailureReason>, Self::Error>> + Send;

    /// Effect: takes the player's next draw number, and returns it with what else the
    /// draw needs. `None`, and no change, if the saga expects another number. The number
    /// stays taken only if the step commits, so numbers have no gaps.
    fn take_number(
        &mut self,
        saga: &Saga,
    ) -> impl Future<Output = Result<Option<NextDraw>, Self::Error>> + Send;

    /// What the ledger says **now** that a saga took and did not give back. The saga's
    /// own columns say what somebody wrote there.
    fn held(&mut self, saga: &Saga) -> impl Future<Output = Result<Charge, Self::Error>> + Send;

    /// Whether the player has received anything of a saga, by the tables that only
    /// Grant writes.
    fn is_granted(&mut self, saga: &Saga)
    -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Effect: gives the points of a saga.
    fn give_points(
        &mut self,
        saga: &Saga,
        points: &SagaPoints,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Effect: sets the player's state to the state after the draw. Fails if the
    /// present state is not the one that the saga was priced by.
    fn move_state(
        &mut self,
        saga: &Saga,
        after: &StateDocument,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Effect: puts drawn items into the inventory. Returns for each whether the
    /// player had none of it before.
    fn grant_items(
        &mut self,
        saga: &Saga,
        items: &[DrawnItem],
    ) -> impl Future<Output = Result<Vec<bool>, Self::Error>> + Send;

    /// Effect: writes drawn items into the history.
    fn write_history(
        &mut self,
        saga: &Saga,
        items: &[DrawnItem],
        is_new: &[bool],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Effect: gives back what a saga took, with the entries in the ledger; paid gems to
    /// exactly the lots that they came from. What comes back to the lot of a revoked
    /// purchase settles what its player owes first.
    fn give_back(
        &mut self,
        saga: &Saga,
        charge: Charge,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Effect: moves a locked saga along these statuses to the last of them, and
    /// stores what belongs to the step, in one write of its row. A final status ends
    /// the saga, and it is no longer live. Fails if the saga no longer has the status
    /// that was read, or is to end and is not live: then it has ended before.
    fn advance(
        &mut self,
        saga: &Saga,
        path: &[SagaStatus],
        keep: Keep<'_>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The books within a transaction. The code that began it ends it; a step cannot.
pub trait Transaction: Books + Sized {
    /// Commits all effects, or none.
    fn commit(self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Undoes all effects, and releases all locks.
    fn rollback(self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Where transactions come from.
pub trait Database: Sync {
    /// Why the database failed.
    type Error: Send;
    /// A transaction of it.
    type Books: Transaction<Error = Self::Error>;

    /// Begins a transaction.
    fn begin(&self) -> impl Future<Output = Result<Self::Books, Self::Error>> + Send;
}
