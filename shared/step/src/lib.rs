//! What all steps of the saga share: one transaction around each, and the way
//! from Step Functions in and out.

mod error;
mod outcome;
mod retry;
mod serve;
mod transaction;

pub use error::StepError;
pub use serve::{Error, serve};
pub use transaction::{Opened, Work, open};
