//! A stand-in for AWS Step Functions on one machine.
//!
//! It runs one Express state machine, the very file that runs in AWS, and
//! answers `StartSyncExecution` as AWS does. It knows the part of the Amazon
//! States Language that this file uses, and refuses everything else by name
//! when it loads: a field that is ignored here, but not in AWS, would be a
//! difference that nobody notices.
//!
//! | Module | What it answers |
//! |---|---|
//! | [`definition`] | what may stand in the file, and does it hold together |
//! | [`interpreter`] | what happens in one execution |
//! | `retry`, `choice`, `parameters`, `path`, `error` | one field of the language each |
//! | [`lambda`] | how a function is called, and what its answer means |
//! | [`api`] | what a client of Step Functions sends and gets |
//! | [`server`] | HTTP |
//!
//! It knows who calls by the access key, allows what `template.yaml` allows that
//! function, and calls functions with the rights of the state machine's own role.
//!
//! Nothing is stored: an execution that is under way when the process ends is
//! lost, as an Express execution is when AWS loses its host.

pub mod api;
mod arn;
mod choice;
pub mod definition;
mod error;
pub mod interpreter;
pub mod lambda;
mod parameters;
mod path;
mod retry;
pub mod server;
mod substitution;

pub use arn::FunctionArn;
pub use definition::StateMachine;
pub use error::ExecutionError;
