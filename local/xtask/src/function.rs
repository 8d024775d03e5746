//! The functions: every folder `functions/<service>/<name>` with a crate in it.

use std::path::Path;

use anyhow::Context;

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

    /// How many run at once. On Lambda there is no such limit; here it is what
    /// keeps a draw from waiting for another. `request-draw` waits for its
    /// whole saga, so there are more of it than of any step. In AWS two of what
    /// runs by itself may run at once, and tests see to it: of `rotate-seeds`,
    /// and of `recover-sagas`, which waits for sagas, beside the one that does.
    pub(crate) fn instances(&self) -> usize {
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
    }
}
