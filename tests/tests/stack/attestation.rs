//! Attestations of new devices, where an installation asks for them. What is believed of a
//! statement is tried one by one in `shared/attestation`; here, that nobody gets an account
//! without one.

use serde_json::{Value, json};
use tenjo_tests::attest::attestation;
use tenjo_tests::client::{login, transfer};
use tenjo_tests::database;
use tenjo_tests::grants::Services;
use tenjo_tests::http::Answer;
use tenjo_tests::player::Player;
use uuid::Uuid;

const PASSWORD: &str = "moon-festival";
const REQUIRED: (u16, &str) = (401, "attestation_required");
const INVALID: (u16, &str) = (422, "attestation_invalid");

/// As an installation is that wants genuine devices.
async fn services() -> Services {
    Services::with_settings(&[
        ("create-guest-session", "TENJO_DEVICE_ATTESTATION", "required"),
        ("create-guest-session", "TENJO_GUESTS_PER_NETWORK_HOUR", "1000000"),
        ("create-guest-session", "TENJO_ATTESTATIONS_PER_NETWORK_HOUR", "1000000"),
        ("transfer-account", "TENJO_DEVICE_ATTESTATION", "required"),
    ])
    .await
}

fn new_device() -> String {
    Uuid::new_v4().to_string()
}

/// An address that nothing else comes from.
fn network() -> String {
    let [a, b, c, ..] = *Uuid::new_v4().as_bytes();
    format!("10.{a}.{b}.{c}")
}

/// A login straight at the function, as the gateway would send it.
async fn log_in(services: &Services, device: &str, attestation: Option<&Value>) -> Answer {
    log_in_from("192.0.2.11", services, device, attestation).await
}

/// The same from an address.
async fn log_in_from(
    address: &str,
    services: &Services,
    device: &str,
    attestation: Option<&Value>,
) -> Answer {
    let mut body = login(device);
    if let Some(attestation) = attestation {
        body["attestation"] = attestation.clone();
    }
    let headers = [("X-Real-IP", address)];
    services.call("create-guest-session", "/v1/auth/guest", &headers, &body).await
}

async fn move_to(
    services: &Services,
    code: &str,
    password: &str,
    device: &str,
    attestation: Option<&Value>,
) -> Answer {
    let mut body = transfer(code, password, device);
    if let Some(attestation) = attestation {
        body["attestation"] = attestation.clone();
    }
    let network = network();
    let headers = [("X-Real-IP", network.as_str())];
    services.call("transfer-account", "/v1/auth/transfer", &headers, &body).await
}

/// The challenge of a refusal.
fn challenge(refused: &Answer) -> String {
    assert_eq!(refused.error(), REQUIRED);
    refused.body["error"]["challenge"].as_str().unwrap().to_owned()
}

/// A device's first login, up to where it is asked.
async fn asked(services: &Services, device: &str) -> String {
    challenge(&log_in(services, device, None).await)
}

#[tokio::test]
async fn a_new_device_gets_a_player_once_it_is_attested_and_is_not_asked_again() {
    let services = &services().await;
    for platform in ["apple", "google"] {
        let device = new_device();
        let challenge = asked(services, &device).await;
        let attestation = attestation(platform, &challenge, json!({})).await;
        let first = log_in(services, &device, Some(&attestation)).await.data();
        let again = log_in(services, &device, None).await.data();
        assert_eq!(again["user_id"], first["user_id"], "{platform}");
    }
    // A player from before the setting was changed.
    let player = Player::new().await;
    let before = log_in(services, &player.device_id, None).await.data();
    assert_eq!(before["user_id"], json!(player.user_id));
}

#[tokio::test]
async fn a_challenge_is_for_one_device_and_makes_one_player() {
    let services = &services().await;
    let device = new_device();
    let challenge = asked(services, &device).await;
    let good = attestation("apple", &challenge, json!({})).await;
    // Somebody who saw it cannot use it for a device of their own.
    assert_eq!(log_in(services, &new_device(), Some(&good)).await.error(), INVALID);

    let made = log_in(services, &device, Some(&good)).await.data();
    // The device has no player any more, as after a deletion: the same does not make another.
    let forget = "delete from game_user.devices where user_id = ?";
    database::change(forget, made["user_id"].as_str().unwrap().parse().unwrap()).await;
    let replayed = log_in(services, &device, Some(&good)).await;
    assert_eq!(replayed.error(), INVALID);
    // Nor does another statement for the same challenge.
    let other = attestation("google", &challenge, json!({})).await;
    assert_eq!(log_in(services, &device, Some(&other)).await.error(), INVALID);
    let anew = attestation("google", &asked(services, &device).await, json!({})).await;
    let anew = log_in(services, &device, Some(&anew)).await.data();
    assert_ne!(anew["user_id"], made["user_id"]);
}

#[tokio::test]
async fn nothing_else_than_an_attestation_of_this_app_for_this_challenge_makes_a_player() {
    let services = &services().await;
    let device = new_device();
    let challenge = asked(services, &device).await;
    for (platform, with) in [
        ("apple", json!({ "app_id": "TEAM123456.another.game" })),
        ("apple", json!({ "is_development": true })),
        ("apple", json!({ "by_a_stranger": true })),
        ("apple", json!({ "valid": [-4, -1] })),
        ("apple", json!({ "counter": 1 })),
        ("apple", json!({ "challenge": "another-challenge-of-ours" })),
        ("google", json!({ "challenge": "another-challenge-of-ours" })),
        ("google", json!({ "with": { "requestDetails": { "requestPackageName": "other" } } })),
        ("google", json!({ "with": { "deviceIntegrity": null } })),
        (
            "google",
            json!({ "with": { "appIntegrity": {
                "appRecognitionVerdict": "UNRECOGNIZED_VERSION",
            } } }),
        ),
    ] {
        let bad = attestation(platform, &challenge, with.clone()).await;
        assert_eq!(log_in(services, &device, Some(&bad)).await.error(), INVALID, "{with}");
    }
    // Each for the other platform, and a challenge that somebody made up.
    let apples = attestation("apple", &challenge, json!({})).await;
    let mut crossed = apples.clone();
    crossed["platform"] = json!("google");
    assert_eq!(log_in(services, &device, Some(&crossed)).await.error(), INVALID);
    let mut crossed = attestation("google", &challenge, json!({})).await;
    crossed["platform"] = json!("apple");
    assert_eq!(log_in(services, &device, Some(&crossed)).await.error(), INVALID);
    for made_up in ["a-challenge-of-mine".to_owned(), format!("B{}", &challenge[1..])] {
        let bad = attestation("apple", &made_up, json!({})).await;
        assert_eq!(log_in(services, &device, Some(&bad)).await.error(), INVALID, "{made_up}");
    }
    // None of it was a use: the challenge is still good.
    log_in(services, &device, Some(&apples)).await.data();
}

/// Each may cost a call of Google's, whose quota is for everybody.
#[tokio::test]
async fn a_network_has_so_many_attestations_checked_in_an_hour_good_or_bad() {
    let services = &Services::with_settings(&[
        ("create-guest-session", "TENJO_DEVICE_ATTESTATION", "required"),
        ("create-guest-session", "TENJO_ATTESTATIONS_PER_NETWORK_HOUR", "3"),
    ])
    .await;
    let (here, device) = (network(), new_device());
    let asked = challenge(&log_in_from(&here, services, &device, None).await);
    let with = json!({ "challenge": "another-challenge-of-ours" });
    let bad = attestation("google", &asked, with).await;
    // The hour may begin anew once meanwhile.
    let mut checked = 0;
    loop {
        let answer = log_in_from(&here, services, &device, Some(&bad)).await;
        if answer.error() == (429, "too_many_requests") {
            break;
        }
        assert_eq!(answer.error(), INVALID);
        checked += 1;
        assert!(checked <= 6, "no limit");
    }
    assert!(checked >= 3, "{checked}");
    let good = attestation("google", &asked, json!({})).await;
    let refused = log_in_from(&here, services, &device, Some(&good)).await;
    assert_eq!(refused.error(), (429, "too_many_requests"));
    // To be asked costs nothing, and other networks go on.
    challenge(&log_in_from(&here, services, &new_device(), None).await);
    log_in_from(&network(), services, &device, Some(&good)).await.data();
}

#[tokio::test]
async fn a_player_moves_only_to_a_device_that_is_attested() {
    let services = &services().await;
    let player = Player::new().await;
    let (code, device) = (player.transfer_code(PASSWORD).await, new_device());
    let refused = move_to(services, &code, PASSWORD, &device, None).await;
    let good = attestation("apple", &challenge(&refused), json!({})).await;
    let tries = "select cast(tries as signed) from game_user.transfer_codes where user_id = ?";
    assert_eq!(database::count(tries, player.user_id).await, 0, "nothing was tried");

    let bad = attestation("apple", &challenge(&refused), json!({ "counter": 1 })).await;
    let answer = move_to(services, &code, PASSWORD, &device, Some(&bad)).await;
    assert_eq!(answer.error(), INVALID);
    assert_eq!(database::count(tries, player.user_id).await, 0);
    // A wrong password does not use it up; the move does.
    let wrong = move_to(services, &code, "not-this-one", &device, Some(&good)).await;
    assert_eq!(wrong.error(), (401, "transfer_refused"));
    let moved = move_to(services, &code, PASSWORD, &device, Some(&good)).await.data();
    assert_eq!(moved["user_id"], json!(player.user_id));
    let here = player.in_session(&moved);
    let next = here.transfer_code(PASSWORD).await;
    let replayed = move_to(services, &next, PASSWORD, &device, Some(&good)).await;
    assert_eq!(replayed.error(), INVALID);
    // A device that was here before is asked too.
    let back = move_to(services, &next, PASSWORD, &player.device_id, None).await;
    let back = attestation("google", &challenge(&back), json!({})).await;
    move_to(services, &next, PASSWORD, &player.device_id, Some(&back)).await.data();
}

#[tokio::test]
async fn where_nobody_asks_for_it_an_attestation_is_not_read() {
    let services = &Services::start().await;
    let nonsense = json!({
        "platform": "apple", "challenge": "a-challenge-of-nobody", "statement": "nonsense",
    });
    log_in(services, &new_device(), None).await.data();
    log_in(services, &new_device(), Some(&nonsense)).await.data();
}
