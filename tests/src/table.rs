//! The operations table in DynamoDB.

use serde_json::json;
use uuid::Uuid;

use crate::{aws, variable};

/// Deletes the record of a player's request, as if the table had lost it.
///
/// # Panics
/// When it cannot be deleted, or was not there.
pub async fn forget(user_id: Uuid, key: &str) {
    let input = json!({
        "TableName": variable("TENJO_OPS_TABLE"),
        "Key": { "id": { "S": format!("idempotency#{user_id}#{key}") } },
        "ReturnValues": "ALL_OLD",
    });
    let url = variable("TENJO_TEST_DYNAMODB_URL");
    let (_, answer) = aws::call(&url, "request-draw", "DynamoDB_20120810.DeleteItem", &input).await;
    assert!(answer.get("Attributes").is_some(), "there was no record: {answer}");
}
