//! The whole stack, tested from outside: through the gateway like a client, through
//! the functions like Step Functions, and in the tables like an auditor.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod article;
mod attestation;
mod audit;
mod caching;
mod changes;
mod concurrency;
mod contract;
mod deletion;
mod devices;
mod draw;
mod errors;
mod exchange;
mod export;
mod fuzz;
mod grants;
mod guards;
mod hidden;
mod home;
mod idempotency;
mod languages;
mod limits;
mod links;
mod lists;
mod logs;
mod lots;
mod memory;
mod minting;
mod model;
mod operators;
mod plans;
mod pools;
mod presents;
mod proofs;
mod purchase_acts;
mod purchases;
mod rate_limits;
mod receipts;
mod records;
mod recovery;
mod report;
mod roles;
mod rules;
mod saga_steps;
mod seeds;
mod sessions;
mod traces;
mod transfers;
mod trust;
mod users;
mod waiting;
