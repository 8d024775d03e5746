//! A Lambda service for one machine.
//!
//! It runs the real binaries of functions as Lambda does: each process is one
//! execution environment and serves one invocation at a time, is started when
//! it is needed, and is kept. If a process dies, its caller gets an error at once;
//! a function without room refuses calls; and faults can be injected.
//!
//! | Module | What it answers |
//! |---|---|
//! | [`config`] | which functions there are, and what each may use |
//! | [`service`] | all functions together |
//! | [`function`] | what happens in one invocation of a function |
//! | `pool` | which process of a function gets which invocation |
//! | `process` | how a process is started, watched and ended |
//! | `program` | whether a function's program was rebuilt |
//! | `invocation`, `failure` | what an invocation is, and what its outcome is |
//! | `faults` | which faults are injected |
//! | [`server`], with `invoke`, `function_url`, `runtime_api` and `admin` | HTTP |
//!
//! # New builds
//!
//! When the program of a function has changed on disk, the next invocation
//! starts the new one, and idle processes of the old one are ended; a busy one
//! is ended once it has answered. An invocation waits some seconds for a program
//! that is absent, because the linker removes it before it writes it.
//!
//! A program that rebuilds functions says so with `PUT /building`, so that no call
//! runs the old code meanwhile: `{"functions": ["get-user"], "wait_ms": 8000}` makes calls of
//! these functions, and of no others, wait for the next `PUT` that leaves them out.
//! A call that has waited `wait_ms` is answered 503 with `Retry-After`.
//! `"functions": "all"` names all of them. `GET /building` lists them.
//!
//! Nothing is stored, and callers are not checked: it listens on loopback, where
//! everyone may call every function.

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
mod program;
mod reply;
mod runtime_api;
pub mod server;
pub mod service;
