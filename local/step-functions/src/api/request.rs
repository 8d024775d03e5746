//! A client's request, and what AWS refuses of it.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{ApiError, StateMachineArn};

const INPUT_LIMIT_BYTES: usize = 262_144;
const NAME_LIMIT_CHARS: usize = 80;

/// An execution to be started.
pub(crate) struct Start {
    /// Its name, from the client or generated.
    pub(crate) name: String,
    /// Its input as sent; answers repeat it unchanged.
    pub(crate) input_text: String,
    /// Its input as read.
    pub(crate) input: Value,
    /// The trace that it is part of.
    pub(crate) trace_header: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    state_machine_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
    included_data: Option<String>,
    trace_header: Option<String>,
}

impl Start {
    /// Reads a request to start the state machine at `arn`.
    pub(crate) fn read(body: &[u8], arn: &StateMachineArn) -> Result<Self, ApiError> {
        let request: Request =
            serde_json::from_slice(body).map_err(|_| ApiError::serialization())?;

        match request.state_machine_arn {
            None => return Err(ApiError::validation("stateMachineArn", "Member must not be null")),
            Some(asked) if asked == arn.as_str() => {}
            Some(asked) => {
                return Err(match StateMachineArn::new(asked.as_str()) {
                    Ok(_) => ApiError::state_machine_does_not_exist(&asked),
                    Err(_) => ApiError::invalid_arn(&asked),
                });
            }
        }
        if request.included_data.is_some_and(|included| included != "ALL_DATA") {
            return Err(ApiError::validation("includedData", "Only ALL_DATA is supported"));
        }

        let name = request.name.unwrap_or_else(|| Uuid::new_v4().to_string());
        check_name(&name)?;
        let input_text = request.input.unwrap_or_else(|| "{}".to_owned());
        if input_text.len() > INPUT_LIMIT_BYTES {
            let constraint = "Member must have length less than or equal to 262144";
            return Err(ApiError::validation("input", constraint));
        }
        let input = serde_json::from_str(&input_text)
            .map_err(|error| ApiError::invalid_execution_input(&error))?;
        Ok(Self { name, input_text, input, trace_header: request.trace_header })
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let constraint = match name.chars().count() {
        0 => "Member must have length greater than or equal to 1",
        1..=NAME_LIMIT_CHARS if name.chars().any(is_forbidden) => {
            return Err(ApiError::invalid_name(name));
        }
        1..=NAME_LIMIT_CHARS => return Ok(()),
        _ => "Member must have length less than or equal to 80",
    };
    Err(ApiError::validation("name", constraint))
}

fn is_forbidden(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
}
