//! `cargo xtask with-stack`: a command, on a stack of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::database::Database;
use tenjo_stack::environment::{Limits, Logs, Seeds};
use tenjo_stack::place::{self, Place};
use tenjo_stack::stack::{Gateway, Plan, Stack};
use tenjo_stack::stop::Stop;
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cargo;

/// What a shell reports for a command that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Short, so that a command sees a period end.
const SEEDS: Seeds = Seeds { period_s: 20, grace_s: 2 };

/// Starts a stack with empty data on free ports, runs a command, and stops the stack.
///
/// The command gets TENJO_URL (the gateway without rate limits), TENJO_LIMITED_URL (the
/// one with them) and TENJO_LAMBDA_URL (where faults are injected).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo/with-stack"), "cargo xtask with-stack")?;
    for folder in ["data", "logs"] {
        place.empty(folder)?;
    }
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = command(&args, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Ok(ExitCode::from(INTERRUPTED)),
    };
    children.stop().await;
    place.empty("data")?;
    outcome
}

async fn command(
    args: &Args,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<ExitCode> {
    let programs = cargo::programs_of_the_stack()?;
    let build = cargo::build(children, "Building the functions and the stand-ins", &programs);
    let (database, ()) = tokio::try_join!(Database::own(children), build)?;

    let gateways = [
        Gateway { name: "gateway", port: 0, rate_limits: false },
        Gateway { name: "gateway-with-rate-limits", port: 0, rate_limits: true },
    ];
    let plan = Plan {
        place,
        database: &database,
        gateways: &gateways,
        seeds: SEEDS,
        logs: Logs::Json,
        limits: Limits::Lifted,
        faults: true,
    };
    let stack = tokio::select! {
        stack = Stack::start(children, &plan) => stack?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    let [gateway, limited_gateway] = stack.gateways.as_slice() else {
        anyhow::bail!("there must be two gateways");
    };
    let (program, arguments) = args.command.split_first().context("there is no command")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("TENJO_URL", gateway.as_str())
        .env("TENJO_LIMITED_URL", limited_gateway.as_str())
        .env("TENJO_LAMBDA_URL", stack.lambda.url());
    let status = tokio::select! {
        status = children.task("command", command) => status?,
        broken = stack.keep_up(ended) => match broken? {},
    };
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
