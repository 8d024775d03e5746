//! `Parameters`: the payload of a task. Fields whose names end in `.$` are
//! replaced by the value at their path.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::ExecutionError;
use crate::path::{Data, Path};

/// The fields of a task's payload.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(crate) struct Parameters(Vec<(String, Field)>);

#[derive(Debug, Clone)]
enum Field {
    Constant(Value),
    Selected(Path),
}

impl Parameters {
    /// The payload, with the paths replaced.
    ///
    /// # Errors
    /// `States.Runtime`, which nothing catches, when there is no value at a path.
    pub(crate) fn payload(&self, data: Data<'_>) -> Result<Value, ExecutionError> {
        let field = |(name, field): &(String, Field)| match field {
            Field::Constant(value) => Ok((name.clone(), value.clone())),
            Field::Selected(path) => {
                path.select(data).map(|value| (name.clone(), value.clone())).ok_or_else(|| {
                    ExecutionError::runtime(format!(
                        "The JSONPath '{}' specified for the field '{name}.$' could not be found",
                        path.as_str()
                    ))
                })
            }
        };
        self.0.iter().map(field).collect()
    }
}

impl TryFrom<Map<String, Value>> for Parameters {
    type Error = String;

    fn try_from(fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let field = |(name, value): (String, Value)| match (name.strip_suffix(".$"), value) {
            (Some(name), Value::String(path)) => {
                Ok((name.to_owned(), Field::Selected(path.try_into()?)))
            }
            (Some(_), _) => Err(format!("parameter `{name}` must be a path")),
            (None, Value::Object(_) | Value::Array(_)) => {
                Err(format!("parameter `{name}` is not supported: only plain values and paths are"))
            }
            (None, value) => Ok((name, Field::Constant(value))),
        };
        fields.into_iter().map(field).collect::<Result<_, _>>().map(Self)
    }
}
