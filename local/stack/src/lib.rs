//! The stack on one machine: its processes, their settings, and how it is started,
//! broken and stopped. `cargo xtask` and torture share it.
//!
//! Nothing here runs in AWS, and nothing here listens on more than loopback.

pub mod child;
pub mod children;
pub mod database;
pub mod database_url;
mod deployment;
pub mod elsewhere;
pub mod environment;
pub mod function;
pub mod http;
pub mod log;
pub mod place;
pub mod port;
pub mod progress;
pub mod recipe;
mod schedule;
pub mod scratch;
pub mod secrets;
pub mod stack;
pub mod stop;
mod store;
pub mod tidb;
