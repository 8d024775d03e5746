//! Who may do what with which table.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tenjo_iam::{Identities, Refusal};

use crate::server::ACCOUNT;

/// Operations on one table; a right must name that table. Operations on several
/// tables or none are refused, because their rights are not implemented here.
const ON_ONE_TABLE: [&str; 7] =
    ["DeleteItem", "DescribeTimeToLive", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];

/// The part of a request that rights depend on.
#[derive(Deserialize)]
struct Request {
    #[serde(rename = "TableName")]
    table: String,
}

/// Checks whether a call may be served.
///
/// # Errors
/// Why it may not.
pub(crate) fn check(
    identities: &Identities,
    region: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = identities.caller(text(AUTHORIZATION.as_str()))?;
    let target = text("x-amz-target").unwrap_or_default();
    let operation = target.strip_prefix("DynamoDB_20120810.").unwrap_or_default();
    if !ON_ONE_TABLE.contains(&operation) {
        let message = format!("{target} is not served here");
        return Err(Refusal { name: "UnknownOperationException", message });
    }
    let Request { table } = serde_json::from_slice(body)
        .map_err(|error| Refusal { name: "SerializationException", message: error.to_string() })?;
    let table = match table.starts_with("arn:") {
        true => table,
        false => format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}"),
    };
    caller.authorize(&format!("dynamodb:{operation}"), &table)
}

/// A refusal, as DynamoDB answers it.
pub(crate) fn body(refusal: &Refusal) -> (StatusCode, Value) {
    let namespace = match refusal.name {
        "AccessDeniedException" | "UnrecognizedClientException" => "com.amazon.coral.service",
        _ => "com.amazonaws.dynamodb.v20120810",
    };
    let name = format!("{namespace}#{}", refusal.name);
    (StatusCode::BAD_REQUEST, json!({ "__type": name, "message": refusal.message }))
}
