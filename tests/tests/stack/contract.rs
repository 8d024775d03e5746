//! One contract, read alike: `openapi.yaml`, the gateway and the functions say the same
//! of every request. The functions do so alone too, for a gateway without the plugins
//! of Kong Enterprise checks nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;
use tenjo_tests::contract::{self, Case, Operation, Request, cases, operations};
use tenjo_tests::http::gateway;
use tenjo_tests::player::Player;
use tenjo_tests::variable;
use tenjo_tests::wire::{self, Reply};
use tokio::task::JoinSet;

/// What a function refuses although its schema allows it: rules that a schema cannot
/// have. Operation (or any), field, the beginning of the reason.
const BEYOND_SCHEMAS: [(&str, &str, &str); 9] = [
    ("createGuestSession", "device_id", "is one character or word repeated"),
    ("createGuestSession", "device_id", "is a placeholder"),
    ("transferAccount", "device_id", "is one character or word repeated"),
    ("transferAccount", "device_id", "is a placeholder"),
    ("updateUser", "display_name", "must not "),
    ("updateUser", "display_name", "must have only characters that show"),
    ("requestDraw", "draw_count", "must be 1 or 10 for this pool"),
    ("setBirthMonth", "birth_month", "must be a month in the past"),
    ("", "cursor", "is not one of ours"),
];

/// How many cases one player sends, so that none meets the limits on draws.
const CASES_OF_A_PLAYER: usize = 8;

/// How many players send at once.
const AT_ONCE: usize = 4;

/// A request through the gateway.
pub(crate) async fn through(request: &Request, token: Option<&str>) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
    wire::send(&gateway(), &request.bytes("", &headers)).await
}

/// A request to the function, as the gateway would send it on without a check.
pub(crate) async fn past(operation: &Operation, request: &Request, token: Option<&str>) -> Reply {
    let (secret, url) = (variable("TENJO_TEST_ORIGIN_SECRET"), variable("TENJO_TEST_LAMBDA_URL"));
    let bearer = token.map(|token| format!("Bearer {token}"));
    // The gateway sets these two itself, whatever a client sends.
    let mut headers = vec![("X-Origin-Secret", secret.as_str()), ("X-Real-IP", "127.0.0.1")];
    headers.extend(bearer.iter().map(|value| ("Authorization", value.as_str())));
    let prefix = format!("/lambda-url/{}", operation.function);
    wire::send(&url, &request.bytes(&prefix, &headers)).await
}

/// Whether it is the gateway's own refusal of a request that its contract forbids.
fn is_gateways(reply: &Reply) -> bool {
    reply.status == 400 && reply.json().is_some_and(|body| body.get("success").is_none())
}

/// Which rule beyond the schemas a function's refusal follows.
fn rule(operation: &Operation, reply: &Reply) -> Option<usize> {
    let body = reply.json()?;
    let (field, message) = (body["error"]["field"].as_str()?, body["error"]["message"].as_str()?);
    let reason = message.strip_prefix(field)?.strip_prefix(": ")?;
    BEYOND_SCHEMAS.iter().position(|(of, known, begin)| {
        (of.is_empty() || *of == operation.id) && *known == field && reason.starts_with(begin)
    })
}

/// What was found, to be told at the end.
#[derive(Debug, Default)]
struct Found {
    allowed: usize,
    forbidden: usize,
    rules: BTreeMap<usize, usize>,
    doubled: usize,
    disagreements: Vec<String>,
}

impl Found {
    fn add(&mut self, operation: &Operation, case: &Case, by_gateway: &Reply, by_function: &Reply) {
        let allowed = operation.allows(&case.request);
        let (gateway_allows, function_allows) =
            (!is_gateways(by_gateway), by_function.status != 400);
        *(if allowed { &mut self.allowed } else { &mut self.forbidden }) += 1;
        let mut agreed = gateway_allows == allowed && function_allows == allowed;
        if gateway_allows
            && allowed
            && !function_allows
            && let Some(rule) = rule(operation, by_function)
        {
            *self.rules.entry(rule).or_default() += 1;
            agreed = true;
        }
        if !gateway_allows && !allowed && function_allows && case.request.has_doubled_header() {
            self.doubled += 1;
            agreed = true;
        }
        if !agreed {
            let (gateway, function) = (text(by_gateway), text(by_function));
            self.disagreements.push(format!(
                "{} {}: the schema {}, the gateway {gateway}, the function {function}",
                operation.id,
                case.change,
                if allowed { "allows" } else { "forbids" },
            ));
        }
        for reply in [by_gateway, by_function] {
            let body = match reply.status {
                304 => Value::Null,
                _ => reply.json().unwrap_or_else(|| panic!("{}: {}", case.change, text(reply))),
            };
            contract::check(&operation.method, &operation.path, reply.status, &body);
        }
    }
}

fn text(reply: &Reply) -> String {
    format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body))
}

async fn tell(operation: Arc<Operation>, cases: Vec<Case>) -> Found {
    let player = Player::new().await;
    let token = operation.needs_token.then_some(player.access_token.as_str());
    let mut found = Found::default();
    for case in cases {
        let by_gateway = through(&case.request, token).await;
        let by_function = past(&operation, &case.request, token).await;
        found.add(&operation, &case, &by_gateway, &by_function);
    }
    found
}

#[tokio::test]
async fn schema_gateway_and_function_say_the_same_of_every_request() {
    let mut waiting = Vec::new();
    for operation in operations() {
        let operation = Arc::new(operation);
        let cases = cases(&operation);
        assert!(operation.allows(&cases[0].request), "{}'s example is forbidden", operation.id);
        for part in cases.chunks(CASES_OF_A_PLAYER) {
            waiting.push(tell(Arc::clone(&operation), part.to_vec()));
        }
    }
    let mut all = Found::default();
    let mut running = JoinSet::new();
    let mut waiting = waiting.into_iter();
    loop {
        while running.len() < AT_ONCE {
            let Some(next) = waiting.next() else { break };
            running.spawn(next);
        }
        let Some(found) = running.join_next().await else { break };
        let found = found.unwrap();
        all.allowed += found.allowed;
        all.forbidden += found.forbidden;
        all.doubled += found.doubled;
        all.disagreements.extend(found.disagreements);
        for (rule, count) in found.rules {
            *all.rules.entry(rule).or_default() += count;
        }
    }
    tenjo_tests::tell(&format!(
        "{} requests allowed, {} forbidden; refused by rules beyond the schemas: {:?}; \
         headers twice: {}",
        all.allowed, all.forbidden, all.rules, all.doubled
    ));
    let disagreements = &all.disagreements;
    assert!(disagreements.is_empty(), "{}:\n{}", disagreements.len(), disagreements.join("\n"));
    for (index, rule) in BEYOND_SCHEMAS.iter().enumerate() {
        assert!(all.rules.contains_key(&index), "no request met {rule:?}: is it still a rule?");
    }
}

#[tokio::test]
async fn a_function_says_why_in_plain_words() {
    let operations = operations();
    for operation in operations.iter().filter(|operation| operation.has_body()) {
        let player = Player::new().await;
        let token = operation.needs_token.then_some(player.access_token.as_str());
        let mut request = Request::of(operation);
        for body in ["{}", "[]", "{\"surplus\":1}", "x", "null", "{\"version\":1.5}"] {
            request.body = Some(body.into());
            let reply = past(operation, &request, token).await;
            let body: Value = reply.json().unwrap();
            assert_eq!(reply.status, 400, "{body}");
            let message = body["error"]["message"].as_str().unwrap();
            for word in ["line ", "column", "u32", "struct", "expected", "invalid type", "`"] {
                assert!(!message.contains(word), "{} says {message:?}", operation.id);
            }
        }
    }
}

#[tokio::test]
async fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
    let player = Player::new().await;
    for count in ["1.0", "1e0"] {
        let body = format!(r#"{{"pool_id":"pool-standard","draw_count":{count}}}"#);
        let request = player.request(Method::POST, "/v1/gacha/draw");
        let request = request.header("Content-Type", "application/json").body(body);
        let data = tenjo_tests::http::send(request).await.data();
        assert_eq!(data["results"].as_array().map(Vec::len), Some(1), "{count}");
    }
}

#[tokio::test]
async fn who_is_refused_is_told_how_to_prove_who_they_are() {
    for operation in operations() {
        let request = Request::of(&operation);
        let reply = past(&operation, &request, Some("no.token.ofours")).await;
        if operation.needs_token {
            assert_eq!(reply.status, 401, "{}", operation.id);
        }
        let without = wire::send(
            &variable("TENJO_TEST_LAMBDA_URL"),
            &request.bytes(&format!("/lambda-url/{}", operation.function), &[]),
        )
        .await;
        assert_eq!(without.status, 401, "{}", operation.id);
        for reply in [reply, without] {
            if reply.status == 401 {
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{}", operation.id);
            }
        }
    }
}
