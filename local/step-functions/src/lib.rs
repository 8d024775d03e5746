//! A stand-in for AWS Step Functions on one machine.
//!
//! It runs one Express state machine, from the same file as AWS, and answers
//! `StartSyncExecution` as AWS does. It knows the part of the Amazon States Language
//! that this file uses, and refuses everything else by name when it loads: if it
//! ignored a field that AWS uses, nobody would notice the difference.
//!
//! | Module | What it answers |
//! |---|---|
//! | [`definition`] | what may the file contain, and is it consistent |
//! | [`interpreter`] | what happens in one execution |
//! | `retry`, `choice`, `parameters`, `path`, `error` | one field of the language each |
//! | [`lambda`] | how a function is called, and what its answer means |
//! | [`api`] | what a client of Step Functions sends and gets |
//! | [`server`] | HTTP |
//!
//! It identifies the caller by the access key, allows what `template.yaml` allows
//! that function, and calls functions with the rights of the state machine's role.
//!
//! Nothing is stored: if the process ends, its running executions are lost, like
//! Express executions when AWS loses their host.

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
