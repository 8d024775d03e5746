//! Draws that anyone can check.

use std::time::Duration;

use serde_json::{Value, json};
use tenjo_proof::{Checked, Proof, check, check_chain};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database};
use uuid::Uuid;

/// How long a test waits until a seed is revealed: longer than two periods of the
/// tests' stack.
const REVEALED_WITHIN: Duration = Duration::from_secs(60);

fn path(saga_id: &Value) -> String {
    format!("/v1/gacha/sagas/{}/proof", saga_id.as_str().unwrap())
}

async fn proof(player: &Player, saga_id: &Value) -> Proof {
    let data = player.get(&path(saga_id)).await.data();
    serde_json::from_value(data["proof"].clone()).unwrap()
}

/// The proof, once it can be checked.
async fn revealed(player: &Player, saga_id: &Value) -> Proof {
    let asking = async {
        loop {
            let proof = proof(player, saga_id).await;
            if proof.period.seed.is_some() {
                return proof;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(REVEALED_WITHIN, asking).await.expect("the seed is revealed")
}

#[tokio::test]
async fn every_draw_of_a_player_is_proved_and_the_void_one_is_shown() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    let own = json!({ "client_seed": "seven-crows-over-the-moon" });
    player.put("/v1/gacha/client-seed", &own).await.data();
    let mut sagas = Vec::new();
    for (pool_id, count) in
        [("pool-moon-festival", 10), ("pool-standard", 1), ("pool-treasure-box", 1)]
    {
        sagas.push(player.draw(pool_id, count, None).await.data()["saga_id"].clone());
    }
    let void =
        database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-moon-festival", 10).await;
    for name in ["reserve", "draw", "refund"] {
        step(name, void).await.unwrap();
    }
    sagas.push(json!(void));
    sagas.push(player.draw("pool-moon-festival", 10, None).await.data()["saga_id"].clone());

    let mut proofs = Vec::new();
    for saga_id in &sagas {
        let proof = revealed(&player, saga_id).await;
        assert_eq!(proof.client_seed, "seven-crows-over-the-moon");
        assert!(matches!(check(&proof), Ok(Checked::Proved(_))), "{:?}", check(&proof));
        assert_eq!(proof.is_void, *saga_id == json!(void));
        proofs.push(proof);
    }
    assert_eq!(check_chain(&proofs), Ok(()));
    let numbers: Vec<u64> = proofs.iter().map(|proof| proof.draw_number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);

    let listed = player.get("/v1/gacha/draw-numbers").await.data();
    let states: Vec<(&Value, &Value)> = listed["draw_numbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|draw| (&draw["draw_number"], &draw["state"]))
        .collect();
    assert_eq!(states.len(), 5);
    assert_eq!(states[1], (&json!(4), &json!("void")));
    assert_eq!(states[4], (&json!(1), &json!("valid")));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_proof_is_there_at_the_end_of_a_draw_and_not_before() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let path = path(&json!(saga_id));
    for name in ["reserve", "draw"] {
        step(name, saga_id).await.unwrap();
        assert_eq!(player.get(&path).await.error(), (404, "not_found"), "after {name}");
    }
    let running = player.get("/v1/gacha/draw-numbers").await.data();
    assert_eq!(running["draw_numbers"][0]["state"], "running");
    step("grant", saga_id).await.unwrap();
    let shown = proof(&player, &json!(saga_id)).await;
    assert_eq!(shown.period.seed, None, "a seed is secret while draws are made from it");
    assert!(matches!(check(&shown), Ok(Checked::NotRevealed)));
    let other = Player::new().await;
    assert_eq!(other.get(&path).await.error(), (404, "not_found"));
}

#[tokio::test]
async fn a_draw_that_was_refused_takes_no_number() {
    let player = Player::new().await;
    let refused = player.draw("pool-paid-moon-festival", 1, Some("poor")).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
    let saga_id = database::saga_of(player.user_id, "poor");
    assert_eq!(player.get(&path(&json!(saga_id))).await.error(), (404, "not_found"));
    let seed = player.get("/v1/gacha/client-seed").await.data();
    assert_eq!(seed["next_draw_number"], 1);
}
