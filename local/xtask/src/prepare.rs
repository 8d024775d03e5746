//! `cargo xtask prepare`: stores the database's description of each query, so that a
//! build needs no database, and writes the schema for people.

use std::path::Path;
use std::process::ExitCode;

use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::place::{self, Place};
use tenjo_stack::progress::Step;
use tenjo_stack::stop::Stop;
use tenjo_stack::{database, tidb};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cargo;

/// Writes the data that the compiler needs to check queries without a database, and
/// `shared/store/schema.sql`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail if something would change.
    #[arg(long)]
    check: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo/prepare"), "cargo xtask prepare")?;
    for folder in ["data", "logs"] {
        place.empty(folder)?;
    }
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = prepare(&args, &place, &children, &mut ended) => outcome,
        () = stop.asked() => Err(anyhow::anyhow!("interrupted")),
    };
    children.stop().await;
    place.empty("data")?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn prepare(
    args: &Args,
    place: &Place,
    children: &Children,
    ended: &mut UnboundedReceiver<Ended>,
) -> anyhow::Result<()> {
    let sqlx = cargo::sqlx_cli(children).await?;
    let server = tidb::server(children).await?;
    let step = Step::begin("Starting TiDB and migrating");
    let database = tokio::select! {
        started = database::start(children, &server, place) => started?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    for command in [["database", "create"].as_slice(), &["migrate", "run"]] {
        let mut migrate = sqlx_command(&sqlx);
        migrate.args(command).args(["--database-url", database.as_str()]);
        children.logged_task("sqlx", migrate, |_| {}).await?;
    }
    step.done();

    // The whole workspace is checked, because of its features: with those of the
    // store alone, the dependencies would be compiled a second time.
    let mut prepare = sqlx_command(&sqlx);
    prepare.args(["prepare", "--database-url", database.as_str()]);
    if args.check {
        prepare.arg("--check");
    }
    prepare.args(["--", "--workspace", "--all-targets", "--keep-going"]);
    let status = children.task("cargo sqlx prepare", prepare).await?;
    anyhow::ensure!(
        status.success(),
        "{}",
        if args.check { "run `cargo xtask prepare`, and commit" } else { "sqlx prepare failed" }
    );
    write_schema(args, children, database.as_str()).await
}

/// Runs the store's own program, because this one has no SQL.
async fn write_schema(args: &Args, children: &Children, database: &str) -> anyhow::Result<()> {
    let mut schema = cargo::at_root();
    schema.args(["run", "--locked", "--quiet", "--example", "schema", "--", database]);
    if args.check {
        schema.arg("--check");
    }
    let status = children.task("schema", schema).await?;
    anyhow::ensure!(
        status.success(),
        "{}",
        if args.check { "run `cargo xtask prepare`, and commit" } else { "no schema was written" }
    );
    Ok(())
}

/// `cargo sqlx`, in the crate that holds the queries.
fn sqlx_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(place::root().join("shared/store"))
        .env("CARGO", cargo::program())
        .env_remove("SQLX_OFFLINE")
        .arg("sqlx");
    command
}
