//! A stack with empty data on free ports, for as long as one command runs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use tenjo_guard::Guard;
use tenjo_stack::child::Ended;
use tenjo_stack::children::Children;
use tenjo_stack::database::Database;
use tenjo_stack::elsewhere::Elsewhere;
use tenjo_stack::environment::{Limits, Logs, Seeds};
use tenjo_stack::place::{self, Place};
use tenjo_stack::stack::{Gateway, Plan, Stack};
use tenjo_stack::stop::{INTERRUPTED, Stop};
use tenjo_stack::tidb;
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cargo;

/// What differs between the commands that have such a stack.
pub(crate) struct Recipe<'a> {
    /// The command of xtask, and the name of its folder in `.tenjo/`.
    pub(crate) name: &'a str,
    /// What the progress calls the build.
    pub(crate) build: &'a str,
    /// What Cargo builds: the programs of the stack at least.
    pub(crate) programs: &'a [String],
    /// How long seeds are in use.
    pub(crate) seeds: Seeds,
    /// Functions that run in the place of those that Cargo builds.
    pub(crate) elsewhere: Option<&'a Elsewhere>,
}

/// A stack that is up, and stops when the command ends.
pub(crate) struct OwnStack<'a> {
    pub(crate) place: &'a Place,
    pub(crate) children: &'a Children,
    pub(crate) stack: Stack,
    /// The program of the TiDB server.
    pub(crate) tidb: PathBuf,
    ended: &'a mut UnboundedReceiver<Ended>,
}

impl OwnStack<'_> {
    /// The URL of the gateway without rate limits, and of the one with them.
    pub(crate) fn gateways(&self) -> anyhow::Result<[&str; 2]> {
        let [gateway, limited_gateway] = self.stack.gateways.as_slice() else {
            anyhow::bail!("there must be two gateways");
        };
        Ok([gateway, limited_gateway])
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// It cannot be started, or a part of the stack ended.
    pub(crate) async fn task(
        &mut self,
        name: &str,
        command: Command,
    ) -> anyhow::Result<ExitStatus> {
        tokio::select! {
            status = self.children.task(name, command) => Ok(status?),
            broken = self.stack.keep_up(self.ended) => match broken? {},
        }
    }
}

/// Builds and starts a stack, does the work, and stops the stack, also at Ctrl-C.
pub(crate) async fn run(
    recipe: &Recipe<'_>,
    work: impl AsyncFnOnce(OwnStack<'_>) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let command = format!("cargo xtask {}", recipe.name);
    let place = Place::take(place::root().join(".tenjo").join(recipe.name), &command)?;
    for folder in ["data", "logs"] {
        place.empty(folder)?;
    }
    let (children, mut ended) = Children::new(place.folder("logs")?, Guard::start()?);

    let outcome = tokio::select! {
        outcome = async { work(start(recipe, &place, &children, &mut ended).await?).await } => outcome,
        () = stop.asked() => Ok(ExitCode::from(INTERRUPTED)),
    };
    children.stop().await;
    place.empty("data")?;
    outcome
}

async fn start<'a>(
    recipe: &Recipe<'_>,
    place: &'a Place,
    children: &'a Children,
    ended: &'a mut UnboundedReceiver<Ended>,
) -> anyhow::Result<OwnStack<'a>> {
    let build = cargo::build(children, recipe.build, recipe.programs);
    let (server, ()) = tokio::try_join!(tidb::server(children), build)?;
    let database = Database::Own(server.clone());

    let gateways = [
        Gateway { name: "gateway", port: 0, rate_limits: false },
        Gateway { name: "gateway-with-rate-limits", port: 0, rate_limits: true },
    ];
    let later = BTreeSet::new();
    let plan = Plan {
        place,
        database: &database,
        gateways: &gateways,
        seeds: recipe.seeds,
        logs: Logs::Json,
        // Tests of the limits start functions of their own, which have some.
        limits: Limits::Lifted,
        faults: true,
        elsewhere: recipe.elsewhere,
        later: &later,
    };
    let stack = tokio::select! {
        stack = Stack::start(children, &plan) => stack?,
        Some(ended) = ended.recv() => return Err(ended.report()),
    };
    Ok(OwnStack { place, children, stack, tidb: server, ended })
}
