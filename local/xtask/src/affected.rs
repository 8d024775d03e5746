//! `affected`: the functions whose programs a change may alter.
//!
//! A pipeline builds these and no others. The graph is Cargo's own, so it must name
//! every function that depends on a changed crate, through any number of others. It may
//! name one too many, for example when only a crate's tests have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use anyhow::Context;
use serde_json::Value;
use tenjo_stack::place;
use tokio::process::Command;

use crate::cargo;

/// Files that every program is made of, or built by: the compiler's flags, and the
/// version of cargo-lambda.
const OF_ALL: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/",
    "infra/build.py",
    ".github/workflows/backend.yml",
];

/// Files outside of a crate's folder that are compiled into it.
const OUTSIDE: [(&str, &str); 3] = [
    ("masters/", "publish-masters"),
    ("docs/fairness-vectors.json", "tenjo-domain"),
    ("infra/apple-root-ca-g3.pem", "tenjo-stores"),
];

/// Where the functions are.
const FUNCTIONS: &str = "functions/";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The commit to compare the working tree with.
    #[arg(long)]
    since: String,
}

/// Prints the names of the affected functions, one a line, in order.
///
/// # Errors
/// Git or Cargo fails, or the revision is unknown.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut git = Command::new("git");
    git.current_dir(place::root()).args([
        "diff",
        "--name-only",
        "--no-renames",
        "-z",
        "--end-of-options",
    ]);
    let changed = output(git.arg(&args.since).arg("--")).await?;
    let mut metadata = cargo::at_root();
    metadata.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let graph = Graph::read(&serde_json::from_str(&output(&mut metadata).await?)?)?;

    let changed = changed.split('\0').filter(|path| !path.is_empty());
    for name in graph.affected(changed) {
        println!("{name}");
    }
    Ok(())
}

async fn output(command: &mut Command) -> anyhow::Result<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
    anyhow::ensure!(done.status.success(), "{:?} failed", command.as_std());
    Ok(String::from_utf8(done.stdout)?)
}

/// The crates of the workspace, and which are made of which.
#[derive(Debug, Default)]
struct Graph {
    crates: BTreeMap<String, Crate>,
}

#[derive(Debug, Default)]
struct Crate {
    /// Its folder below the root, with a slash at its end.
    folder: String,
    /// The names of its dependencies, except those of its tests.
    dependencies: BTreeSet<String>,
}

impl Graph {
    /// Reads what `cargo metadata` says.
    fn read(metadata: &Value) -> anyhow::Result<Self> {
        let root = metadata["workspace_root"].as_str().context("no workspace_root")?;
        let mut crates = BTreeMap::new();
        for package in metadata["packages"].as_array().context("no packages")? {
            let name = package["name"].as_str().context("a package without a name")?;
            let manifest = package["manifest_path"].as_str().context("no manifest_path")?;
            let folder = manifest
                .strip_prefix(root)
                .and_then(|path| path.trim_start_matches('/').strip_suffix("Cargo.toml"))
                .with_context(|| format!("{manifest} is not below {root}"))?;
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let made_of = dependencies.filter(|dependency| dependency["kind"] != "dev");
            let names = made_of.filter_map(|dependency| dependency["name"].as_str());
            crates.insert(
                name.to_owned(),
                Crate {
                    folder: folder.to_owned(),
                    dependencies: names.map(str::to_owned).collect(),
                },
            );
        }
        Ok(Self { crates })
    }

    /// The functions that are made of any of these files, paths below the root.
    fn affected<'a>(&self, changed: impl IntoIterator<Item = &'a str>) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = changed.into_iter().flat_map(|path| self.made_of(path)).collect();
        while let Some(name) = next.pop() {
            if reached.insert(name) {
                next.extend(self.dependents_of(name));
            }
        }
        reached.retain(|name| self.crates[*name].folder.starts_with(FUNCTIONS));
        reached
    }

    /// The crates that a file is compiled into.
    fn made_of(&self, path: &str) -> Vec<&str> {
        if OF_ALL.iter().any(|of_all| is_at(path, of_all)) {
            return self.crates.keys().map(String::as_str).collect();
        }
        let outside = OUTSIDE.iter().filter(|(at, _)| is_at(path, at)).map(|(_, name)| *name);
        let inside = self.crates.iter().filter(|(_, it)| path.starts_with(&it.folder));
        // The root is no crate, and a crate inside another's folder is its own.
        let inside = inside.max_by_key(|(_, it)| it.folder.len()).map(|(name, _)| name.as_str());
        let outside = outside.filter_map(|name| self.crates.get_key_value(name));
        outside.map(|(name, _)| name.as_str()).chain(inside).collect()
    }

    fn dependents_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.crates
            .iter()
            .filter(move |(_, it)| it.dependencies.contains(name))
            .map(|(dependent, _)| dependent.as_str())
    }
}

/// Whether a path is this file, or below this folder.
fn is_at(path: &str, at: &str) -> bool {
    if at.ends_with('/') { path.starts_with(at) } else { path == at }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Three functions: two of a chain of shared crates, one of its own.
    fn fixture() -> Graph {
        let package = |name: &str, folder: &str, dependencies: Value| {
            json!({
                "name": name,
                "manifest_path": format!("/checkout/{folder}/Cargo.toml"),
                "dependencies": dependencies,
            })
        };
        let on = |name: &str| json!({ "name": name, "kind": null });
        let metadata = json!({
            "workspace_root": "/checkout",
            "packages": [
                package("tenjo-domain", "shared/domain", json!([])),
                package("tenjo-store", "shared/store", json!([on("tenjo-domain")])),
                package("tenjo-http", "shared/http", json!([on("tenjo-store")])),
                package("tenjo-generated", "shared/generated", json!([])),
                package("tenjo-tests", "tests", json!([on("get-user"), on("reserve")])),
                package("get-user", "functions/user/get-user", json!([
                    on("tenjo-http"),
                    { "name": "tenjo-tests", "kind": "dev" },
                ])),
                package("reserve", "functions/saga/reserve", json!([
                    on("tenjo-store"),
                    { "name": "tenjo-generated", "kind": "build" },
                ])),
                package("publish-masters", "functions/ops/publish-masters", json!([])),
            ],
        });
        Graph::read(&metadata).unwrap()
    }

    #[test]
    fn a_change_affects_the_functions_that_are_made_of_it() {
        let all = ["get-user", "publish-masters", "reserve"].as_slice();
        for (path, functions) in [
            ("functions/user/get-user/src/handler.rs", ["get-user"].as_slice()),
            ("shared/http/src/serve.rs", &["get-user"]),
            ("shared/store/src/saga.rs", &["get-user", "reserve"]),
            ("shared/domain/src/draw.rs", &["get-user", "reserve"]),
            // Generated at build time.
            ("shared/generated/src/lib.rs", &["reserve"]),
            // The checked queries.
            ("shared/store/.sqlx/query-0123.json", &["get-user", "reserve"]),
            ("masters/pools/pool-standard.yaml", &["publish-masters"]),
            ("Cargo.lock", all),
            ("Cargo.toml", all),
            ("rust-toolchain.toml", all),
            (".cargo/config.toml", all),
            ("infra/build.py", all),
            (".github/workflows/backend.yml", all),
            ("infra/release.py", &[]),
            // A test is no part of a program, and neither is a page or another file.
            ("tests/tests/agreement/main.rs", &[]),
            ("docs/ARCHITECTURE.md", &[]),
            ("Cargo.lock.orig", &[]),
            ("functions/saga/gacha-saga.asl.json", &[]),
            // Not below the folder of a crate whose name it begins with.
            ("functions/user/get-user-2/src/main.rs", &[]),
        ] {
            let graph = fixture();
            let affected: Vec<&str> = graph.affected([path]).into_iter().collect();
            assert_eq!(affected, functions, "{path}");
        }
    }

    #[test]
    fn several_changes_affect_what_any_of_them_does() {
        let changed =
            ["docs/costs.md", "functions/ops/publish-masters/src/plan.rs", "shared/http/a"];
        let graph = fixture();
        let affected: Vec<&str> = graph.affected(changed).into_iter().collect();
        assert_eq!(affected, ["get-user", "publish-masters"]);
        assert!(graph.affected([]).is_empty());
    }

    /// The version of cargo-lambda is in one of them.
    #[test]
    fn every_file_that_all_programs_are_built_by_is_there() {
        for path in OF_ALL {
            assert!(place::root().join(path).exists(), "there is no {path}");
        }
        let pipeline = std::fs::read_to_string(place::root().join(OF_ALL[5])).unwrap();
        assert!(pipeline.contains("CARGO_LAMBDA: "));
    }

    /// A file that is included from outside of its crate's folder is in `OUTSIDE`.
    #[test]
    fn every_file_that_a_program_includes_is_known() {
        let root = place::root();
        let mut folders = vec![root.join("functions"), root.join("shared")];
        let mut included = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|extension| extension != "rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in text.split("include_str!(").skip(1) {
                    let argument = call.split('"').nth(1).unwrap();
                    let Some(outside) = argument.strip_prefix("../../../../") else { continue };
                    included += 1;
                    let is_known = OUTSIDE.iter().any(|(at, _)| is_at(outside, at));
                    assert!(is_known, "{} includes {outside}", path.display());
                }
            }
        }
        assert!(included >= 3, "only {included} were found");
    }
}
