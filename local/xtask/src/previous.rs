//! `previous`: functions of an earlier release on the schema of this one.
//!
//! While a release goes live, calls go to functions of two releases, and the schema is
//! already the new one. So this builds the functions of an earlier revision in a work
//! tree of their own, migrates with the `migrate` of this checkout, and runs tests of the
//! stack: first against the old functions alone, then against a mixture.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::children::Children;
use tenjo_stack::elsewhere::Elsewhere;
use tenjo_stack::function::Function;
use tenjo_stack::place::{self, Place};
use tenjo_stack::stop::Stop;
use tokio::process::Command;

use crate::own_stack::{self, Recipe};
use crate::{cargo, test};

const NAME: &str = "previous";

/// It brings the schema up to date, so it is always the new one.
const MIGRATE: &str = "migrate";

/// What players do most, and what must not go wrong for them: tests that ask by HTTP, and
/// then look into the tables.
const PLAYED: [&str; 13] = [
    "article::",
    "draw::",
    "exchange::",
    "home::",
    "lists::",
    "pools::",
    "presents::",
    "purchases::",
    "recovery::",
    "saga_steps::",
    "sessions::",
    "transfers::",
    "users::",
];

/// Runs tests of the stack with the functions of an earlier release.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The commit or tag of the earlier release.
    revision: String,
    /// Parts of the names of tests of the stack; without them, what players do most.
    tests: Vec<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let old = build(&args.revision).await?;
    let half = old.names.iter().step_by(2).cloned().collect();
    let half = Elsewhere { names: half, ..old.clone() };
    let mut filters = ["--test", "stack", "--"].map(str::to_owned).to_vec();
    if args.tests.is_empty() {
        filters.extend(PLAYED.map(str::to_owned));
    } else {
        filters.extend(args.tests.iter().cloned());
    }

    let mut programs = cargo::programs_of_the_stack()?;
    programs.extend(["--test", "stack"].map(str::to_owned));
    for (which, elsewhere) in [("all functions", &old), ("each second function", &half)] {
        eprintln!("{}: {which} of {}", elsewhere.names.len(), args.revision);
        let recipe = Recipe {
            name: NAME,
            build: "Building the stack and its tests",
            programs: &programs,
            seeds: test::SEEDS,
            elsewhere: Some(elsewhere),
        };
        let code =
            own_stack::run(&recipe, async |own| test::run_tests(&filters, own).await).await?;
        if code != ExitCode::SUCCESS {
            eprintln!("This release cannot go live beside {}.", args.revision);
            return Ok(code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the functions of a revision that this checkout has too.
async fn build(revision: &str) -> anyhow::Result<Elsewhere> {
    let mut stop = Stop::listen()?;
    let command = format!("cargo xtask {NAME}");
    let place = Place::take(place::root().join(".tenjo").join(NAME), &command)?;
    let (children, _ended) = Children::new(place.folder("logs")?, Guard::start()?);
    let outcome = tokio::select! {
        outcome = build_in(&place, &children, revision) => outcome,
        () = stop.asked() => Err(anyhow::anyhow!("interrupted")),
    };
    children.stop().await;
    outcome
}

async fn build_in(place: &Place, children: &Children, revision: &str) -> anyhow::Result<Elsewhere> {
    let commit = format!("{revision}^{{commit}}");
    let commit = output(&mut git(&["rev-parse", "--verify", "--end-of-options", &commit])).await?;
    let commit = commit.trim();
    let root = place.folder("sources")?.join(commit);
    if !root.is_dir() {
        extract(commit, &root).await?;
    }

    // Only these: a new function has no earlier program, and one that is gone is not
    // called.
    let here: BTreeSet<String> =
        Function::all(&place::root())?.into_iter().map(|function| function.name).collect();
    let there = Function::all(&root)?.into_iter().map(|function| function.name);
    let names: BTreeSet<String> =
        there.filter(|name| here.contains(name) && name != MIGRATE).collect();

    place.empty("programs")?;
    let programs = place.folder("programs")?;
    let (mut copied, mut failed) = (0, None);
    // At once: the next build puts its own program in the same place.
    let copy = |program: &Path| {
        let name = program.file_name().unwrap_or_default();
        if names.contains(&*name.to_string_lossy()) {
            match std::fs::copy(program, programs.join(name)) {
                Ok(_) => copied += 1,
                Err(error) => failed = Some(error),
            }
        }
    };
    let what = format!("Building the functions of {revision}");
    let mut arguments = cargo::bins(names.iter().cloned());
    // With the crates that this build has compiled already.
    let target = place::programs()?;
    let target = target.parent().context("the programs are in a target folder")?;
    arguments.extend(["--target-dir".to_owned(), target.display().to_string()]);
    cargo::build_at(children, &root, &what, &arguments, copy).await?;
    if let Some(error) = failed {
        return Err(error).context("cannot copy a program");
    }
    anyhow::ensure!(copied == names.len(), "{copied} of {} functions were built", names.len());
    Ok(Elsewhere { root, programs, names })
}

/// Writes the sources of a commit into a folder.
///
/// They get a version of their own. Cargo names what it compiles by name, version and
/// place in the workspace, so with the same version it would take the crates of one
/// checkout for those of the other, wherever their files are older than the build.
async fn extract(commit: &str, root: &Path) -> anyhow::Result<()> {
    let new = tenjo_stack::scratch::Scratch::new(root);
    std::fs::create_dir_all(&new.0)?;
    let archive = new.0.join("sources.tar");
    output(git(&["archive", "--output"]).arg(&archive).arg(commit)).await?;
    let mut unpack = Command::new("tar");
    output(unpack.arg("--extract").arg("--file").arg(&archive).arg("--directory").arg(&new.0))
        .await?;
    std::fs::remove_file(&archive)?;
    let manifest = new.0.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest)?;
    std::fs::write(&manifest, with_version_of(commit, &text)?)?;
    new.keep(root)
}

/// The manifest of a workspace, with the commit in its version.
fn with_version_of(commit: &str, manifest: &str) -> anyhow::Result<String> {
    let (before, package) =
        manifest.split_once("[workspace.package]").context("Cargo.toml has no package")?;
    let (above, version) = package.split_once("\nversion = \"").context("it has no version")?;
    let (version, below) = version.split_once('"').context("its version has no end")?;
    let short = commit.get(..12).unwrap_or(commit);
    Ok(format!("{before}[workspace.package]{above}\nversion = \"{version}-g{short}\"{below}"))
}

fn git(arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.current_dir(place::root()).args(arguments);
    git
}

async fn output(command: &mut Command) -> anyhow::Result<String> {
    let done = command.output().await?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "{:?} failed: {}", command.as_std(), said.trim());
    Ok(String::from_utf8(done.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_is_there() {
        for name in PLAYED.map(|name| name.trim_end_matches(':')) {
            let file = place::root().join(format!("tests/tests/stack/{name}.rs"));
            assert!(file.is_file(), "{}", file.display());
        }
    }

    #[test]
    fn another_checkout_has_another_version() {
        let manifest = "[workspace]\nmembers = []\n\n[workspace.package]\nedition = \"2024\"\n\
            version = \"0.1.0\"\n\n[workspace.dependencies]\nanyhow = \"1\"\n";
        let changed = with_version_of("0123456789abcdef", manifest).unwrap();
        assert_eq!(changed, manifest.replace("0.1.0", "0.1.0-g0123456789ab"));
        assert!(with_version_of("0123", "[workspace]\n").is_err());
    }

    #[test]
    fn the_manifest_of_this_checkout_can_be_given_one() {
        let manifest = std::fs::read_to_string(place::root().join("Cargo.toml")).unwrap();
        let changed = with_version_of("0123456789abcdef", &manifest).unwrap();
        assert_eq!(changed.len(), manifest.len() + "-g0123456789ab".len());
    }
}
