//! A Lambda service for one machine.
//!
//! It runs the real binaries of functions as Lambda does: each process is one
//! execution environment and serves one invocation at a time, is started when
//! it is needed, and is kept. A process that dies is an answer at once, a
//! function that is full says so, and faults can be asked for.
//!
//! | Module | What it answers |
//! |---|---|
//! | [`config`] | which functions there are, and what each may use |
//! | [`service`] | all functions together |
//! | [`function`] | how one invocation of a function goes |
//! | `pool` | which process of a function gets which invocation |
//! | `process` | how a process is started, watched and ended |
//! | `invocation`, `failure` | what is asked, and what comes of it |
//! | `faults` | what goes wrong on purpose |
//! | [`server`], with `invoke`, `function_url`, `runtime_api` and `admin` | HTTP |
//!
//! Nothing is stored, and nothing is checked of the caller: it listens on
//! loopback, where everyone may call every function.

mod admin;
pub mod config;
mod failure;
mod faults;
pub mod function;
mod function_url;
mod invocation;
mod invoke;
mod pool;
mod process;
mod reply;
mod runtime_api;
pub mod server;
pub mod service;
