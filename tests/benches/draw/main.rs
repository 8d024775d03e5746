//! How fast draws are: `cargo xtask test --bench draw`.
//!
//! First the times of single requests, then the throughput of ten-draws through the
//! whole stack compared with the floor: the same rows, written by a bare client.

#![allow(clippy::unwrap_used, reason = "a measurement that fails should stop")]

mod floor;
mod latency;
mod throughput;
mod times;

#[tokio::main]
async fn main() {
    latency::measure().await;
    throughput::measure().await;
}
