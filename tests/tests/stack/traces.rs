//! Traces: a draw in all functions that it went through, found by its ids.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenjo_tests::http::gateway;
use tenjo_tests::player::Player;
use tenjo_tests::variable;
use uuid::Uuid;

/// Longer than any draw takes here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes what functions send of a trace, until there are as many parts or the patience
/// ends.
fn parts_of(root: &str, daemon: &UdpSocket, count: usize, patience: Duration) -> Vec<Value> {
    let end = Instant::now() + patience;
    let mut parts = Vec::new();
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|it| !it.is_zero()) {
        daemon.set_read_timeout(Some(left)).unwrap();
        let mut datagram = [0; 4096];
        let Ok(length) = daemon.recv(&mut datagram) else { break };
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        let part: Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
        if part["trace_id"] == root {
            parts.push(part);
        }
        if parts.len() == count {
            break;
        }
    }
    parts
}

fn new_trace() -> (String, String) {
    let id = Uuid::new_v4().simple().to_string();
    let root = format!("1-{}-{}", &id[..8], &id[8..]);
    (format!("Root={root};Parent=53995c3f42cd8ad8;Sampled=1"), root)
}

#[tokio::test]
async fn a_sampled_draw_is_traced_from_its_request_to_its_last_step() {
    let daemon = UdpSocket::bind(variable("TENJO_TEST_XRAY_ADDRESS")).unwrap();
    let player = Player::new().await;
    let (header, root) = new_trace();
    let url =
        format!("{}/lambda-url/request-draw/v1/gacha/draw", variable("TENJO_TEST_LAMBDA_URL"));
    let request_id = Uuid::new_v4().to_string();
    let drawn = reqwest::Client::new()
        .post(url)
        .header("X-Origin-Secret", variable("TENJO_TEST_ORIGIN_SECRET"))
        .header("X-Request-ID", &request_id)
        .header("X-Amzn-Trace-Id", &header)
        .bearer_auth(&player.access_token)
        .json(&json!({ "pool_id": "pool-standard", "draw_count": 1 }))
        .send()
        .await
        .unwrap();
    assert_eq!(drawn.status(), 200);
    let drawn: Value = drawn.json().await.unwrap();
    let saga_id = &drawn["data"]["saga_id"];

    let parts = parts_of(&root, &daemon, 4, PATIENCE);
    let named = |name: &str| parts.iter().filter(|part| part["name"] == name).collect::<Vec<_>>();
    let (requests, steps) = (named("request"), named("step"));
    assert_eq!((requests.len(), steps.len()), (1, 3), "{parts:?}");
    assert_eq!(requests[0]["parent_id"], "53995c3f42cd8ad8");
    assert_eq!(requests[0]["annotations"]["request_id"], *request_id);
    assert_eq!(requests[0]["annotations"]["saga_id"], *saga_id);
    for step in steps {
        assert_eq!(step["parent_id"], requests[0]["id"]);
        assert_eq!(step["annotations"], json!({ "saga_id": saga_id }));
    }

    // Traces are paid for: what a client says of one does not pass the gateway, with a
    // token or without.
    let with_token = player.request(reqwest::Method::GET, "/v1/users/me");
    let without = reqwest::Client::new().get(format!("{}/v1/status", gateway()));
    for request in [with_token, without] {
        let (header, root) = new_trace();
        let answer = request.header("X-Amzn-Trace-Id", header).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.url());
        let parts = parts_of(&root, &daemon, 1, Duration::from_secs(1));
        assert_eq!(parts, Vec::<Value>::new(), "{}", answer.url());
    }
}
