//! `cargo xtask test`: every test of the workspace, on a stack of its own.

use std::process::ExitCode;

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::database::Database;
use tenjo_stack::environment::{Environment, Limits, Logs, Seeds};
use tenjo_stack::function::Function;
use tenjo_stack::log::last_lines;
use tenjo_stack::place::{self, Place};
use tenjo_stack::stack::{Gateway, Plan, Stack};
use tenjo_stack::stop::Stop;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cargo;

/// How many lines of each log are shown when a test fails.
const LAST_LINES: usize = 20;

/// What a shell reports for a command that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// As short as possible, so that tests see periods end. A draw may take longer than
/// this grace; then its seed is revealed too early, which does not matter here.
const SEEDS: Seeds = Seeds { period_s: 10, grace_s: 2 };

/// Runs every test on a stack of its own.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments of `cargo test`: a part of a test's name, `--bin NAME`, …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    filters: Vec<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo/test"), "cargo xtask test")?;
    for folder in ["data", "logs"] {
        place.empty(folder)?;
    }
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = test(&args, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Ok(ExitCode::from(INTERRUPTED)),
    };
    children.stop().await;
    place.empty("data")?;
    outcome
}

async fn test(
    args: &Args,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<ExitCode> {
    let everything = ["--workspace", "--all-targets"].map(str::to_owned);
    let build = cargo::build(children, "Building the stack and the tests", &everything);
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
        // Tests of the limits start functions of their own, which have some.
        limits: Limits::Lifted,
        faults: true,
    };
    let stack = tokio::select! {
        stack = Stack::start(children, &plan) => stack?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };

    let mut cargo = cargo::at_root();
    cargo
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(&args.filters)
        .envs(&stack.environment)
        .envs(of_tests(&stack)?)
        .env("TENJO_TEST_LOGS", place.folder("logs")?);
    let status = tokio::select! {
        status = children.task("cargo test", cargo) => status?,
        broken = stack.keep_up(ended) => match broken? {},
    };
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    show_logs(children)?;
    Ok(ExitCode::FAILURE)
}

/// The environment by which the tests find the stack.
fn of_tests(stack: &Stack) -> anyhow::Result<Environment> {
    let [gateway, limited_gateway] = stack.gateways.as_slice() else {
        anyhow::bail!("the tests need two gateways");
    };
    let variables = [
        ("TENJO_TEST_GATEWAY_URL", gateway.as_str()),
        ("TENJO_TEST_LIMITED_GATEWAY_URL", limited_gateway),
        ("TENJO_TEST_DATABASE_URL", stack.backends.database.as_str()),
        ("TENJO_TEST_LAMBDA_URL", &stack.lambda.url()),
        ("TENJO_TEST_STEP_FUNCTIONS_URL", &stack.backends.step_functions),
        ("TENJO_TEST_DYNAMODB_URL", &stack.backends.dynamodb),
        ("TENJO_TEST_ORIGIN_SECRET", &stack.secrets.origin_secret),
        ("TENJO_TEST_TOKEN_SIGNING_KEY", &stack.secrets.current.private_key),
        ("TENJO_TEST_TOKEN_SIGNING_KID", &stack.secrets.current.kid),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(variables.into_iter().map(owned).collect())
}

/// Shows the last lines of the log of each part, except TiDB and SSM, and of each
/// function.
fn show_logs(children: &Children) -> anyhow::Result<()> {
    let functions = Function::all(&place::root())?;
    let parts = [
        "gateway",
        "gateway-with-rate-limits",
        "step-functions",
        "dynamodb",
        "kms",
        "ssm",
        "lambda",
    ];
    let names = parts.into_iter().chain(functions.iter().map(|function| function.name.as_str()));
    for name in names {
        let log = children.log(name);
        let lines = last_lines(&log, LAST_LINES);
        if !lines.is_empty() {
            eprintln!("\n{}:{lines}", log.display());
        }
    }
    let logs = children.log("tidb");
    let folder = logs.parent().context("a log is in a folder")?;
    eprintln!("\nAll logs: {}", folder.display());
    Ok(())
}
