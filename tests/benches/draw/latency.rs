//! How long requests take through the whole stack, one at a time, and how much
//! memory each function holds afterwards.
//!
//! Machines differ, so each time is also given as a multiple of the simplest
//! request that goes all the way to the database and back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tenjo_tests::player::Player;

use crate::times::{millis, percentile};

/// How many players are measured, and how many play before them for warm-up.
const PLAYERS: usize = 200;
const WARM_UP: usize = 20;

/// The simplest request that reaches the database.
const SIMPLEST: &str = "GET /v1/users/me";

/// Plays one request after the other, and prints how long each took.
pub(crate) async fn measure() {
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for number in 0..WARM_UP + PLAYERS {
        let measured = play().await;
        if number >= WARM_UP {
            for (name, time) in measured {
                times.entry(name).or_default().push(time);
            }
        }
    }
    let simplest = percentile(times.get_mut(SIMPLEST).unwrap(), 50);
    println!("{PLAYERS} players, one request at a time, in ms\n");
    println!("{:<34}{:>8}{:>8}{:>8}{:>12}", "", "p50", "p90", "p99", "p50 ratio");
    for (name, times) in &mut times {
        let p50 = percentile(times, 50);
        println!(
            "{name:<34}{:>8.1}{:>8.1}{:>8.1}{:>12.1}",
            millis(p50),
            millis(percentile(times, 90)),
            millis(percentile(times, 99)),
            p50.as_secs_f64() / simplest.as_secs_f64(),
        );
    }
    println!("\n{:<34}{:>8}", "", "MiB resident");
    for (name, mib) in resident() {
        println!("{name:<34}{mib:>8.1}");
    }
}

/// What one player does, and how long each request took.
async fn play() -> Vec<(&'static str, Duration)> {
    let mut times = Vec::new();
    let started = Instant::now();
    let player = Player::new().await;
    times.push(("POST /v1/auth/guest, first login", started.elapsed()));
    for path in [SIMPLEST, "GET /v1/gacha/pools/pool-standard", "GET /v1/inventory/items"] {
        let started = Instant::now();
        player.get(path.trim_start_matches("GET ")).await.data();
        times.push((path, started.elapsed()));
    }
    let key = player.user_id.to_string();
    for name in ["POST /v1/gacha/draw, ten", "POST /v1/gacha/draw, ten, again"] {
        let started = Instant::now();
        player.draw("pool-standard", 10, Some(&key)).await.data();
        times.push((name, started.elapsed()));
    }
    let other = Player::new().await;
    let started = Instant::now();
    other.draw("pool-standard", 1, None).await.data();
    times.push(("POST /v1/gacha/draw, one", started.elapsed()));
    times
}

/// The memory of each running function of this build, by name.
fn resident() -> BTreeMap<String, f64> {
    let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions");
    let names: Vec<String> = std::fs::read_dir(functions)
        .unwrap()
        .flat_map(|service| std::fs::read_dir(service.unwrap().path()).unwrap())
        .map(|function| function.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut resident = BTreeMap::new();
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(program) = std::fs::read_link(process.path().join("exe")) else { continue };
        // The name of a binary that was rebuilt meanwhile has a mark; its process is the
        // same.
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_end_matches(" (deleted)").to_owned();
        let status = std::fs::read_to_string(process.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        if let (true, Some(kib)) = (names.contains(&name), kib) {
            let most = resident.entry(name).or_insert(0.0);
            *most = f64::max(*most, kib / 1024.0);
        }
    }
    resident
}
