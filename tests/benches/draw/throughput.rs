//! How many ten-draws a second the whole stack serves, and how long each takes,
//! compared with the floor on the same database in the same run.

use std::time::{Duration, Instant};

use tenjo_tests::database;
use tenjo_tests::player::Player;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::cpu::Cpu;
use crate::floor::Floor;
use crate::times::{millis, percentile};

/// How many play at once.
const PLAYERS: [usize; 3] = [1, 8, 32];

/// How long each turn lasts, and how many turns each side has. They take turns, so
/// that a machine that becomes slow affects both.
const TURN: Duration = Duration::from_secs(5);
const TURNS: usize = 3;

/// Enough gems for any run.
const GEMS: u64 = 1_000_000_000;

/// The results of a side.
#[derive(Default)]
struct Played {
    times: Vec<Duration>,
    lasted: Duration,
}

impl Played {
    fn per_second(&self) -> f64 {
        let count = u32::try_from(self.times.len()).unwrap();
        f64::from(count) / self.lasted.as_secs_f64()
    }
}

/// Plays, and prints both sides and their ratios.
pub(crate) async fn measure() {
    println!(
        "\nten-draws of `pool-standard`: the whole stack, and the floor (the same rows by a bare"
    );
    println!(
        "client in four transactions, {} statements); and the processor time of a ten-draw\n",
        Floor::STATEMENTS
    );
    println!(
        "{:>8}{:>12}{:>10}{:>12}{:>10}{:>14}{:>12}{:>10}{:>14}",
        "players",
        "draws/s",
        "p50 ms",
        "floor/s",
        "p50 ms",
        "throughput",
        "p50 ratio",
        "CPU ms",
        "of it TiDB"
    );
    for players in PLAYERS {
        let (mut stack, mut floor) = (Played::default(), Played::default());
        let (mut drawers, mut writers, mut cpu) = (Vec::new(), Vec::new(), Cpu::default());
        for _ in 0..players {
            let player = Player::new().await;
            database::give(player.user_id, "free_gem", GEMS).await;
            drawers.push(player);
            writers.push(Floor::new(GEMS).await);
        }
        for _ in 0..TURNS {
            let before = Cpu::used();
            drawers = play(drawers, &mut stack, draw).await;
            cpu += Cpu::used().since(before);
            writers = play(writers, &mut floor, write).await;
        }
        let (of_stack, of_floor) = (stack.per_second(), floor.per_second());
        let p50 = [&mut stack, &mut floor].map(|side| millis(percentile(&mut side.times, 50)));
        let draws = u32::try_from(stack.times.len()).unwrap();
        println!(
            "{players:>8}{of_stack:>12.0}{:>10.1}{of_floor:>12.0}{:>10.1}{:>13.0}%{:>12.1}\
             {:>10.1}{:>14.1}",
            p50[0],
            p50[1],
            100.0 * of_stack / of_floor,
            p50[0] / p50[1],
            millis(cpu.stack / draws),
            millis(cpu.tidb / draws),
        );
    }
}

async fn draw(player: Player) -> Player {
    let key = Uuid::new_v4().to_string();
    player.draw("pool-standard", 10, Some(&key)).await.data();
    player
}

async fn write(mut floor: Floor) -> Floor {
    floor.write().await;
    floor
}

/// Lets all act at once, again and again, until the turn is over.
async fn play<T, F>(all: Vec<T>, played: &mut Played, act: fn(T) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let started = Instant::now();
    let mut playing = JoinSet::new();
    for mut one in all {
        playing.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < TURN {
                let begun = Instant::now();
                one = act(one).await;
                times.push(begun.elapsed());
            }
            (one, times)
        });
    }
    let mut back = Vec::new();
    while let Some(ended) = playing.join_next().await {
        let (one, times) = ended.unwrap();
        back.push(one);
        played.times.extend(times);
    }
    played.lasted += started.elapsed();
    back
}
