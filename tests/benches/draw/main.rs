//! How fast draws are: `cargo xtask test --bench draw`.
//!
//! First how long single requests take, then how many ten-draws the whole stack
//! serves beside the floor: the same rows, written by a bare client.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on is none")]

mod floor;
mod latency;
mod throughput;
mod times;

#[tokio::main]
async fn main() {
    latency::measure().await;
    throughput::measure().await;
}
