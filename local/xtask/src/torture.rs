//! `cargo xtask torture`: builds what torture needs, and starts it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::children::Children;
use tenjo_stack::place::{self, Place};
use tenjo_stack::stop::Stop;
use tenjo_stack::tidb;

use crate::cargo;

/// In `tests/torture`.
const PROGRAM: &str = "tenjo-torture";

/// Breaks everything while players draw, and checks that nothing is lost.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// What torture takes: --seed, --seconds, --players, --faults, --help.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Replaces this process with torture.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let tidb = {
        let mut stop = Stop::listen()?;
        let place = Place::take(place::root().join(".tenjo/torture"), "cargo xtask torture")?;
        let (children, _ended) = Children::new(place.folder("logs")?, Guard::start()?);
        let outcome = tokio::select! {
            outcome = prepare(&children) => outcome,
            () = stop.asked() => Err(anyhow::anyhow!("interrupted")),
        };
        children.stop().await;
        outcome?
    };
    let mut torture = Command::new(place::programs()?.join(PROGRAM));
    let failed = torture.arg("--tidb").arg(tidb).args(args.arguments).exec();
    Err(failed).with_context(|| format!("cannot start {PROGRAM}"))
}

/// The TiDB server, once the stack and torture are built.
async fn prepare(children: &Children) -> anyhow::Result<std::path::PathBuf> {
    let mut programs = cargo::programs_of_the_stack()?;
    programs.extend(cargo::bins([PROGRAM.to_owned()]));
    let build = cargo::build(children, "Building the stack and torture", &programs);
    let (tidb, ()) = tokio::try_join!(tidb::server(children), build)?;
    Ok(tidb)
}
