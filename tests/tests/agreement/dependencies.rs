//! Which functions build which crates, themselves or through other crates.
//!
//! A crate that a function does not build cannot slow its start, and cannot be
//! misused in it. So a crate that few functions need has a line here.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::project::{list, path, string};

/// Crates, and all functions that build them.
const ONLY: &[(&str, &[&str])] = &[
    ("serde-saphyr", &["publish-masters"]),
    ("tenjo-idempotency", &["request-draw"]),
    // It makes private keys: on an operator's machine, and for a stack of a developer.
    ("tenjo-keys", &[]),
    ("tenjo-masters", &["publish-masters"]),
    // It moves gems for money, and takes them back.
    ("tenjo-purchases", PURCHASES),
    ("tenjo-stores", PURCHASES),
    // It writes the log of operators, and lets in whom IAM lets in.
    (
        "tenjo-operators",
        &[
            "adjust-currency",
            "book-purchase",
            "end-sessions",
            "forget-birth-month",
            "send-presents",
            "set-client-versions",
            "set-maintenance",
            "set-pool-pause",
            "set-suspension",
            "show-game",
            "show-player",
            "void-purchase",
        ],
    ),
    // It signs receipts.
    ("tenjo-receipts", &["request-draw"]),
    // It uses the key of the server seeds.
    ("tenjo-seed-key", &["draw", "rotate-seeds"]),
    // It is slow on purpose.
    ("argon2", &["create-transfer-code", "transfer-account"]),
    // It signs access tokens, and gives devices their secrets.
    (
        "tenjo-sessions",
        &[
            "create-apple-session",
            "create-google-session",
            "create-guest-session",
            "refresh-session",
            "renew-device-secret",
            "transfer-account",
        ],
    ),
    // It believes what Apple and Google say of a device.
    ("tenjo-attestation", ATTESTING),
    ("ciborium", ATTESTING),
    // It believes whom Apple and Google name.
    ("tenjo-sign-in", &["create-apple-session", "create-google-session", "create-link"]),
    ("tenjo-state-machine", &["recover-sagas", "request-draw"]),
];

/// The functions by which a device gets an account.
const ATTESTING: &[&str] = &["create-guest-session", "transfer-account"];

/// The functions that book purchases, or take them back.
const PURCHASES: &[&str] = &[
    "book-apple-purchase",
    "book-google-purchase",
    "book-purchase",
    "receive-apple-notification",
    "receive-google-notification",
    "reconcile-purchases",
    "void-purchase",
];

/// The system that Lambda runs functions on.
const LAMBDA: &str = "aarch64-unknown-linux-gnu";

/// Every package that cargo knows, and its dependencies.
#[derive(Clone)]
struct Packages {
    functions: BTreeSet<String>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Packages {
    fn read() -> anyhow::Result<Self> {
        let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
            .args(["metadata", "--format-version=1", "--locked", "--filter-platform", LAMBDA])
            .current_dir(path(""))
            .output()
            .context("cargo cannot be run")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(Self::of(&serde_json::from_slice(&output.stdout)?))
    }

    /// Packages of the same name count as one, whatever their versions.
    fn of(metadata: &Value) -> Self {
        let names: BTreeMap<String, String> = list(metadata, "/packages")
            .map(|package| (string(package, "/id"), string(package, "/name")))
            .collect();
        let folder = format!("{}/functions/", string(metadata, "/workspace_root"));
        let functions = list(metadata, "/packages")
            .filter(|package| string(package, "/manifest_path").starts_with(&folder))
            .map(|package| string(package, "/name"))
            .collect();
        let mut dependencies = BTreeMap::<_, BTreeSet<_>>::new();
        for node in list(metadata, "/resolve/nodes") {
            let name = names[&string(node, "/id")].clone();
            let needs = list(node, "/deps").filter(|needed| is_built(needed));
            let needs = needs.map(|needed| names[&string(needed, "/pkg")].clone());
            dependencies.entry(name).or_default().extend(needs);
        }
        Self { functions, dependencies }
    }

    /// All packages that are built for a package, itself included.
    fn built_for(&self, name: &str) -> BTreeSet<&str> {
        let mut built = BTreeSet::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            let Some((name, needs)) = self.dependencies.get_key_value(name) else { continue };
            if built.insert(name.as_str()) {
                next.extend(needs.iter().map(String::as_str));
            }
        }
        built
    }

    fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        for function in &self.functions {
            let built = self.built_for(function);
            for (package, functions) in ONLY {
                match (built.contains(package), functions.contains(&function.as_str())) {
                    (true, false) => found.push(format!("{function} builds {package}")),
                    (false, true) => found.push(format!("{function} builds no {package}")),
                    (true, true) | (false, false) => {}
                }
            }
        }
        found
    }
}

/// Whether a dependency is needed for more than tests.
fn is_built(dependency: &Value) -> bool {
    list(dependency, "/dep_kinds").any(|kind| kind["kind"] != "dev")
}

#[test]
fn functions_build_no_crate_that_is_for_others() {
    let packages = Packages::read().unwrap();
    assert!(packages.functions.len() > 20, "{:?}", packages.functions);
    assert_eq!(packages.disagreements(), [""; 0]);
}

#[test]
fn a_crate_that_is_for_others_is_found_however_it_comes_in() {
    let packages = Packages::read().unwrap();
    for (package, needs, found) in [
        ("list-items", "serde-saphyr", "list-items builds serde-saphyr"),
        ("tenjo-documents", "tenjo-masters", "get-pool builds tenjo-masters"),
        ("tenjo-settings", "tenjo-idempotency", "reserve builds tenjo-idempotency"),
        ("tenjo-views", "tenjo-sessions", "list-pools builds tenjo-sessions"),
    ] {
        let mut planted = packages.clone();
        planted.dependencies.get_mut(package).unwrap().insert(needs.to_owned());
        let disagreements = planted.disagreements();
        assert!(disagreements.iter().any(|it| it == found), "{found}: {disagreements:?}");
    }
    let mut planted = packages;
    planted.dependencies.get_mut("tenjo-masters").unwrap().remove("serde-saphyr");
    assert_eq!(planted.disagreements(), ["publish-masters builds no serde-saphyr"]);
}
