//! Calls to AWS's services as one of the functions.

use serde_json::Value;

/// Calls an operation of a stand-in as the caller with an access key, and returns
/// the status and the answer. The stand-ins do not check signatures.
///
/// # Panics
/// When there is no answer, or one that is not JSON.
pub async fn call(url: &str, access_key_id: &str, target: &str, input: &Value) -> (u16, Value) {
    let service = match target.split('.').next() {
        Some("DynamoDB_20120810") => "dynamodb",
        Some("AWSStepFunctions") => "states",
        Some("TrentService") => "kms",
        _ => "ssm",
    };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=none"
    );
    let request = reqwest::Client::new()
        .post(url)
        .header("Authorization", authorization)
        .header("X-Amz-Target", target)
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(input.to_string());
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).expect("JSON"))
}
