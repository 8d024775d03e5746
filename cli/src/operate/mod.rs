//! What operators do: each command is an act of an operator's function, on one machine and
//! in AWS alike.
//!
//! An act is tried first without changing anything. What would change is shown, and only
//! after a "yes" it is done. The functions write it into the log of operators, with who
//! did it, the ticket and the reason.

mod act;
mod command;
mod game;
mod list;
mod place;
mod purchase;

pub(crate) use command::{Client, Gems, Maintenance, Player, Pool, Present};
pub(crate) use game::Game;
pub(crate) use place::{FORBIDDEN, Functions, Place, Refused};
pub(crate) use purchase::Purchase;
