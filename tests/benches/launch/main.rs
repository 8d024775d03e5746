//! What it costs to start the game: `cargo xtask test --bench launch`.
//!
//! Two hundred players start at once, with devices that have played before. Each logs in
//! and reads what a first screen needs, one request after the other: by a request for
//! each thing, as before `GET /v1/home`, and by that one request. The odds of all pools
//! were part of `GET /v1/gacha/pools/{pool_id}` then; now whoever wants them asks for a
//! revision, so they are a way of their own here.
//!
//! Statements are those on the game's tables, of the whole database: scheduled functions
//! add a few.

#![allow(clippy::unwrap_used, reason = "a measurement that fails should stop")]

mod gzip;
mod start;

use std::time::Duration;

use start::{Outcome, Way};
use tenjo_tests::database;
use tenjo_tests::player::Player;
use tokio::task::JoinSet;

/// How many start at once.
const PLAYERS: usize = 200;

/// What each way costs is measured this often, in turns, so that a machine that becomes
/// slow affects all of them. The first turn warms up, and is not counted.
const TURNS: usize = 4;

/// Of all turns of one way.
#[derive(Default)]
struct Total {
    outcome: Outcome,
    starts: usize,
    times: Vec<Duration>,
    statements: i64,
}

#[tokio::main]
async fn main() {
    let mut players = Vec::new();
    for _ in 0..PLAYERS {
        players.push(Player::new().await);
    }
    let mut totals: Vec<(Way, Total)> = Way::ALL.map(|way| (way, Total::default())).into();
    for turn in 0..TURNS {
        for (way, total) in &mut totals {
            let measured = all_start(&players, *way).await;
            if turn > 0 {
                total.add(measured);
            }
        }
    }
    println!("{PLAYERS} players start at once; of one player\n");
    println!(
        "{:<44}{:>10}{:>10}{:>12}{:>12}{:>10}{:>10}",
        "", "requests", "refused", "bytes", "statements", "p50 ms", "p95 ms"
    );
    for (way, total) in &mut totals {
        println!("{}", total.line(way.name()));
    }
    gzip::measure(&players[0]).await;
}

async fn all_start(players: &[Player], way: Way) -> Total {
    let before = database::statements().await;
    let mut starting = JoinSet::new();
    for player in players {
        let player = player.clone();
        starting.spawn(async move { start::start(&player, way).await });
    }
    let mut total = Total::default();
    while let Some(ended) = starting.join_next().await {
        let (outcome, time) = ended.unwrap();
        total.outcome.add(outcome);
        total.times.push(time);
        total.starts += 1;
    }
    total.statements = database::statements().await - before;
    total
}

impl Total {
    fn add(&mut self, other: Self) {
        self.outcome.add(other.outcome);
        self.starts += other.starts;
        self.times.extend(other.times);
        self.statements += other.statements;
    }

    fn line(&mut self, name: &str) -> String {
        self.times.sort_unstable();
        let starts = f64::from(u32::try_from(self.starts).unwrap());
        let each = |count: usize| f64::from(u32::try_from(count).unwrap()) / starts;
        let time = |percent: usize| {
            self.times[(self.times.len() - 1) * percent / 100].as_secs_f64() * 1000.0
        };
        format!(
            "{name:<44}{:>10.1}{:>10.1}{:>12.0}{:>12.1}{:>10.0}{:>10.0}",
            each(self.outcome.requests),
            each(self.outcome.refused),
            each(self.outcome.bytes),
            each(usize::try_from(self.statements).unwrap()),
            time(50),
            time(95),
        )
    }
}
