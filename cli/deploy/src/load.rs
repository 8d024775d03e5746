//! `tenjo load`: players who draw, for some seconds, and what became of their requests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant as Clock, sleep_until};
use uuid::Uuid;

use crate::game::{Game, Order};
use crate::http::{Answer, Http};

/// Draws as many players at once, for some seconds, and says how fast and with which
/// outcome.
///
/// Each player is a guest who draws until the gems run short, and then a new guest. Only
/// load what is yours: AWS asks to be told of large tests, and each request costs money.
/// A stage limits guests by network (`GuestsPerNetworkHour`) and draws by player; both
/// limits show here as refusals.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The API, such as <https://api.example.com>.
    #[arg(long, value_name = "URL")]
    api: String,
    /// How many players draw at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=2000))]
    players: u32,
    /// For how long. What has begun then is ended.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    #[arg(long, default_value = "pool-standard")]
    pool: String,
    /// How many items a draw has.
    #[arg(long, default_value_t = 1)]
    draw_count: u32,
    /// The most draws a second, all players together; without it as many as go.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// After it, check the books of a database, as `tenjo audit` does.
    #[arg(long)]
    pub(crate) audit: bool,
}

impl Args {
    /// Whether the books are to be checked afterwards.
    #[must_use]
    pub fn wants_audit(&self) -> bool {
        self.audit
    }
}

/// What became of the requests of one kind.
#[derive(Debug, Default)]
struct Seen {
    /// Of those that were answered as wanted, in microseconds.
    took_us: Vec<u32>,
    /// By status and code.
    outcomes: BTreeMap<String, u64>,
}

/// What one player, or all of them, saw.
#[derive(Debug, Default)]
struct Tally {
    guests: Seen,
    draws: Seen,
}

impl Seen {
    fn add(&mut self, outcome: String, took: Duration, is_wanted: bool) {
        *self.outcomes.entry(outcome).or_default() += 1;
        if is_wanted {
            self.took_us.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        }
    }

    fn join(&mut self, other: Self) {
        self.took_us.extend(other.took_us);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }

    /// The time within which so many of a thousand were answered, in milliseconds.
    fn within_ms(&self, per_mille: usize) -> f64 {
        let at = (self.took_us.len() * per_mille).div_ceil(1000).max(1) - 1;
        self.took_us.get(at).map_or(0.0, |took| f64::from(*took) / 1000.0)
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let game = Game::new(Http::new(), &args.api);
    // One that must go well, so that a wrong address is not a thousand failures.
    let first = game.guest("load").await?;
    anyhow::ensure!(
        first.status == 200,
        "{} makes no guest: {} {}",
        args.api,
        first.status,
        code(&first)
    );
    let order = Order { pool_id: args.pool.clone(), draw_count: args.draw_count };
    let started = Instant::now();
    let end = started + Duration::from_secs(args.seconds);
    let mut players = JoinSet::new();
    for player in 0..args.players {
        let (game, order) = (game.clone(), order.clone());
        let pace = args.rate.map(|rate| Pace::of(player, args.players, rate));
        players.spawn(async move { play(&game, &order, end, pace).await });
    }
    let mut all = Tally::default();
    while let Some(player) = players.join_next().await {
        let tally = player.context("a player died")?;
        all.guests.join(tally.guests);
        all.draws.join(tally.draws);
    }
    print!("{}", table(&mut all, started.elapsed()));
    Ok(())
}

/// When one player draws, so that all players together keep a rate.
struct Pace {
    next: Clock,
    every: Duration,
}

impl Pace {
    fn of(player: u32, players: u32, rate: u32) -> Self {
        let every = Duration::from_secs(1) * players / rate;
        Self { next: Clock::now() + every * player / players, every }
    }

    async fn wait(&mut self) {
        sleep_until(self.next).await;
        self.next += self.every;
    }
}

async fn play(game: &Game, order: &Order, end: Instant, mut pace: Option<Pace>) -> Tally {
    let mut tally = Tally::default();
    let mut token = None;
    while Instant::now() < end {
        if let Some(pace) = &mut pace {
            pace.wait().await;
        }
        let Some(known) = &token else {
            let began = Instant::now();
            let answered = game.guest("load").await;
            let (outcome, said) = outcome(answered);
            token = said["data"]["access_token"].as_str().map(ToOwned::to_owned);
            tally.guests.add(outcome, began.elapsed(), token.is_some());
            if token.is_none() {
                // A refused player does not ask again at once.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            continue;
        };
        let began = Instant::now();
        let key = Uuid::new_v4().to_string();
        let (outcome, said) = outcome(game.draw(Some(known), order, &key).await);
        let is_done = said["data"]["status"] == "COMPLETED";
        // Gems have run short, or the token is too old: the next player.
        let ends = ["insufficient_currency", "unauthorized"].iter().any(|it| outcome.ends_with(it));
        let is_limited = outcome.starts_with("429");
        tally.draws.add(outcome, began.elapsed(), is_done);
        if ends || is_limited {
            token = None;
        }
    }
    tally
}

/// A status and code, such as `409 insufficient_currency`, and the whole answer.
fn outcome(answered: anyhow::Result<Answer>) -> (String, Value) {
    match answered {
        Ok(answer) => {
            let said = answer.json();
            let status = said["data"]["status"].as_str().unwrap_or_default();
            let words = if answer.status < 300 { status.to_owned() } else { code(&answer) };
            (format!("{} {words}", answer.status).trim().to_owned(), said)
        }
        Err(_) => ("no answer".to_owned(), Value::Null),
    }
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn table(all: &mut Tally, took: Duration) -> String {
    let mut text = "| Request | Answered as wanted | A second | p50, ms | p95, ms | p99, ms | Longest, ms |\n|---|---|---|---|---|---|---|\n".to_owned();
    for (name, seen) in [("guest", &mut all.guests), ("draw", &mut all.draws)] {
        seen.took_us.sort_unstable();
        let count = u32::try_from(seen.took_us.len()).unwrap_or(u32::MAX);
        let rate = f64::from(count) / took.as_secs_f64();
        text += &format!(
            "| {name} | {count} | {rate:.1} | {:.1} | {:.1} | {:.1} | {:.1} |\n",
            seen.within_ms(500),
            seen.within_ms(950),
            seen.within_ms(990),
            seen.within_ms(1000),
        );
    }
    text += &format!("\n{:.1} s in all. Outcomes:\n", took.as_secs_f64());
    for (name, seen) in [("guest", &all.guests), ("draw", &all.draws)] {
        for (outcome, count) in &seen.outcomes {
            text += &format!("  {count:8}  {name}: {outcome}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_rates_and_times_of_what_was_answered_as_wanted() {
        let mut all = Tally::default();
        for ms in 1..=100 {
            all.draws.add("200 COMPLETED".to_owned(), Duration::from_millis(ms), true);
        }
        all.draws.add("429 rate_limited".to_owned(), Duration::from_secs(9), false);
        let text = table(&mut all, Duration::from_secs(10));
        assert!(text.contains("| draw | 100 | 10.0 | 50.0 | 95.0 | 99.0 | 100.0 |"), "{text}");
        assert!(text.contains("       1  draw: 429 rate_limited"), "{text}");
        assert!(text.contains("| guest | 0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 |"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn players_keep_a_rate_together() {
        let began = Clock::now();
        // Four players, two draws a second: each draws every two seconds.
        let mut paces: Vec<Pace> = (0..4).map(|player| Pace::of(player, 4, 2)).collect();
        for _ in 0..3 {
            for pace in &mut paces {
                pace.wait().await;
            }
        }
        assert_eq!(began.elapsed(), Duration::from_millis(5500));
    }
}
