//! Accounts of Apple's and Google's by which players log in. What is believed of a token is
//! tried one by one in `shared/identity`; here, that nobody gets another player by one.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_tests::client::{Call, Client};
use tenjo_tests::deletion::delete;
use tenjo_tests::http::{Answer, gateway, send};
use tenjo_tests::identity::{SignedIn, sign_in};
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

const LINKS: &str = "/v1/users/me/links";
const COUNT: &str = "select count(*) from game_user.links where user_id = ?";

/// An account that nobody else uses.
fn account() -> String {
    format!("account.{}", Uuid::new_v4())
}

async fn log_in(signed_in: &SignedIn) -> Answer {
    log_in_with(&signed_in.route(), &signed_in.login()).await
}

async fn log_in_with(route: &str, body: &Value) -> Answer {
    let call = Call { body: Some(body), ..Call::new(reqwest::Method::POST, route) };
    send(Client::new(gateway()).request(call)).await
}

/// Links a new account, and returns it.
async fn linked(player: &Player, provider: &'static str) -> String {
    let account = account();
    player.link(&sign_in(provider, &account, json!({})).await).await.data();
    account
}

fn providers(answer: Answer) -> Vec<String> {
    let data = answer.data();
    let links = data["links"].as_array().unwrap().iter();
    links.map(|link| link["provider"].as_str().unwrap().to_owned()).collect()
}

async fn is_guest(player: &Player) -> bool {
    player.get("/v1/users/me").await.data()["is_guest"] == true
}

#[tokio::test]
async fn a_player_whose_device_is_lost_logs_in_by_what_they_linked() {
    for provider in ["apple", "google"] {
        let player = Player::new().await;
        player.draw("pool-standard", 1, None).await.data();
        let account = linked(&player, provider).await;
        assert!(!is_guest(&player).await);

        let there = log_in(&sign_in(provider, &account, json!({})).await).await.data();
        assert_eq!(there["user_id"], json!(player.user_id), "{provider}");
        assert_eq!(there["is_guest"], json!(false));
        let there = player.with_token(there["access_token"].as_str().unwrap());
        there.draw("pool-standard", 1, None).await.data();
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn an_account_that_nobody_linked_logs_nobody_in_and_can_be_linked_with_the_same_token() {
    let signed_in = sign_in("google", &account(), json!({})).await;
    assert_eq!(log_in(&signed_in).await.error(), (404, "not_found"));
    let player = Player::new().await;
    assert_eq!(providers(player.link(&signed_in).await), ["google"]);
}

#[tokio::test]
async fn a_token_is_used_once() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    let signed_in = sign_in("apple", &account, json!({})).await;
    log_in(&signed_in).await.data();
    assert_eq!(log_in(&signed_in).await.error(), (422, "invalid_identity_token"));
    assert_eq!(player.link(&signed_in).await.error(), (422, "invalid_identity_token"));

    // Of many at once one gets in.
    let signed_in = sign_in("apple", &account, json!({})).await;
    let tries = (0..4).map(|_| {
        let signed_in = signed_in.clone();
        tokio::spawn(async move { log_in(&signed_in).await })
    });
    let mut done = 0;
    for answer in tries.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer.status == 200 {
            done += 1;
            continue;
        }
        // Who comes too late, had to wait too long for who came first, or found no room.
        let refused =
            [(422, "invalid_identity_token"), (429, "too_many_requests"), (503, "try_later")];
        assert!(refused.contains(&answer.error()), "{answer:?}");
    }
    // If nobody got in, the token is as good as before.
    let last = log_in(&signed_in).await;
    if done == 0 {
        last.data();
        done += 1;
    } else {
        assert_eq!(last.error(), (422, "invalid_identity_token"));
    }
    assert_eq!(done, 1, "logins by one token");
}

#[tokio::test]
async fn no_token_of_another_app_time_nonce_or_signer_gets_in() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    for with in [
        json!({ "aud": "another.game" }),
        json!({ "iss": "https://accounts.google.com" }),
        json!({ "exp": 1_700_000_000 }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
    ] {
        let signed_in = sign_in("apple", &account, with.clone()).await;
        let refused = (422, "invalid_identity_token");
        assert_eq!(log_in(&signed_in).await.error(), refused, "{with}");
        assert_eq!(Player::new().await.link(&signed_in).await.error(), refused, "{with}");
    }
    // A good token, without the nonce that only the app knows.
    let signed_in = sign_in("apple", &account, json!({})).await;
    let stolen = json!({
        "identity_token": signed_in.token, "nonce": "a-nonce-of-somebody-else",
    });
    let answer = log_in_with("/v1/auth/apple", &stolen).await;
    assert_eq!(answer.error(), (422, "invalid_identity_token"));
    // Shown to the other provider's route, and unsigned.
    let answer = log_in_with("/v1/auth/google", &signed_in.login()).await;
    assert_eq!(answer.error(), (422, "invalid_identity_token"));
    let mut parts = signed_in.token.split('.');
    let (_, payload) = (parts.next(), parts.next().unwrap());
    // {"alg":"none","kid":"test-apple-identity"}
    let header = "eyJhbGciOiJub25lIiwia2lkIjoidGVzdC1hcHBsZS1pZGVudGl0eSJ9";
    let unsigned = json!({
        "identity_token": format!("{header}.{payload}."), "nonce": signed_in.nonce,
    });
    let answer = log_in_with("/v1/auth/apple", &unsigned).await;
    assert_eq!(answer.error(), (422, "invalid_identity_token"));
    // All of that has not used the token up.
    assert_eq!(log_in(&signed_in).await.data()["user_id"], json!(player.user_id));
}

#[tokio::test]
async fn an_account_of_another_player_is_a_choice_and_takes_nothing_away() {
    let (owner, other) = (Player::new().await, Player::new().await);
    let account = linked(&owner, "apple").await;
    let signed_in = sign_in("apple", &account, json!({})).await;
    let taken = other.link(&signed_in).await;
    assert_eq!(taken.error(), (409, "link_taken"));
    assert_eq!(taken.body["error"]["choices"], json!(["log_in", "keep_player"]));
    assert!(is_guest(&other).await && !is_guest(&owner).await);
    assert!(!taken.body.to_string().contains(&owner.user_id.to_string()));
    // The person chooses the other player, with the token that they have.
    assert_eq!(log_in(&signed_in).await.data()["user_id"], json!(owner.user_id));
    assert_eq!(other.login().await.data()["user_id"], json!(other.user_id), "it is still there");
}

#[tokio::test]
async fn of_two_players_who_link_one_account_at_once_one_gets_it() {
    for _ in 0..5 {
        let (one, two) = (Player::new().await, Player::new().await);
        let account = account();
        let (first, second) = (
            sign_in("google", &account, json!({})).await,
            sign_in("google", &account, json!({})).await,
        );
        let (a, b) = tokio::join!(one.link(&first), two.link(&second));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(statuses == [200, 409] || statuses == [200, 503], "{a:?} {b:?}");
        let linked =
            database::count(COUNT, one.user_id).await + database::count(COUNT, two.user_id).await;
        assert_eq!(linked, 1);
        assert_ne!(is_guest(&one).await, is_guest(&two).await);
    }
}

#[tokio::test]
async fn a_player_has_one_account_of_each_provider() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    let other = sign_in("apple", &self::account(), json!({})).await;
    assert_eq!(player.link(&other).await.error(), (409, "link_exists"));
    // The same again is no change, and another provider is another link.
    let same = sign_in("apple", &account, json!({})).await;
    assert_eq!(providers(player.link(&same).await), ["apple"]);
    let google = sign_in("google", &self::account(), json!({})).await;
    assert_eq!(providers(player.link(&google).await), ["apple", "google"]);
    assert_eq!(providers(player.get(LINKS).await), ["apple", "google"]);
}

#[tokio::test]
async fn who_unlinks_all_is_a_guest_again_and_the_account_logs_in_nobody() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    linked(&player, "google").await;
    assert_eq!(providers(player.delete("/v1/users/me/links/apple").await), ["google"]);
    assert!(!is_guest(&player).await);
    let gone = player.delete("/v1/users/me/links/apple").await;
    assert_eq!(gone.error(), (404, "not_found"));
    let signed_in = sign_in("apple", &account, json!({})).await;
    assert_eq!(log_in(&signed_in).await.error(), (404, "not_found"));
    assert_eq!(providers(player.delete("/v1/users/me/links/google").await), [""; 0]);
    assert!(is_guest(&player).await);
    // The account is free for another player.
    let other = Player::new().await;
    assert_eq!(providers(other.link(&signed_in).await), ["apple"]);
    assert_eq!(player.login().await.data()["user_id"], json!(player.user_id));
}

/// Such as of a thief who had the account at the provider.
#[tokio::test]
async fn unlinking_ends_the_sessions_that_linked_accounts_began() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    let there = log_in(&sign_in("apple", &account, json!({})).await).await.data();
    player.delete("/v1/users/me/links/apple").await.data();
    let body = json!({ "refresh_token": there["refresh_token"] });
    assert_eq!(player.post("/v1/auth/refresh", &body).await.error(), (401, "unauthorized"));
    let body = json!({ "refresh_token": player.refresh_token });
    assert_eq!(player.post("/v1/auth/refresh", &body).await.status, 200, "the device's goes on");
}

/// Two requests that come as far as they come while rows are held, in this order, and go on
/// once these are free.
async fn while_held<A, B>(
    rows: &'static str,
    player: &Player,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    let held = database::hold(rows, player.user_id).await;
    let second = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        second.await
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(1400)).await;
        held.close().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, second, release);
    (first, second)
}

const VISIT: &str = "select 1 from game_user.visits where user_id = ? for update";
const USER: &str = "select 1 from game_user.users where user_id = ? for update";

/// Neither sees what the other has not committed yet.
#[tokio::test]
async fn a_login_at_the_moment_of_the_unlinking_is_refused_or_ended() {
    for login_is_first in [true, false] {
        let player = Player::new().await;
        let account = linked(&player, "apple").await;
        let signed_in = sign_in("apple", &account, json!({})).await;
        let there = log_in(&signed_in);
        let gone = player.delete("/v1/users/me/links/apple");
        // A login waits for the day's visit, and who unlinks for the player.
        let (there, gone) = if login_is_first {
            while_held(VISIT, &player, there, gone).await
        } else {
            let (gone, there) = while_held(USER, &player, gone, there).await;
            (there, gone)
        };
        assert_eq!(providers(gone), [""; 0]);
        if there.status == 200 {
            let body = json!({ "refresh_token": there.data()["refresh_token"] });
            let refreshed = player.post("/v1/auth/refresh", &body).await;
            assert_eq!(refreshed.error(), (401, "unauthorized"), "{login_is_first}");
        } else {
            assert_eq!(there.error(), (404, "not_found"));
        }
        let live = "select count(*) from game_user.refresh_token_families
                    where user_id = ? and registration_id is null and ended_at is null";
        assert_eq!(database::count(live, player.user_id).await, 0);
    }
}

/// Whoever has ended the session looks at the links, and must see all that there will be.
#[tokio::test]
async fn no_account_is_linked_after_its_session_has_ended() {
    let player = Player::new().await;
    let stolen = player.login().await.data();
    let thief = player.in_session(&stolen);
    let signed_in = sign_in("google", &account(), json!({})).await;
    let ending = async {
        let ended = player.delete("/v1/users/me/sessions").await;
        (ended, database::count(COUNT, player.user_id).await)
    };
    let (linked, (ended, seen)) = while_held(USER, &player, thief.link(&signed_in), ending).await;
    ended.data();
    assert_eq!(database::count(COUNT, player.user_id).await, seen, "{linked:?}");
    assert_eq!(seen, i64::from(linked.status == 200));
}

/// A session of a linked account is on no device. Without the account, ending the devices
/// would leave nothing by which to log in.
#[tokio::test]
async fn who_has_neither_a_device_nor_a_link_ends_no_other_device() {
    let player = Player::new().await;
    let account = linked(&player, "google").await;
    let data = log_in(&sign_in("google", &account, json!({})).await).await.data();
    let there = player.with_token(data["access_token"].as_str().unwrap());
    there.delete("/v1/users/me/links/google").await.data();
    let refused = there.delete("/v1/users/me/sessions").await;
    assert_eq!(refused.error(), (409, "last_way_in"));
    assert_eq!(player.login().await.status, 200);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let player = Player::new().await;
    linked(&player, "apple").await;
    let lose = "delete from game_user.devices where user_id = ?";
    database::change(lose, player.user_id).await;
    let refused = player.delete("/v1/users/me/links/apple").await;
    assert_eq!(refused.error(), (409, "last_way_in"));
    assert!(!is_guest(&player).await, "nothing changed");
    linked(&player, "google").await;
    assert_eq!(providers(player.delete("/v1/users/me/links/apple").await), ["google"]);
}

#[tokio::test]
async fn a_deleted_player_is_not_found_by_what_they_linked() {
    let player = Player::new().await;
    let account = linked(&player, "apple").await;
    player.delete("/v1/users/me").await.data();
    // In time, the account takes it back as the device does, and by the same token.
    let signed_in = sign_in("apple", &account, json!({})).await;
    let refused = log_in(&signed_in).await;
    assert_eq!(refused.error(), (403, "user_deleting"));
    assert_eq!(refused.body["error"]["choices"], json!(["keep_account"]));
    let mut keep = signed_in.login();
    keep["deletion"] = json!("cancel");
    let kept = log_in_with("/v1/auth/apple", &keep).await.data();
    assert_eq!(kept["user_id"], json!(player.user_id));

    let again = player.with_token(kept["access_token"].as_str().unwrap());
    again.delete("/v1/users/me").await.data();
    delete(player.user_id).await;
    assert_eq!(database::count(COUNT, player.user_id).await, 0);
    let signed_in = sign_in("apple", &account, json!({})).await;
    assert_eq!(log_in(&signed_in).await.error(), (404, "not_found"));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_suspended_player_does_not_get_in_by_what_they_linked() {
    let player = Player::new().await;
    let account = linked(&player, "google").await;
    let suspend =
        "update game_user.users set suspended_at = current_timestamp(6) where user_id = ?";
    database::change(suspend, player.user_id).await;
    let signed_in = sign_in("google", &account, json!({})).await;
    assert_eq!(log_in(&signed_in).await.error(), (403, "user_suspended"));
}
