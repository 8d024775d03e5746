//! The operations table in DynamoDB.

use serde_json::json;
use uuid::Uuid;

use crate::variable;

/// Deletes the record of a player's request, as if the table had lost it.
///
/// # Panics
/// When it cannot be deleted, or was not there.
pub async fn forget(user_id: Uuid, key: &str) {
    let body = json!({
        "TableName": variable("TENJO_OPS_TABLE"),
        "Key": { "id": { "S": format!("idempotency#{user_id}#{key}") } },
        "ReturnValues": "ALL_OLD",
    });
    let response = reqwest::Client::new()
        .post(variable("TENJO_TEST_DYNAMODB_URL"))
        .header("X-Amz-Target", "DynamoDB_20120810.DeleteItem")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    let text = response.text().await.expect("a body");
    assert!(text.contains("Attributes"), "there was no record: {text}");
}
