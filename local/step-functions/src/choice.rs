//! The rules of a Choice state.

use serde::Deserialize;

use crate::error::ExecutionError;
use crate::path::{Data, Path};

/// One rule: when its test holds, its state is next.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawRule")]
pub(crate) struct Rule {
    variable: Path,
    test: Test,
    pub(crate) next: String,
}

#[derive(Debug, Clone)]
enum Test {
    IsPresent(bool),
    StringEquals(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RawRule {
    variable: Path,
    is_present: Option<bool>,
    string_equals: Option<String>,
    next: String,
}

impl Rule {
    /// Whether the test holds. A value of another type is not equal.
    ///
    /// # Errors
    /// `States.Runtime` when the value is missing and the test is not `IsPresent`.
    pub(crate) fn holds(&self, data: Data<'_>) -> Result<bool, ExecutionError> {
        match (&self.test, self.variable.select(data)) {
            (Test::IsPresent(expected), found) => Ok(found.is_some() == *expected),
            (Test::StringEquals(expected), Some(found)) => Ok(found == expected.as_str()),
            (Test::StringEquals(_), None) => Err(ExecutionError::runtime(format!(
                "Invalid path '{}': The choice state's condition path references an invalid value.",
                self.variable.as_str()
            ))),
        }
    }
}

impl TryFrom<RawRule> for Rule {
    type Error = &'static str;

    fn try_from(rule: RawRule) -> Result<Self, Self::Error> {
        let test = match (rule.is_present, rule.string_equals) {
            (Some(expected), None) => Test::IsPresent(expected),
            (None, Some(expected)) => Test::StringEquals(expected),
            _ => return Err("a rule must have exactly one of `IsPresent` and `StringEquals`"),
        };
        if !rule.variable.is_into_state_input() {
            return Err("`Variable` must begin with `$.`");
        }
        Ok(Self { variable: rule.variable, test, next: rule.next })
    }
}
