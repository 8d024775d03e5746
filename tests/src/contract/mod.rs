//! `openapi.yaml` as a check on every answer that a test gets, and as the source of
//! requests that it allows and forbids.

mod candidates;
mod operation;
mod random;
mod requests;

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

pub use operation::{Operation, kebab, operations};
pub use random::Random;
pub use requests::{Case, Request, cases};

static OPENAPI: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml"));
    let mut document = serde_saphyr::from_str(text).expect("openapi.yaml is YAML");
    close_words(&mut document);
    document
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// Every error code that the contract names.
///
/// # Panics
/// When `openapi.yaml` names none.
#[must_use]
pub fn error_codes() -> BTreeSet<String> {
    let codes = OPENAPI
        .pointer("/components/schemas/ErrorCode/enum")
        .and_then(Value::as_array)
        .expect("the codes");
    codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect()
}

/// The path of every `GET`, with its parameters in braces.
///
/// # Panics
/// When `openapi.yaml` has no paths.
#[must_use]
pub fn read_paths() -> Vec<String> {
    let paths = OPENAPI["paths"].as_object().expect("paths");
    let read = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    read.map(|(path, _)| path.clone()).collect()
}

/// The method and path of every operation that needs an access token and is not a
/// `GET`, in order.
///
/// # Panics
/// When `openapi.yaml` has no paths.
#[must_use]
pub fn changing_routes() -> Vec<String> {
    let operations = operations();
    let changing = operations.iter().filter(|it| it.needs_token && it.method != "GET");
    let mut routes: Vec<_> = changing.map(|it| format!("{} {}", it.method, it.path)).collect();
    routes.sort();
    routes
}

/// Makes an `enum` of every `x-extensible-enum`. Clients must read words beyond the
/// documented ones, so that the API can gain some; the server must not use any yet.
pub fn close_words(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(mut words) = fields.remove("x-extensible-enum") {
                // `enum` also closes a type that may be null.
                let may_be_null = fields.get("type").and_then(Value::as_array);
                if may_be_null.is_some_and(|types| types.contains(&"null".into()))
                    && let Some(words) = words.as_array_mut()
                {
                    words.push(Value::Null);
                }
                fields.insert("enum".to_owned(), words);
            }
            fields.values_mut().for_each(close_words);
        }
        Value::Array(values) => values.iter_mut().for_each(close_words),
        _ => {}
    }
}

/// Panics unless the contract allows an answer for its route. The gateway must answer
/// 404 on routes that the contract does not have.
///
/// # Panics
/// When an answer breaks the contract.
pub fn check(method: &str, path: &str, status: u16, body: &Value) {
    let Some((template, operation)) = operation(method, path) else {
        assert_eq!(status, 404, "{method} {path} is no route, and was answered");
        return;
    };
    let response = &operation["responses"][status.to_string()];
    assert!(!response.is_null(), "{method} {template} must not answer {status}: {body}");
    let reference = response["$ref"].as_str().expect("answers are components");
    let pointer = reference.trim_start_matches('#');
    let response = OPENAPI.pointer(pointer).expect("a response");
    if response.get("content").is_none() {
        assert_eq!(*body, Value::Null, "{method} {template} {status} has no body");
        return;
    }
    let pointer = format!("{pointer}/content/application~1json/schema");
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(pointer).or_insert_with_key(|pointer| {
        let mut schema = json!({ "$ref": format!("#{pointer}") });
        schema["components"] = OPENAPI["components"].clone();
        jsonschema::draft202012::new(&schema).expect("a schema")
    });
    let mut errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    drop(validators);
    errors.extend(outcome_problem(operation, response, status, body));
    assert!(
        errors.is_empty(),
        "{method} {template} {status} breaks the contract: {errors:#?}\n{body:#}"
    );
}

fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = OPENAPI["paths"].as_object()?;
    let matches = |template: &str| {
        let (ours, theirs) = (template.split('/'), path.split('/'));
        ours.clone().count() == theirs.clone().count()
            && ours.zip(theirs).all(|(ours, theirs)| ours == theirs || ours.starts_with('{'))
    };
    let (template, item) = paths.iter().find(|(template, _)| matches(template))?;
    item.get(method.to_lowercase()).map(|operation| (template.as_str(), operation))
}

/// What is wrong with an answer beyond its schema. The schemas of answers are plain, so
/// that the generators of clients can read them: all errors share one, and so do a
/// draw that is done and one that still runs.
fn outcome_problem(
    operation: &Value,
    response: &Value,
    status: u16,
    body: &Value,
) -> Option<String> {
    if status < 400 {
        if body["success"] != true {
            return Some("success is not true".to_owned());
        }
        let data = &body["data"];
        let is_done = data["status"] == "COMPLETED" && data["results"].is_array();
        let is_running = data["status"] != "COMPLETED"
            && data.get("results") == Some(&Value::Null)
            && data.get("pity") == Some(&Value::Null);
        return match (operation["operationId"].as_str(), status) {
            (Some("requestDraw"), 200) if !is_done => Some("the draw is not done".to_owned()),
            (Some("requestDraw"), 202) if !is_running => Some("the draw is done".to_owned()),
            _ => None,
        };
    }
    let names: BTreeSet<&str> =
        body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if names.contains("success") {
        if body["success"] != false || names != BTreeSet::from(["success", "error"]) {
            return Some("an error of a function has success: false, and error".to_owned());
        }
        let codes = response["x-error-codes"].as_array();
        let known = codes.is_some_and(|codes| codes.contains(&body["error"]["code"]));
        return (!known).then(|| "the code is not one of this status".to_owned());
    }
    (response["x-from-gateway"] != true).then(|| "the gateway does not answer so here".to_owned())
}
