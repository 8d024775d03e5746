//! `cargo xtask up`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::database::{self, Database};
use tenjo_stack::environment::{Limits, Logs, Seeds};
use tenjo_stack::function::Function;
use tenjo_stack::place::{self, Place};
use tenjo_stack::port;
use tenjo_stack::stack::{Gateway, Plan, Stack, bring_up, needed_at_start};
use tenjo_stack::stop::Stop;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{cargo, demo, serving, watch};

/// The estimates that are printed for a first build, TiDB included.
const FIRST_DRAW: &str = "9 minutes";
const FIRST_BUILD: &str = "13 minutes";

/// The functions that the welcome's commands call, and those that these call.
const OF_FIRST_DRAW: [&str; 7] =
    ["create-guest-session", "list-pools", "request-draw", "reserve", "draw", "grant", "refund"];

/// Short enough to prove a draw within minutes.
const SEEDS: Seeds = Seeds { period_s: 60, grace_s: 15 };

/// Starts everything, and stops it at Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the gateway listens, on 127.0.0.1.
    #[arg(long, default_value_t = 8000)]
    port: u16,

    /// Where the demo game is served, on 127.0.0.1; the gateway's port and 10 if absent.
    #[arg(long)]
    demo_port: Option<u16>,

    /// Begin with empty data; keep keys and secrets.
    #[arg(long)]
    fresh: bool,

    /// For load tests: do not limit the rate of requests, neither in the gateway nor in
    /// the functions.
    #[arg(long)]
    without_rate_limits: bool,

    /// Build functions again when their source changes, and serve the new ones.
    #[arg(long)]
    watch: bool,
}

impl Args {
    fn demo_port(&self) -> u16 {
        self.demo_port.unwrap_or(self.port.saturating_add(10))
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo"), "cargo xtask up")?;
    port::check_free(args.port)?;
    port::check_free(args.demo_port())?;
    place.empty("logs")?;
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = serve(&args, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Ok(()),
    };
    if children.are_running() {
        eprintln!("Stopping everything …");
    }
    children.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Starts the stack and keeps it up; returns only when that fails.
async fn serve(
    args: &Args,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<()> {
    let (started, began) = (Instant::now(), watch::now());
    let functions = Function::all(&place::root())?;
    let later = built_later(&functions)?;
    let at_first = functions.iter().map(|function| function.name.clone());
    let programs = cargo::programs_with(at_first.filter(|name| !later.contains(name)));
    let build = cargo::build(children, "Building the functions and the stand-ins", &programs);
    let (database, ()) = tokio::try_join!(Database::find(children), build)?;
    if args.fresh {
        anyhow::ensure!(
            matches!(database, Database::Own(_)),
            "--fresh empties only a database of our own, not that of {}",
            database::VARIABLE
        );
        place.empty("data")?;
    }

    let gateway =
        Gateway { name: "gateway", port: args.port, rate_limits: !args.without_rate_limits };
    let gateways = &[gateway];
    let plan = Plan {
        place,
        database: &database,
        gateways,
        seeds: SEEDS,
        logs: Logs::Text,
        limits: if args.without_rate_limits { Limits::Lifted } else { Limits::Kept },
        faults: false,
        elsewhere: None,
        later: &later,
    };
    let stack = tokio::select! {
        stack = Stack::start(children, &plan) => stack?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    println!("{}", welcome(&stack, started.elapsed().as_secs_f32(), args)?);
    tokio::select! {
        never = stack.keep_up(ended) => match never? {},
        never = complete(args, children, &stack, &functions, later, began) => match never? {},
    }
}

/// The functions that were never built and that no first draw needs. They are built when
/// the others serve already.
fn built_later(functions: &[Function]) -> anyhow::Result<BTreeSet<String>> {
    let at_first: BTreeSet<&str> = needed_at_start().chain(OF_FIRST_DRAW).collect();
    let programs = place::programs()?;
    let names = functions.iter().map(|function| function.name.as_str());
    let later: BTreeSet<String> = names
        .filter(|name| !at_first.contains(name) && !programs.join(name).is_file())
        .map(str::to_owned)
        .collect();
    if !later.is_empty() {
        eprintln!(
            "The first start builds everything. On 2 cores you can draw after about {FIRST_DRAW}, \
             and all is built after about {FIRST_BUILD}. Later starts take seconds."
        );
    }
    Ok(later)
}

/// Builds what is left, serves the demo, and then whatever changes, or has changed since
/// the first build began.
async fn complete(
    args: &Args,
    children: &Children,
    stack: &Stack,
    functions: &[Function],
    later: BTreeSet<String>,
    began: SystemTime,
) -> anyhow::Result<Infallible> {
    if !later.is_empty() {
        serving::build(children, stack.lambda, later.clone()).await?;
        let built = functions.iter().filter(|function| later.contains(&function.name));
        bring_up(children, stack.lambda, built.cloned()).await?;
    }
    println!("  demo game       {}", demo::serve(children, stack, args.demo_port()).await);
    if args.watch {
        watch::watch(children, stack.lambda, functions, began).await
    } else {
        pending().await
    }
}

/// The addresses, and commands to try.
fn welcome(stack: &Stack, seconds: f32, args: &Args) -> anyhow::Result<String> {
    let gateway = stack.gateways.first().context("there is a gateway")?;
    let database = &stack.backends.database;
    let (host, port, user) = (database.host(), database.port(), database.user());
    let limits = if args.without_rate_limits {
        "\n  !!! Rate limits are OFF: for load tests only. !!!\n"
    } else {
        ""
    };
    let lambda = stack.lambda.url();
    let dynamodb = &stack.backends.dynamodb;
    let ssm = &stack.backends.ssm;
    let step_functions = &stack.backends.step_functions;
    let store = &stack.backends.store;
    Ok(format!(
        r#"
Tenjo is up ({seconds:.0} s).
{limits}
  gateway         {gateway}
  functions       {lambda}/lambda-url/NAME/
  step functions  {step_functions}
  dynamodb        {dynamodb}
  ssm             {ssm}
  test store      {store}/test/
  tidb            mysql -h {host} -P {port} -u {user}
  logs            .tenjo/logs/

Log in as a guest, see the pools, draw ten:

  TOKEN=$(curl -s {gateway}/v1/auth/guest -H 'Content-Type: application/json' -d '{{"device_id":"my-device-'$(date +%s%N)'","device_type":"web"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s {gateway}/v1/gacha/pools -H "Authorization: Bearer $TOKEN"
  curl -s {gateway}/v1/gacha/draw -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s%N)" -d '{{"pool_id":"pool-moon-festival","draw_count":10}}'

Ctrl-C takes everything down."#
    ))
}
