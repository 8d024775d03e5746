//! What concerns all players at once: maintenance, client versions, paused pools, and what is
//! sold. It
//! is a file of its own, because Cargo runs files one after another, and no other test may
//! play meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroU64;
use std::panic::resume_unwind;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tenjo_domain::{Listing, Product, ProductId, ProductParts, Shop};
use tenjo_store::shop;
use tenjo_tests::contract::{Request, operations};
use tenjo_tests::http::{anyone, gateway, send};
use tenjo_tests::lambda::step;
use tenjo_tests::operator::AOI;
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::wire::{self, Reply};
use tenjo_tests::{books, database, lambda, until};
use tokio::task::{LocalSet, spawn_local};

/// A function relies on what it read for two seconds.
const LEARNED: Duration = Duration::from_millis(2100);

/// One test, because each part is about everybody.
#[tokio::test]
async fn what_operators_set_for_everybody_holds_for_everybody() {
    LocalSet::new().run_until(everything()).await;
}

async fn everything() {
    let mut conn = database::connect().await;
    let revision = shop::live(&mut conn).await.unwrap().unwrap();
    let sold = shop::read(&mut conn, revision).await.unwrap();
    let masters = sold.clone();
    let tested = spawn_local(async move {
        maintenance_keeps_players_out_and_lets_operators_and_sagas_go_on().await;
        maintenance_is_announced().await;
        an_outdated_client_is_told_to_update().await;
        a_paused_pool_sells_nothing_and_its_draws_end().await;
        the_shop_is_published_as_it_was_told_or_not_at_all(&masters).await;
    })
    .await;
    // Whatever failed, later tests find the game open, and the shop of the masters.
    shop::publish(&mut conn, &sold).await.unwrap();
    AOI.does("set-maintenance", &json!({ "open": false })).await;
    AOI.does("set-client-versions", &json!({})).await;
    AOI.does("set-pool-pause", &json!({ "pool_id": "pool-standard", "paused": false })).await;
    if let Err(error) = tested {
        resume_unwind(error.into_panic());
    }
}

/// The operations that go on in maintenance: the one that tells players of it, and those
/// that stores call.
const GO_ON: [&str; 3] = ["getStatus", "receiveAppleNotification", "receiveGoogleNotification"];

/// The answers of all operations of the contract that are for players: the requests of its
/// examples, so no new route can be forgotten.
async fn of_every_route(player: &Player) -> Vec<(String, Reply)> {
    let operations = operations();
    for id in GO_ON {
        let found = operations.iter().find(|operation| operation.id == id).unwrap();
        assert!(!found.needs_token, "{id} is no player's");
    }
    let mut answers = Vec::new();
    for operation in operations.iter().filter(|it| !GO_ON.contains(&it.id.as_str())) {
        let bearer = format!("Bearer {}", player.access_token);
        let headers = [("Authorization", bearer.as_str())];
        let headers = if operation.needs_token { &headers[..] } else { &[] };
        let request = Request::of(operation).bytes("", headers);
        answers.push((operation.id.clone(), wire::send(&gateway(), &request).await));
    }
    answers
}

async fn status() -> Value {
    anyone("/v1/status").await.data()
}

async fn maintenance_keeps_players_out_and_lets_operators_and_sagas_go_on() {
    let player = Player::new().await;
    let drawing = Player::new().await;
    let saga_id = database::start_saga(drawing.user_id).await;
    let still = Player::new().await;
    let stopped = database::start_saga(still.user_id).await;
    let buyer = Player::new().await;
    let token = buyer.get("/v1/users/me").await.data()["account_token"].clone();
    let mut bought = Vec::new();
    for store in Store::ALL {
        let purchase = store.sell_to(&token, "gems-60", json!({})).await;
        purchase.book(&buyer).await.data();
        bought.push(purchase);
    }
    assert_eq!(buyer.paid_gems().await, (120, 0));
    assert_eq!(status().await["maintenance"], Value::Null);

    AOI.does("set-maintenance", &json!({ "open": true, "ends_at": "2037-01-01T00:00:00Z" })).await;
    let later = json!({ "open": true, "starts_at": "2036-12-31T00:00:00Z" });
    let later = AOI.tries("set-maintenance", &later).await;
    assert_eq!(later.error(), (400, "invalid_request"), "it would let players in until then");
    tokio::time::sleep(LEARNED).await;
    for (operation, answer) in of_every_route(&player).await {
        let body = answer.json().unwrap();
        let code = body["error"]["code"].as_str();
        assert_eq!((answer.status, code), (503, Some("maintenance")), "{operation}: {body}");
        assert_eq!(answer.header("retry-after"), Some("3600"), "{operation}");
    }
    // What stores tell is heard: they would not say it again for ever.
    for purchase in &bought {
        purchase.happen("refund", None).await.send().await.data();
    }
    let untold = Store::Google.sell_to(&token, "gems-60", json!({})).await;
    untold.notice.send().await.data();
    let shown = status().await;
    assert_eq!(shown["maintenance"]["is_running"], true);
    assert_eq!(shown["maintenance"]["ends_at"], "2037-01-01T00:00:00Z");

    // A draw that has begun ends, by its steps and by recovery.
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    books::balance(drawing.user_id).await;
    database::end_lease(stopped).await;
    until("the recovery", async || {
        lambda::invoke("recover-sagas", &json!({})).await;
        let status = database::saga_status(stopped).await?;
        ["COMPLETED", "FAILED"].contains(&status.as_str()).then_some(())
    })
    .await;
    books::balance(still.user_id).await;
    let gems = json!({ "user_id": player.user_id, "currency_type": "free_gem", "delta": 1 });
    AOI.does("adjust-currency", &gems).await;

    AOI.does("set-maintenance", &json!({ "open": false })).await;
    tokio::time::sleep(LEARNED).await;
    let pending = "update game_purchase.pending_purchases
        set next_attempt_at = current_timestamp(6) where purchase_id = ?";
    database::execute(&mut database::connect().await, pending, untold.purchase_id()).await.unwrap();
    until("the booking, and nothing of what was taken back", async || {
        lambda::invoke("reconcile-purchases", &json!({})).await;
        (buyer.paid_gems().await == (60, 0)).then_some(())
    })
    .await;
    books::balance(buyer.user_id).await;
    assert_eq!(player.free_gems().await, 3001);
    player.draw("pool-standard", 1, None).await.data();
    let changes = "select count(*) from game_gacha.sagas where user_id = ?";
    assert_eq!(database::count(changes, player.user_id).await, 1, "nothing happened meanwhile");
}

async fn maintenance_is_announced() {
    let player = Player::new().await;
    let order = json!({
        "open": true, "starts_at": "2036-12-31T00:00:00Z", "ends_at": "2037-01-01T00:00:00Z",
    });
    AOI.does("set-maintenance", &order).await;
    tokio::time::sleep(LEARNED).await;
    let shown = status().await["maintenance"].clone();
    assert_eq!((&shown["is_running"], &shown["starts_at"]), (&json!(false), &order["starts_at"]));
    player.get("/v1/users/me").await.data();
    assert_eq!(player.get("/v1/home").await.data()["maintenance"], shown);
    AOI.does("set-maintenance", &json!({ "open": false })).await;
    assert_eq!(status().await["maintenance"], Value::Null);
}

async fn an_outdated_client_is_told_to_update() {
    let player = Player::new().await;
    AOI.does("set-client-versions", &json!({ "least": "1.2.0", "newest": "1.10.0" })).await;
    tokio::time::sleep(LEARNED).await;
    let ask = async |version: &str| {
        send(player.request(Method::GET, "/v1/users/me").header("X-Client-Version", version)).await
    };
    assert_eq!(ask("1.1.9").await.error(), (403, "client_outdated"));
    for version in ["1.2.0", "1.10.0", "2.0.0"] {
        ask(version).await.data();
    }
    player.get("/v1/users/me").await.data();
    // The gateway knows no versions: a body that it does not take is refused by it, first.
    let body = json!({ "of": "an old client" });
    let old = player.request(Method::PUT, "/v1/users/me").header("X-Client-Version", "0.9.0");
    let answer = send(old.json(&body)).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    for shown in [status().await, player.get("/v1/home").await.data()] {
        assert_eq!(shown["least_client_version"], "1.2.0");
        assert_eq!(shown["newest_client_version"], "1.10.0");
    }
    AOI.does("set-client-versions", &json!({})).await;
    tokio::time::sleep(LEARNED).await;
    ask("0.0.1").await.data();
}

async fn a_paused_pool_sells_nothing_and_its_draws_end() {
    let (player, drawing) = (Player::new().await, Player::new().await);
    let saga_id = database::start_saga(drawing.user_id).await;
    let pause = |paused: bool| json!({ "pool_id": "pool-standard", "paused": paused });
    let done = AOI.does("set-pool-pause", &pause(true)).await;
    assert_eq!(
        (&done["result"]["was_paused"], &done["result"]["is_paused"]),
        (&json!(false), &json!(true))
    );
    let again = AOI.does("set-pool-pause", &pause(true)).await;
    assert_eq!(again["result"]["was_paused"], true);

    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (404, "not_found"));
    assert_eq!(player.get("/v1/gacha/pools/pool-standard").await.error(), (404, "not_found"));
    let pools = player.get("/v1/gacha/pools?limit=100").await.data().to_string();
    assert!(!pools.contains("pool-standard") && pools.contains("pool-moon-festival"));
    let home = player.get("/v1/home").await.data()["pools"].to_string();
    assert!(!home.contains("pool-standard") && home.contains("pool-moon-festival"));
    player.draw("pool-moon-festival", 1, None).await.data();
    // Publishing puts nothing back on sale.
    lambda::invoke("publish-masters", &json!({})).await;
    assert_eq!(player.draw("pool-standard", 1, None).await.error(), (404, "not_found"));
    for name in ["reserve", "draw", "grant"] {
        step(name, saga_id).await.unwrap();
    }
    books::balance(drawing.user_id).await;

    AOI.does("set-pool-pause", &pause(false)).await;
    player.draw("pool-standard", 1, None).await.data();
}

/// A shop with these products more, or instead of those of the same id. It gives no more
/// than the masters do: who buys now may get the better of the two.
fn with(shop: &Shop, changed: Product) -> Shop {
    let kept = shop.products().iter().filter(|it| it.product_id() != changed.product_id());
    let products = kept.cloned().chain([changed.clone()]).collect();
    Shop::new(shop.allowance().clone(), shop.disclosures().to_vec(), products).unwrap()
}

async fn the_shop_is_published_as_it_was_told_or_not_at_all(masters: &Shop) {
    let mut conn = database::connect().await;
    let sixty = masters.product(&ProductId::new("gems-60").unwrap()).unwrap().parts().clone();
    let fewer = NonZeroU64::new(6).unwrap();
    let other =
        with(masters, Product::new(ProductParts { paid_gems: fewer, ..sixty.clone() }).unwrap());
    let revision = shop::publish(&mut conn, &other).await.unwrap();
    let tried = lambda::invoke("publish-masters", &json!({ "dry_run": true })).await;
    let told = &tried["shop"];
    assert_eq!(
        (&told["change"], &told["replaced"]),
        (&json!("changed"), &json!(revision.to_string()))
    );
    assert_eq!(told["differences"], json!(["products[gems-60].paid_gems: 6 -> 60"]), "{tried}");
    assert_eq!(shop::live(&mut conn).await.unwrap(), Some(revision), "it was only tried");
    let done = lambda::invoke("publish-masters", &json!({})).await;
    assert_eq!(done["shop"], *told);
    let now = shop::live(&mut conn).await.unwrap().unwrap();
    assert_eq!(shop::read(&mut conn, now).await.unwrap(), *masters);

    // A product that the masters do not have: somebody may have paid for it.
    let listings = sixty.listings.clone().into_iter().map(|(store, listing)| {
        let store_product_id = "left.behind".to_owned();
        (store, Listing { store_product_id, ..listing })
    });
    let product_id = ProductId::new("left-behind").unwrap();
    let left = ProductParts { product_id, listings: listings.collect(), ..sixty };
    let other = with(masters, Product::new(left).unwrap());
    let revision = shop::publish(&mut conn, &other).await.unwrap();
    for dry_run in [true, false] {
        let refused = lambda::invoke("publish-masters", &json!({ "dry_run": dry_run })).await;
        assert_eq!(refused["errorType"], "PublicationFailed", "{refused}");
        let why = refused["errorMessage"].as_str().unwrap();
        for store in ["apple", "google"] {
            let lost = format!("product left-behind would no longer be left.behind of {store}");
            assert!(why.contains(&lost), "{why}");
        }
        assert_eq!(shop::live(&mut conn).await.unwrap(), Some(revision), "nothing is published");
    }
}
