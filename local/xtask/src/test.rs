//! `cargo xtask test`: every test of the workspace, on a stack of its own.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::Context;
use tenjo_stack::children::Children;
use tenjo_stack::environment::{Environment, Seeds};
use tenjo_stack::function::Function;
use tenjo_stack::log::last_lines;
use tenjo_stack::place;
use tenjo_stack::recipe::forget_this_package;

use crate::cargo;
use crate::own_stack::{self, OwnStack, Recipe};

/// How many lines of each log are shown when a test fails.
const LAST_LINES: usize = 20;

/// As short as possible, so that tests see periods end. A draw may take longer than
/// this grace; then its seed is revealed too early, which does not matter here.
pub(crate) const SEEDS: Seeds = Seeds { period_s: 10, grace_s: 2 };

/// The profile of benchmarks, and of the stack that they measure.
const MEASURED: &str = "measured";

/// Runs every test on a stack of its own.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments of `cargo test`: a part of a test's name, `--bin NAME`, …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    filters: Vec<String>,
}

impl Args {
    fn is_benchmark(&self) -> bool {
        self.filters.iter().any(|filter| filter.starts_with("--bench"))
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let is_measured = cargo::profile()? == MEASURED;
    if args.is_benchmark() && !is_measured {
        return Err(again_to_measure(&args.filters));
    }
    let programs = if is_measured {
        cargo::programs_of_the_stack()?
    } else {
        ["--workspace", "--all-targets"].map(str::to_owned).to_vec()
    };
    let recipe = Recipe {
        name: "test",
        build: "Building the stack and the tests",
        programs: &programs,
        seeds: SEEDS,
        elsewhere: None,
    };
    own_stack::run(&recipe, async |own| test(&args, own).await).await
}

/// Becomes this command, built with the other profile. Returns only if that fails.
fn again_to_measure(filters: &[String]) -> anyhow::Error {
    let mut cargo = cargo::at_root();
    forget_this_package(&mut cargo);
    let mut cargo = cargo.into_std();
    cargo.args(["run", "--profile", MEASURED, "--bin", "xtask", "--", "test", "--"]).args(filters);
    anyhow::Error::new(cargo.exec()).context("cannot start Cargo")
}

async fn test(args: &Args, own: OwnStack<'_>) -> anyhow::Result<ExitCode> {
    run_tests(&args.filters, own).await
}

/// Runs tests on a stack, and shows the logs of its parts if one fails.
pub(crate) async fn run_tests(
    filters: &[String],
    mut own: OwnStack<'_>,
) -> anyhow::Result<ExitCode> {
    let mut cargo = cargo::at_root();
    cargo
        .args(["test", "--workspace", "--no-fail-fast", "--profile", &cargo::profile()?])
        .args(filters)
        .envs(&own.stack.environment)
        .envs(of_tests(&own)?)
        .env("TENJO_TEST_LOGS", own.place.folder("logs")?)
        .env("TENJO_TEST_TIDB", &own.tidb);
    if own.task("cargo test", cargo).await?.success() {
        return Ok(ExitCode::SUCCESS);
    }
    show_logs(own.children)?;
    Ok(ExitCode::FAILURE)
}

/// The environment by which the tests find the stack.
fn of_tests(own: &OwnStack<'_>) -> anyhow::Result<Environment> {
    let [gateway, limited_gateway] = own.gateways()?;
    let stack = &own.stack;
    let variables = [
        ("TENJO_TEST_GATEWAY_URL", gateway),
        ("TENJO_TEST_LIMITED_GATEWAY_URL", limited_gateway),
        ("TENJO_TEST_DATABASE_URL", &stack.backends.database.with_password()),
        ("TENJO_TEST_LAMBDA_URL", &stack.lambda.url()),
        ("TENJO_TEST_STEP_FUNCTIONS_URL", &stack.backends.step_functions),
        ("TENJO_TEST_DYNAMODB_URL", &stack.backends.dynamodb),
        ("TENJO_TEST_XRAY_ADDRESS", &stack.xray),
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
