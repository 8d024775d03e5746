//! The forms of schemas that the generators of clients read well.
//!
//! Each rule names a form that some generator turns into a wrong type, a nameless one
//! or code that does not compile. `clients/check` shows it with the generators themselves;
//! this test names the place at once.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::{Map, Value};

use crate::openapi::METHODS;
use crate::project::{list, mapping};

/// Every schema, answer and word that is not in such a form, a sentence each.
pub(crate) fn problems(document: &Value) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let schemas = mapping(document, "/components/schemas")?;
    let of_requests = reachable(document, &request_schemas(document)?);
    for (name, schema) in schemas {
        let is_of_request = of_requests.contains(name);
        component(name, schema, is_of_request, &mut found);
    }
    answers(document, &mut found)?;
    for (long, short) in
        [("PoolDetails", "Pool"), ("DetailedStanding", "Standing"), ("Home", "Status")]
    {
        repeats(schemas, long, short, &mut found)?;
    }
    Ok(found)
}

/// A schema with a name, and what it holds.
fn component(name: &str, schema: &Value, is_of_request: bool, found: &mut Vec<String>) {
    form(name, schema, is_of_request, found);
    for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
        part(&format!("{name}.{property}"), schema, is_of_request, found);
    }
    for place in ["items", "additionalProperties"] {
        if schema[place].is_object() {
            part(&format!("{name}.{place}"), &schema[place], is_of_request, found);
        }
    }
}

/// A schema inside another: a reference, a plain value, or a list of them.
fn part(place: &str, schema: &Value, is_of_request: bool, found: &mut Vec<String>) {
    form(place, schema, is_of_request, found);
    if schema.get("properties").is_some() {
        found.push(format!("{place} is an object without a name: make it a component"));
    }
    if schema["items"].is_object() {
        part(&format!("{place}.items"), &schema["items"], is_of_request, found);
    }
}

fn form(place: &str, schema: &Value, is_of_request: bool, found: &mut Vec<String>) {
    for keyword in ["allOf", "anyOf", "const"] {
        if schema.get(keyword).is_some() {
            found.push(format!("{place} has {keyword}, which generators misread"));
        }
    }
    if schema.get("oneOf").is_some() && !is_nullable_object(schema) {
        found.push(format!("{place} has a oneOf that is not a component or null"));
    }
    if schema.get("enum").is_some() && !is_of_request {
        found.push(format!("{place} has a closed enum in an answer: a new word breaks clients"));
    }
    let described = schema["description"].as_str().unwrap_or_default();
    for word in list(schema, "/x-extensible-enum") {
        let word = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
        if !described.contains(&format!("`{word}`")) {
            found.push(format!("{place}: its description, which clients see, has no `{word}`"));
        }
    }
}

/// `oneOf` of a component and null. Of a string or number, `type: [string, 'null']` is
/// read better.
fn is_nullable_object(schema: &Value) -> bool {
    let parts: Vec<&Value> = list(schema, "/oneOf").collect();
    matches!(parts.as_slice(), [object, null] if object["$ref"].is_string() && null["type"] == "null")
}

/// Checks that each answer of an operation has a schema with a name.
fn answers(document: &Value, found: &mut Vec<String>) -> anyhow::Result<()> {
    let responses = mapping(document, "/components/responses")?.iter();
    // What has no content has no schema.
    for (name, response) in responses.filter(|(_, response)| response.get("content").is_some()) {
        let schema = &response["content"]["application/json"]["schema"];
        if schema["$ref"].as_str().and_then(component_name).is_none() {
            found.push(format!("the answer {name} has no schema with a name"));
        }
    }
    for (path, item) in mapping(document, "/paths")? {
        for (method, operation) in item.as_object().into_iter().flatten() {
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                if !response["$ref"].is_string() {
                    found.push(format!("{status} of {method} {path} is not a component"));
                }
            }
        }
    }
    Ok(())
}

/// Checks that one schema repeats all fields of another.
fn repeats(
    schemas: &Map<String, Value>,
    long: &str,
    short: &str,
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    let fields = |name: &str| {
        let schema = schemas.get(name).with_context(|| format!("no schema {name}"))?;
        let required: BTreeSet<String> = list(schema, "/required").map(Value::to_string).collect();
        anyhow::Ok((mapping(schema, "/properties")?, required))
    };
    let ((long_fields, long_required), (short_fields, short_required)) =
        (fields(long)?, fields(short)?);
    for (field, schema) in short_fields {
        if long_fields.get(field) != Some(schema) {
            found.push(format!("{long}.{field} is not as in {short}"));
        }
    }
    let missing = short_required.difference(&long_required);
    found.extend(missing.map(|field| format!("{long} does not require {field}, and {short} does")));
    Ok(())
}

/// The components that requests name directly.
fn request_schemas(document: &Value) -> anyhow::Result<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    for item in mapping(document, "/paths")?.values() {
        for operation in METHODS.iter().filter_map(|method| item.get(*method)) {
            references(&operation["requestBody"], &mut named);
            references(&operation["parameters"], &mut named);
        }
        references(&item["parameters"], &mut named);
    }
    for owner in ["parameters", "requestBodies"] {
        references(&document["components"][owner], &mut named);
    }
    Ok(named)
}

/// The components that these name, directly or not.
fn reachable(document: &Value, from: &BTreeSet<String>) -> BTreeSet<String> {
    let mut known = from.clone();
    loop {
        let mut next = known.clone();
        for name in &known {
            references(&document["components"]["schemas"][name], &mut next);
        }
        if next.len() == known.len() {
            return known;
        }
        known = next;
    }
}

/// The names of the components that a value refers to.
fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            named.extend(fields.get("$ref").and_then(Value::as_str).and_then(component_name));
            fields.values().for_each(|value| references(value, named));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, named)),
        _ => {}
    }
}

fn component_name(reference: &str) -> Option<String> {
    reference.strip_prefix("#/components/schemas/").map(str::to_owned)
}
