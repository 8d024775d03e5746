//! Stopped sagas, and the sweeper that runs them again.
//!
//! The stack's own sweeper runs at the same time, so these tests cannot know which
//! sweep took a saga, only how often it was taken, and how it ended.

use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{FailureReason, SagaId, SagaStatus};
use tenjo_saga::MAX_ATTEMPTS;
use tenjo_store::recovery;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, lambda, state_machine, until};
use uuid::Uuid;

const ATTEMPTS: &str =
    "select cast(attempt_count as signed) from game_gacha.live_sagas where saga_id = ?";

async fn sweep() -> Value {
    let report = lambda::invoke("recover-sagas", &json!({})).await;
    assert!(report["found"].is_u64(), "{report}");
    report
}

/// A player with a saga on which these steps have run.
async fn after(steps: &[&str]) -> (Player, Uuid) {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for name in steps {
        lambda::step(name, saga_id).await.unwrap();
    }
    (player, saga_id)
}

/// Makes a saga count as stopped and takes it, as a sweeper would: in one transaction,
/// so that no other sweeper is first.
async fn take(tx: &mut MySqlConnection, saga_id: Uuid) -> Option<u32> {
    database::end_lease_in(tx, saga_id).await;
    recovery::take(tx, SagaId(saga_id)).await.unwrap()
}

async fn end_of(saga_id: Uuid) -> SagaStatus {
    until("the end of the saga", async || {
        database::saga_status(saga_id).await.filter(|status| status.is_final())
    })
    .await
}

/// A charged saga in a status in which no saga stays: every run of it fails at once,
/// and changes nothing.
async fn broken() -> (Player, Uuid) {
    let (player, saga_id) = after(&["reserve"]).await;
    let damage = "update game_gacha.sagas set status = 'COMPENSATING' where saga_id = ?";
    database::change(damage, saga_id).await;
    (player, saga_id)
}

/// Repairs a broken saga, and runs it by hand.
async fn repair(player: &Player, saga_id: Uuid) {
    let repaired = "update game_gacha.sagas set status = 'CURRENCY_RESERVED' where saga_id = ?";
    database::change(repaired, saga_id).await;
    let report = lambda::invoke("recover-sagas", &json!({ "saga_id": saga_id })).await;
    assert_eq!(report["found"], 1, "{report}");
    assert_eq!(end_of(saga_id).await, SagaStatus::Completed);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_saga_that_stopped_anywhere_ends_by_itself() {
    let charged = (SagaStatus::Completed, None, 0, 10);
    for (steps, is_late, expected) in [
        (&[][..], false, charged),
        (&[][..], true, (SagaStatus::Failed, Some(FailureReason::Expired), 3000, 0)),
        (&["reserve"][..], false, charged),
        // Once it is charged, the deadline of Reserve does not matter.
        (&["reserve"][..], true, charged),
        (&["reserve", "draw"][..], false, charged),
        (&["reserve", "draw"][..], true, charged),
    ] {
        let what = format!("after {steps:?}, late: {is_late}");
        let (player, saga_id) = after(steps).await;
        if is_late {
            let late = "update game_gacha.sagas
                        set reserve_before = current_timestamp(6) where saga_id = ?";
            database::change(late, saga_id).await;
        }
        database::end_lease(saga_id).await;
        sweep().await;
        end_of(saga_id).await;
        let saga = database::saga(saga_id).await;
        let found =
            (saga.status, saga.failure_reason, player.free_gems().await, player.item_total().await);
        assert_eq!(found, expected, "{what}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn when_it_has_ended_its_player_draws_again() {
    let (player, saga_id) = after(&[]).await;
    let late = "update game_gacha.sagas
                set reserve_before = current_timestamp(6) where saga_id = ?";
    database::change(late, saga_id).await;
    database::end_lease(saga_id).await;
    sweep().await;
    assert_eq!(end_of(saga_id).await, SagaStatus::Failed);
    player.draw("pool-standard", 10, None).await.data();
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn sweepers_at_once_run_each_saga_once() {
    let (player, saga_id) = broken().await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(after(&["reserve"]).await);
    }
    for (_, other) in &others {
        database::end_lease(*other).await;
    }
    database::end_lease(saga_id).await;
    tokio::join!(sweep(), sweep(), sweep());
    until("the first attempt", async || {
        (database::count(ATTEMPTS, saga_id).await > 0).then_some(())
    })
    .await;
    sweep().await;
    assert_eq!(database::count(ATTEMPTS, saga_id).await, 1, "it was taken twice");
    for (player, other) in &others {
        assert_eq!(end_of(*other).await, SagaStatus::Completed);
        assert_eq!(database::count(database::EVENTS, *other).await, 5, "a step was repeated");
        books::balance(player.user_id).await;
    }
    repair(&player, saga_id).await;
}

#[tokio::test]
async fn a_saga_that_always_fails_is_given_up_counted_and_recovered_by_hand() {
    let (player, saga_id) = broken().await;
    for attempt in 1..=i64::from(MAX_ATTEMPTS) {
        database::end_lease(saga_id).await;
        sweep().await;
        until("an attempt", async || {
            (database::count(ATTEMPTS, saga_id).await == attempt).then_some(())
        })
        .await;
    }
    assert!(sweep().await["stuck"].as_u64().unwrap() >= 1);
    let far = "select count(*) from game_gacha.live_sagas where saga_id = ?
               and next_attempt_at > current_timestamp(6) + interval 50 minute";
    assert_eq!(database::count(far, saga_id).await, 1, "it is still tried at the old pace");
    let attempts = database::count(ATTEMPTS, saga_id).await;
    assert_eq!(attempts, i64::from(MAX_ATTEMPTS), "it was tried once more");
    // It keeps its charge, and its player is asked to wait.
    assert_eq!(player.free_gems().await, 0);
    let next = player.draw("pool-standard", 1, None).await;
    assert_eq!(next.error(), (409, "draw_in_progress"));
    repair(&player, saga_id).await;
}

#[tokio::test]
async fn a_saga_whose_run_goes_on_is_left_alone() {
    let (player, saga_id) = after(&[]).await;
    // Its Reserve waits, so that the run takes a while.
    let held = database::hold_balances(player.user_id).await;
    let run = tokio::spawn(state_machine::run(saga_id));
    for _ in 0..3 {
        sweep().await;
    }
    assert_eq!(database::count(ATTEMPTS, saga_id).await, 0, "it was taken from its run");
    held.close().await.unwrap();
    run.await.unwrap();
    assert_eq!(end_of(saga_id).await, SagaStatus::Completed);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_run_that_is_begun_beside_another_is_harmless() {
    let (player, saga_id) = after(&[]).await;
    let held = database::hold_balances(player.user_id).await;
    let run = tokio::spawn(state_machine::run(saga_id));
    database::end_lease(saga_id).await;
    let (_, ()) = tokio::join!(sweep(), async {
        until("the second run", async || {
            (database::count(ATTEMPTS, saga_id).await > 0).then_some(())
        })
        .await;
        held.close().await.unwrap();
    });
    run.await.unwrap();
    assert_eq!(end_of(saga_id).await, SagaStatus::Completed);
    assert_eq!(database::count(database::EVENTS, saga_id).await, 5, "a step was repeated");
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn when_a_lease_is_over_another_takes_the_saga() {
    let (player, saga_id) = after(&["reserve"]).await;
    // A sweeper that takes it and dies.
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    assert_eq!(take(&mut tx, saga_id).await, Some(1));
    tx.commit().await.unwrap();

    assert_eq!(recovery::take(&mut conn, SagaId(saga_id)).await.unwrap(), None, "taken twice");
    sweep().await;
    assert_eq!(database::count(ATTEMPTS, saga_id).await, 1, "it was taken within the lease");
    database::end_lease(saga_id).await;
    sweep().await;
    assert_eq!(end_of(saga_id).await, SagaStatus::Completed);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn an_attempt_that_could_not_begin_does_not_count() {
    let (player, saga_id) = after(&["reserve"]).await;
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    take(&mut tx, saga_id).await;
    recovery::give_back(&mut tx, SagaId(saga_id), 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(database::count(ATTEMPTS, saga_id).await, 0);
    database::end_lease(saga_id).await;
    sweep().await;
    assert_eq!(end_of(saga_id).await, SagaStatus::Completed);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_saga_at_its_end_is_not_run_by_hand() {
    let (player, saga_id) = after(&["reserve", "draw", "grant"]).await;
    for unknown in [saga_id, Uuid::new_v4()] {
        let answer = lambda::invoke("recover-sagas", &json!({ "saga_id": unknown })).await;
        assert_eq!(answer["errorType"], "RecoveryFailed", "{answer}");
    }
    books::balance(player.user_id).await;
}
