//! The functions of the saga's steps: from Step Functions to `tenjo-saga` and
//! back. Each function is this with one step and one database user.

mod error;
mod outcome;
mod retry;
mod serve;

pub use serve::{Error, serve};
