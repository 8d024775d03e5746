//! Moving a player to another device, and every way to take one over.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenjo_domain::TransferCode;
use tenjo_tests::client::transfer;
use tenjo_tests::deletion::delete;
use tenjo_tests::grants::Services;
use tenjo_tests::http::{Answer, gateway, send};
use tenjo_tests::identity::sign_in;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, until};
use uuid::Uuid;

const PASSWORD: &str = "moon-festival";
const CODE: &str = "/v1/users/me/transfer-code";
const LINKS: &str = "/v1/users/me/links";
const REFUSED: (u16, &str) = (401, "transfer_refused");

fn new_device() -> String {
    Uuid::new_v4().to_string()
}

/// A request for a transfer, through the gateway without limits.
async fn ask(body: &Value) -> Answer {
    send(reqwest::Client::new().post(format!("{}/v1/auth/transfer", gateway())).json(body)).await
}

async fn try_code(code: &str, password: &str) -> Answer {
    ask(&transfer(code, password, &new_device())).await
}

/// The player on the new device.
fn moved(player: &Player, data: &Value) -> Player {
    assert_eq!(data["user_id"], player.user_id.to_string());
    player.in_session(data)
}

async fn log_in(device_id: &str, secret: &Value) -> Answer {
    let mut body = tenjo_tests::client::login(device_id);
    if secret.is_string() {
        body["device_secret"] = secret.clone();
    }
    send(reqwest::Client::new().post(format!("{}/v1/auth/guest", gateway())).json(&body)).await
}

#[tokio::test]
async fn a_player_moves_with_all_they_have_and_the_old_device_is_told_why() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, None).await.data();
    let (gems, items) = (player.free_gems().await, player.item_total().await);
    let code = player.transfer_code(PASSWORD).await;
    let device = new_device();
    let data =
        ask(&transfer(&code.to_lowercase().replace('-', " "), PASSWORD, &device)).await.data();
    let here = moved(&player, &data);
    assert_eq!((here.free_gems().await, here.item_total().await), (gems, items));

    // The old device: neither its id, nor its secret, nor its tokens.
    let told = (401, "account_transferred");
    assert_eq!(player.login().await.error(), told);
    assert_eq!(log_in(&player.device_id, &json!(player.device_secret)).await.error(), told);
    let body = json!({ "refresh_token": player.refresh_token });
    assert_eq!(player.post("/v1/auth/refresh", &body).await.error(), told);
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(player.ask_for_code(PASSWORD).await.error(), (401, "unauthorized"));

    // The new one goes on, and sees what happened.
    assert_eq!(here.draw("pool-standard", 1, None).await.status, 200);
    assert_eq!(log_in(&device, &data["device_secret"]).await.data()["user_id"], data["user_id"]);
    let shown = here.get(CODE).await.data();
    assert!(shown["used_at"].is_string() && shown["made_at"].is_string(), "{shown}");
    books::balance(player.user_id).await;
}

/// A linked account is the person's, and on no device: they have it on the new one too.
#[tokio::test]
async fn linked_accounts_stay_after_a_transfer_and_the_player_sees_and_ends_them() {
    let player = Player::new().await;
    let account = Uuid::new_v4().to_string();
    let linked = sign_in("apple", &account, json!({})).await;
    player.link(&linked).await.data();
    let log_in_by_it = async || {
        let signed_in = sign_in("apple", &account, json!({})).await;
        player.post(&signed_in.route(), &signed_in.login()).await
    };
    let before = log_in_by_it().await.data();
    let code = player.transfer_code(PASSWORD).await;
    let here = moved(&player, &try_code(&code, PASSWORD).await.data());

    // What it had begun has ended, as everything has; it logs in anew.
    let body = json!({ "refresh_token": before["refresh_token"] });
    let ended = player.post("/v1/auth/refresh", &body).await;
    assert_eq!(ended.error(), (401, "account_transferred"));
    let after = log_in_by_it().await.data();
    assert_eq!(after["user_id"], player.user_id.to_string());

    let links = here.get(LINKS).await.data();
    assert_eq!(links["links"][0]["provider"], "apple");
    here.delete(&format!("{LINKS}/apple")).await.data();
    let body = json!({ "refresh_token": after["refresh_token"] });
    assert_eq!(player.post("/v1/auth/refresh", &body).await.error(), (401, "unauthorized"));
    assert_eq!(log_in_by_it().await.error(), (404, "not_found"));
    assert_eq!(here.draw("pool-standard", 1, None).await.status, 200);
}

#[tokio::test]
async fn a_player_moves_back_to_the_old_device() {
    let player = Player::new().await;
    let there = try_code(&player.transfer_code(PASSWORD).await, PASSWORD).await.data();
    let code = moved(&player, &there).transfer_code(PASSWORD).await;
    let back = ask(&transfer(&code, PASSWORD, &player.device_id)).await.data();
    moved(&player, &back);
    assert_eq!(player.login().await.data()["user_id"], player.user_id.to_string());
}

#[tokio::test]
async fn whatever_is_wrong_with_a_code_the_answer_is_the_same() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let wrong_password = try_code(&code, "moon-festivaL").await;
    let unknown = try_code("0000-0000-0000-0000", PASSWORD).await;

    let old = player.transfer_code(PASSWORD).await;
    let newest = player.transfer_code(PASSWORD).await;
    let replaced = try_code(&old, PASSWORD).await;
    let expire = "update game_user.transfer_codes
                  set expires_at = current_timestamp(6) - interval 1 second where user_id = ?";
    database::change(expire, player.user_id).await;
    let expired = try_code(&newest, PASSWORD).await;

    let code = player.transfer_code(PASSWORD).await;
    try_code(&code, PASSWORD).await.data();
    let used = try_code(&code, PASSWORD).await;
    let mut messages = BTreeSet::new();
    for answer in [wrong_password, unknown, replaced, expired, used] {
        assert_eq!(answer.error(), REFUSED);
        messages.insert(answer.body["error"]["message"].to_string());
    }
    assert_eq!(messages.len(), 1, "{messages:?}");
}

#[tokio::test]
async fn wrong_passwords_lock_a_code_and_a_new_code_works() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    for _ in 0..TransferCode::MOST_TRIES {
        assert_eq!(player.get(CODE).await.data()["is_locked"], false);
        assert_eq!(try_code(&code, "not-this-one").await.error(), REFUSED);
    }
    assert_eq!(player.get(CODE).await.data()["is_locked"], true);
    assert_eq!(try_code(&code, PASSWORD).await.error(), REFUSED, "also with the right one");
    assert_eq!(player.draw("pool-standard", 1, None).await.status, 200, "nobody was moved");
    let code = player.transfer_code(PASSWORD).await;
    moved(&player, &try_code(&code, PASSWORD).await.data());
}

const TRIES: &str = "select cast(tries as signed) from game_user.transfer_codes where user_id = ?";

#[tokio::test]
async fn guesses_at_once_get_no_more_tries_than_guesses_one_after_another() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let guesses: Vec<_> = (0..12)
        .map(|number| {
            let code = code.clone();
            tokio::spawn(async move { try_code(&code, &format!("guess-number-{number}")).await })
        })
        .collect();
    for guess in guesses {
        // A try that waited too long for the row is not answered, and not counted.
        let answer = guess.await.unwrap();
        assert!([REFUSED, (503, "try_later")].contains(&answer.error()), "{answer:?}");
    }
    let tries = database::count(TRIES, player.user_id).await;
    assert!(tries <= i64::from(TransferCode::MOST_TRIES), "{tries}");
    while database::count(TRIES, player.user_id).await < i64::from(TransferCode::MOST_TRIES) {
        assert_eq!(try_code(&code, "one-more-guess").await.error(), REFUSED);
    }
    assert_eq!(try_code(&code, PASSWORD).await.error(), REFUSED);
}

/// A transfer straight at the function, from an address.
async fn ask_from(services: &Services, address: &str, body: &Value) -> Answer {
    services.call("transfer-account", "/v1/auth/transfer", &[("X-Real-IP", address)], body).await
}

#[tokio::test]
async fn a_network_tries_so_many_codes_in_an_hour_right_or_wrong() {
    let limit = [("transfer-account", "TENJO_TRANSFER_TRIES_PER_NETWORK_HOUR", "3")];
    let services = &Services::with_settings(&limit).await;
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let [a, b, c, ..] = *Uuid::new_v4().as_bytes();
    let here = format!("10.{a}.{b}.{c}");
    let wrong = transfer("0000-0000-0000-0000", PASSWORD, &new_device());
    // The hour may begin anew once meanwhile.
    let mut refused = 0;
    while ask_from(services, &here, &wrong).await.error() != (429, "too_many_requests") {
        refused += 1;
        assert!(refused <= 6, "no limit");
    }
    assert!(refused >= 3, "{refused}");
    let right = transfer(&code, PASSWORD, &new_device());
    let answer = ask_from(services, &here, &right).await;
    assert_eq!(answer.error(), (429, "too_many_requests"));
    let retry_after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&retry_after), "{retry_after}");
    // What is refused so is no try of the code, and other networks go on.
    assert_eq!(database::count(TRIES, player.user_id).await, 0);
    let [a, b, c, ..] = *Uuid::new_v4().as_bytes();
    let elsewhere = ask_from(services, &format!("10.{a}.{b}.{c}"), &right).await;
    moved(&player, &elsewhere.data());
}

#[tokio::test]
async fn of_two_transfers_at_once_one_moves_the_player() {
    for _ in 0..4 {
        let player = Player::new().await;
        let code = player.transfer_code(PASSWORD).await;
        let devices: [String; 2] = std::array::from_fn(|_| new_device());
        let bodies = devices.each_ref().map(|device| transfer(&code, PASSWORD, device));
        let (one, other) = tokio::join!(ask(&bodies[0]), ask(&bodies[1]));
        let (winner, loser) = if one.status == 200 { (0, other) } else { (1, one) };
        assert_eq!(loser.error(), REFUSED);
        let live = "select count(*) from game_user.devices where user_id = ? and ended_at is null";
        assert_eq!(database::count(live, player.user_id).await, 1);
        let sessions = "select count(*) from game_user.refresh_token_families
                        where user_id = ? and ended_at is null";
        assert_eq!(database::count(sessions, player.user_id).await, 1);
        let theirs = log_in(&devices[winner], &Value::Null).await.data();
        assert_eq!(theirs["user_id"], player.user_id.to_string());
        // The loser's device became nobody's: it is a new guest.
        let guest = log_in(&devices[1 - winner], &Value::Null).await.data();
        assert_ne!(guest["user_id"], player.user_id.to_string());
    }
}

#[tokio::test]
async fn no_login_of_the_old_device_outlives_a_transfer_that_runs_meanwhile() {
    for _ in 0..4 {
        let player = Player::new().await;
        let code = player.transfer_code(PASSWORD).await;
        let logins: Vec<_> = (0..4)
            .map(|_| {
                let player = player.clone();
                tokio::spawn(async move { player.login().await })
            })
            .collect();
        let data = try_code(&code, PASSWORD).await.data();
        for login in logins {
            let answer = login.await.unwrap();
            if answer.status == 200 {
                // It came before the transfer, which has ended its session.
                let body = json!({ "refresh_token": answer.data()["refresh_token"] });
                let refreshed = player.post("/v1/auth/refresh", &body).await;
                assert_eq!(refreshed.error(), (401, "account_transferred"));
            } else {
                assert_eq!(answer.error(), (401, "account_transferred"));
            }
        }
        moved(&player, &data).draw("pool-standard", 1, None).await.data();
    }
}

#[tokio::test]
async fn a_draw_that_runs_during_a_transfer_ends_and_is_the_players() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let saga_id = database::saga_of(player.user_id, "before-the-move");
    let held = database::hold_balances(player.user_id).await;
    let running = tokio::spawn({
        let player = player.clone();
        async move { player.draw("pool-standard", 10, Some("before-the-move")).await }
    });
    until("the saga", async || database::saga_status(saga_id).await).await;
    let here = moved(&player, &try_code(&code, PASSWORD).await.data());
    // Who is left behind draws nothing more: a new order is refused.
    let more = player.draw("pool-moon-festival", 1, Some("after-the-move")).await;
    assert_eq!(more.error(), (401, "unauthorized"));
    drop(held);
    let old = running.await.unwrap();
    assert!([200, 202].contains(&old.status), "{old:?}");
    until("its end", async || {
        let saga = here.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
        (saga["status"] == "COMPLETED").then_some(())
    })
    .await;
    assert_eq!(here.item_total().await, 10);
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_suspended_player_is_not_moved_and_keeps_the_code() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    for _ in 0..=TransferCode::MOST_TRIES {
        assert_eq!(try_code(&code, PASSWORD).await.error(), (403, "user_suspended"));
    }
    assert_eq!(player.ask_for_code(PASSWORD).await.error(), (403, "user_suspended"));
    let lift = "update game_user.users set suspended_at = null where user_id = ?";
    database::change(lift, player.user_id).await;
    moved(&player, &try_code(&code, PASSWORD).await.data());
}

#[tokio::test]
async fn a_device_that_has_a_player_is_asked_first() {
    let (player, left) = (Player::new().await, Player::new().await);
    let code = player.transfer_code(PASSWORD).await;
    let mut body = transfer(&code, PASSWORD, &left.device_id);
    for _ in 0..=TransferCode::MOST_TRIES {
        assert_eq!(ask(&body).await.error(), (409, "device_has_player"), "it costs no try");
    }
    assert_eq!(player.login().await.status, 200, "nobody was moved");
    assert_eq!(left.draw("pool-standard", 1, None).await.status, 200);

    body["replace_player"] = json!(true);
    moved(&player, &ask(&body).await.data());
    assert_eq!(left.login().await.data()["user_id"], player.user_id.to_string());
    assert_eq!(left.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    let refresh = json!({ "refresh_token": left.refresh_token });
    assert_eq!(left.post("/v1/auth/refresh", &refresh).await.error(), (401, "unauthorized"));
    // Who was left is still there, without a device.
    let users = "select count(*) from game_user.users where user_id = ?";
    let devices = "select count(*) from game_user.devices where user_id = ?";
    assert_eq!(database::count(users, left.user_id).await, 1);
    assert_eq!(database::count(devices, left.user_id).await, 0);
    books::balance(left.user_id).await;
}

#[tokio::test]
async fn a_device_is_not_taken_from_its_player_by_its_id() {
    let strict = [("transfer-account", "TENJO_PLAIN_DEVICE_LOGIN", "refused")];
    let services = &Services::with_settings(&strict).await;
    let (thief, victim) = (Player::new().await, Player::new().await);
    let secret = json!(victim.device_secret);
    log_in(&victim.device_id, &secret).await.data();
    let code = thief.transfer_code(PASSWORD).await;
    let mut body = transfer(&code, PASSWORD, &victim.device_id);
    body["replace_player"] = json!(true);
    for guess in [None, Some("not-its-secret")] {
        if let Some(guess) = guess {
            body["device_secret"] = json!(guess);
        }
        let answer = ask_from(services, "192.0.2.9", &body).await;
        assert_eq!(answer.error(), (401, "device_secret_required"));
    }
    let still = log_in(&victim.device_id, &secret).await.data();
    assert_eq!(still["user_id"], victim.user_id.to_string());
    // With its secret, it is the victim's own choice.
    body["device_secret"] = secret;
    let data = ask_from(services, "192.0.2.9", &body).await.data();
    assert_eq!(data["user_id"], thief.user_id.to_string());
}

#[tokio::test]
async fn the_database_holds_neither_code_nor_password() {
    let player = Player::new().await;
    assert_eq!(player.get(CODE).await.data(), Value::Null, "there is none yet");
    let code = player.transfer_code(PASSWORD).await;
    let (code_hash, password_hash): (Vec<u8>, String) = sqlx::query_as(
        "select code_hash, password_hash from game_user.transfer_codes where user_id = ?",
    )
    .bind(player.user_id.as_bytes().as_slice())
    .fetch_one(&mut database::connect().await)
    .await
    .unwrap();
    assert_eq!(code_hash.len(), 32);
    let digits = code.replace('-', "");
    assert!(!code_hash.windows(4).any(|part| digits.as_bytes().windows(4).any(|it| it == part)));
    assert!(password_hash.starts_with("$argon2id$"), "{password_hash}");
    assert!(!password_hash.contains(PASSWORD));
    assert_eq!(player.get(CODE).await.data().get("transfer_code"), None, "it is shown once");
}

#[tokio::test]
async fn who_is_to_be_deleted_moves_only_by_saying_that_they_stay() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    player.delete("/v1/users/me").await.data();
    assert_eq!(try_code(&code, PASSWORD).await.error(), (403, "user_deleting"));
    let mut body = transfer(&code, PASSWORD, &new_device());
    body["deletion"] = json!("cancel");
    let here = moved(&player, &ask(&body).await.data());
    assert_eq!(here.get("/v1/users/me").await.status, 200);
}

#[tokio::test]
async fn a_deleted_player_has_no_code_and_their_secret_finds_nobody() {
    let player = Player::new().await;
    let code = player.transfer_code(PASSWORD).await;
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/refresh", &body).await.data(); // the secret is in force
    player.delete("/v1/users/me").await.data();
    delete(player.user_id).await;
    let codes = "select count(*) from game_user.transfer_codes where user_id = ?";
    assert_eq!(database::count(codes, player.user_id).await, 0);
    assert_eq!(try_code(&code, PASSWORD).await.error(), REFUSED);
    let told = log_in(&player.device_id, &json!(player.device_secret)).await;
    assert_eq!(told.error(), (401, "device_removed"));
    let anew = log_in(&player.device_id, &Value::Null).await.data();
    assert_ne!(anew["user_id"], player.user_id.to_string());
}
