//! What each step does to the books, as a table.
//!
//! The step functions do it to the database, and `tests/model` does the same to
//! a world in memory, under every schedule. Both take it from here and nowhere
//! else, so that what is proven of the model is proven of what runs.

use crate::SagaStatus;

/// A change of the books. What it means in SQL stands in the step functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The cost leaves the balance, with its entries in the ledger.
    Charge,
    /// The saga keeps how many of which gems were taken.
    RecordCharge,
    /// The player's next draw number is taken.
    TakeNumber,
    /// The player's state becomes what the draw leaves behind.
    MoveState,
    /// The saga keeps its results, and the player's state before and after.
    RecordDraw,
    /// What was drawn goes into the inventory.
    GrantItems,
    /// What was drawn goes into the history: from here on the player sees it.
    WriteHistory,
    /// The points that the saga promised are credited, if it promised any.
    GivePoints,
    /// The player's state becomes what the draw had found.
    RestoreState,
    /// What was taken goes back into the balance, with its entries in the ledger.
    GiveBack,
}

/// What a step does in its turn: all of it in one transaction, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The changes, in this order.
    pub effects: &'static [Effect],
    /// The statuses that it leads through; the saga rests in the last one.
    pub path: &'static [SagaStatus],
    /// The way instead, without the effects, when it refuses. `None`: it never does.
    pub refusal: Option<&'static [SagaStatus]>,
}

use Effect as E;
use SagaStatus as S;

/// Reserve, of a saga that was priced.
pub(crate) const RESERVE: Plan = Plan {
    effects: &[E::Charge, E::RecordCharge],
    path: &[S::CurrencyReserved],
    refusal: Some(&[S::Failed]),
};

/// Draw, of a saga that was charged.
pub(crate) const DRAW: Plan = Plan {
    effects: &[E::TakeNumber, E::MoveState, E::RecordDraw],
    path: &[S::DrawCompleted],
    refusal: None,
};

/// Grant, of a saga that was drawn. Points come only here: what was granted is
/// never taken back, so no refund can ask for points that the player has spent.
/// They come first, for an exchange locks them before the item that it gives.
pub(crate) const GRANT: Plan = Plan {
    effects: &[E::GivePoints, E::GrantItems, E::WriteHistory],
    path: &[S::ItemGranted, S::Completed],
    refusal: None,
};

/// Refund, of a saga that took nothing.
pub(crate) const REFUND_STARTED: Plan =
    Plan { effects: &[], path: &[S::Compensating, S::Failed], refusal: None };

/// Refund, of a saga that was charged.
pub(crate) const REFUND_RESERVED: Plan = Plan {
    effects: &[E::GiveBack],
    path: &[S::Compensating, S::CurrencyRefunded, S::Failed],
    refusal: None,
};

/// Refund, of a saga that was drawn. It keeps its number, so numbers have no gaps.
pub(crate) const REFUND_DRAWN: Plan =
    Plan { effects: &[E::RestoreState, E::GiveBack], ..REFUND_RESERVED };
