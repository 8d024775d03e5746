//! `cargo xtask prepare`: stores the database's description of each query, so that a
//! build needs no database, and writes the schema for people.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::place::{self, Place};
use tenjo_stack::progress::Step;
use tenjo_stack::stop::Stop;
use tenjo_stack::{database, tidb};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{cargo, queries};

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
    let server = tidb::server(children).await?;
    let step = Step::begin("Starting TiDB");
    let database = tokio::select! {
        started = database::start(children, &server, place) => started?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    step.done();
    let database = database.with_password();
    migrate(args, children, &database).await?;
    let found = place.folder("data/queries")?;
    describe(children, &database, &found).await?;
    let stored = place::root().join("shared/store/.sqlx");
    if args.check {
        let differs = queries::differ(&stored, &found)?;
        anyhow::ensure!(
            differs.is_empty(),
            "run `cargo xtask prepare`, and commit; not as the database has it: {}",
            differs.join(", ")
        );
        return Ok(());
    }
    queries::replace(&stored, &found)
}

/// Migrates the database and writes the schema, by a program that knows SQL.
async fn migrate(args: &Args, children: &Children, database: &str) -> anyhow::Result<()> {
    let mut schema = cargo::at_root();
    schema.args(["run", "--locked", "--quiet", "--bin", "tenjo-schema", "--", database]);
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

/// Lets the compiler ask the database about each query, and write what it says into this
/// folder, as `cargo sqlx prepare` does. That command would take minutes to build.
///
/// The whole workspace is checked, because of its features: with those of the store
/// alone, the dependencies would be compiled a second time.
#[allow(clippy::disallowed_methods, reason = "the time of a file is no time of the game")]
async fn describe(children: &Children, database: &str, found: &Path) -> anyhow::Result<()> {
    // What was compiled already asks nothing.
    let library = File::options().append(true).open(place::root().join("shared/store/src/lib.rs"));
    library?.set_modified(SystemTime::now())?;
    let mut check = cargo::at_root();
    check
        .args(["check", "--locked", "--workspace", "--all-targets", "--keep-going"])
        .env("DATABASE_URL", database)
        .env("SQLX_OFFLINE_DIR", found)
        .env("SQLX_OFFLINE", "false"); // Cargo's settings say otherwise
    let status = children.task("check", check).await?;
    anyhow::ensure!(status.success(), "the workspace does not compile");
    Ok(())
}
