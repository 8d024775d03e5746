//! The secrets of devices, and the sessions that began on them.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_tests::client::{login, transfer};
use tenjo_tests::database;
use tenjo_tests::grants::{Services, files};
use tenjo_tests::http::Answer;
use tenjo_tests::identity::sign_in;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use uuid::Uuid;

/// As an installation is, unless its operator lets plain ids in.
const STRICT: [(&str, &str, &str); 2] = [
    ("create-guest-session", "TENJO_PLAIN_DEVICE_LOGIN", "refused"),
    ("transfer-account", "TENJO_PLAIN_DEVICE_LOGIN", "refused"),
];

/// The body of a login with this secret, or without one.
fn with_secret(device_id: &str, secret: Option<&str>) -> Value {
    let mut body = login(device_id);
    if let Some(secret) = secret {
        body["device_secret"] = json!(secret);
    }
    body
}

/// A login straight at a function, as the gateway would send it.
async fn log_in(services: &Services, device_id: &str, secret: Option<&str>) -> Answer {
    let body = with_secret(device_id, secret);
    let headers = [("X-Real-IP", "192.0.2.7")];
    services.call("create-guest-session", "/v1/auth/guest", &headers, &body).await
}

/// A login through the gateway, where plain ids get in.
async fn log_in_here(player: &Player, secret: Option<&str>) -> Answer {
    player.post("/v1/auth/guest", &with_secret(&player.device_id, secret)).await
}

fn secret_of(data: &Value) -> String {
    data["device_secret"].as_str().unwrap().to_owned()
}

const REQUIRED: (u16, &str) = (401, "device_secret_required");

#[tokio::test]
async fn once_a_device_has_sent_its_secret_its_id_alone_finds_nobody() {
    let services = &Services::with_settings(&STRICT).await;
    let device = Uuid::new_v4().to_string();
    let first = log_in(services, &device, None).await.data();
    let secret = secret_of(&first);
    let second = log_in(services, &device, Some(&secret)).await.data();
    assert_eq!(second["user_id"], first["user_id"]);
    assert_eq!(second["device_secret"], Value::Null, "it is returned once");
    assert_eq!(log_in(services, &device, None).await.error(), REQUIRED);
    assert_eq!(log_in(services, &device, Some("another")).await.error(), REQUIRED);
    assert_eq!(log_in(services, &device, Some(&secret)).await.status, 200);
}

#[tokio::test]
async fn the_first_refresh_shows_that_the_secret_arrived() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/refresh", &body).await.data();
    assert_eq!(log_in(services, &player.device_id, None).await.error(), REQUIRED);
    assert_eq!(log_in(services, &player.device_id, Some(&player.device_secret)).await.status, 200);
}

#[tokio::test]
async fn a_client_that_lost_the_first_answer_gets_its_player_and_another_secret() {
    let services = &Services::with_settings(&STRICT).await;
    let device = Uuid::new_v4().to_string();
    let lost = log_in(services, &device, None).await.data();
    let again = log_in(services, &device, None).await.data();
    assert_eq!(again["user_id"], lost["user_id"]);
    assert_ne!(again["device_secret"], lost["device_secret"]);
    assert_eq!(log_in(services, &device, Some(&secret_of(&again))).await.status, 200);
    assert_eq!(log_in(services, &device, Some(&secret_of(&lost))).await.error(), REQUIRED);
}

#[tokio::test]
async fn a_refresh_of_another_session_puts_no_lost_secret_in_force() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    // A second answer, which is lost, has a secret of its own.
    log_in(services, &player.device_id, None).await.data();
    let body = json!({ "refresh_token": player.refresh_token });
    player.post("/v1/auth/refresh", &body).await.data();
    // Nobody has that secret, so nobody may be asked for it.
    let third = log_in(services, &player.device_id, None).await.data();
    assert_eq!(third["user_id"], player.user_id.to_string());
}

/// Until then nothing else is known of the device. The bound is the first refresh.
#[tokio::test]
async fn only_before_the_first_refresh_is_a_devices_id_enough_for_somebody_else() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    // Playing alone does not show that the secret arrived.
    player.draw("pool-standard", 1, None).await.data();
    assert_eq!(log_in(services, &player.device_id, None).await.status, 200);

    let quick = Player::new().await;
    let body = json!({ "refresh_token": quick.refresh_token });
    quick.post("/v1/auth/refresh", &body).await.data();
    for guess in [None, Some("a-guess")] {
        assert_eq!(log_in(services, &quick.device_id, guess).await.error(), REQUIRED);
    }
}

/// Somebody who knows the id comes between the first login and the first refresh, and has
/// a secret of their own in force.
#[tokio::test]
async fn who_was_overtaken_shuts_the_thief_out_by_the_session_that_they_have() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    let stolen = log_in(services, &player.device_id, None).await.data();
    let thiefs = secret_of(&stolen);
    log_in(services, &player.device_id, Some(&thiefs)).await.data();
    let own = Some(player.device_secret.as_str());
    assert_eq!(log_in(services, &player.device_id, own).await.error(), REQUIRED);

    // The player's session goes on, and sees the others.
    let body = json!({ "refresh_token": player.refresh_token });
    let renewed = player.post("/v1/auth/refresh", &body).await.data();
    let player = player.in_session(&renewed);
    assert_eq!(sessions(&player).await.len(), 3);
    let new = secret_of(&player.ask_for_secret().await.data());
    let back = log_in(services, &player.device_id, Some(&new)).await.data();
    assert_eq!(back["user_id"], player.user_id.to_string());
    player.delete(SESSIONS).await.data();
    assert_eq!(log_in(services, &player.device_id, Some(&thiefs)).await.error(), REQUIRED);
    assert_eq!(refreshed(&player, &stolen).await, 401);
    let thief = player.with_token(stolen["access_token"].as_str().unwrap());
    assert_eq!(thief.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(log_in(services, &player.device_id, Some(&new)).await.status, 200);
}

#[tokio::test]
async fn whoever_sends_a_secret_that_nobody_has_becomes_no_new_player() {
    let services = &Services::with_settings(&STRICT).await;
    let device = Uuid::new_v4().to_string();
    let unknown = log_in(services, &device, Some("never-given")).await;
    assert_eq!(unknown.error(), (401, "device_removed"));
    assert_eq!(log_in(services, &device, None).await.status, 200);
}

#[tokio::test]
async fn a_new_secret_takes_the_place_of_the_old_one_when_it_is_used() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    let (device, old) = (&player.device_id, Some(player.device_secret.as_str()));
    let renew = async || secret_of(&player.ask_for_secret().await.data());
    let lost = renew().await;
    // It was not used, so the first one still counts, and nothing else does.
    assert_eq!(log_in(services, device, None).await.error(), REQUIRED);
    assert_eq!(log_in(services, device, old).await.status, 200);
    let new = renew().await;
    assert_eq!(log_in(services, device, Some(&lost)).await.error(), REQUIRED);
    assert_eq!(log_in(services, device, Some(&new)).await.status, 200);
    assert_eq!(log_in(services, device, old).await.error(), REQUIRED);
}

#[tokio::test]
async fn an_installation_may_let_plain_ids_in_and_no_wrong_secret() {
    let player = Player::new().await;
    let secret = Some(player.device_secret.as_str());
    assert_eq!(log_in_here(&player, secret).await.status, 200);
    let plain = log_in_here(&player, None).await.data();
    assert_eq!(plain["user_id"], player.user_id.to_string());
    assert_eq!(plain["device_secret"], Value::Null);
    assert_eq!(log_in_here(&player, Some("another")).await.error(), REQUIRED);
}

/// Functions that hash device ids with these keys.
async fn hashing(keys: &str) -> Services {
    let keys = ("create-guest-session", "TENJO_DEVICE_HASH_KEYS", keys);
    Services::with_settings(&[keys, STRICT[0]]).await
}

#[tokio::test]
async fn the_key_of_device_ids_can_be_replaced() {
    let old = files().parameters["/tenjo/local/device-hash-key"].clone();
    let new = Uuid::new_v4().simple().to_string();
    let (player, other) = (Player::new().await, Player::new().await);
    let both = hashing(&format!("{new},{old}")).await;
    let again = log_in(&both, &player.device_id, None).await.data();
    assert_eq!(again["user_id"], player.user_id.to_string());
    let secret = secret_of(&again);

    // The old key is gone: who logged in meanwhile is found by the new one.
    let only_new = hashing(&new).await;
    let again = log_in(&only_new, &player.device_id, Some(&secret)).await.data();
    assert_eq!(again["user_id"], player.user_id.to_string());
    // Who did not is found by the secret, and from then on by the new key too.
    for _ in 0..2 {
        let secret = Some(other.device_secret.as_str());
        let found = log_in(&only_new, &other.device_id, secret).await.data();
        assert_eq!(found["user_id"], other.user_id.to_string());
    }
    assert_eq!(log_in(&only_new, &other.device_id, None).await.error(), REQUIRED);
}

/// Once the key is gone that hashed it, a device's id is as new to whoever knows it.
#[tokio::test]
async fn a_devices_secret_finds_it_though_somebody_else_has_registered_its_id() {
    let player = Player::new().await;
    log_in_here(&player, Some(&player.device_secret)).await.data();
    let services = &hashing(&Uuid::new_v4().simple().to_string()).await;
    let other = log_in(services, &player.device_id, None).await.data();
    assert_ne!(other["user_id"], player.user_id.to_string());
    let others = secret_of(&other);
    for _ in 0..2 {
        let own = Some(player.device_secret.as_str());
        let found = log_in(services, &player.device_id, own).await.data();
        assert_eq!(found["user_id"], player.user_id.to_string());
        let found = log_in(services, &player.device_id, Some(&others)).await.data();
        assert_eq!(found["user_id"], other["user_id"]);
    }
    assert_eq!(log_in(services, &player.device_id, None).await.error(), REQUIRED);
}

#[tokio::test]
async fn the_database_holds_no_device_secret() {
    let player = Player::new().await;
    log_in_here(&player, Some(&player.device_secret)).await.data();
    let next = secret_of(&player.ask_for_secret().await.data());
    let (shown, given): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select secret_hash, given_hash from game_user.devices where user_id = ?")
            .bind(player.user_id.as_bytes().as_slice())
            .fetch_one(&mut database::connect().await)
            .await
            .unwrap();
    for (hash, secret) in [(shown, &player.device_secret), (given, &next)] {
        assert_eq!(hash.len(), 32);
        assert!(!hash.windows(8).any(|part| secret.as_bytes().windows(8).any(|s| s == part)));
    }
}

const SESSIONS: &str = "/v1/users/me/sessions";

async fn sessions(player: &Player) -> Vec<Value> {
    let data = player.get(SESSIONS).await.data();
    data["sessions"].as_array().unwrap().clone()
}

async fn refreshed(player: &Player, data: &Value) -> u16 {
    let body = json!({ "refresh_token": data["refresh_token"] });
    player.post("/v1/auth/refresh", &body).await.status
}

#[tokio::test]
async fn a_player_sees_their_sessions_and_ends_one() {
    let player = Player::new().await;
    let other = log_in_here(&player, None).await.data();
    let seen = sessions(&player).await;
    assert_eq!(seen.len(), 2);
    assert_eq!([&seen[0]["is_current"], &seen[1]["is_current"]], [false, true]);
    assert_eq!(seen[0]["device_type"], "other");
    let path = format!("{SESSIONS}/{}", seen[0]["session_id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(player.delete(&path).await.data(), json!({}), "also a second time");
    }
    assert_eq!(sessions(&player).await.len(), 1);
    assert_eq!(refreshed(&player, &other).await, 401);
    let ended = player.with_token(other["access_token"].as_str().unwrap());
    assert_eq!(ended.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    // It was on the same device, which logs in as before.
    assert_eq!(log_in_here(&player, None).await.status, 200);
}

#[tokio::test]
async fn nobody_sees_or_ends_a_session_of_another_player() {
    let (player, other) = (Player::new().await, Player::new().await);
    let theirs = sessions(&other).await[0]["session_id"].as_str().unwrap().to_owned();
    assert!(sessions(&player).await.iter().all(|it| it["session_id"] != theirs.as_str()));
    let answer = player.delete(&format!("{SESSIONS}/{theirs}")).await;
    assert_eq!(answer.error(), (404, "not_found"));
    assert_eq!(other.draw("pool-standard", 1, None).await.status, 200);
}

/// A second device of a player, with a session on it.
async fn second_device(player: &Player) -> (Player, Value) {
    let mut device = Player::new().await;
    let join = sqlx::query("update game_user.devices set user_id = ? where user_id = ?");
    let join = join.bind(player.user_id.as_bytes().as_slice());
    let join = join.bind(device.user_id.as_bytes().as_slice());
    join.execute(&mut database::connect().await).await.unwrap();
    let data = log_in_here(&device, None).await.data();
    assert_eq!(data["user_id"], player.user_id.to_string());
    device.access_token = data["access_token"].as_str().unwrap().to_owned();
    (device, data)
}

#[tokio::test]
async fn ending_a_session_of_another_device_ends_the_device() {
    let player = Player::new().await;
    let (device, data) = second_device(&player).await;
    let more = log_in_here(&device, None).await.data();
    let seen = sessions(&device).await;
    let its = seen.iter().find(|it| it["is_current"] == true).unwrap();
    let path = format!("{SESSIONS}/{}", its["session_id"].as_str().unwrap());
    player.delete(&path).await.data();
    assert_eq!(log_in_here(&device, None).await.error(), (401, "device_removed"));
    for session in [&data, &more] {
        assert_eq!(refreshed(&player, session).await, 401, "all its sessions end");
    }
    assert_eq!(device.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(log_in_here(&player, None).await.status, 200);
}

#[tokio::test]
async fn a_player_ends_all_other_sessions_and_devices_at_once() {
    let player = Player::new().await;
    let same = log_in_here(&player, None).await.data();
    let (device, data) = second_device(&player).await;
    player.delete(SESSIONS).await.data();
    let seen = sessions(&player).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["is_current"], true);
    for session in [&same, &data] {
        assert_eq!(refreshed(&player, session).await, 401);
    }
    assert_eq!(device.draw("pool-standard", 1, None).await.error(), (401, "unauthorized"));
    assert_eq!(log_in_here(&device, None).await.error(), (401, "device_removed"));
    assert_eq!(player.draw("pool-standard", 1, None).await.status, 200);
    assert_eq!(log_in_here(&player, None).await.status, 200);
}

/// Each would log the other out, and then nobody gets in any more.
#[tokio::test]
async fn of_two_sessions_that_end_each_other_at_once_one_stays() {
    for _ in 0..5 {
        let player = Player::new().await;
        let (other, _) = second_device(&player).await;
        let path = "/v1/users/me/sessions";
        let (one, two) = tokio::join!(player.delete(path), other.delete(path));
        let ended = [one.status, two.status].into_iter().filter(|status| *status == 200).count();
        assert!(ended <= 1, "both ended the other: {one:?} {two:?}");
        let devices =
            "select count(*) from game_user.devices where user_id = ? and ended_at is null";
        assert!(database::count(devices, player.user_id).await >= 1);
        let sessions = "select count(*) from game_user.refresh_token_families
                        where user_id = ? and ended_at is null";
        assert!(database::count(sessions, player.user_id).await >= 1);
    }
}

/// A player whose device has shown its secret, and somebody else who has stolen a session on
/// that device, with both its tokens.
async fn player_and_thief() -> (Player, Player) {
    let player = Player::new().await;
    log_in_here(&player, Some(&player.device_secret)).await.data();
    let stolen = log_in_here(&player, None).await.data();
    let thief = player.in_session(&stolen);
    (player, thief)
}

#[tokio::test]
async fn who_is_thrown_out_gets_in_by_no_secret_that_they_asked_for() {
    let services = &Services::with_settings(&STRICT).await;
    for way in ["all others", "this one", "logout", "operator", "deletion"] {
        let (player, thief) = player_and_thief().await;
        let thiefs = secret_of(&thief.ask_for_secret().await.data());
        match way {
            "all others" => drop(player.delete(SESSIONS).await.data()),
            "this one" => {
                let its = sessions(&player).await[0]["session_id"].as_str().unwrap().to_owned();
                player.delete(&format!("{SESSIONS}/{its}")).await.data();
            }
            "logout" => {
                let body = json!({ "refresh_token": player.refresh_token });
                player.post("/v1/auth/logout", &body).await.data();
            }
            "operator" => {
                AOI.does("end-sessions", &json!({ "user_id": player.user_id })).await;
            }
            _ => drop(player.delete("/v1/users/me").await.data()),
        }
        let tried = log_in(services, &player.device_id, Some(&thiefs)).await;
        assert_eq!(tried.error(), REQUIRED, "{way}");
        // It finds no device by itself either.
        let elsewhere = log_in(services, &Uuid::new_v4().to_string(), Some(&thiefs)).await;
        assert_eq!(elsewhere.error(), (401, "device_removed"), "{way}");
        // The player's own secret is as good as before.
        let own = log_in(services, &player.device_id, Some(&player.device_secret)).await;
        let status = if way == "deletion" { 403 } else { 200 };
        assert_eq!(own.status, status, "{way}: {own:?}");
    }
}

/// A refresh token that comes twice ends its session, and the same holds.
#[tokio::test]
async fn a_session_that_ends_by_a_stolen_refresh_token_leaves_no_secret_or_code_behind() {
    let services = &Services::with_settings(&STRICT).await;
    let (player, thief) = player_and_thief().await;
    let thiefs = secret_of(&thief.ask_for_secret().await.data());
    let code = thief.transfer_code("moon-festival").await;
    let first = json!({ "refresh_token": player.refresh_token });
    let next = player.post("/v1/auth/refresh", &first).await.data();
    let second = json!({ "refresh_token": next["refresh_token"] });
    player.post("/v1/auth/refresh", &second).await.data();
    assert_eq!(player.post("/v1/auth/refresh", &first).await.status, 401);
    let tried = log_in(services, &player.device_id, Some(&thiefs)).await;
    assert_eq!(tried.error(), REQUIRED);
    let body = transfer(&code, "moon-festival", &Uuid::new_v4().to_string());
    let answer = player.post("/v1/auth/transfer", &body).await;
    assert_eq!(answer.error(), (401, "transfer_refused"));
}

#[tokio::test]
async fn who_was_thrown_out_voids_no_secret_by_logging_out() {
    let services = &Services::with_settings(&STRICT).await;
    let player = Player::new().await;
    log_in_here(&player, Some(&player.device_secret)).await.data();
    let stolen = log_in_here(&player, None).await.data();
    player.delete(SESSIONS).await.data();
    let new = secret_of(&player.ask_for_secret().await.data());
    let body = json!({ "refresh_token": stolen["refresh_token"] });
    assert_eq!(player.post("/v1/auth/logout", &body).await.data(), json!({}));
    assert_eq!(log_in(services, &player.device_id, Some(&new)).await.status, 200);
}

/// The client of that session has it, and nobody else.
#[tokio::test]
async fn logging_out_keeps_the_secret_that_came_with_a_session_of_another_device() {
    let services = &Services::with_settings(&STRICT).await;
    for removes in [false, true] {
        let phone = Player::new().await;
        let (tablet, data) = second_device(&phone).await;
        if removes {
            let seen = sessions(&tablet).await;
            let its = seen.iter().find(|it| it["is_current"] == true).unwrap();
            let path = format!("{SESSIONS}/{}", its["session_id"].as_str().unwrap());
            tablet.delete(&path).await.data();
        } else {
            let body = json!({ "refresh_token": data["refresh_token"] });
            tablet.post("/v1/auth/logout", &body).await.data();
        }
        for (device, secret) in [(&phone, &phone.device_secret), (&tablet, &secret_of(&data))] {
            let back = log_in(services, &device.device_id, Some(secret)).await.data();
            assert_eq!(back["user_id"], phone.user_id.to_string());
            assert_eq!(back["device_secret"], Value::Null, "it was good");
        }
    }
}

/// Whoever has the session that asks has the secret that came with it.
#[tokio::test]
async fn ending_sessions_keeps_the_secret_of_the_session_that_asks() {
    let services = &Services::with_settings(&STRICT).await;
    for logs_out in [false, true] {
        let player = Player::new().await;
        if logs_out {
            let body = json!({ "refresh_token": player.refresh_token });
            player.post("/v1/auth/logout", &body).await.data();
        } else {
            player.delete(SESSIONS).await.data();
        }
        assert_eq!(log_in(services, &player.device_id, None).await.error(), REQUIRED);
        let own = Some(player.device_secret.as_str());
        assert_eq!(log_in(services, &player.device_id, own).await.status, 200);
    }
}

#[tokio::test]
async fn a_secret_asked_for_at_the_moment_of_the_eviction_opens_nothing() {
    let services = &Services::with_settings(&STRICT).await;
    let device = "select 1 from game_user.devices where user_id = ? for update";
    for eviction_is_first in [false, true] {
        let (player, thief) = player_and_thief().await;
        // Both come as far as they come, and go on in the order in which they came there.
        let held = database::hold(device, player.user_id).await;
        let wait = async |is_first: bool| {
            tokio::time::sleep(Duration::from_millis(if is_first { 0 } else { 700 })).await;
        };
        let asking = async {
            wait(!eviction_is_first).await;
            thief.ask_for_secret().await
        };
        let evicting = async {
            wait(eviction_is_first).await;
            player.delete(SESSIONS).await
        };
        let release = async {
            tokio::time::sleep(Duration::from_millis(1400)).await;
            held.close().await.unwrap();
        };
        let (asked, evicted, ()) = tokio::join!(asking, evicting, release);
        evicted.data();
        if asked.status == 200 {
            let thiefs = secret_of(&asked.data());
            let tried = log_in(services, &player.device_id, Some(&thiefs)).await;
            assert_eq!(tried.error(), REQUIRED, "the eviction first: {eviction_is_first}");
        } else {
            assert_eq!(asked.error(), (401, "unauthorized"));
        }
        let own = Some(player.device_secret.as_str());
        assert_eq!(log_in(services, &player.device_id, own).await.status, 200);
    }
}

/// Both wait for the code that the player has, and neither has what the other one needs.
#[tokio::test]
async fn making_a_transfer_code_and_ending_its_session_wait_for_each_other() {
    let code = "select 1 from game_user.transfer_codes where user_id = ? for update";
    for way in ["all others", "this one", "unlinking", "operator"] {
        let (player, account) = (Player::new().await, Uuid::new_v4().to_string());
        let signed_in = sign_in("apple", &account, json!({})).await;
        player.link(&signed_in).await.data();
        let signed_in = sign_in("apple", &account, json!({})).await;
        let there = player.post(&signed_in.route(), &signed_in.login()).await.data();
        let thief = player.in_session(&there);
        player.transfer_code("moon-festival").await;
        let path = match way {
            "all others" => SESSIONS.to_owned(),
            "unlinking" => "/v1/users/me/links/apple".to_owned(),
            _ => {
                let seen = sessions(&thief).await;
                let its = seen.iter().find(|it| it["is_current"] == true).unwrap();
                format!("{SESSIONS}/{}", its["session_id"].as_str().unwrap())
            }
        };
        let held = database::hold(code, player.user_id).await;
        let making = thief.ask_for_code("harvest-moon");
        let ending = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            if way == "operator" {
                let order = json!({ "user_id": player.user_id });
                AOI.order("end-sessions", &Uuid::new_v4().to_string(), &order).await
            } else {
                player.delete(&path).await
            }
        };
        let release = async {
            tokio::time::sleep(Duration::from_millis(1400)).await;
            held.close().await.unwrap();
        };
        let (made, ended, ()) = tokio::join!(making, ending, release);
        assert_eq!(ended.status, 200, "{way}: {ended:?}");
        if made.status == 200 {
            let code = made.data()["transfer_code"].as_str().unwrap().to_owned();
            let body = transfer(&code, "harvest-moon", &Uuid::new_v4().to_string());
            let answer = player.post("/v1/auth/transfer", &body).await;
            assert_eq!(answer.error(), (401, "transfer_refused"), "{way}");
        } else {
            assert_eq!(made.error(), (401, "unauthorized"), "{way}");
        }
    }
}

/// Whoever had one of those sessions may have made it.
#[tokio::test]
async fn ending_sessions_of_others_voids_a_transfer_code() {
    for way in ["all others", "this one", "unlinking", "operator", "own", "logout"] {
        let player = Player::new().await;
        let signed_in = sign_in("apple", &Uuid::new_v4().to_string(), json!({})).await;
        player.link(&signed_in).await.data();
        let thiefs = log_in_here(&player, None).await.data();
        let thief = player.in_session(&thiefs);
        let code = thief.transfer_code("moon-festival").await;
        match way {
            "all others" => drop(player.delete(SESSIONS).await.data()),
            "unlinking" => drop(player.delete("/v1/users/me/links/apple").await.data()),
            "logout" => {
                let body = json!({ "refresh_token": player.refresh_token });
                player.post("/v1/auth/logout", &body).await.data();
            }
            "operator" => {
                AOI.does("end-sessions", &json!({ "user_id": player.user_id })).await;
            }
            _ => {
                let is_own = way == "own";
                let seen = sessions(&player).await;
                let its = seen.iter().find(|it| it["is_current"] == is_own).unwrap();
                let path = format!("{SESSIONS}/{}", its["session_id"].as_str().unwrap());
                player.delete(&path).await.data();
            }
        }
        let body = transfer(&code, "moon-festival", &Uuid::new_v4().to_string());
        let answer = player.post("/v1/auth/transfer", &body).await;
        if ["own", "logout"].contains(&way) {
            // Who logs out has thrown nobody out, and may be about to move.
            assert_eq!(answer.status, 200, "{answer:?}");
        } else {
            assert_eq!(answer.error(), (401, "transfer_refused"), "{way}");
        }
    }
}
