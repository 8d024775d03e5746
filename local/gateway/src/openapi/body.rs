//! The body of an operation's requests: JSON that fits a schema.

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, header};
use jsonschema::Validator;
use serde_json::Value;

use super::document::Document;
use super::{Reason, schema};

const JSON: &str = "application/json";

pub(super) struct RequestBody {
    is_required: bool,
    validator: Validator,
}

impl RequestBody {
    pub(super) fn read(document: &Document<'_>, value: &Value) -> Result<Self> {
        let content = value.get("content").and_then(Value::as_object);
        let content = content.context("content is missing")?;
        for media_type in content.keys() {
            ensure!(media_type == JSON, "content type {media_type} is not supported");
        }
        let schema = content.get(JSON).and_then(|media_type| media_type.get("schema"));
        Ok(Self {
            is_required: value.get("required") == Some(&Value::Bool(true)),
            validator: schema::compile(document, schema.context("schema is missing")?)?,
        })
    }

    pub(super) fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Reason> {
        if body.is_empty() {
            if self.is_required {
                return Err(refusal("the body is missing"));
            }
            return Ok(());
        }
        // No content type counts as JSON, as it does in Kong. Two are one with a comma
        // for the function, and so they are here.
        let content_types: Vec<&str> = headers
            .get_all(header::CONTENT_TYPE)
            .iter()
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        let content_type =
            if content_types.is_empty() { JSON.to_owned() } else { content_types.join(",") };
        let media_type = content_type.split(';').next().unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case(JSON) {
            return Err(refusal("the content type is not application/json"));
        }
        let value: Value =
            serde_json::from_slice(body).map_err(|_| refusal("the body is not valid JSON"))?;
        schema::check(&self.validator, &value).map_err(|violation| match &*violation.field {
            "" => refusal(&violation.rule),
            field => refusal(&format!("{field}: {}", violation.rule)),
        })
    }
}

fn refusal(rule: &str) -> Reason {
    format!("request body validation failed with error: '{rule}'")
}
