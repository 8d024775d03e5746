//! `openapi.yaml` as a check on every answer that a test gets.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

static OPENAPI: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml"));
    serde_saphyr::from_str(text).expect("openapi.yaml is YAML")
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// Every error code that the contract names.
///
/// # Panics
/// When `openapi.yaml` names none.
#[must_use]
pub fn error_codes() -> BTreeSet<String> {
    let codes = OPENAPI
        .pointer("/components/schemas/Failure/properties/error/properties/code/enum")
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
    let pointer = match response["$ref"].as_str() {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => {
            let (path, method) = (template.replace('/', "~1"), method.to_lowercase());
            format!("/paths/{path}/{method}/responses/{status}")
        }
    };
    let pointer = format!("{pointer}/content/application~1json/schema");
    if OPENAPI.pointer(&pointer).is_none() {
        return; // no body is promised
    }
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(pointer).or_insert_with_key(|pointer| {
        let mut schema = json!({ "$ref": format!("#{pointer}") });
        schema["components"] = OPENAPI["components"].clone();
        schema["paths"] = OPENAPI["paths"].clone();
        jsonschema::draft202012::new(&schema).expect("a schema")
    });
    let errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    drop(validators);
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
