//! The saga of a draw, written once: how it is opened, its four steps, and how
//! it is recovered.
//!
//! Nothing here knows SQL, Lambda or Step Functions. A step reads and writes
//! through the port [`Books`] and gets nothing else, so it cannot write anything
//! that is not an effect of the port. `tenjo-store` implements the port on a
//! transaction of TiDB; `tests/model` implements it on a world in memory and runs
//! this very code under every schedule of faults.
//!
//! | Step | From | To | Writes |
//! |---|---|---|---|
//! | [`open`] | nothing | `STARTED` | the live key and the saga |
//! | [`reserve`] | `STARTED` | `CURRENCY_RESERVED` or `FAILED` | the balance and its ledger |
//! | [`draw`] | `CURRENCY_RESERVED` | `DRAW_COMPLETED` | the draw number; results, in the saga's row |
//! | [`grant`] | `DRAW_COMPLETED` | `COMPLETED` | items, history, points, the player's state |
//! | [`refund`] | any before the end | `FAILED` | the balance and its ledger |
//!
//! A step trusts the ledger, not the columns of the saga: Draw draws only what the
//! ledger says is paid, and Refund gives back only what the ledger says is held.

mod books;
mod draw;
mod error;
mod grant;
mod open;
mod order;
mod recover;
mod refund;
mod reserve;
mod saga;
mod step;

pub use books::{Books, Database, Keep, NextDraw, OnSale, Seed, Transaction};
pub use draw::draw;
pub use error::StepError;
pub use grant::grant;
pub use open::{Opened, Refused, open};
pub use order::Order;
pub use recover::{
    FIRST_RUN_SECONDS, GIVEN_UP_SECONDS, LEASE_SECONDS, Leases, MAX_ATTEMPTS, POSTPONED_SECONDS,
    Recovered, RunError, Runs, recover,
};
pub use refund::refund;
pub use reserve::reserve;
pub use saga::{
    DrawRecord, DrawnItem, NewSaga, RESERVE_WITHIN_SECONDS, Saga, SagaPity, SagaPoints, Salt,
};
pub use step::{Stepped, run};
