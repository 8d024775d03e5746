//! `openapi.yaml`, prepared for the checking of requests.
//!
//! Answers are not checked here. What the specification says of requests and
//! this module does not understand is refused at start.

mod body;
mod document;
mod operation;
mod parameter;
mod schema;

use anyhow::{Context as _, Result, bail, ensure};
use http::Method;
use serde_json::Value;

use self::document::Document;
pub(crate) use self::operation::Operation;

/// Why a request does not conform, in words for its sender.
pub(crate) type Reason = String;

/// Which parts of a request are checked.
pub(crate) struct Checks {
    pub(crate) path: bool,
    pub(crate) query: bool,
    pub(crate) headers: bool,
    pub(crate) body: bool,
    /// Refuse query parameters that the specification does not name.
    pub(crate) unknown_query: bool,
}

/// All operations, those with a fixed path before those with parameters in it.
pub(crate) struct Specification(Vec<Operation>);

impl Specification {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let root: Value =
            serde_saphyr::from_str(text).map_err(|error| anyhow::anyhow!("{error}"))?;
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
        ensure!(version.starts_with("3.1."), "openapi: {version:?} is not supported, 3.1 is");

        let document = Document::new(&root);
        let paths = root.get("paths").and_then(Value::as_object).context("paths is missing")?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            let item = item.as_object().with_context(|| format!("{path} is not an object"))?;
            let shared = item.get("parameters");
            for (key, value) in item {
                match key.as_str() {
                    "get" | "put" | "post" | "delete" | "patch" | "head" | "options" | "trace" => {
                        let method: Method = key.to_ascii_uppercase().parse()?;
                        let read = Operation::read(&document, method, path, shared, value);
                        operations.push(read.with_context(|| format!("{key} {path}"))?);
                    }
                    "parameters" | "summary" | "description" | "servers" => {}
                    extension if extension.starts_with("x-") => {}
                    unknown => bail!("{path}: {unknown} is not supported"),
                }
            }
        }
        operations.sort_by_key(Operation::parameters_in_path);
        Ok(Self(operations))
    }

    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<&Operation, Reason> {
        let mut knows_path = false;
        for operation in self.0.iter().filter(|operation| operation.has_path(path)) {
            if operation.method == *method {
                return Ok(operation);
            }
            knows_path = true;
        }
        let missing = if knows_path { "method" } else { "path" };
        Err(format!("validation failed, {missing} not found in api specification"))
    }
}
