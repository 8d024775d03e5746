//! `tenjo simulate`: millions of players, compared with the exact odds.

use std::fs;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenjo_deploy::counted;
use tenjo_domain::{DrawCount, Pool};
use tenjo_simulator::{NoPlan, Picture, Plan, pictures, report, simulate};

use crate::exit;

/// Items are counted in this many draws of each player.
const COUNTED_DRAWS: u32 = 100;

/// Shows what millions of players would pay for a pool, as a table and as pictures,
/// next to the exact figures.
#[derive(clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// The pool: the name of its file in pools/, without .yaml.
    pool: String,
    /// The folder of the master data.
    #[arg(long, value_name = "DIR", default_value = "masters")]
    masters: PathBuf,
    /// How many players.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    players: u64,
    /// The same seed gives the same players, on any machine.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many draws each buys at once; the most that are sold, if left out.
    #[arg(long, value_name = "K")]
    draw_count: Option<u32>,
    /// Where the pictures go.
    #[arg(long, value_name = "DIR", default_value = "simulations")]
    output: PathBuf,
}

/// Simulates, prints the table and writes the pictures.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let pool = find(&args.masters, &args.pool)?;
    let draw_count = draw_count(&pool, args.draw_count)?;

    // From here on Ctrl-C only sets a flag; the threads check it every thousand
    // players.
    let is_stopped = Arc::new(AtomicBool::new(false));
    let work = {
        let (pool, is_stopped) = (pool.clone(), Arc::clone(&is_stopped));
        let (players, seed) = (args.players, args.seed);
        tokio::task::spawn_blocking(move || play(&pool, draw_count, players, seed, &is_stopped))
    };
    let (text, pictures) = tokio::select! {
        done = work => match done?? {
            Some(done) => done,
            None => return Ok(exit::INTERRUPTED.into()),
        },
        _ = tokio::signal::ctrl_c() => {
            is_stopped.store(true, Ordering::Relaxed);
            eprintln!("stopped; nothing is written");
            return Ok(exit::INTERRUPTED.into());
        }
    };
    println!("{text}");
    write(&args.output, &args.pool, &pictures)?;
    Ok(ExitCode::SUCCESS)
}

/// A pool of master data, or an error with the names of all pools.
fn find(masters: &Path, wanted: &str) -> anyhow::Result<Pool> {
    let masters = tenjo_masters::read_folder(masters).context("the master data are wrong")?;
    let names: Vec<String> = masters.pools.iter().map(|pool| pool.pool_id().to_string()).collect();
    masters
        .pools
        .into_iter()
        .find(|pool| pool.pool_id().as_str() == wanted)
        .with_context(|| format!("there is no pool {wanted}; there are {}", names.join(", ")))
}

/// The draw count that each player buys, or an error with those on sale.
fn draw_count(pool: &Pool, wanted: Option<u32>) -> anyhow::Result<DrawCount> {
    let sold: Vec<DrawCount> = pool.forecast_counts().collect();
    let found = match wanted {
        Some(wanted) => sold.iter().find(|count| count.get() == wanted),
        None => sold.last(),
    };
    let Some(found) = found else {
        let sold: Vec<String> = sold.iter().map(|count| count.get().to_string()).collect();
        bail!("{} sells {} at once", pool.pool_id(), sold.join(" or "));
    };
    Ok(*found)
}

/// The table and the pictures; `None` if it was stopped.
fn play(
    pool: &Pool,
    draw_count: DrawCount,
    players: u64,
    seed: u64,
    is_stopped: &AtomicBool,
) -> anyhow::Result<Option<(String, Vec<Picture>)>> {
    let began = Instant::now();
    let (plan, exact) =
        Plan::new(pool, draw_count, players, seed, COUNTED_DRAWS).map_err(|refusal| {
            anyhow::anyhow!(match refusal {
                NoPlan::NoPlayers => "there must be players",
                NoPlan::NotSold => "the pool does not sell so many draws at once",
            })
        })?;
    let exact_after = began.elapsed();

    let began = Instant::now();
    let bar = bar(players);
    let tally = simulate(&plan, |more| {
        bar.inc(more);
        if is_stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    let Some(tally) = tally else { return Ok(None) };
    eprintln!(
        "{} in {:.1} s; the exact figures took {:.1} s",
        counted(players, "player"),
        began.elapsed().as_secs_f32(),
        exact_after.as_secs_f32(),
    );
    let heading = format!(
        "{} ({}), {} at once, {}, seed {seed}",
        pool.name(),
        pool.pool_id(),
        draw_count.get(),
        counted(players, "player"),
    );
    let text = format!("{heading}\n\n{}", report(pool, &tally, &exact));
    let pictures = pictures(&plan, &tally, &exact).map_err(anyhow::Error::from_boxed)?;
    Ok(Some((text, pictures)))
}

/// A bar on a terminal, and nothing elsewhere.
fn bar(players: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style =
        ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} players ({eta} to go)");
    ProgressBar::with_draw_target(Some(players), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes each picture, over an older one of the same pool.
fn write(folder: &Path, pool: &str, pictures: &[Picture]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for picture in pictures {
        let path = folder.join(format!("{pool}-{}.svg", picture.name));
        fs::write(&path, &picture.svg)
            .with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}
