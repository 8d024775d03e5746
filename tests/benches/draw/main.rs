//! How fast draws are: `cargo xtask test --bench draw`.
//!
//! First the times of single requests, then the throughput of ten-draws through the
//! whole stack compared with the floor: the same rows, written by a bare client. And how
//! much processor time the stack needs for a ten-draw.

#![allow(clippy::unwrap_used, reason = "a measurement that fails should stop")]

mod cpu;
mod floor;
mod latency;
mod throughput;
mod times;

#[tokio::main]
async fn main() {
    latency::measure().await;
    throughput::measure().await;
}
