//! Paths into JSON: `$.a.b`, and `$$.Execution.Input.a` for the execution's input. Of
//! JSONPath, only plain fields are supported.

use serde::Deserialize;
use serde_json::Value;

const EXECUTION_INPUT: &str = "$$.Execution.Input";

/// The data that a path can read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data<'a> {
    /// The input of the state.
    pub(crate) state_input: &'a Value,
    /// The input of the execution.
    pub(crate) execution_input: &'a Value,
}

/// A path to one value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Path {
    text: String,
    root: Root,
    fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    StateInput,
    ExecutionInput,
}

impl Path {
    /// The value at this path, if there is one.
    pub(crate) fn select<'a>(&self, data: Data<'a>) -> Option<&'a Value> {
        let root = match self.root {
            Root::StateInput => data.state_input,
            Root::ExecutionInput => data.execution_input,
        };
        self.fields.iter().try_fold(root, |value, field| value.as_object()?.get(field))
    }

    /// The path as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it reads the input of the state.
    pub(crate) fn is_into_state_input(&self) -> bool {
        self.root == Root::StateInput
    }
}

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let refused = || format!("path `{text}` is not supported: only `$.field` is");
        let (root, fields) = if let Some(rest) = text.strip_prefix(EXECUTION_INPUT) {
            (Root::ExecutionInput, rest)
        } else {
            (Root::StateInput, text.strip_prefix('$').ok_or_else(refused)?)
        };
        let fields = match fields.strip_prefix('.') {
            Some(fields) => fields.split('.').map(str::to_owned).collect(),
            None if fields.is_empty() => Vec::new(),
            None => return Err(refused()),
        };
        if fields.iter().all(|field| is_field(field)) {
            Ok(Self { root, fields, text })
        } else {
            Err(refused())
        }
    }
}

fn is_field(name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    !name.is_empty() && name.bytes().all(is_word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_fields_of_either_input() {
        let state_input = json!({ "a": { "b": 1 }, "null": null });
        let execution_input = json!({ "a": 2 });
        let data = Data { state_input: &state_input, execution_input: &execution_input };
        for (path, value) in [
            ("$", Some(&state_input)),
            ("$.a.b", Some(&json!(1))),
            ("$.null", Some(&json!(null))),
            ("$.a.c", None),
            ("$.a.b.c", None),
            ("$$.Execution.Input", Some(&execution_input)),
            ("$$.Execution.Input.a", Some(&json!(2))),
            ("$$.Execution.Input.b", None),
        ] {
            let path = Path::try_from(path.to_owned()).unwrap();
            assert_eq!(path.select(data), value, "{}", path.as_str());
        }
    }

    #[test]
    fn other_paths_are_refused_by_name() {
        for path in
            ["", "a", "$a", "$.", "$..a", "$.a[0]", "$['a']", "$.*", "$$.State.Name", "$$", "$.a-b"]
        {
            let error = Path::try_from(path.to_owned()).unwrap_err();
            assert!(error.contains(&format!("`{path}`")), "{error}");
        }
    }
}
