//! One JSON schema (draft 2020-12), compiled, and its verdict in one sentence.

use anyhow::{Result, anyhow};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Value, json};

use super::document::Document;

/// What a request breaks: the field, as a JSON path, and the rule.
pub(super) struct Violation {
    pub(super) field: String,
    pub(super) rule: String,
}

pub(super) fn compile(document: &Document<'_>, schema: &Value) -> Result<Validator> {
    // The schema stands where its references into `components` resolve.
    let wrapped = json!({
        "$ref": "#/x-schema",
        "x-schema": schema,
        "components": document.components(),
    });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&wrapped)
        .map_err(|error| anyhow!("the schema is not valid: {error}"))
}

/// The first violation. It never repeats the sender's value.
pub(super) fn check(validator: &Validator, value: &Value) -> Result<(), Violation> {
    match validator.validate(value) {
        Ok(()) => Ok(()),
        Err(error) => Err(Violation { field: field(&error), rule: error.masked().to_string() }),
    }
}

/// `draw_count`, `items.0.name`; for a missing or surplus field, that field.
fn field(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().as_str();
    let mut parts: Vec<String> =
        path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            parts.extend(property.as_str().map(str::to_owned));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            parts.extend(unexpected.first().cloned());
        }
        _ => {}
    }
    parts.join(".")
}
