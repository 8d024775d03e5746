//! The operations table in DynamoDB.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{aws, variable};

/// Deletes the record of a player's request, as if the table had lost it.
///
/// # Panics
/// When it cannot be deleted, or was not there.
pub async fn forget(user_id: Uuid, key: &str) {
    change(user_id, key, "DeleteItem", json!({})).await;
}

/// Replaces the answer in the record of a player's request by one of another form, as
/// another release may have written it.
///
/// # Panics
/// When it cannot be replaced, or was not there.
pub async fn spoil(user_id: Uuid, key: &str) {
    let update = json!({
        "UpdateExpression": "SET answer = :answer",
        "ExpressionAttributeValues": { ":answer": { "S": "{\"of\":\"another release\"}" } },
    });
    change(user_id, key, "UpdateItem", update).await;
}

/// Changes a record that is there.
async fn change(user_id: Uuid, key: &str, operation: &str, mut input: Value) {
    input["TableName"] = variable("TENJO_OPS_TABLE").into();
    input["Key"] = json!({ "id": { "S": format!("idempotency#{user_id}#{key}") } });
    input["ConditionExpression"] = "attribute_exists(id)".into();
    let url = variable("TENJO_TEST_DYNAMODB_URL");
    let target = format!("DynamoDB_20120810.{operation}");
    let (status, answer) = aws::call(&url, "request-draw", &target, &input).await;
    assert_eq!(status, 200, "{answer}");
}
