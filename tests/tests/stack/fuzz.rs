//! Whatever a client sends, it gets an answer of the contract: no 5xx, no dead process,
//! no body of another shape. Through the gateway, and past it.
//!
//! The seed is the same every time; `TENJO_SEED` chooses another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tenjo_tests::contract::{self, Operation, Random, Request, cases, operations};
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::wire::Reply;

use crate::contract::{past, through};

/// Requests of each operation, each sent twice: through the gateway, and past it.
const REQUESTS: usize = 120;

/// Cursors of each list, sent twice too.
const CURSORS: usize = 60;

fn seed() -> u64 {
    let seed = std::env::var("TENJO_SEED");
    seed.map_or(1, |seed| seed.parse().expect("TENJO_SEED is a number"))
}

/// Panics unless the answer is one that the contract has for the operation.
fn judge(operation: &Operation, request: &Request, reply: &Reply, way: &str) {
    let shown = || {
        let request = String::from_utf8_lossy(&request.bytes("", &[])).into_owned();
        let body = String::from_utf8_lossy(&reply.body);
        format!("{way}, seed {}:\n{request:?}\n{} {body}", seed(), reply.status)
    };
    assert!(reply.status < 500, "{}", shown());
    if reply.status == 304 && request.method == operation.method {
        // A client that says it has the answer, whatever it may be, is told so.
        contract::check(&operation.method, &operation.path, 304, &Value::Null);
        return;
    }
    if reply.body.is_empty() {
        // What the parser of HTTP refuses, here or in front of Lambda, has no body.
        assert!(matches!(reply.status, 400 | 414 | 431), "{}", shown());
        return;
    }
    let body = reply.json().unwrap_or_else(|| panic!("no JSON {}", shown()));
    // Another method or path is none of this operation's.
    if request.method == operation.method && !matches!(reply.status, 404 | 414) {
        contract::check(&operation.method, &operation.path, reply.status, &body);
    }
}

async fn send(operation: &Operation, request: &Request, token: Option<&str>) {
    judge(operation, request, &through(request, token).await, "through the gateway");
    judge(operation, request, &past(operation, request, token).await, "past the gateway");
}

#[tokio::test]
async fn no_request_breaks_the_gateway_or_a_function() {
    let mut count = 0;
    for operation in operations() {
        let cases = cases(&operation);
        let mut random = Random::new(seed(), &operation.id);
        let mut player = Player::new().await;
        for number in 0..REQUESTS {
            if number % 8 == 7 {
                player = Player::new().await;
            }
            let token = operation.needs_token.then_some(player.access_token.as_str());
            let request = random.request(&operation, &cases);
            send(&operation, &request, token).await;
            count += 2;
        }
    }
    tenjo_tests::tell(&format!("{count} random requests with seed {}", seed()));
}

#[tokio::test]
async fn no_cursor_breaks_a_function() {
    let mut count = 0;
    let player = Player::new().await;
    for _ in 0..6 {
        player.draw("pool-standard", 1, None).await.data();
    }
    let me = player.get("/v1/users/me").await.data();
    for _ in 0..2 {
        let present = json!({
            "audience": "listed", "player_ids": [me["player_id"]], "title": "a", "message": "b",
            "free_gems": 1, "ends_at": "2037-01-01T00:00:00Z",
        });
        AOI.does("send-presents", &present).await;
    }
    // A second session, so that the list of sessions has a second page.
    player.login().await.data();
    let lists: Vec<Operation> = operations().into_iter().filter(Operation::is_list).collect();
    assert!(lists.len() >= 10, "lists have lost their cursors");
    for operation in lists {
        let token = operation.needs_token.then_some(player.access_token.as_str());
        let mut request = Request::of(&operation);
        request.query = "limit=1".to_owned();
        let first = past(&operation, &request, token).await;
        let first = first.json().unwrap_or_default();
        let cursor = first["data"]["next_cursor"].as_str();
        let cursor = cursor.unwrap_or_else(|| panic!("{} has one page", operation.id));
        let content: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
        let mut random = Random::new(seed(), &operation.id);
        for _ in 0..CURSORS {
            let mut content = random.place(&content);
            if content.is_array() {
                // Otherwise most would fail at the version.
                content[0] = 1.into();
            }
            let cursor = URL_SAFE_NO_PAD.encode(content.to_string());
            request.query = format!("limit=1&cursor={cursor}");
            send(&operation, &request, token).await;
            count += 2;
        }
    }
    tenjo_tests::tell(&format!("{count} random cursors with seed {}", seed()));
}
