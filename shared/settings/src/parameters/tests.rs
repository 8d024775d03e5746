//! Tests against a server that answers like SSM.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tenjo_aws::Credentials;

use super::*;

/// What it answers to one call; the last answer is repeated.
type Answers = Vec<(u16, Value)>;

struct Server {
    store: ParameterStore,
    /// The names of each call.
    calls: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Server {
    /// A server that first gives these answers. After that it has every parameter except
    /// those with `absent` in their name.
    async fn start(first: Answers) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        let first = Arc::new(first);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, first) = (Arc::clone(&seen), Arc::clone(&first));
                let answer = service_fn(move |request: Request<Incoming>| {
                    let (seen, first) = (Arc::clone(&seen), Arc::clone(&first));
                    async move { Ok::<_, Infallible>(answer(request, &seen, &first).await) }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), answer));
            }
        });
        let credentials =
            Credentials::new("get-user", "secret", Some("session".to_owned()), None, "test");
        Self { store: ParameterStore::new(&endpoint, "eu-west-1".to_owned(), credentials), calls }
    }

    async fn read(
        &self,
        variables: &[(&str, &str)],
    ) -> Result<HashMap<String, SecretString>, String> {
        let names = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        read(&self.store, &names.collect()).await.map_err(|error| error.to_string())
    }

    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: &Mutex<Vec<Vec<String>>>,
    first: &[(u16, Value)],
) -> Response<Full<Bytes>> {
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-amz-target"), "AmazonSSM.GetParameters");
    assert_eq!(header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(header("x-amz-security-token"), "session");
    let signature = header("authorization");
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=get-user/"), "{signature}");
    assert!(signature.contains("/eu-west-1/ssm/aws4_request"), "{signature}");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["WithDecryption"], true);
    let names: Vec<String> = serde_json::from_value(body["Names"].clone()).unwrap();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(names.clone());
        seen.len() - 1
    };
    let (status, body) = first.get(number).cloned().unwrap_or_else(|| {
        let (absent, there): (Vec<_>, Vec<_>) =
            names.iter().partition(|name| name.contains("absent"));
        let there: Vec<_> = there
            .iter()
            .map(|name| json!({ "Name": name, "Value": format!("value of {name}"), "Version": 1 }))
            .collect();
        (200, json!({ "Parameters": there, "InvalidParameters": absent }))
    });
    let body = Full::new(Bytes::from(body.to_string()));
    Response::builder().status(status).body(body).unwrap()
}

fn refused(kind: &str, message: &str) -> (u16, Value) {
    (400, json!({ "__type": kind, "Message": message }))
}

#[tokio::test]
async fn each_variable_gets_the_value_of_its_parameter_in_one_call() {
    let server = Server::start(Vec::new()).await;
    let values = server.read(&[("TENJO_A", "/b"), ("TENJO_B", "/a"), ("TENJO_C", "/a")]).await;
    let values = values.unwrap();
    for (variable, value) in
        [("TENJO_A", "value of /b"), ("TENJO_B", "value of /a"), ("TENJO_C", "value of /a")]
    {
        assert_eq!(values[variable].expose_secret(), value);
    }
    assert_eq!(server.calls(), [["/a", "/b"]]);
}

#[tokio::test]
async fn a_call_asks_for_ten_names_at_most_and_none_is_made_for_none() {
    let server = Server::start(Vec::new()).await;
    let names: Vec<_> = (0..23).map(|n| (format!("TENJO_{n}"), format!("/{n}"))).collect();
    let names: Vec<_> = names.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(server.read(&names).await.unwrap().len(), 23);
    let lengths: Vec<usize> = server.calls().iter().map(Vec::len).collect();
    assert_eq!(lengths, [10, 10, 3]);
    assert_eq!(server.read(&[]).await.unwrap().len(), 0);
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn what_aws_cannot_serve_now_is_asked_again() {
    let first = vec![
        refused("ThrottlingException", "Rate exceeded"),
        refused("com.amazonaws.ssm#ThrottlingException", "Rate exceeded"),
        (500, json!({ "__type": "InternalServerError" })),
        (503, json!("<html>")),
        (429, json!({})),
    ];
    let calls = first.len() + 1;
    let server = Server::start(first).await;
    assert_eq!(server.read(&[("TENJO_A", "/a")]).await.unwrap().len(), 1);
    assert_eq!(server.calls().len(), calls);
}

#[tokio::test]
async fn a_refusal_is_final_and_names_the_variable_that_aws_means() {
    let message = "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: \
                   ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:1:parameter/b because no \
                   identity-based policy allows the ssm:GetParameters action";
    let server = Server::start(vec![refused("AccessDeniedException", message)]).await;
    let error = server.read(&[("TENJO_A", "/a"), ("TENJO_B", "/b")]).await.unwrap_err();
    let expected = "TENJO_B names an SSM parameter that could not be read: 400 Bad Request \
                    AccessDeniedException User: ";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(server.calls().len(), 1);

    let server = Server::start(vec![refused("UnrecognizedClientException", "invalid")]).await;
    let error = server.read(&[("TENJO_A", "/a"), ("TENJO_B", "/b")]).await.unwrap_err();
    assert!(error.starts_with("TENJO_A, TENJO_B names an SSM parameter"), "{error}");
}

#[tokio::test]
async fn a_parameter_that_is_not_there_names_its_variable() {
    let server = Server::start(Vec::new()).await;
    let error = server.read(&[("TENJO_A", "/a"), ("TENJO_B", "/absent")]).await.unwrap_err();
    assert_eq!(error, "TENJO_B names the SSM parameter /absent, and there is none");
}

#[tokio::test(start_paused = true)]
async fn it_is_over_well_before_lambda_gives_up() {
    // A paused clock jumps over every wait, and this server never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let credentials = Credentials::new("get-user", "secret", None, None, "test");
    let store = ParameterStore::new(&endpoint, "eu-west-1".to_owned(), credentials);
    let names = BTreeMap::from([("TENJO_A".to_owned(), "/a".to_owned())]);
    let began = Instant::now();
    let error = read(&store, &names).await.unwrap_err().to_string();
    assert!(error.ends_with("could not be read: no answer in time"), "{error}");
    assert!(began.elapsed() <= WITHIN, "{:?}", began.elapsed());
    assert!(WITHIN < Duration::from_secs(8), "Lambda gives ten seconds to all of a start");
}

#[test]
fn what_names_no_parameter_is_refused_by_its_variable() {
    assert_eq!(
        name("TENJO_A", "ssm:/tenjo/dev/key_1.a-b").unwrap().as_deref(),
        Some("/tenjo/dev/key_1.a-b")
    );
    assert_eq!(name("TENJO_A", "plain").unwrap(), None);
    for value in ["ssm:", "ssm:/", "ssm:tenjo", "ssm:/tenjo?x=1", "ssm:/tenjo key"] {
        let error = name("TENJO_A", value).unwrap_err().to_string();
        assert!(error.starts_with("TENJO_A must name an SSM parameter as ssm:/path"), "{error}");
    }
}
