//! Torture: many players on a stack of its own, with faults that a seed chooses. Then
//! the faults end, and the books must balance.
//!
//! `cargo xtask torture` builds what it needs and starts it.

mod client;
mod lack;
mod line;
mod logged;
mod operator;
mod plan;
mod player;
mod random;
mod report;
mod rest;
mod saboteur;
mod shopping;
mod skew;
mod tally;
mod verify;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use tenjo_audit::Players;
use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::database::{self, Database};
use tenjo_stack::database_url::DatabaseUrl;
use tenjo_stack::environment::{Limits, Logs, Seeds, TOKEN_ISSUER};
use tenjo_stack::place::{self, Place};
use tenjo_stack::port;
use tenjo_stack::stack::{Gateway, Plan, Stack};
use tenjo_stack::stop::{INTERRUPTED, Stop};
use tenjo_tests::books::{Acted, Books};
use tenjo_tests::token::Forge;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use client::Client;
use lack::lacks;
use line::Line;
use operator::{Known, Operator, Sent};
use plan::Faults;
use player::Player;
use report::{Facts, draw_waits, report};
use saboteur::Saboteur;
use tally::{Tally, percentile};

/// As short as possible, so that draws of the same run can be proved.
const SEEDS: Seeds = Seeds { period_s: 10, grace_s: 2 };

/// The gems of most players, who never run out, and of every third player, who
/// does.
const RICH: u64 = 10_000_000;
const POOR: u64 = 12_000;
const PAID: u64 = 20_000;

/// What one operator may move alone in a day: the default of `template.yaml`.
const ONE_PERSON_GEMS: u64 = 10_000;

/// While functions are killed once a second, 99 of 100 draws must be answered by
/// then.
const P99_DURING_KILLS: Duration = Duration::from_secs(5);

/// How many players check their draws at once at the end: few, so that they are not
/// throttled, however many players there were.
const CHECKED_AT_ONCE: usize = 16;

/// Breaks every part of a stack while players draw, in an order that the seed
/// decides, and checks that nothing is lost.
#[derive(Parser)]
#[command(name = "cargo xtask torture", bin_name = "cargo xtask torture")]
struct Args {
    /// The TiDB server to start: `cargo xtask torture` finds or builds it.
    #[arg(long, hide = true)]
    tidb: PathBuf,

    /// Decides which faults occur when, and what the players do. By default it is
    /// random, and printed.
    #[arg(long)]
    seed: Option<u64>,

    /// How long faults occur.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,

    /// How many players there are.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=2000))]
    players: u64,

    /// What goes wrong.
    #[arg(long, value_enum, default_value_t = Faults::All)]
    faults: Faults,
}

/// The settings of a run, with all defaults filled in.
struct Run {
    seed: u64,
    length: Duration,
    players: u64,
    faults: Faults,
}

impl Run {
    /// The command that does the same again.
    fn command(&self) -> String {
        let Self { seed, length, players, faults } = self;
        let seconds = length.as_secs();
        let faults = faults.to_possible_value();
        let faults = faults.as_ref().map_or("all", |value| value.get_name());
        format!(
            "cargo xtask torture --seed {seed} --seconds {seconds} --players {players} \
             --faults {faults}"
        )
    }
}

/// How long the remaining processes may take to end if this process is killed.
const GRACE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    if tenjo_guard::is_guard() {
        tenjo_guard::run(Some(GRACE));
        return ExitCode::SUCCESS;
    }
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo/torture"), "cargo xtask torture")?;
    for folder in ["data", "logs"] {
        place.empty(folder)?;
    }
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);
    let run = Run {
        // Short enough to be typed again.
        seed: args.seed.unwrap_or_else(|| rand::random::<u32>().into()),
        length: Duration::from_secs(args.seconds),
        players: args.players,
        faults: args.faults,
    };

    let outcome = tokio::select! {
        outcome = torture(&run, &args.tidb, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Ok(ExitCode::from(INTERRUPTED)),
    };
    children.stop().await;
    place.empty("data")?;
    outcome
}

async fn torture(
    run: &Run,
    tidb: &Path,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<ExitCode> {
    let (stack, grip) = tokio::select! {
        started = start(tidb, place, children) => started?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    let logs = place.folder("logs")?;
    tokio::select! {
        outcome = on(&stack, grip, run, children, &logs) => outcome,
        broken = stack.keep_up(ended) => match broken? {},
    }
}

/// The line between the functions and the database, and the database's own address.
struct Grip {
    line: Line,
    database: DatabaseUrl,
}

/// Starts a stack whose functions reach the database through a line that can be cut.
async fn start(tidb: &Path, place: &Place, children: &Children) -> anyhow::Result<(Stack, Grip)> {
    let database = database::start(children, tidb, place).await?;
    let line = Line::open(database.port()).await?;
    let by_line = database.clone().with_port(line.port);
    // A gateway that is started again must have the same port.
    let [port] = port::free()?;
    let later = BTreeSet::new();
    let plan = Plan {
        place,
        database: &Database::Given(by_line),
        gateways: &[Gateway { name: "gateway", port, rate_limits: false }],
        seeds: SEEDS,
        logs: Logs::Text,
        limits: Limits::Lifted,
        faults: true,
        elsewhere: None,
        later: &later,
    };
    Ok((Stack::start(children, &plan).await?, Grip { line, database }))
}

async fn on(
    stack: &Stack,
    grip: Grip,
    run: &Run,
    children: &Children,
    logs: &Path,
) -> anyhow::Result<ExitCode> {
    let Run { seed, length, faults, .. } = run;
    let repeat = run.command();
    eprintln!("\n{repeat}");
    let tally = Arc::new(Tally::default());
    let gateway = stack.gateways.first().context("there is a gateway")?.clone();
    let client = Client::new(gateway, Arc::clone(&tally));
    let database_url = grip.database.with_password();
    let players = gather(run, &client, &stack.backends.store, &database_url).await?;
    let known = players
        .iter()
        .map(|player| Known { user_id: player.user_id, player_id: player.player_id.clone() });
    let known: Vec<Known> = known.collect();

    eprintln!("Breaking it for {} s …", length.as_secs());
    let saboteur = Arc::new(Saboteur {
        children: children.clone(),
        lambda: stack.lambda,
        database_port: grip.database.port(),
        by_line: stack.backends.database.clone(),
        line: grip.line,
        tally: Arc::clone(&tally),
    });
    let began = Instant::now();
    let end = began + *length;
    let key = &stack.secrets.current;
    let forge = Arc::new(Forge::new(TOKEN_ISSUER, &key.kid, &key.private_key)?);
    let mut playing = JoinSet::new();
    for player in players {
        playing.spawn(player.play(Arc::clone(&forge), end));
    }
    let random = random::stream(*seed, "operator", 0);
    let store = stack.backends.store.clone();
    let operator = Operator::new(stack.lambda.url(), store, known, random, Arc::clone(&tally));
    let operating = tokio::spawn(operator.work(end));
    let mut breaking = JoinSet::new();
    for track in plan::plan(*seed, *length, *faults) {
        breaking.spawn(Arc::clone(&saboteur).carry_out(track, began));
    }
    while let Some(carried_out) = breaking.join_next().await {
        carried_out??;
    }
    sleep_until(end).await;
    saboteur.heal().await?;
    let healed = Instant::now();
    let mut players = Vec::new();
    while let Some(player) = playing.join_next().await {
        players.push(player??);
    }

    eprintln!("The faults are over. Waiting for all sagas to end, then checking everything …");
    let mut books = Books::open(&database_url).await?;
    let to_rest = rest::rest(&mut books, healed).await?;
    let mut operator = operating.await??;
    operator.ask_again().await?;
    let (players, proved) = verify_all(players).await?;
    let again = rest::rest(&mut books, Instant::now()).await?;
    if to_rest.is_none() || again.is_none() {
        let live = books.live_sagas().await?;
        let within = rest::WITHIN;
        tally.violation(format!("no rest within {within:?} of healing; still live: {live:?}"));
    }
    for player in &players {
        for key in &player.refused {
            if books.has_saga(player.user_id, key).await? {
                tally.violation(format!("{key} was drawn with a token that is not good"));
            }
        }
    }
    for wrong in acts_differ(&operator.told()?, &books.acted().await?) {
        tally.violation(wrong);
    }
    for wrong in books.acts_that_do_not_stand(ONE_PERSON_GEMS).await? {
        tally.violation(wrong);
    }
    let (presents, sent) = (books.presents().await?, operator.sent());
    let to_all = sent.to_everyone * u64::try_from(players.len())?;
    let Sent { listed, to_everyone } = sent;
    if presents != [listed + to_everyone, listed, listed + to_all] {
        let what = format!("{sent:?}; sent, mailed and received are {presents:?}");
        tally.violation(what);
    }
    let everyone = Players { first: Uuid::nil(), last: Uuid::max() };
    for broken in books.audit(everyone).await? {
        tally.violation(broken);
    }

    for differs in books.all_reckonings_differ().await? {
        tally.violation(format!("the two reckonings of a report differ: {differs}"));
    }

    let failed = tally.counts().failed_requests.clone();
    let logged = logged::errors_of(&failed, logs)
        .unwrap_or_else(|error| vec![format!("the logs cannot be read: {error}")]);
    let facts = Facts { sagas: books.sagas().await?, to_rest, proved, logged };
    // The counts are locked by each of the two, so one has to end before the other.
    let lacking = lacks(run, &tally.counts(), &facts);
    for lack in lacking {
        tally.violation(lack);
    }
    let counts = tally.counts();
    println!("{}", report(&counts, &facts));
    let p99 = percentile(&draw_waits(&counts), 99);
    let is_quick = *faults != Faults::Kills || p99 < P99_DURING_KILLS;
    let is_good = counts.violation_count == 0 && counts.too_slow == 0 && is_quick;
    let verdict = if is_good { "Nothing was lost" } else { "NOT GOOD" };
    println!("{verdict}. To repeat it: {repeat}");
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Acts that the log does not have as they were answered, that it has and nobody was told
/// of, and whose effect is not in the books exactly once.
fn acts_differ(told: &BTreeMap<Uuid, Acted>, logged: &BTreeMap<Uuid, Acted>) -> Vec<String> {
    let ids: BTreeSet<&Uuid> = told.keys().chain(logged.keys()).collect();
    let differ = ids.into_iter().filter(|act_id| told.get(act_id) != logged.get(act_id));
    differ
        .map(|act_id| {
            let (told, logged) = (told.get(act_id), logged.get(act_id));
            format!("act {act_id} was told as {told:?}, and the books have {logged:?}")
        })
        .collect()
}

/// Logs all players in, and gives them gems and points, before any faults.
async fn gather(
    run: &Run,
    client: &Client,
    store: &str,
    database_url: &str,
) -> anyhow::Result<Vec<Player>> {
    let mut books = Books::open(database_url).await?;
    let (mut players, mut earning) = (Vec::new(), JoinSet::new());
    for number in 0..run.players {
        let mut player = Player::new(client.clone(), store, run.seed, number).await?;
        let free = if number % 3 == 2 { POOR } else { RICH };
        books.give(player.user_id, "free_gem", free).await?;
        books.give(player.user_id, "paid_gem", PAID).await?;
        if number % 3 == 0 {
            earning.spawn(async move {
                player.earn_points().await;
                player
            });
        } else {
            players.push(player);
        }
    }
    players.extend(earning.join_all().await);
    Ok(players)
}

async fn verify_all(players: Vec<Player>) -> anyhow::Result<(Vec<Player>, u64)> {
    let (mut waiting, mut checking) = (players.into_iter(), JoinSet::new());
    let (mut players, mut proved) = (Vec::new(), 0);
    loop {
        while checking.len() < CHECKED_AT_ONCE
            && let Some(mut player) = waiting.next()
        {
            checking.spawn(async move {
                let proved = verify::verify(&mut player).await?;
                anyhow::Ok((player, proved))
            });
        }
        let Some(checked) = checking.join_next().await else { return Ok((players, proved)) };
        let (player, of_player) = checked??;
        players.push(player);
        proved += of_player;
    }
}
