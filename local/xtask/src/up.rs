//! `cargo xtask up`.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use tenjo_guard::Guard;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::child::{Children, Ended};
use crate::database::{self, Database};
use crate::environment::{Logs, Seeds};
use crate::place::{self, Place};
use crate::port;
use crate::stack::{Gateway, Plan, Stack};
use crate::stop::Stop;
use crate::tools;

/// Short enough to see a draw proved within minutes.
const SEEDS: Seeds = Seeds { period_s: 60, grace_s: 15 };

/// Brings everything up, and takes it down at Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the gateway listens, on 127.0.0.1.
    #[arg(long, default_value_t = 8000)]
    port: u16,

    /// Begin with empty data; keys and secrets stay.
    #[arg(long)]
    fresh: bool,

    /// For load tests: let everyone call as often as they like.
    #[arg(long)]
    without_rate_limits: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo"), "cargo xtask up")?;
    port::check_free(args.port)?;
    place.empty("logs")?;
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = serve(&args, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Ok(()),
    };
    if children.are_running() {
        eprintln!("Taking everything down …");
    }
    children.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Brings the stack up and keeps it up; returns only when that fails.
async fn serve(
    args: &Args,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let database = Database::find(children).await?;
    if args.fresh {
        anyhow::ensure!(
            matches!(database, Database::Own(_)),
            "--fresh empties only a database of our own, not that of {}",
            database::VARIABLE
        );
        place.empty("data")?;
    }
    build(children).await?;

    let gateway =
        Gateway { name: "gateway", port: args.port, rate_limits: !args.without_rate_limits };
    let gateways = &[gateway];
    let plan = Plan {
        place,
        database: &database,
        gateways,
        seeds: SEEDS,
        logs: Logs::Text,
        faults: false,
    };
    let stack = tokio::select! {
        stack = Stack::start(children, &plan) => stack?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    println!("{}", welcome(&stack, started.elapsed().as_secs_f32(), args)?);
    stack.keep_up(ended).await.map(|never| match never {})
}

/// Builds every part, all at once: the same units as the tests use.
async fn build(children: &Children) -> anyhow::Result<()> {
    eprintln!("Building (some minutes the first time) …");
    let mut cargo = tools::cargo();
    cargo.args(["build", "--workspace"]);
    let status = children.task("cargo build", cargo).await?;
    anyhow::ensure!(status.success(), "the build failed");
    Ok(())
}

/// What is where, and what to try.
fn welcome(stack: &Stack, seconds: f32, args: &Args) -> anyhow::Result<String> {
    let gateway = stack.gateways.first().context("there is a gateway")?;
    let database = &stack.backends.database;
    let database_host = database.host_str().unwrap_or("127.0.0.1");
    let database_port = database.port().unwrap_or(3306);
    let database_user = database.username();
    let limits = if args.without_rate_limits {
        "\n  !!! Rate limits are OFF: for load tests only. !!!\n"
    } else {
        ""
    };
    let lambda = stack.lambda.url();
    let dynamodb = &stack.backends.dynamodb;
    let ssm = &stack.backends.ssm;
    let step_functions = &stack.backends.step_functions;
    Ok(format!(
        r#"
Tenjo is up ({seconds:.0} s).
{limits}
  gateway         {gateway}
  functions       {lambda}/lambda-url/NAME/
  step functions  {step_functions}
  dynamodb        {dynamodb}
  ssm             {ssm}
  tidb            mysql -h {database_host} -P {database_port} -u {database_user}
  logs            .tenjo/logs/

Log in as a guest, see the pools, draw ten:

  TOKEN=$(curl -s {gateway}/v1/auth/guest -H 'Content-Type: application/json' -d '{{"device_id":"my-device-'$(date +%s%N)'","device_type":"web"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s {gateway}/v1/gacha/pools -H "Authorization: Bearer $TOKEN"
  curl -s {gateway}/v1/gacha/draw -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s%N)" -d '{{"pool_id":"moon-festival","draw_count":10}}'

Ctrl-C takes everything down."#
    ))
}
