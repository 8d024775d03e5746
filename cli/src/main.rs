//! `tenjo`: a command line for people who play, run, audit or deploy a game on Tenjo.
//!
//! Each command is one file; those that deploy are a crate of their own, `cli/deploy`.
//! They share the exit codes.

mod audit;
mod console;
mod database;
mod exit;
mod masters;
mod operate;
mod report;
mod simulate;
mod verify;

use std::process::ExitCode;

use clap::Parser;

/// Checks draws, books and master data of games on Tenjo, and deploys them.
#[derive(Parser)]
#[command(name = "tenjo", version, after_help = exit::HELP)]
enum Command {
    /// Checks proofs of draws: draws again what they say was drawn.
    Verify(verify::Args),
    /// Checks that the books of a whole database balance.
    Audit(audit::Args),
    /// Shows unused paid gems on a date, their movements, and the revenue they earned.
    Report(report::Args),
    /// Shows what millions of players would pay for a pool, next to the exact odds.
    Simulate(simulate::Args),
    /// Checks master data, and names every mistake with its file and line.
    Masters(masters::Args),
    Deploy(tenjo_deploy::DeployArgs),
    Rollback(tenjo_deploy::RollbackArgs),
    Rotate(tenjo_deploy::RotateArgs),
    Destroy(tenjo_deploy::DestroyArgs),
    Load(tenjo_deploy::LoadArgs),
    /// For operators: serves the console on this machine, for a browser.
    Console(console::Args),
    /// For operators: shows what the game does now.
    Game(operate::Game),
    /// For operators: looks at players, suspends them, and ends their sessions.
    #[command(subcommand)]
    Player(operate::Player),
    /// For operators: gives and takes gems.
    #[command(subcommand)]
    Gems(operate::Gems),
    /// For operators: books purchases that a store vouches for, and takes others back.
    #[command(subcommand)]
    Purchase(operate::Purchase),
    /// For operators: puts presents into mailboxes.
    #[command(subcommand)]
    Present(operate::Present),
    /// For operators: keeps players out for a while.
    #[command(subcommand)]
    Maintenance(operate::Maintenance),
    /// For operators: says which clients may play.
    #[command(subcommand)]
    Client(operate::Client),
    /// For operators: takes pools off sale for a while.
    #[command(subcommand)]
    Pool(operate::Pool),
}

fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(refusal) => {
            // Asking for help is not an error. If it cannot be printed, nobody reads it.
            let _ = refusal.print();
            return if refusal.use_stderr() { exit::ERROR.into() } else { ExitCode::SUCCESS };
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            exit::ERROR.into()
        }
    }
}

#[tokio::main]
async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify(args) => verify::run(&args),
        Command::Audit(args) => audit::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Masters(args) => masters::run(&args),
        Command::Deploy(args) => done(tenjo_deploy::deploy(args).await),
        Command::Rollback(args) => done(tenjo_deploy::rollback(args).await),
        Command::Rotate(args) => done(tenjo_deploy::rotate(args).await),
        Command::Destroy(args) => done(tenjo_deploy::destroy(args).await),
        Command::Load(args) => load(args).await,
        Command::Console(args) => console::run(args).await,
        Command::Game(command) => command.run().await,
        Command::Player(command) => command.run().await,
        Command::Gems(command) => command.run().await,
        Command::Purchase(command) => command.run().await,
        Command::Present(command) => command.run().await,
        Command::Maintenance(command) => command.run().await,
        Command::Client(command) => command.run().await,
        Command::Pool(command) => command.run().await,
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// Load, and the books afterwards.
async fn load(args: tenjo_deploy::LoadArgs) -> anyhow::Result<ExitCode> {
    tenjo_deploy::load(&args).await?;
    if args.wants_audit() { audit::run(audit::Args::default()).await } else { done(Ok(())) }
}
