use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tenjo_aws_json::app;
use tower::ServiceExt;

use super::*;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("tenjo-dynamodb-{}-{name}", std::process::id()));
        Self(path)
    }

    fn service(&self) -> DynamoDb {
        let identities = Identities::from_json(identities()).unwrap();
        DynamoDb::new(Table::open(&self.0).unwrap(), "tenjo-ops", "us-east-1", identities)
    }

    fn app(&self) -> Router {
        app(self.service())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn identities() -> Json {
    let identity = |key: &str, actions: &[&str]| {
        json!({
            "access_key_id": key,
            "principal": format!("arn:aws:sts::000000000000:assumed-role/{key}Role/{key}"),
            "statements": [{
                "Effect": "Allow",
                "Action": actions,
                "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/tenjo-ops",
            }],
        })
    };
    let all =
        ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
    let anywhere = json!({
        "access_key_id": "anywhere",
        "principal": "anywhere",
        "statements": [{ "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" }],
    });
    json!([identity("writer", &all), identity("reader", &["dynamodb:GetItem"]), anywhere])
}

async fn call(app: &Router, operation: &str, input: Json) -> (u16, Json) {
    call_as(app, "writer", operation, input).await
}

async fn call_as(app: &Router, key: &str, operation: &str, input: Json) -> (u16, Json) {
    let request = Request::post("/")
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host, Signature=none"
            ),
        )
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(Body::from(input.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn kind(answer: &Json) -> Option<&str> {
    answer["__type"].as_str().and_then(|kind| kind.rsplit('#').next())
}

fn first_writer(id: &str) -> Json {
    json!({
        "TableName": "tenjo-ops",
        "Item": { "id": { "S": id }, "expiry": { "N": "4102444800" } },
        "ConditionExpression": "attribute_not_exists(id)",
    })
}

fn at(id: &str) -> Json {
    json!({ "TableName": "tenjo-ops", "Key": { "id": { "S": id } } })
}

/// A request about an item, with more fields.
fn with(mut input: Json, fields: Json) -> Json {
    input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn of_racing_first_writers_one_wins() {
    let folder = Folder::new("race");
    let app = folder.app();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let app = app.clone();
        writers.spawn(async move { call(&app, "PutItem", first_writer("a")).await });
    }
    let mut won = 0;
    while let Some(answer) = writers.join_next().await {
        let (status, body) = answer.unwrap();
        match status {
            200 => won += 1,
            _ => assert_eq!(kind(&body), Some("ConditionalCheckFailedException"), "{body}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn items_outlive_a_restart_also_one_in_the_middle_of_a_write() {
    let folder = Folder::new("restart");
    let first = folder.app();
    assert_eq!(call(&first, "PutItem", first_writer("kept")).await.0, 200);
    assert_eq!(call(&first, "PutItem", first_writer("deleted")).await.0, 200);
    assert_eq!(call(&first, "DeleteItem", at("deleted")).await.0, 200);
    drop(first);
    let path = folder.0.join("items.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str(r#"{"put":{"id":{"S":"ha"#);
    std::fs::write(&path, text).unwrap();

    let second = folder.app();
    let (_, kept) = call(&second, "GetItem", at("kept")).await;
    assert_eq!(kept["Item"]["expiry"]["N"], "4102444800");
    for id in ["deleted", "ha"] {
        assert_eq!(call(&second, "GetItem", at(id)).await, (200, json!({})));
    }
    assert_eq!(call(&second, "PutItem", first_writer("after")).await.0, 200);
    drop(second);
    let (_, after) = call(&folder.app(), "GetItem", at("after")).await;
    assert_eq!(after["Item"]["id"]["S"], "after");
}

#[tokio::test]
async fn a_condition_that_fails_shows_the_item_if_the_request_asks() {
    let folder = Folder::new("old");
    let app = folder.app();
    call(&app, "PutItem", first_writer("a")).await;
    let (_, body) = call(&app, "PutItem", first_writer("a")).await;
    assert_eq!(body.get("Item"), None);
    let asks = json!({ "ReturnValuesOnConditionCheckFailure": "ALL_OLD" });
    let (status, body) = call(&app, "PutItem", with(first_writer("a"), asks)).await;
    assert_eq!((status, kind(&body)), (400, Some("ConditionalCheckFailedException")));
    assert_eq!(body["Item"]["expiry"]["N"], "4102444800");
}

#[tokio::test]
async fn an_update_sets_attributes_and_a_delete_shows_what_it_deleted() {
    let folder = Folder::new("update");
    let app = folder.app();
    call(&app, "PutItem", first_writer("a")).await;
    let update = json!({
        "UpdateExpression": "SET #status = :done, expiry = :expiry",
        "ConditionExpression": "expiry = :before",
        "ExpressionAttributeNames": { "#status": "status" },
        "ExpressionAttributeValues": {
            ":done": { "S": "COMPLETED" }, ":expiry": { "N": "5" }, ":before": { "N": "4102444800" },
        },
    });
    assert_eq!(call(&app, "UpdateItem", with(at("a"), update.clone())).await, (200, json!({})));
    // The condition fails the second time, and an item that is not there meets none.
    for id in ["a", "absent"] {
        let (status, body) = call(&app, "UpdateItem", with(at(id), update.clone())).await;
        assert_eq!((status, kind(&body)), (400, Some("ConditionalCheckFailedException")));
    }
    let asks = json!({ "ReturnValues": "ALL_OLD" });
    let (_, deleted) = call(&app, "DeleteItem", with(at("a"), asks.clone())).await;
    let left =
        json!({ "id": { "S": "a" }, "expiry": { "N": "5" }, "status": { "S": "COMPLETED" } });
    assert_eq!(deleted, json!({ "Attributes": left }));
    assert_eq!(call(&app, "DeleteItem", with(at("a"), asks)).await, (200, json!({})));
}

#[tokio::test]
async fn an_update_without_a_condition_makes_the_item() {
    let folder = Folder::new("upsert");
    let app = folder.app();
    let update = json!({
        "UpdateExpression": "SET answer = :answer",
        "ExpressionAttributeValues": { ":answer": { "S": "yes" } },
    });
    assert_eq!(call(&app, "UpdateItem", with(at("new"), update)).await.0, 200);
    let (_, item) = call(&app, "GetItem", at("new")).await;
    assert_eq!(item["Item"], json!({ "id": { "S": "new" }, "answer": { "S": "yes" } }));
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let folder = Folder::new("others");
    let app = folder.app();
    let (status, body) = call(&app, "TransactWriteItems", json!({})).await;
    assert_eq!((status, kind(&body)), (400, Some("UnknownOperationException")));
    assert_eq!(body["message"], "DynamoDB_20120810.TransactWriteItems is not served here");

    for (operation, input, named) in [
        ("GetItem", with(at("a"), json!({ "ProjectionExpression": "id" })), "ProjectionExpression"),
        ("PutItem", with(first_writer("a"), json!({ "ReturnValues": "ALL_OLD" })), "ReturnValues"),
        ("DeleteItem", with(at("a"), json!({ "ReturnValues": "UPDATED_NEW" })), "UPDATED_NEW"),
        (
            "PutItem",
            json!({ "TableName": "tenjo-ops", "Item": { "id": { "B": "aWQ=" } } }),
            "unknown variant `B`",
        ),
    ] {
        let (status, body) = call(&app, operation, input).await;
        assert_eq!((status, kind(&body)), (400, Some("SerializationException")), "{named}");
        assert!(body["message"].as_str().unwrap().contains(named), "{body}");
    }
}

#[tokio::test]
async fn what_dynamodb_does_not_take_is_refused() {
    let folder = Folder::new("refused");
    let app = folder.app();
    let item = |item: Json| json!({ "TableName": "tenjo-ops", "Item": item });
    let large = "x".repeat(MOST_BYTES);
    for (operation, input, message) in [
        ("PutItem", item(json!({ "other": { "S": "a" } })), "Missing the key id in the item"),
        ("PutItem", item(json!({ "id": { "N": "1" } })), "Type mismatch for key id"),
        ("PutItem", item(json!({ "id": { "S": "" } })), "cannot contain an empty string value"),
        ("PutItem", item(json!({ "id": { "S": "a" }, "x": { "S": large } })), "Item size"),
        (
            "GetItem",
            json!({ "TableName": "tenjo-ops", "Key": { "id": { "S": "a" }, "x": { "S": "b" } } }),
            "does not match the schema",
        ),
        (
            "UpdateItem",
            with(
                at("a"),
                json!({
                    "UpdateExpression": "SET id = :id",
                    "ExpressionAttributeValues": { ":id": { "S": "b" } },
                }),
            ),
            "Cannot update attribute id",
        ),
        (
            "PutItem",
            with(
                first_writer("a"),
                json!({ "ExpressionAttributeValues": { ":unused": { "S": "b" } } }),
            ),
            "unused in expressions: keys: {:unused}",
        ),
    ] {
        let (status, body) = call(&app, operation, input).await;
        assert_eq!((status, kind(&body)), (400, Some("ValidationException")), "{body}");
        assert!(body["message"].as_str().unwrap().contains(message), "{message}: {body}");
    }
}

#[tokio::test]
async fn a_caller_does_what_its_policies_allow_and_nothing_else() {
    let folder = Folder::new("rights");
    let app = folder.app();
    let mut other_table = first_writer("c");
    other_table["TableName"] = json!("tenjo-other");
    let mut by_arn = first_writer("g");
    by_arn["TableName"] = json!("arn:aws:dynamodb:us-east-1:000000000000:table/tenjo-ops");
    for (key, input, refusal) in [
        ("writer", first_writer("c"), None),
        ("writer", by_arn, None),
        ("reader", first_writer("d"), Some("AccessDeniedException")),
        ("writer", other_table.clone(), Some("AccessDeniedException")),
        ("anywhere", other_table, Some("ResourceNotFoundException")),
        ("stranger", first_writer("e"), Some("UnrecognizedClientException")),
    ] {
        let (status, body) = call_as(&app, key, "PutItem", input).await;
        assert_eq!((status == 200, kind(&body)), (refusal.is_none(), refusal), "{key}: {body}");
    }
    let (_, body) = call_as(&app, "reader", "PutItem", first_writer("f")).await;
    assert_eq!(
        body["message"],
        "User: arn:aws:sts::000000000000:assumed-role/readerRole/reader is not authorized to \
         perform: dynamodb:PutItem on resource: \
         arn:aws:dynamodb:us-east-1:000000000000:table/tenjo-ops because no identity-based \
         policy allows the dynamodb:PutItem action"
    );
}

#[tokio::test]
async fn expired_items_are_removed() {
    let folder = Folder::new("expiry");
    let service = folder.service();
    let app = app(service.clone());
    call(&app, "PutItem", first_writer("a")).await;
    for (now, is_there) in [(4_102_444_800, true), (4_102_444_801, false)] {
        service.remove_expired(now).unwrap();
        let (_, found) = call(&app, "GetItem", at("a")).await;
        assert_eq!(found.get("Item").is_some(), is_there, "{now}");
    }
}
