//! The functions: every folder `functions/<service>/<name>` with a crate in it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use tenjo_template::UrlAuth;

use crate::deployment::{Deployment, access_key};

/// One Lambda function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The folder above it.
    pub service: String,
    /// Folder, crate, binary and function in one.
    pub name: String,
}

impl Function {
    /// Every function of the checkout, in order.
    pub fn all(root: &Path) -> anyhow::Result<Vec<Self>> {
        let mut functions = Vec::new();
        for service in folders(&root.join("functions"))? {
            for name in folders(&root.join("functions").join(&service))? {
                let folder = root.join("functions").join(&service).join(&name);
                if folder.join("Cargo.toml").is_file() {
                    functions.push(Self { service: service.clone(), name });
                }
            }
        }
        functions.sort();
        Ok(functions)
    }

    /// Its folder in the checkout.
    fn folder(&self) -> String {
        format!("functions/{}/{}", self.service, self.name)
    }

    /// Whether it is a route, which the gateway calls at a function URL. Operators'
    /// functions have a URL too, and the gateway does not know it.
    pub(crate) fn is_route(&self) -> bool {
        !matches!(self.service.as_str(), "saga" | "ops")
    }

    /// How many invocations may run at once. Lambda has room for a thousand, one
    /// machine does not. `request-draw` waits for its whole saga, so it needs more
    /// room than any step. In AWS two scheduled runs of a function may overlap, and
    /// tests make that happen: with two of `rotate-seeds`, of
    /// `expire-paid-gems` and of `delete-players`, and with two of
    /// `recover-sagas` next to the scheduled one, because it waits for sagas.
    fn max_concurrency(&self) -> usize {
        match (self.service.as_str(), self.name.as_str()) {
            (_, "request-draw") => 8,
            ("saga", _) => 4,
            (_, "rotate-seeds" | "reconcile-purchases" | "expire-paid-gems" | "delete-players") => {
                2
            }
            (_, "recover-sagas") => 3,
            (
                "ops",
                "adjust-currency" | "book-purchase" | "send-presents" | "show-game" | "show-player",
            ) => 2,
            ("ops", _) => 1,
            _ => 2,
        }
    }
}

/// Some functions' programs, and the deployment that has their settings.
pub(crate) struct Source<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) programs: &'a Path,
}

/// The configuration of `tenjo-lambda`: each function's program, and its settings in
/// `template.yaml`.
///
/// # Errors
/// A template lacks a function.
pub(crate) fn configuration<'a>(
    functions: &[Function],
    later: &BTreeSet<String>,
    source: impl Fn(&Function) -> Source<'a>,
) -> anyhow::Result<Value> {
    let configuration = functions.iter().map(|function| {
        let Source { deployment, programs } = source(function);
        let deployed = deployment.function(&function.folder())?;
        Ok(json!({
            "name": function.name,
            "function_name": deployed.name,
            "access_key_id": access_key(&deployed.code_uri),
            "program": programs.join(&function.name),
            "is_built_later": later.contains(&function.name),
            "environment": deployed.environment,
            "memory_mb": deployed.memory_mb,
            "timeout_ms": deployed.timeout_s * 1000,
            "max_concurrency": function.max_concurrency(),
            "url": deployed.url.map(|auth| match auth {
                UrlAuth::Anyone => "NONE",
                UrlAuth::Iam => "AWS_IAM",
            }),
        }))
    });
    configuration.collect()
}

fn folders(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Limits, Logs, Seeds};
    use crate::store::TestStore;

    #[test]
    fn the_functions_are_found_and_the_routes_among_them() {
        let functions = Function::all(&crate::place::root()).unwrap();
        let find = |name: &str| functions.iter().find(|function| function.name == name).unwrap();
        assert!(find("request-draw").is_route());
        assert!(find("get-user").is_route());
        assert!(!find("reserve").is_route());
        assert!(!find("migrate").is_route());
        assert!(!find("adjust-currency").is_route());
    }

    #[test]
    fn a_function_has_what_the_template_gives_it() {
        let root = crate::place::root();
        let functions = Function::all(&root).unwrap();
        let seeds = Seeds { period_s: 10, grace_s: 2 };
        let store = TestStore::at(1);
        let deployment =
            Deployment::new(&root, "dev-1", seeds, Logs::Json, Limits::Kept, &store).unwrap();
        let programs = Path::new("/programs");
        let source = |_: &Function| Source { deployment: &deployment, programs };
        let later = BTreeSet::from(["get-user".to_owned()]);
        let all = configuration(&functions, &later, source).unwrap();
        for (name, timeout_ms, memory_mb) in [
            ("get-user", 10_000, 256),
            ("request-draw", 28_000, 256),
            ("reserve", 5_000, 256),
            ("migrate", 300_000, 512),
        ] {
            let all = all.as_array().unwrap();
            let function = all.iter().find(|function| function["name"] == name).unwrap();
            assert_eq!(function["timeout_ms"], timeout_ms, "{name}");
            assert_eq!(function["memory_mb"], memory_mb, "{name}");
            assert_eq!(function["program"], format!("/programs/{name}"));
            assert_eq!(function["function_name"], format!("tenjo-local-{name}"));
            assert_eq!(function["access_key_id"], name);
            assert_eq!(function["is_built_later"], name == "get-user");
        }
        for function in &functions {
            let deployed = deployment.function(&function.folder()).unwrap();
            let is_public = deployed.url == Some(UrlAuth::Anyone);
            assert_eq!(is_public, function.is_route(), "{}", function.name);
        }
    }
}
