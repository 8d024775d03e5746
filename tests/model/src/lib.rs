//! The saga as a model: every order of what can happen to it, and what must
//! hold all the same.
//!
//! Three parts are the real ones: what a step does and when its turn is
//! (`Step::turn` of `shared/domain`, by which the step functions work too), and
//! the order of the steps (`gacha-saga.asl.json`). The database is a world in
//! memory with the unique keys of the migrations. Time, the network and all
//! that fails are one choice of an event after the other: a schedule.
//!
//! The model never waits, draws no lots and knows no clock, so a schedule always
//! ends the same way. What it leaves out: the idempotency record, which only
//! remembers answers and may be gone; and what steps of one player's other pools
//! do between two statements, for they lock the balance and the counter of
//! numbers that they share.

mod books;
mod call;
mod ending;
mod event;
mod explore;
mod guard;
mod machine;
mod play;
mod request;
mod rule;
mod setting;
mod world;

pub use books::Books;
pub use event::{Event, Fate};
pub use explore::{Broken, Explored, explore};
pub use guard::Guard;
pub use machine::Machine;
pub use play::Play;
pub use rule::Rule;
pub use setting::{Scenario, Setting};
pub use world::{Key, World};
