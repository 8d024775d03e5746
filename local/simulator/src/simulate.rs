//! All players, on all cores.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::plan::Plan;
use crate::player::Story;
use crate::tally::Tally;

/// How many players a core takes at a time.
const PLAYERS_AT_A_TIME: u64 = 1_000;

/// Plays as all players of a plan. `watch` is called, from any core, with how many more
/// have played, and can end it. Then there is no answer, because the players who
/// waited longest would be missing from it.
#[must_use]
pub fn simulate(plan: &Plan, watch: impl Fn(u64) -> ControlFlow<()> + Sync) -> Option<Tally> {
    let next = AtomicU64::new(0);
    let is_stopped = AtomicBool::new(false);
    let all = Mutex::new(Tally::new(&plan.pool));
    let work = || {
        let mut tally = Tally::new(&plan.pool);
        let mut story = Story::default();
        while !is_stopped.load(Ordering::Relaxed) {
            let first = next.fetch_add(PLAYERS_AT_A_TIME, Ordering::Relaxed);
            if first >= plan.players {
                break;
            }
            let end = plan.players.min(first + PLAYERS_AT_A_TIME);
            for player in first..end {
                plan.play(player, &mut story);
                tally.add(&plan.pool, &story);
            }
            if watch(end - first).is_break() {
                is_stopped.store(true, Ordering::Relaxed);
            }
        }
        // A core that panicked has ended the scope below; there is no tally then.
        if let Ok(mut all) = all.lock() {
            all.merge(&tally);
        }
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    thread::scope(|scope| {
        for _ in 1..cores {
            scope.spawn(work);
        }
        work();
    });
    let all = all.into_inner().ok()?;
    (all.players == plan.players).then_some(all)
}
