//! Calls of Cargo.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;
use tenjo_stack::children::Children;
use tenjo_stack::function::Function;
use tenjo_stack::place;
use tenjo_stack::progress::Step;
use tenjo_stack::stack::BESIDE_FUNCTIONS;
use tokio::process::Command;

/// A line of Cargo's output.
#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    /// The progress of the build: `3 of 16: serde_core, syn`.
    Far(String),
    /// A program was built.
    Built(PathBuf),
    /// Another activity, such as a download.
    Does(&'a str),
    /// A message of the compiler.
    Message(&'a str),
    Nothing,
}

/// Cargo, at the root of the checkout.
pub(crate) fn at_root() -> Command {
    at(&place::root())
}

/// Cargo, at the root of a checkout.
fn at(root: &Path) -> Command {
    let mut cargo = Command::new(program());
    cargo.current_dir(root);
    cargo
}

/// The profile that this program was built with, and therefore all that it starts:
/// Cargo names a folder after each profile but `dev`.
pub(crate) fn profile() -> anyhow::Result<String> {
    let folder = place::programs()?;
    let name = folder.file_name().context("Cargo's folder has a name")?.to_string_lossy();
    Ok(if name == "debug" { "dev".to_owned() } else { name.into_owned() })
}

/// The Cargo that runs this command.
pub(crate) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// `--bin` for every program of the stack: the functions, and what it needs beside them.
///
/// They are selected by their names and not as packages, so that Cargo unifies
/// features over the whole workspace, as it does for the tests, and compiles each
/// dependency once for both.
pub(crate) fn programs_of_the_stack() -> anyhow::Result<Vec<String>> {
    let functions = Function::all(&place::root())?;
    Ok(programs_with(functions.into_iter().map(|function| function.name)))
}

/// `--bin` for these functions, and what a stack needs beside them.
pub(crate) fn programs_with(functions: impl Iterator<Item = String>) -> Vec<String> {
    bins(functions.chain(BESIDE_FUNCTIONS.map(str::to_owned)))
}

/// `--bin` for each of these.
pub(crate) fn bins(names: impl IntoIterator<Item = String>) -> Vec<String> {
    names.into_iter().flat_map(|name| ["--bin".to_owned(), name]).collect()
}

/// Builds as this program was built, and shows the progress and the messages of the compiler.
pub(crate) async fn build(
    children: &Children,
    what: &str,
    arguments: &[String],
) -> anyhow::Result<()> {
    let arguments = [arguments, &["--profile".to_owned(), profile()?]].concat();
    build_each(children, what, &arguments, |_| {}).await
}

/// Builds, and also reports each program when it is built.
pub(crate) async fn build_each(
    children: &Children,
    what: &str,
    arguments: &[String],
    built: impl FnMut(&Path),
) -> anyhow::Result<()> {
    build_at(children, &place::root(), what, arguments, built).await
}

/// The same, of another checkout.
pub(crate) async fn build_at(
    children: &Children,
    root: &Path,
    what: &str,
    arguments: &[String],
    mut built: impl FnMut(&Path),
) -> anyhow::Result<()> {
    let step = Step::begin(what);
    let mut cargo = at(root);
    cargo
        .args(["build", "--message-format", "json-render-diagnostics"])
        .args(arguments)
        // Also where there is no terminal, because the progress is read from the bar.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160");
    let followed = children.followed_task("build", cargo, |line| match Said::in_line(line) {
        Said::Far(far) => step.at(&far),
        Said::Does(text) => step.at(text),
        Said::Message(text) => step.say(text),
        Said::Built(program) => built(&program),
        Said::Nothing => {}
    });
    anyhow::ensure!(followed.await?.status.success(), "the build failed");
    step.done();
    Ok(())
}

impl<'a> Said<'a> {
    fn in_line(line: &'a str) -> Self {
        if line.starts_with('{') {
            let message: Value = serde_json::from_str(line).unwrap_or_default();
            let program = message["executable"].as_str();
            return program.map_or(Self::Nothing, |program| Self::Built(program.into()));
        }
        // Cargo right-aligns the verb in twelve columns.
        let Some((verb, rest)) = line.split_at_checked(12) else {
            return if line.is_empty() { Self::Nothing } else { Self::Message(line) };
        };
        let word = verb.trim_start();
        let is_verb = word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_alphabetic());
        match (is_verb, rest.strip_prefix(' ')) {
            (true, Some(rest)) if word == "Building" => match rest.split_once("] ") {
                Some((_, far)) => Self::Far(far.trim_end().replacen('/', " of ", 1)),
                None => Self::Nothing,
            },
            // The bar shows the same.
            (true, Some(_)) if word == "Compiling" => Self::Nothing,
            (true, Some(_)) => Self::Does(line.trim()),
            _ => Self::Message(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo_are_told_from_those_of_the_compiler() {
        let far =
            "    Building [====>                       ] 3/16: serde_core(build.rs), syn     ";
        let artifact = r#"{"reason":"compiler-artifact","executable":"/target/debug/get-user"}"#;
        for (line, said) in [
            (far, Said::Far("3 of 16: serde_core(build.rs), syn".to_owned())),
            ("   Compiling serde v1.0.229", Said::Nothing),
            ("    Blocking waiting for file lock", Said::Does("Blocking waiting for file lock")),
            ("  Downloaded syn v3.0.10", Said::Does("Downloaded syn v3.0.10")),
            ("error[E0308]: mismatched types", Said::Message("error[E0308]: mismatched types")),
            (" --> src/main.rs:1:25", Said::Message(" --> src/main.rs:1:25")),
            ("1 | fn main(){}", Said::Message("1 | fn main(){}")),
            ("  |", Said::Message("  |")),
            ("", Said::Nothing),
            (artifact, Said::Built("/target/debug/get-user".into())),
            (r#"{"reason":"build-finished","success":true}"#, Said::Nothing),
        ] {
            assert_eq!(Said::in_line(line), said, "{line}");
        }
    }
}
