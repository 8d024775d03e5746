//! The whole stack, tested from outside: through the gateway like a client, through
//! the functions like Step Functions, and in the tables like an auditor.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod article;
mod audit;
mod caching;
mod changes;
mod concurrency;
mod contract;
mod draw;
mod errors;
mod exchange;
mod fuzz;
mod grants;
mod guards;
mod hidden;
mod home;
mod idempotency;
mod languages;
mod limits;
mod lists;
mod logs;
mod lots;
mod memory;
mod minting;
mod model;
mod operators;
mod pools;
mod presents;
mod proofs;
mod purchases;
mod rate_limits;
mod records;
mod recovery;
mod report;
mod roles;
mod rules;
mod saga_steps;
mod seeds;
mod sessions;
mod traces;
mod trust;
mod users;
mod waiting;
