//! `cargo xtask`: what a developer of Tenjo does on one machine.
//!
//! It is compiled before anything else can be said, so it depends on little. The
//! stack itself is `tenjo-stack`; what people need who never build the workspace
//! is `tenjo`, in `cli/`.

mod cargo;
mod prepare;
mod test;
mod torture;
mod up;
mod watch;

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
    /// Writes what the compiler needs to check queries without a database, and
    /// what the tables are.
    Prepare(prepare::Args),
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
        Command::Torture(args) => torture::run(args).await,
    }
}
