//! The gateway over real sockets, against an upstream of our own.
//!
//! The tables follow what a real Kong 3.9.1 answered.

#![expect(
    clippy::unwrap_used,
    reason = "clippy lets test functions unwrap, but not the helpers beside them"
)]

mod answers;
mod client;
mod cors;
mod failing_upstreams;
mod forwarding;
mod jwt;
mod parser;
mod pre_function;
mod rate_limits;
mod refusals;
mod repository;
mod routes;
mod setup;
mod size_limits;
mod tokens;
mod upstream;
mod validation;
