//! The operations of `openapi.yaml`, with what it says of their requests.

use std::borrow::Cow;

use jsonschema::{Draft, Validator};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::form_urlencoded;

use super::{OPENAPI, Request};

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// The name of its function.
    pub function: String,
    /// The method, in capitals.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// Whether it asks for an access token.
    pub needs_token: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
}

impl Operation {
    /// Whether it is a list that comes in pages.
    #[must_use]
    pub fn is_list(&self) -> bool {
        let is_cursor = |known: &Parameter| known.place == Place::Query && known.name == "cursor";
        self.parameters.iter().any(is_cursor)
    }

    /// Whether it reads a body.
    #[must_use]
    pub const fn has_body(&self) -> bool {
        self.body.is_some()
    }
}

/// What a parameter may be.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) schema: Value,
    pub(super) example: Option<String>,
    validator: Validator,
}

/// Where a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

/// What a body may be.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) schema: Value,
    pub(super) example: Value,
    validator: Validator,
}

/// All operations, in their order.
///
/// # Panics
/// When `openapi.yaml` is not as its own tests want it.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let paths = OPENAPI["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in ["get", "put", "post", "delete", "patch"] {
            if let Some(operation) = item.get(method) {
                operations.push(Operation::read(method, path, &item["parameters"], operation));
            }
        }
    }
    operations
}

impl Operation {
    fn read(method: &str, path: &str, shared: &Value, operation: &Value) -> Self {
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        let lists = [shared, &operation["parameters"]];
        let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
        let body = operation.get("requestBody").map(|body| Body::read(&resolved(body)));
        Self {
            function: kebab(&id),
            method: method.to_uppercase(),
            path: path.to_owned(),
            needs_token: operation.get("security").is_none(),
            parameters: parameters.map(|value| Parameter::read(&resolved(value))).collect(),
            body,
            id,
        }
    }

    /// Whether `openapi.yaml` allows a request.
    #[must_use]
    pub fn allows(&self, request: &Request) -> bool {
        let query: Vec<_> = form_urlencoded::parse(request.query.as_bytes()).collect();
        let parameters = self.parameters.iter().all(|parameter| match parameter.place {
            Place::Path => {
                let value = request.path_values.iter().find(|(name, _)| *name == parameter.name);
                let value = value.map(|(_, text)| percent_decode_str(text).decode_utf8_lossy());
                parameter.allows(value.into_iter())
            }
            Place::Query => {
                let values = query.iter().filter(|(name, _)| *name == parameter.name);
                parameter.allows(values.map(|(_, value)| value.clone()))
            }
            Place::Header => {
                parameter.allows(request.values_of(&parameter.name).map(String::from_utf8_lossy))
            }
        });
        parameters && self.body.as_ref().is_none_or(|body| body.allows(request))
    }
}

impl Parameter {
    fn read(value: &Value) -> Self {
        let name = value["name"].as_str().expect("a name").to_owned();
        let place = match value["in"].as_str() {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") => Place::Header,
            other => panic!("{name} is in {other:?}"),
        };
        let schema = value["schema"].clone();
        let example = value["example"].as_str().map(str::to_owned);
        Self { validator: validator(&schema), name, place, schema, example }
    }

    fn allows<'v>(&self, mut values: impl Iterator<Item = Cow<'v, str>>) -> bool {
        let Some(text) = values.next() else { return self.place != Place::Path };
        let is_number = self.schema["type"] == "integer";
        let number = text.parse().ok().filter(|_| is_number && text.trim() == text);
        let value = number.map_or_else(|| Value::from(text), Value::Number);
        values.next().is_none() && self.validator.is_valid(&value)
    }
}

impl Body {
    fn read(value: &Value) -> Self {
        assert_eq!(value["required"], true, "a body that may be absent");
        let json = &value["content"]["application/json"];
        let schema = json["schema"].clone();
        let examples = json["examples"].as_object().expect("examples");
        let example = examples.values().next().expect("an example")["value"].clone();
        Self { validator: validator(&schema), schema, example }
    }

    fn allows(&self, request: &Request) -> bool {
        let types: Vec<_> =
            request.values_of("Content-Type").map(String::from_utf8_lossy).collect();
        let content_type = types.join(",");
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let is_json = types.is_empty() || media_type.eq_ignore_ascii_case("application/json");
        let body = request.body.as_deref().unwrap_or_default();
        let value = serde_json::from_slice::<Value>(body);
        is_json && value.is_ok_and(|value| self.validator.is_valid(&value))
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .expect("a schema")
}

/// The value with all its references replaced by what they point to.
fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = reference.trim_start_matches('#');
                return resolved(OPENAPI.pointer(pointer).expect("a reference points somewhere"));
            }
            let fields = fields.iter().map(|(name, value)| (name.clone(), resolved(value)));
            Value::Object(fields.collect())
        }
        Value::Array(values) => values.iter().map(resolved).collect(),
        other => other.clone(),
    }
}

/// `createGuestSession` as `create-guest-session`.
#[must_use]
pub fn kebab(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
