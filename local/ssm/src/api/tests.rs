use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tenjo_aws_json::app;
use tower::ServiceExt;

use super::*;

fn store(name: &str) -> ParameterStore {
    let identities = json!([{
        "access_key_id": "get-user",
        "principal": "arn:aws:sts::000000000000:assumed-role/GetUserRole/get-user",
        "statements": [{
            "Effect": "Allow",
            "Action": "ssm:GetParameters",
            "Resource": "arn:aws:ssm:us-east-1:000000000000:parameter/dev/urls/user*",
        }],
    }]);
    let file = std::env::temp_dir().join(format!("tenjo-ssm-{}-{name}", std::process::id()));
    std::fs::write(&file, identities.to_string()).unwrap();
    let identities = Identities::read(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    let parameters = [("/dev/urls/user", "mysql://user"), ("/dev/urls/gacha", "mysql://gacha")];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    ParameterStore {
        parameters: parameters.map(own).into(),
        identities,
        region: "us-east-1".to_owned(),
    }
}

async fn call(key: &str, target: &str, body: Value) -> (u16, Value) {
    let name = std::thread::current().name().unwrap().replace("::", "-");
    let request = Request::post("/")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/ssm/aws4_request"),
        )
        .header("x-amz-target", target)
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app(store(&name)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn get(key: &str, names: &[&str]) -> (u16, Value) {
    let body = json!({ "Names": names, "WithDecryption": true });
    call(key, "AmazonSSM.GetParameters", body).await
}

#[tokio::test]
async fn a_function_gets_its_own_parameters_and_hears_of_names_that_nobody_has() {
    let (status, body) = get("get-user", &["/dev/urls/user", "/dev/urls/users"]).await;
    assert_eq!(status, 200, "{body}");
    let [found] = body["Parameters"].as_array().unwrap().as_slice() else { panic!("{body}") };
    assert_eq!(found["Name"], "/dev/urls/user");
    assert_eq!(found["Value"], "mysql://user");
    assert_eq!(found["ARN"], "arn:aws:ssm:us-east-1:000000000000:parameter/dev/urls/user");
    assert_eq!(body["InvalidParameters"], json!(["/dev/urls/users"]));
}

#[tokio::test]
async fn one_parameter_that_a_function_may_not_read_spoils_the_whole_call() {
    let (status, body) = get("get-user", &["/dev/urls/user", "/dev/urls/gacha"]).await;
    assert_eq!(status, 400);
    assert_eq!(body["__type"], "AccessDeniedException");
    assert_eq!(
        body["message"],
        "User: arn:aws:sts::000000000000:assumed-role/GetUserRole/get-user is not authorized \
         to perform: ssm:GetParameters on resource: \
         arn:aws:ssm:us-east-1:000000000000:parameter/dev/urls/gacha because no \
         identity-based policy allows the ssm:GetParameters action"
    );
}

#[tokio::test]
async fn strangers_and_what_is_not_served_are_refused_by_name() {
    let ten = ["/dev/urls/user"; 11];
    for ((status, body), refusal) in [
        (get("nobody", &["/dev/urls/user"]).await, "UnrecognizedClientException"),
        (get("get-user", &ten).await, "ValidationException"),
        (get("get-user", &[]).await, "ValidationException"),
        (call("get-user", "AmazonSSM.GetParameter", json!({})).await, "UnknownOperationException"),
        (
            call("get-user", "AmazonSSM.GetParameters", json!({ "Names": 1 })).await,
            "SerializationException",
        ),
        (
            call("get-user", "AmazonSSM.GetParameters", json!({ "Names": ["/dev/urls/user"] }))
                .await,
            "ValidationException",
        ),
    ] {
        assert_eq!((status, body["__type"].as_str()), (400, Some(refusal)), "{body}");
    }
}
