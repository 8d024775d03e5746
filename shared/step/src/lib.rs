//! Runs a step of `tenjo-saga` as a Lambda that Step Functions calls. Each step's
//! function uses this crate, with its own step and database user.

mod error;
mod outcome;
mod retry;
mod serve;

pub use serve::{Error, serve};
