//! `cargo xtask with-stack`: a command, on a stack of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use tenjo_stack::environment::Seeds;
use tenjo_stack::place;
use tokio::process::Command;

use crate::cargo;
use crate::own_stack::{self, OwnStack, Recipe};

/// Short, so that a command sees a period end.
const SEEDS: Seeds = Seeds { period_s: 20, grace_s: 2 };

/// Starts a stack with empty data on free ports, runs a command, and stops the stack.
///
/// The command gets TENJO_URL (the gateway without rate limits), TENJO_LIMITED_URL (the
/// one with them), TENJO_LAMBDA_URL (where faults are injected), TENJO_STORE_URL (the test
/// store), TENJO_STACK (the stack's folder, by which `tenjo` finds it), TENJO_PROGRAMS (the
/// folder of the programs, `tenjo` among them) and TENJO_STACK_DATABASE_URL (the database,
/// with the administrator's rights).
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut programs = cargo::programs_of_the_stack()?;
    programs.extend(cargo::bins(["tenjo".to_owned()]));
    let recipe = Recipe {
        name: "with-stack",
        build: "Building the functions, the stand-ins and the command line",
        programs: &programs,
        seeds: SEEDS,
        elsewhere: None,
    };
    own_stack::run(&recipe, async |own| command(&args, own).await).await
}

async fn command(args: &Args, mut own: OwnStack<'_>) -> anyhow::Result<ExitCode> {
    let (program, arguments) = args.command.split_first().context("there is no command")?;
    let [gateway, limited_gateway] = own.gateways()?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("TENJO_URL", gateway)
        .env("TENJO_LIMITED_URL", limited_gateway)
        .env("TENJO_LAMBDA_URL", own.stack.lambda.url())
        .env("TENJO_STORE_URL", &own.stack.backends.store)
        .env("TENJO_STACK", own.place.path())
        .env("TENJO_PROGRAMS", place::programs()?)
        .env("TENJO_STACK_DATABASE_URL", own.stack.backends.database.with_password());
    let status = own.task("command", command).await?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
