//! The operations of `openapi.yaml`.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::Value;
use tenjo_tests::contract::kebab;

use crate::project::{Operation, list, mapping, string};

pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub(crate) fn operations(document: &Value) -> anyhow::Result<Vec<Operation>> {
    let mut operations = Vec::new();
    for (path, item) in mapping(document, "/paths")? {
        let item = item.as_object().with_context(|| format!("{path} is not a mapping"))?;
        for (method, operation) in item.iter().filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let operation = read(document, path, method, operation)
                .with_context(|| format!("{method} {path} of openapi.yaml"))?;
            operations.push(operation);
        }
    }
    Ok(operations)
}

fn read(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
) -> anyhow::Result<Operation> {
    let mut read = Operation {
        name: kebab(&string(operation, "/operationId")),
        folder: string(operation, "/tags/0"),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        needs_token: operation
            .get("security")
            .or_else(|| document.get("security"))
            .and_then(Value::as_array)
            .is_some_and(|schemes| !schemes.is_empty()),
        limit_per_minute: operation.get("x-rate-limit-per-minute").and_then(Value::as_u64),
        takes_body: operation.get("requestBody").is_some(),
        statuses: BTreeSet::new(),
        codes: BTreeSet::new(),
        codes_of_examples: BTreeSet::new(),
        from_gateway: BTreeSet::new(),
        gateway_examples: BTreeSet::new(),
    };
    for (status, response) in mapping(operation, "/responses")? {
        let status: u16 = status.parse()?;
        let response = resolve(document, response)?;
        let content = &response["content"]["application/json"];
        read.statuses.insert(status);
        let codes = list(response, "/x-error-codes").filter_map(Value::as_str);
        read.codes.extend(codes.map(|code| (status, code.to_owned())));
        if response["x-from-gateway"] == true {
            read.from_gateway.insert(status);
        }
        let examples = content["examples"].as_object().into_iter().flatten();
        for (_, example) in examples.filter(|(_, example)| example["value"]["success"] != true) {
            match example.pointer("/value/error/code").and_then(Value::as_str) {
                Some(code) => {
                    read.codes_of_examples.insert((status, code.to_owned()));
                }
                None => {
                    read.gateway_examples.insert(status);
                }
            }
        }
    }
    Ok(read)
}

/// The target of a `$ref`; any other value is returned itself.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> anyhow::Result<&'a Value> {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
    let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    target.with_context(|| format!("{reference} is not there"))
}
