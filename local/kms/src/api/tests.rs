use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tenjo_aws_json::app;
use tower::ServiceExt;

use super::*;
use crate::keys::Keys;

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/seed-key";
const OTHER: &str = "arn:aws:kms:us-east-1:000000000000:key/other";

/// A service whose keys are in a folder. `draw` may decrypt with one of them.
fn kms(folder: &std::path::Path) -> Router {
    let allow = |action: &str| json!({ "Effect": "Allow", "Action": action, "Resource": KEY });
    let identity = |key: &str, statements: Value| json!({ "access_key_id": key, "principal": key, "statements": statements });
    let identities = json!([
        identity("rotate-seeds", json!([allow("kms:Encrypt"), allow("kms:Decrypt")])),
        identity("draw", json!([allow("kms:Decrypt")])),
    ]);
    let identities = Identities::from_json(identities).unwrap();
    let keys = Keys::load_or_make(&[KEY.to_owned(), OTHER.to_owned()], folder).unwrap();
    app(Kms { keys, identities })
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenjo-kms-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn call(app: &Router, key: &str, operation: &str, body: Value) -> (u16, Value) {
    let request = Request::post("/")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/kms/aws4_request"),
        )
        .header("x-amz-target", format!("TrentService.{operation}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn plain(context: &str) -> Value {
    json!({ "KeyId": KEY, "Plaintext": "c2VlZA==", "EncryptionContext": { "id": context } })
}

fn sealed(key: &str, ciphertext: &Value, context: &str) -> Value {
    json!({
        "KeyId": key,
        "CiphertextBlob": ciphertext,
        "EncryptionContext": { "id": context },
    })
}

#[tokio::test]
async fn what_a_key_encrypted_it_decrypts_after_a_restart_and_under_the_same_context_only() {
    let folder = Folder::new("same");
    let app = kms(&folder.0);
    let (status, answer) = call(&app, "rotate-seeds", "Encrypt", plain("one")).await;
    assert_eq!(status, 200, "{answer}");
    let ciphertext = &answer["CiphertextBlob"];
    let app = kms(&folder.0);
    let (status, opened) = call(&app, "draw", "Decrypt", sealed(KEY, ciphertext, "one")).await;
    assert_eq!((status, &opened["Plaintext"]), (200, &json!("c2VlZA==")), "{opened}");
    let refused = call(&app, "draw", "Decrypt", sealed(KEY, ciphertext, "two")).await;
    assert_eq!(refused.1["__type"], "InvalidCiphertextException");
    // A lost key decrypts nothing, and nothing else does in its place.
    std::fs::remove_file(folder.0.join("seed-key")).unwrap();
    let app = kms(&folder.0);
    let refused = call(&app, "draw", "Decrypt", sealed(KEY, ciphertext, "one")).await;
    assert_eq!(refused.1["__type"], "InvalidCiphertextException");
}

#[tokio::test]
async fn strangers_and_what_is_not_served_are_refused_by_name() {
    let folder = Folder::new("refusals");
    let app = kms(&folder.0);
    let blob = json!("AAAA");
    for ((status, body), refusal) in [
        (call(&app, "nobody", "Decrypt", plain("a")).await, "UnrecognizedClientException"),
        (call(&app, "draw", "Encrypt", plain("a")).await, "AccessDeniedException"),
        (call(&app, "draw", "Decrypt", sealed(OTHER, &blob, "a")).await, "AccessDeniedException"),
        (call(&app, "draw", "GenerateDataKey", json!({})).await, "UnknownOperationException"),
        (call(&app, "draw", "Decrypt", json!({ "KeyId": KEY })).await, "SerializationException"),
        (
            call(&app, "draw", "Decrypt", sealed(KEY, &blob, "a")).await,
            "InvalidCiphertextException",
        ),
        (call(&app, "draw", "Decrypt", sealed(KEY, &json!(""), "a")).await, "ValidationException"),
        (
            call(&app, "draw", "Decrypt", {
                let mut body = sealed(KEY, &blob, "a");
                body["GrantTokens"] = json!([]);
                body
            })
            .await,
            "SerializationException",
        ),
    ] {
        assert_eq!((status, body["__type"].as_str()), (400, Some(refusal)), "{body}");
    }
}
