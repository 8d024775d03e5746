//! Which faults occur, where and when. Only the seed decides.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::random::stream;

/// The functions whose calls and processes get faults. All of them write.
pub(crate) const FUNCTIONS: [&str; 23] = [
    "request-draw",
    "reserve",
    "draw",
    "grant",
    "refund",
    "exchange-points",
    "receive-present",
    "receive-presents",
    "adjust-currency",
    "send-presents",
    "book-purchase",
    "void-purchase",
    "set-suspension",
    "end-sessions",
    "set-pool-pause",
    "refresh-session",
    "rotate-seeds",
    "recover-sagas",
    "book-apple-purchase",
    "book-google-purchase",
    "receive-apple-notification",
    "receive-google-notification",
    "reconcile-purchases",
];

/// The functions of a draw without faults, which so have a process.
const OF_A_DRAW: [&str; 4] = ["request-draw", "reserve", "draw", "grant"];

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Faults {
    /// Everything.
    All,
    /// Once a second a process that serves draws is killed.
    Kills,
    /// No faults: with many players, this tests overload.
    None,
}

/// A part of the stack that can be down or slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Database,
    Dynamodb,
    StepFunctions,
    Gateway,
}

impl Part {
    /// The name of its process.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Database => "tidb",
            Self::Dynamodb => "dynamodb",
            Self::StepFunctions => "step-functions",
            Self::Gateway => "gateway",
        }
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// From now on, a share of a function's calls get faults: the body for
    /// `PUT /faults` of the Lambda service.
    Calls(Value),
    /// A process of a function is killed, a busy one if there is one.
    Kill(&'static str),
    /// A connection to the database is cut, in a transaction or not. The number chooses
    /// among the open ones.
    Cut(usize),
    /// The leases of all live sagas end at once, so that the sweeper runs them next to
    /// runs that have not ended.
    Leases,
    /// A part is killed, and started again after a while.
    Down { part: Part, lasts: Duration },
    /// A part is frozen for a while, and then continues.
    Slow { part: Part, lasts: Duration },
}

/// A fault, and how long after the beginning it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: Duration,
    pub(crate) fault: Fault,
}

/// Faults that occur one after another; all tracks run at once.
pub(crate) type Track = Vec<Event>;

/// All faults of a run.
pub(crate) fn plan(seed: u64, length: Duration, faults: Faults) -> Vec<Track> {
    let random = |name: &str| stream(seed, name, 0);
    match faults {
        Faults::All => everything(random, length),
        Faults::Kills => {
            let kill = |random: &mut StdRng| Fault::Kill(one_of(random, &OF_A_DRAW));
            vec![track(random("kills"), length, [1000, 1000], kill)]
        }
        Faults::None => Vec::new(),
    }
}

fn everything(random: impl Fn(&str) -> StdRng, length: Duration) -> Vec<Track> {
    let mut tracks = vec![
        track(random("calls"), length, [600, 1500], calls),
        track(random("kills"), length, [150, 600], |random| {
            Fault::Kill(one_of(random, &FUNCTIONS))
        }),
        track(random("cuts"), length, [100, 500], |random| {
            Fault::Cut(random.random_range(0..1000))
        }),
        track(random("leases"), length, [1000, 4000], |_| Fault::Leases),
    ];
    // The time between faults, how long down, how long slow.
    for (part, gap, down, slow) in [
        (Part::Database, [3000, 7000], [0, 1500], [300, 4000]),
        (Part::Dynamodb, [2000, 6000], [100, 3000], [300, 4000]),
        (Part::StepFunctions, [2500, 6000], [0, 1500], [300, 3000]),
        (Part::Gateway, [4000, 9000], [0, 800], [200, 1500]),
    ] {
        tracks.push(track(random(part.name()), length, gap, |random| {
            let (is_down, down, slow) = (random.random(), ms(random, down), ms(random, slow));
            if is_down {
                Fault::Down { part, lasts: down }
            } else {
                Fault::Slow { part, lasts: slow }
            }
        }));
    }
    tracks
}

fn track(
    mut random: StdRng,
    length: Duration,
    gap: [u64; 2],
    mut next: impl FnMut(&mut StdRng) -> Fault,
) -> Track {
    let mut track = Track::new();
    let mut at = ms(&mut random, gap);
    while at < length {
        let fault = next(&mut random);
        track.push(Event { at, fault: fault.clone() });
        at += lasts(&fault) + ms(&mut random, gap);
    }
    track
}

fn lasts(fault: &Fault) -> Duration {
    match fault {
        Fault::Down { lasts, .. } | Fault::Slow { lasts, .. } => *lasts,
        Fault::Calls(_) | Fault::Kill(_) | Fault::Cut(_) | Fault::Leases => Duration::ZERO,
    }
}

fn one_of(random: &mut StdRng, functions: &[&'static str]) -> &'static str {
    functions[random.random_range(0..functions.len())]
}

/// Chances, in parts per thousand, of faults in the calls of a function from now on.
/// Delays bring calls out of order.
fn calls(random: &mut StdRng) -> Fault {
    let function = one_of(random, &FUNCTIONS);
    let mut chance = |most: u16| random.random_range(0..=most);
    let (drop_request, drop_reply, duplicate, delay, kill, storm) =
        (chance(120), chance(120), chance(200), chance(200), chance(80), chance(999));
    // Sometimes almost all calls of a step are lost for longer than all retries last:
    // then the charge must be given back.
    let is_gone = storm < 300 && matches!(function, "draw" | "grant");
    let drop_request = if is_gone { 900 } else { drop_request };
    Fault::Calls(json!({
        "function": function,
        "drop_request": drop_request,
        "drop_reply": drop_reply,
        "duplicate": duplicate,
        "delay": delay,
        "delay_ms": [1, 1500],
        "kill": kill,
        "kill_after_ms": [0, 20],
        "seed": random.random::<u32>(),
    }))
}

/// A time within bounds, in milliseconds.
fn ms(random: &mut StdRng, [least, most]: [u64; 2]) -> Duration {
    Duration::from_millis(random.random_range(least..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(25);

    #[test]
    fn a_seed_plans_the_same_every_time_and_another_seed_otherwise() {
        assert_eq!(plan(7, LENGTH, Faults::All), plan(7, LENGTH, Faults::All));
        assert_ne!(plan(7, LENGTH, Faults::All), plan(8, LENGTH, Faults::All));
    }

    #[test]
    fn faults_come_in_order_and_none_of_a_part_during_another() {
        for track in plan(7, LENGTH, Faults::All) {
            assert!(!track.is_empty());
            for pair in track.windows(2) {
                assert!(pair[0].at + lasts(&pair[0].fault) <= pair[1].at);
            }
        }
    }

    #[test]
    fn kills_are_one_a_second_and_nothing_else() {
        let tracks = plan(7, LENGTH, Faults::Kills);
        let [kills] = &tracks[..] else { panic!("{tracks:?}") };
        let at: Vec<u64> = kills.iter().map(|kill| kill.at.as_secs()).collect();
        assert_eq!(at, Vec::from_iter(1..25));
        assert!(kills.iter().all(|kill| matches!(kill.fault, Fault::Kill(_))));
        assert!(plan(7, LENGTH, Faults::None).is_empty());
    }

    #[test]
    fn a_longer_run_begins_like_a_shorter_one() {
        for (short, long) in
            plan(7, LENGTH, Faults::All).iter().zip(plan(7, LENGTH * 2, Faults::All))
        {
            assert_eq!(short[..], long[..short.len()]);
        }
    }
}
