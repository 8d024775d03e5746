//! Every order of what can happen to a saga, and what must hold all the same.
//!
//! What is explored is what runs: opening, the steps and recovery are those of
//! `tenjo-saga`, the rules and the draw those of `tenjo-domain`, and the order of
//! the steps that of `gacha-saga.asl.json`. Only the database is another: the port
//! of `tenjo-saga` on a world in memory, with the unique keys of the migrations.
//! Time, the network and all that fails are one choice of an event after the
//! other: a schedule.
//!
//! The model never waits, has no randomness and no clock, so a schedule always
//! ends the same way. It leaves out the idempotency record, which only remembers
//! answers and may be gone; and what steps of one player's other pools do between
//! two statements, because they lock the balance and the counter of numbers that
//! they share. Purchases, presents, acts of operators, revocations and expiry are one event
//! each, because they are one transaction each under the lock of that balance.

mod books;
mod database;
mod ending;
mod event;
mod explore;
mod facts;
mod guard;
mod machine;
mod play;
mod purse;
mod ready;
mod rule;
mod setting;
mod state;
mod world;

pub use event::{Event, Fate};
pub use explore::{Broken, Explored, explore};
pub use facts::{Facts, PurseFacts};
pub use guard::Guard;
pub use machine::Machine;
pub use play::Play;
pub use rule::Rule;
pub use setting::{Scenario, Setting};
pub use world::{Key, World};
