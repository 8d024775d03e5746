//! The functions: every folder `functions/<service>/<name>` with a crate in it.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

/// One Lambda function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Function {
    /// The folder above it.
    pub(crate) service: String,
    /// Folder, crate, binary and function in one.
    pub(crate) name: String,
}

impl Function {
    /// Every function of the checkout, in order.
    pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<Self>> {
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

    /// Whether it answers HTTP, at a function URL. The others are invoked.
    pub(crate) fn has_url(&self) -> bool {
        !matches!(self.service.as_str(), "saga" | "ops")
    }

    /// How many may run at once. Lambda has room for a thousand, one machine
    /// does not. `request-draw` waits for its whole saga, so there may be more
    /// of it than of any step. In AWS two of what runs by itself may run at once,
    /// and tests see to it: of `rotate-seeds`, and of `recover-sagas`, which waits
    /// for sagas, beside the one that does.
    fn max_concurrency(&self) -> usize {
        match (self.service.as_str(), self.name.as_str()) {
            (_, "request-draw") => 8,
            ("saga", _) => 4,
            (_, "rotate-seeds") => 2,
            (_, "recover-sagas") => 3,
            ("ops", _) => 1,
            _ => 2,
        }
    }
}

/// What `tenjo-lambda` is told of the functions: their programs, and how long
/// `template.yaml` lets them run.
pub(crate) fn configuration(
    functions: &[Function],
    root: &Path,
    programs: &Path,
) -> anyhow::Result<Value> {
    let template =
        std::fs::read_to_string(root.join("template.yaml")).context("cannot read template.yaml")?;
    let template: Value = serde_saphyr::from_str(&template)
        .map_err(|error| anyhow::anyhow!("template.yaml is not good YAML: {error}"))?;
    let configuration = functions.iter().map(|function| {
        let timeout_s = timeout_s(&template, function)
            .with_context(|| format!("template.yaml gives {} no Timeout", function.name))?;
        Ok(json!({
            "name": function.name,
            "program": programs.join(&function.name),
            "timeout_ms": timeout_s * 1000,
            "max_concurrency": function.max_concurrency(),
        }))
    });
    configuration.collect()
}

/// The function's own timeout, or that of all.
fn timeout_s(template: &Value, function: &Function) -> Option<u64> {
    let code = format!("functions/{}/{}", function.service, function.name);
    let resources = template["Resources"].as_object()?;
    let own = resources.values().find(|resource| resource["Properties"]["CodeUri"] == code)?;
    let own = own["Properties"]["Timeout"].as_u64();
    own.or_else(|| template["Globals"]["Function"]["Timeout"].as_u64())
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

    #[test]
    fn the_functions_are_found_and_only_the_routes_have_a_url() {
        let functions = Function::all(&crate::place::root()).unwrap();
        let find = |name: &str| functions.iter().find(|function| function.name == name).unwrap();
        assert!(find("request-draw").has_url());
        assert!(find("get-user").has_url());
        assert!(!find("reserve").has_url());
        assert!(!find("migrate").has_url());
        assert!(!find("publish-masters").has_url());
    }
    #[test]
    fn a_function_may_run_as_long_as_in_aws() {
        let root = crate::place::root();
        let functions = Function::all(&root).unwrap();
        let all = configuration(&functions, &root, Path::new("/programs")).unwrap();
        for (name, timeout_ms) in [
            ("get-user", 10_000),
            ("request-draw", 28_000),
            ("reserve", 5_000),
            ("migrate", 300_000),
        ] {
            let all = all.as_array().unwrap();
            let function = all.iter().find(|function| function["name"] == name).unwrap();
            assert_eq!(function["timeout_ms"], timeout_ms, "{name}");
            assert_eq!(function["program"], format!("/programs/{name}"));
        }
    }
}
