//! `cargo xtask`: what a developer of Tenjo does on one machine.
//!
//! It must be compiled before it can print anything, so it has few dependencies. The
//! stack itself is `tenjo-stack`. Commands for people who never build the workspace
//! are in `tenjo`, in `cli/`.

mod affected;
mod cargo;
mod demo;
mod measure;
mod own_stack;
mod prepare;
mod previous;
mod queries;
mod serving;
mod test;
mod torture;
mod up;
mod watch;
mod with_stack;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Tenjo on one machine.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Starts everything, and stops it at Ctrl-C.
    Up(up::Args),
    /// Runs every test on a stack of its own.
    Test(test::Args),
    /// Writes the data that the compiler needs to check queries without a database, and
    /// `shared/store/schema.sql`.
    Prepare(prepare::Args),
    /// Prints the functions whose programs a change may alter.
    Affected(affected::Args),
    /// Runs tests of the stack with the functions of an earlier release.
    Previous(previous::Args),
    /// Prints how large each function is, how long it takes to start, and its memory.
    Measure(measure::Args),
    /// Breaks everything while players draw, and checks that nothing is lost.
    Torture(torture::Args),
    /// Runs a command on a stack of its own, such as the check of generated clients.
    WithStack(with_stack::Args),
}

/// How long the remaining processes may take to end if this process is killed.
const GRACE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    if tenjo_guard::is_guard() {
        tenjo_guard::run(Some(GRACE));
        return ExitCode::SUCCESS;
    }
    match run(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(args) => up::run(args).await,
        Command::Test(args) => test::run(args).await,
        Command::Prepare(args) => prepare::run(args).await,
        Command::Affected(args) => affected::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Previous(args) => previous::run(args).await,
        Command::Measure(args) => measure::run(args).await,
        Command::Torture(args) => torture::run(args).await,
        Command::WithStack(args) => with_stack::run(args).await,
    }
}
