//! `cargo xtask`: all of Tenjo on one machine, and the commands that need it.
//!
//! Nothing here runs in AWS, and nothing here listens on more than loopback.

mod audit;
mod child;
mod database;
mod deployment;
mod environment;
mod function;
mod http;
mod masters;
mod place;
mod port;
mod prepare;
mod progress;
mod schedule;
mod secrets;
mod simulate;
mod stack;
mod stop;
mod test;
mod tools;
mod torture;
mod up;
mod verify;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Tenjo on one machine.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Brings everything up, and takes it down at Ctrl-C.
    Up(up::Args),
    /// Runs every test on a stack of its own.
    Test(test::Args),
    /// Writes what the compiler needs to check queries without a database.
    Prepare(prepare::Args),
    /// Checks the master data of this checkout.
    Masters,
    /// Checks the proofs of draws.
    Verify(verify::Args),
    /// Checks that the books of a database balance.
    Audit(audit::Args),
    /// Lets players by the million draw from a pool, beside the exact odds.
    Simulate(simulate::Args),
    /// Breaks everything while players draw, and checks that nothing is lost.
    Torture(torture::Args),
}

/// How long what is left may take to end by itself if this process is killed.
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
        Command::Masters => Ok(masters::run()),
        Command::Verify(args) => verify::run(&args),
        Command::Audit(args) => audit::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Torture(args) => torture::run(args).await,
    }
}
