//! The statuses of a draw's saga, and what each step may do in them.
//!
//! | Status | Set by | Meaning |
//! |---|---|---|
//! | `STARTED` | request-draw | priced; nothing is taken |
//! | `CURRENCY_RESERVED` | Reserve | the cost has left the balance |
//! | `DRAW_COMPLETED` | Draw | results are recorded in the saga; no player can see them |
//! | `ITEM_GRANTED`, `COMPLETED` | Grant | items, history, points and the player's state; one transaction |
//! | `COMPENSATING`, `CURRENCY_REFUNDED`, `FAILED` | Refund | the charge, if any, is given back; one transaction |
//!
//! Reserve itself sets `FAILED` when it refuses. No committed saga has the status
//! `ITEM_GRANTED`, `COMPENSATING` or `CURRENCY_REFUNDED`: a step passes through them
//! within one transaction, and only the timeline shows them.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// How far a saga has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SagaStatus {
    /// Priced; nothing is taken.
    Started,
    /// The cost has left the balance.
    CurrencyReserved,
    /// Results are recorded, and are never drawn again.
    DrawCompleted,
    /// The items are in the inventory.
    ItemGranted,
    /// The player may see the results.
    Completed,
    /// Something failed; the charge is being given back.
    Compensating,
    /// The cost is back in the balance.
    CurrencyRefunded,
    /// Nothing was charged, or it was given back; results are void.
    Failed,
}

words!(SagaStatus {
    Started = "STARTED",
    CurrencyReserved = "CURRENCY_RESERVED",
    DrawCompleted = "DRAW_COMPLETED",
    ItemGranted = "ITEM_GRANTED",
    Completed = "COMPLETED",
    Compensating = "COMPENSATING",
    CurrencyRefunded = "CURRENCY_REFUNDED",
    Failed = "FAILED",
});

/// Why a saga failed, in words that a player may read. The first four are refusals of
/// the order itself: such a saga was never started. The fifth can be that too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// The player would have exceeded the limit of a day or of the pool.
    LimitReached,
    /// The last step was bought, or fewer copies were left in the box.
    SoldOut,
    /// The price was not the one that the player was shown.
    PriceChanged,
    /// The pool was sold by other rules than the player was shown.
    RevisionChanged,
    /// The draw number that this purchase was to have was not the next one. Perhaps
    /// another purchase took it before Draw.
    DrawNumberChanged,
    /// The player had too few gems.
    InsufficientCurrency,
    /// The price takes paid gems, and the player owes some for a revoked purchase.
    PaidGemsOwed,
    /// The player is suspended.
    UserSuspended,
    /// Reserve came after the saga's deadline, or Draw long after the quote and in
    /// another period.
    Expired,
    /// A step failed, and retries did not help. Any charge was given back.
    Internal,
}

words!(FailureReason {
    LimitReached = "limit_reached",
    SoldOut = "sold_out",
    PriceChanged = "price_changed",
    RevisionChanged = "revision_changed",
    DrawNumberChanged = "draw_number_changed",
    InsufficientCurrency = "insufficient_currency",
    PaidGemsOwed = "paid_gems_owed",
    UserSuspended = "user_suspended",
    Expired = "expired",
    Internal = "internal",
});

/// A step of the saga. Each is one Lambda and one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Takes the cost.
    Reserve,
    /// Draws the items.
    Draw,
    /// Gives the items and points, writes the history, and moves the player's state.
    Grant,
    /// Gives back the charge, if there was one.
    Refund,
}

/// What a step does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is this step's turn. If it succeeds, it moves the saga along this path in
    /// one transaction, to the last status of the path.
    Run(&'static [SagaStatus]),
    /// The step was done before, or the saga has ended without it: change nothing, and
    /// answer the status.
    Answer,
    /// The step before it has not run: change nothing, and fail with an error.
    TooEarly,
}

/// The path when Reserve refuses a saga, instead of the path of its turn. Draw, when it
/// refuses, leaves the saga where it is: the charge has to be given back first.
pub const REFUSED: &[SagaStatus] = &[SagaStatus::Failed];

impl SagaStatus {
    /// Whether the saga has ended: its status never changes again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl Step {
    /// All steps, in the order of a saga; Refund last.
    pub const ALL: &[Self] = &[Self::Reserve, Self::Draw, Self::Grant, Self::Refund];

    /// What this step does when it finds a saga in `status`.
    ///
    /// Steps may be called twice, late or out of order. Reserve, Draw and Grant each
    /// act in one status only, and Refund only while the saga has not ended.
    #[must_use]
    pub const fn turn(self, status: SagaStatus) -> Turn {
        use SagaStatus as S;
        match (self, status) {
            (Self::Reserve, S::Started) => Turn::Run(&[S::CurrencyReserved]),
            (Self::Draw, S::CurrencyReserved) => Turn::Run(&[S::DrawCompleted]),
            (Self::Grant, S::DrawCompleted) => Turn::Run(&[S::ItemGranted, S::Completed]),
            (Self::Refund, S::Started) => Turn::Run(&[S::Compensating, S::Failed]),
            (Self::Refund, S::CurrencyReserved | S::DrawCompleted) => {
                Turn::Run(&[S::Compensating, S::CurrencyRefunded, S::Failed])
            }
            (Self::Draw, S::Started) | (Self::Grant, S::Started | S::CurrencyReserved) => {
                Turn::TooEarly
            }
            (Self::Reserve, S::CurrencyReserved | S::DrawCompleted)
            | (Self::Draw, S::DrawCompleted)
            | (
                _,
                S::ItemGranted | S::Completed | S::Compensating | S::CurrencyRefunded | S::Failed,
            ) => Turn::Answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SagaStatus as S;

    #[test]
    fn each_step_acts_in_its_own_turn_only() {
        use Turn::{Answer, Run, TooEarly};
        let charged = Run(&[S::CurrencyReserved]);
        let drawn = Run(&[S::DrawCompleted]);
        let granted = Run(&[S::ItemGranted, S::Completed]);
        let ended = Run(&[S::Compensating, S::Failed]);
        let refunded = Run(&[S::Compensating, S::CurrencyRefunded, S::Failed]);
        for (status, reserve, draw, grant, refund) in [
            (S::Started, charged, TooEarly, TooEarly, ended),
            (S::CurrencyReserved, Answer, drawn, TooEarly, refunded),
            (S::DrawCompleted, Answer, Answer, granted, refunded),
            (S::ItemGranted, Answer, Answer, Answer, Answer),
            (S::Completed, Answer, Answer, Answer, Answer),
            (S::Compensating, Answer, Answer, Answer, Answer),
            (S::CurrencyRefunded, Answer, Answer, Answer, Answer),
            (S::Failed, Answer, Answer, Answer, Answer),
        ] {
            assert_eq!(Step::Reserve.turn(status), reserve, "Reserve at {status}");
            assert_eq!(Step::Draw.turn(status), draw, "Draw at {status}");
            assert_eq!(Step::Grant.turn(status), grant, "Grant at {status}");
            assert_eq!(Step::Refund.turn(status), refund, "Refund at {status}");
        }
    }

    #[test]
    fn no_step_acts_on_a_saga_at_its_end() {
        for status in SagaStatus::ALL.iter().filter(|status| status.is_final()) {
            for step in Step::ALL {
                assert_eq!(step.turn(*status), Turn::Answer);
            }
        }
    }

    #[test]
    fn every_way_through_a_saga_ends_completed_or_failed() {
        for status in SagaStatus::ALL {
            for step in Step::ALL {
                let Turn::Run(path) = step.turn(*status) else { continue };
                let rests_in = *path.last().unwrap();
                let goes_on =
                    Step::ALL.iter().any(|step| matches!(step.turn(rests_in), Turn::Run(_)));
                assert_ne!(rests_in.is_final(), goes_on, "{step:?} at {status}");
            }
        }
    }

    #[test]
    fn statuses_are_read_back_as_they_are_written() {
        for status in SagaStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        for reason in FailureReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
    }
}
