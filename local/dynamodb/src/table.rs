//! The operations table: partition key `id`, expiry in `expiry`.
//!
//! The same as `OpsTable` in `template.yaml`.

use anyhow::anyhow;
use awsim_core::{RequestContext, ServiceHandler};
use awsim_dynamodb::DynamoDbService;
use serde_json::{Value, json};

/// Makes the table. Its items, if there are any from an earlier run, are kept:
/// the service remembers items on disk, and tables only in memory.
///
/// # Errors
/// The service refuses the definition.
pub(crate) async fn create(
    service: &DynamoDbService,
    name: &str,
    region: &str,
) -> anyhow::Result<()> {
    let create = json!({
        "TableName": name,
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let expire = json!({
        "TableName": name,
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "expiry" },
    });
    call(service, region, "CreateTable", create).await?;
    call(service, region, "UpdateTimeToLive", expire).await
}

async fn call(
    service: &DynamoDbService,
    region: &str,
    operation: &str,
    input: Value,
) -> anyhow::Result<()> {
    service
        .handle(operation, input, &RequestContext::new("dynamodb", region))
        .await
        .map_err(|error| anyhow!("{operation}: {} ({})", error.message, error.code))?;
    Ok(())
}
