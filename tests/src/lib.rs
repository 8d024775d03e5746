//! Shared by the tests of the running stack and torture: a client, a player, the
//! contract that every answer must keep, and the books that must balance.
//!
//! `cargo xtask test` starts the stack and sets the variables that are read
//! here. Every test makes its own players, so that all run at once.

use std::io::Write as _;

pub mod attest;
pub mod aws;
pub mod books;
pub mod client;
pub mod contract;
pub mod database;
pub mod deletion;
pub mod grants;
pub mod http;
pub mod identity;
mod kept;
pub mod lambda;
pub mod operator;
pub mod player;
pub mod seed_key;
pub mod shop;
pub mod state_machine;
pub mod table;
pub mod token;
pub mod wire;

/// A variable that `cargo xtask test` sets.
///
/// # Panics
/// When it is not set: the tests were not started by `cargo xtask test`.
#[must_use]
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run these tests with `cargo xtask test`"))
}

/// Tells a figure even if the test passes: the test harness shows only what failed tests
/// print.
pub fn tell(figure: &str) {
    // Nothing depends on it.
    let _ = writeln!(std::io::stderr(), "{figure}");
}

/// Polls until the answer is there, for at most ten seconds. Only for what happens
/// in another process that sends no event.
///
/// # Panics
/// When the answer does not come.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, asking).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}
