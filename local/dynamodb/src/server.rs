//! The service behind its HTTP endpoint.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use awsim_core::{AppState, gateway};
use awsim_dynamodb::DynamoDbService;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use tenjo_iam::Identities;

use crate::{rights, table};

/// The account of everything on one machine.
pub(crate) const ACCOUNT: &str = "000000000000";

/// How often expired items are removed. DynamoDB promises no more than "within
/// a few days", so nothing may depend on it.
const SWEEP_INTERVAL_SECONDS: u64 = 60;

/// Opens the data and returns the endpoint. No other service is registered, so
/// calls for one are refused by name.
///
/// # Errors
/// The table cannot be made.
pub(crate) async fn app(
    data_dir: &Path,
    table: &str,
    region: &str,
    identities: Identities,
) -> anyhow::Result<Router> {
    let service = DynamoDbService::with_data_dir(data_dir);
    table::create(&service, table, region).await?;
    service.spawn_ttl_sweeper(SWEEP_INTERVAL_SECONDS, 0);
    service.spawn_wal_checkpointer(SWEEP_INTERVAL_SECONDS);

    let mut state = AppState::new(region.to_owned(), ACCOUNT.to_owned());
    state.register(Arc::new(service), Vec::new());
    let endpoint = Endpoint { state, identities: Arc::new(identities), region: region.to_owned() };
    Ok(Router::new().fallback(answer).with_state(endpoint))
}

#[derive(Clone)]
struct Endpoint {
    state: AppState,
    identities: Arc<Identities>,
    region: String,
}

/// Serves a call that its caller may make.
async fn answer(
    State(Endpoint { state, identities, region }): State<Endpoint>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = rights::check(&identities, &region, &headers, &body) {
        let (status, body) = rights::body(&refusal);
        let content_type = (CONTENT_TYPE, "application/x-amz-json-1.0");
        return (status, [content_type], body.to_string()).into_response();
    }
    gateway::handle_request(State(state), method, uri, headers, body).await
}

/// A loopback address, because nothing here checks signatures.
///
/// # Errors
/// Any other address.
pub(crate) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error| format!("{error}"))?;
    if !address.ip().is_loopback() {
        return Err("only a loopback address, such as 127.0.0.1:0".to_owned());
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
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

        async fn app(&self) -> Router {
            std::fs::create_dir_all(&self.0).unwrap();
            let file = self.0.join("identities.json");
            std::fs::write(&file, identities().to_string()).unwrap();
            let identities = Identities::read(&file).unwrap();
            app(&self.0.join("data"), "tenjo-ops", "us-east-1", identities).await.unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn identities() -> Value {
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
        json!([
            identity("writer", &["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Describe*"]),
            identity("reader", &["dynamodb:GetItem"]),
        ])
    }

    async fn call(app: &Router, target: &str, input: Value) -> (u16, Value) {
        call_as(app, "writer", target, input).await
    }

    async fn call_as(app: &Router, key: &str, target: &str, input: Value) -> (u16, Value) {
        let request = Request::post("/")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/dynamodb/aws4_request, \
                     SignedHeaders=host, Signature=none"
                ),
            )
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .body(Body::from(input.to_string()))
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn first_writer(id: &str) -> Value {
        json!({
            "TableName": "tenjo-ops",
            "Item": { "id": { "S": id }, "expiry": { "N": "4102444800" } },
            "ConditionExpression": "attribute_not_exists(id)",
        })
    }

    #[tokio::test]
    async fn of_racing_first_writers_one_wins() {
        let folder = Folder::new("race");
        let app = folder.app().await;
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let app = app.clone();
            writers.spawn(async move {
                call(&app, "DynamoDB_20120810.PutItem", first_writer("a")).await
            });
        }
        let mut won = 0;
        while let Some(answer) = writers.join_next().await {
            let (status, body) = answer.unwrap();
            if status == 200 {
                won += 1;
            } else {
                let refusal = body["__type"].as_str().unwrap();
                assert!(refusal.ends_with("ConditionalCheckFailedException"), "{body}");
            }
        }
        assert_eq!(won, 1);
    }

    #[tokio::test]
    async fn items_and_the_expiry_attribute_outlive_a_restart() {
        let folder = Folder::new("restart");
        let first = folder.app().await;
        let put = call(&first, "DynamoDB_20120810.PutItem", first_writer("b")).await;
        assert_eq!(put.0, 200, "{}", put.1);
        drop(first);

        let second = folder.app().await;
        let key = json!({ "TableName": "tenjo-ops", "Key": { "id": { "S": "b" } } });
        let (_, found) = call(&second, "DynamoDB_20120810.GetItem", key).await;
        assert_eq!(found["Item"]["expiry"]["N"], "4102444800");

        let table = json!({ "TableName": "tenjo-ops" });
        let (_, ttl) = call(&second, "DynamoDB_20120810.DescribeTimeToLive", table).await;
        assert_eq!(ttl["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
        assert_eq!(ttl["TimeToLiveDescription"]["AttributeName"], "expiry");
    }

    #[tokio::test]
    async fn what_is_not_served_is_refused_by_name() {
        let folder = Folder::new("others");
        let app = folder.app().await;
        for target in ["AmazonSQS.ListQueues", "DynamoDB_20120810.TransactWriteItems"] {
            let (status, body) = call(&app, target, json!({})).await;
            assert_eq!(status, 400);
            assert_eq!(body["message"], format!("{target} is not served here"));
        }
    }

    #[tokio::test]
    async fn a_caller_does_what_its_policies_allow_and_nothing_else() {
        let folder = Folder::new("rights");
        let app = folder.app().await;
        let put = "DynamoDB_20120810.PutItem";
        let mut other_table = first_writer("c");
        other_table["TableName"] = json!("tenjo-other");
        for (key, target, input, refusal) in [
            ("writer", put, first_writer("c"), None),
            ("reader", put, first_writer("d"), Some("AccessDeniedException")),
            ("writer", put, other_table, Some("AccessDeniedException")),
            ("writer", "DynamoDB_20120810.Scan", first_writer("c"), Some("AccessDeniedException")),
            ("stranger", put, first_writer("e"), Some("UnrecognizedClientException")),
        ] {
            let (status, body) = call_as(&app, key, target, input).await;
            let kind = body["__type"].as_str().map(|kind| kind.rsplit('#').next().unwrap());
            assert_eq!(
                (status == 200, kind),
                (refusal.is_none(), refusal),
                "{key} {target}: {body}"
            );
        }
        let (_, body) = call_as(&app, "reader", put, first_writer("f")).await;
        assert_eq!(
            body["message"],
            "User: arn:aws:sts::000000000000:assumed-role/readerRole/reader is not authorized to \
             perform: dynamodb:PutItem on resource: \
             arn:aws:dynamodb:us-east-1:000000000000:table/tenjo-ops because no identity-based \
             policy allows the dynamodb:PutItem action"
        );
    }

    #[test]
    fn only_loopback_addresses_are_listened_on() {
        for (address, allowed) in [
            ("127.0.0.1:0", true),
            ("[::1]:8000", true),
            ("0.0.0.0:8000", false),
            ("[::]:8000", false),
            ("192.168.0.1:80", false),
            ("localhost", false),
        ] {
            assert_eq!(loopback(address).is_ok(), allowed, "{address}");
        }
    }
}
