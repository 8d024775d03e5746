//! One parameter of an operation: where it is, and what it may be.

use std::borrow::Cow;

use anyhow::{Context as _, Result, bail};
use http::{HeaderMap, HeaderName};
use jsonschema::Validator;
use serde_json::Value;

use super::document::Document;
use super::{Reason, schema};

pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: Place,
    is_required: bool,
    kind: Scalar,
    validator: Validator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header(HeaderName),
}

/// How the text of a parameter becomes a JSON value.
#[derive(Debug, Clone, Copy)]
enum Scalar {
    String,
    Number,
    Boolean,
}

impl Parameter {
    /// `None` for headers that are described elsewhere (OpenAPI 3.1, 4.8.12).
    pub(super) fn read(document: &Document<'_>, value: &Value) -> Result<Option<Self>> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let name = text("name").context("a parameter has no name")?.to_owned();
        let place = match text("in").context("in is missing")? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header(name.parse()?),
            other => bail!("parameter {name}: in: {other} is not supported"),
        };
        let usual_style = if place == Place::Query { "form" } else { "simple" };
        for (key, value) in value.as_object().into_iter().flatten() {
            match key.as_str() {
                "name" | "in" | "required" | "schema" | "description" | "deprecated"
                | "example" | "examples" | "explode" => {}
                "style" if value == usual_style => {}
                extension if extension.starts_with("x-") => {}
                unknown => bail!("parameter {name}: {unknown} is not supported"),
            }
        }
        if let Place::Header(header) = &place
            && ["accept", "content-type", "authorization"].contains(&header.as_str())
        {
            return Ok(None);
        }

        let schema = value.get("schema");
        let schema = schema.with_context(|| format!("parameter {name} has no schema"))?;
        let with_name = || format!("parameter {name}");
        Ok(Some(Self {
            kind: Scalar::of(document.resolve(schema).with_context(with_name)?)
                .with_context(with_name)?,
            validator: schema::compile(document, schema).with_context(with_name)?,
            is_required: value.get("required") == Some(&Value::Bool(true)),
            name,
            place,
        }))
    }

    /// Checks what the request gives under this name; more than once is refused.
    pub(super) fn check<'v>(
        &self,
        mut values: impl Iterator<Item = Cow<'v, str>>,
    ) -> Result<(), Reason> {
        let refuse = |rule: &str| {
            let place = match self.place {
                Place::Path => "path",
                Place::Query => "query",
                Place::Header(_) => "header",
            };
            Err(format!("{place} '{}' validation failed with error: '{rule}'", self.name))
        };
        let Some(text) = values.next() else {
            if self.is_required {
                return refuse("required parameter value not found in request");
            }
            return Ok(());
        };
        if values.next().is_some() {
            return refuse("given more than once");
        }
        schema::check(&self.validator, &self.kind.read(&text))
            .or_else(|violation| refuse(&violation.rule))
    }

    /// The values that a header of this name has.
    pub(super) fn in_headers<'h>(
        name: &HeaderName,
        headers: &'h HeaderMap,
    ) -> impl Iterator<Item = Cow<'h, str>> {
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}

impl Scalar {
    fn of(schema: &Value) -> Result<Self> {
        let name = match schema.get("type") {
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).find(|name| *name != "null")
            }
            other => other.and_then(Value::as_str),
        };
        Ok(match name {
            None | Some("string") => Self::String,
            Some("integer" | "number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some(other) => bail!("type: {other} is not supported"),
        })
    }

    /// A text that is not of the type stays text, and the schema refuses it.
    fn read(self, text: &str) -> Value {
        let parsed = match self {
            Self::String => None,
            // Written as in JSON, so `1.0` is an integer, and `01` is no number.
            Self::Number => text.parse().ok().filter(|_| text.trim() == text).map(Value::Number),
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        parsed.unwrap_or_else(|| Value::from(text))
    }
}

/// The parameters of an operation and of its path; the operation's win.
pub(super) fn read_all<'a>(
    document: &Document<'a>,
    shared: Option<&'a Value>,
    own: Option<&'a Value>,
) -> Result<Vec<Parameter>> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for list in [own, shared].into_iter().flatten() {
        for value in list.as_array().context("parameters is not a list")? {
            let Some(read) = Parameter::read(document, document.resolve(value)?)? else {
                continue;
            };
            let is_new = |known: &Parameter| known.name != read.name || known.place != read.place;
            if parameters.iter().all(is_new) {
                parameters.push(read);
            }
        }
    }
    let is_free = |parameter: &&Parameter| parameter.place == Place::Path && !parameter.is_required;
    if let Some(parameter) = parameters.iter().find(is_free) {
        bail!("parameter {}: one in the path must be required", parameter.name);
    }
    Ok(parameters)
}
