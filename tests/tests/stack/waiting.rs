//! `GET /v1/gacha/sagas/{saga_id}?wait_s=`: an answer that waits for the end of a draw.

use std::time::{Duration, Instant};

use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda};
use uuid::Uuid;

/// Long enough for a busy machine, and far from the longest wait.
const SOON: Duration = Duration::from_secs(8);

fn path(saga_id: Uuid, wait_s: u32) -> String {
    format!("/v1/gacha/sagas/{saga_id}?wait_s={wait_s}")
}

#[tokio::test]
async fn the_end_of_a_draw_is_answered_as_soon_as_it_is_there() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let waiting = tokio::spawn({
        let player = player.clone();
        async move { player.get(&path(saga_id, 20)).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    // What waits locks nothing: every step can do its work.
    for step in ["reserve", "draw", "grant"] {
        assert!(!waiting.is_finished(), "answered before {step}");
        lambda::step(step, saga_id).await.unwrap();
    }
    let ended = Instant::now();
    let saga = waiting.await.unwrap().data();
    assert!(ended.elapsed() < SOON, "{:?}", ended.elapsed());
    assert_eq!(saga["status"], "COMPLETED");
    assert_eq!(saga["results"].as_array().map(Vec::len), Some(10));
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_wait_is_over_after_its_time_and_shows_the_draw_as_it_is() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    lambda::step("reserve", saga_id).await.unwrap();
    let asked = Instant::now();
    let saga = player.get(&path(saga_id, 1)).await.data();
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_secs(1) && waited < SOON, "{waited:?}");
    assert_eq!(saga["status"], "CURRENCY_RESERVED");
    assert!(saga["results"].is_null() && saga["pity"].is_null());
}

#[tokio::test]
async fn nobody_waits_for_what_has_ended_or_is_not_theirs() {
    let (player, other) = (Player::new().await, Player::new().await);
    let running = database::start_saga(other.user_id).await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let drawn: Uuid = drawn["saga_id"].as_str().unwrap().parse().unwrap();
    let asked = Instant::now();
    assert_eq!(player.get(&path(drawn, 20)).await.data()["status"], "COMPLETED");
    for unknown in [running, Uuid::new_v4()] {
        assert_eq!(player.get(&path(unknown, 20)).await.error(), (404, "not_found"));
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}
