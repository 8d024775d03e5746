//! The examples of `openapi.yaml`, each with the schema that it must match.

use anyhow::Context;
use serde_json::{Value, json};
use tenjo_tests::contract::close_words;

use crate::openapi::resolve;
use crate::project::mapping;

pub(crate) struct Example {
    place: String,
    value: Value,
    /// Includes the document's components, so that its references resolve.
    schema: Value,
}

impl Example {
    /// How the example breaks its schema, if it does.
    pub(crate) fn problem(&self) -> Option<String> {
        let validator = match jsonschema::draft202012::new(&self.schema) {
            Ok(validator) => validator,
            Err(error) => return Some(format!("{}: the schema is bad: {error}", self.place)),
        };
        let error = validator.iter_errors(&self.value).next()?;
        Some(format!("{} at {:?}: {error}", self.place, error.instance_path().to_string()))
    }
}

/// Every example of every operation.
pub(crate) fn of(document: &Value) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    for (path, item) in mapping(document, "/paths")? {
        let operations = item.as_object().into_iter().flatten();
        for (method, operation) in operations.filter(|(_, value)| value.is_object()) {
            let mut place = Place { document, examples: &mut examples };
            let name = format!("{method} {path}");
            for parameter in parameters(item, operation) {
                place.collect(&format!("a parameter of {name}"), parameter)?;
            }
            if let Some(body) = operation.get("requestBody") {
                place.collect_body(&format!("the body of {name}"), body)?;
            }
            for (status, response) in mapping(operation, "/responses")? {
                place.collect_body(&format!("{status} of {name}"), response)?;
                let headers = resolve(document, response)?["headers"].as_object();
                for (header, value) in headers.into_iter().flatten() {
                    place.collect(&format!("{header} in {status} of {name}"), value)?;
                }
            }
        }
    }
    Ok(examples)
}

fn parameters<'a>(item: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    [item, operation].into_iter().filter_map(|owner| owner["parameters"].as_array()).flatten()
}

struct Place<'a> {
    document: &'a Value,
    examples: &'a mut Vec<Example>,
}

impl Place<'_> {
    fn collect_body(&mut self, place: &str, body: &Value) -> anyhow::Result<()> {
        let body = resolve(self.document, body)?;
        if body.get("content").is_none() {
            return Ok(()); // such as 304
        }
        let content = &body["content"]["application/json"];
        content["examples"].as_object().with_context(|| format!("{place} has no examples"))?;
        self.collect(place, content)
    }

    fn collect(&mut self, place: &str, owner: &Value) -> anyhow::Result<()> {
        let owner = resolve(self.document, owner)?;
        let one = owner.get("example").map(|value| (String::new(), value));
        let many = owner["examples"].as_object().into_iter().flatten();
        let many = many.map(|(name, example)| (format!(", example {name}"), &example["value"]));
        let mut schema = json!({
            "allOf": [owner["schema"]],
            "components": self.document["components"],
        });
        close_words(&mut schema);
        for (name, value) in many.chain(one) {
            let schema = schema.clone();
            self.examples.push(Example {
                place: format!("{place}{name}"),
                value: value.clone(),
                schema,
            });
        }
        Ok(())
    }
}
