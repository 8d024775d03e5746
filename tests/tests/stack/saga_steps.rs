//! The steps of the saga: once, twice, out of order, late, and with the next one
//! failing. The books always balance.

use sqlx::Connection;
use tenjo_domain::{FailureReason, SagaId, SagaStatus};
use tenjo_saga::Keep;
use tenjo_store::currency;
use tenjo_store::saga::{self, SealKeys};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::{books, database, state_machine};
use uuid::Uuid;

const CHARGED: &str = "select count(*) from game_user.currency_ledger where saga_id = ?";
const GRANTED: &str = "select count(*) from game_inventory.item_grants where saga_id = ?";
const PITY: &str = "select cast(coalesce(sum(pity_count), 0) as signed) from game_gacha.player_pity where user_id = ?";

/// A player with a saga on which these steps have run.
async fn after(steps: &[&str]) -> (Player, Uuid) {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    for name in steps {
        step(name, saga_id).await.unwrap();
    }
    (player, saga_id)
}

/// Everything that steps may change about a saga.
async fn facts(user_id: Uuid, saga_id: Uuid) -> [i64; 6] {
    let balance = "select cast(balance as signed) from game_user.currencies
                   where user_id = ? and currency_type = 'free_gem'";
    [
        database::count(CHARGED, saga_id).await,
        database::count(database::DRAWN, saga_id).await,
        database::count(GRANTED, saga_id).await,
        database::count(database::EVENTS, saga_id).await,
        database::count(PITY, user_id).await,
        database::count(balance, user_id).await,
    ]
}

#[tokio::test]
async fn each_step_runs_once_however_often_it_is_called() {
    let (player, saga_id) = after(&[]).await;
    for (name, status) in
        [("reserve", "CURRENCY_RESERVED"), ("draw", "DRAW_COMPLETED"), ("grant", "COMPLETED")]
    {
        assert_eq!(step(name, saga_id).await, Ok(status.to_owned()));
        let once = facts(player.user_id, saga_id).await;
        for _ in 0..2 {
            assert_eq!(step(name, saga_id).await, Ok(status.to_owned()), "{name} again");
        }
        assert_eq!(facts(player.user_id, saga_id).await, once, "{name} was repeated");
    }
    let [charged, drawn, granted, ..] = facts(player.user_id, saga_id).await;
    assert_eq!([charged, drawn, granted], [1, 10, 10]);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn each_step_runs_once_when_called_ten_times_at_once() {
    let (player, saga_id) = after(&[]).await;
    for name in ["reserve", "draw", "grant"] {
        let calls = (0..10).map(|_| tokio::spawn(step(name, saga_id)));
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap().unwrap();
        }
    }
    let [charged, drawn, granted, ..] = facts(player.user_id, saga_id).await;
    assert_eq!([charged, drawn, granted], [1, 10, 10]);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_step_before_its_turn_changes_nothing() {
    let (player, saga_id) = after(&[]).await;
    let untouched = facts(player.user_id, saga_id).await;
    for name in ["draw", "grant"] {
        assert_eq!(step(name, saga_id).await, Err("TooEarly".to_owned()), "{name}");
    }
    assert_eq!(facts(player.user_id, saga_id).await, untouched);
    step("reserve", saga_id).await.unwrap();
    assert_eq!(step("grant", saga_id).await, Err("TooEarly".to_owned()));
    step("refund", saga_id).await.unwrap();
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_late_step_answers_where_the_saga_stands() {
    let (player, saga_id) = after(&["reserve", "draw", "grant"]).await;
    let done = facts(player.user_id, saga_id).await;
    for name in ["reserve", "draw", "grant", "refund"] {
        assert_eq!(step(name, saga_id).await, Ok("COMPLETED".to_owned()), "{name}");
    }
    assert_eq!(facts(player.user_id, saga_id).await, done, "a complete saga was changed");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn refund_undoes_whatever_was_done_and_no_step_follows_it() {
    for steps in [&[][..], &["reserve"][..], &["reserve", "draw"][..]] {
        let (player, saga_id) = after(steps).await;
        for name in ["refund", "refund", "reserve", "draw", "grant"] {
            assert_eq!(
                step(name, saga_id).await,
                Ok("FAILED".to_owned()),
                "{name} after {steps:?}"
            );
        }
        assert_eq!(player.free_gems().await, 3000, "after {steps:?}");
        assert_eq!(database::count(GRANTED, saga_id).await, 0);
        assert_eq!(database::count(PITY, player.user_id).await, 0, "pity moved after {steps:?}");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_refunded_draw_leaves_pity_as_it_was() {
    let player = Player::new().await;
    let before = player.draw("pool-standard", 1, None).await.data();
    database::give(player.user_id, "free_gem", 300).await;
    let saga_id = database::start_saga(player.user_id).await;
    for name in ["reserve", "draw", "refund"] {
        step(name, saga_id).await.unwrap();
    }
    let pool = player.get("/v1/gacha/pools/pool-standard").await.data();
    assert_eq!(pool["pity"], before["pity"]);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_timeline_of_a_refund_shows_every_status() {
    for (steps, way) in [
        (&[][..], &["STARTED", "COMPENSATING", "FAILED"][..]),
        (
            &["reserve", "draw"][..],
            &[
                "STARTED",
                "CURRENCY_RESERVED",
                "DRAW_COMPLETED",
                "COMPENSATING",
                "CURRENCY_REFUNDED",
                "FAILED",
            ][..],
        ),
    ] {
        let (player, saga_id) = after(steps).await;
        step("refund", saga_id).await.unwrap();
        let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
        let timeline = saga["timeline"].as_array().unwrap();
        let statuses: Vec<&str> =
            timeline.iter().map(|event| event["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, way);
        assert_eq!(saga["failure"]["reason"], "internal");
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn a_refusal_is_an_outcome_and_stays() {
    let player = Player::new().await;
    player.draw("pool-standard", 1, None).await.data();
    let saga_id = database::start_saga(player.user_id).await;
    for _ in 0..2 {
        assert_eq!(step("reserve", saga_id).await, Ok("FAILED".to_owned()));
    }
    let saga = database::saga(saga_id).await;
    assert_eq!(saga.failure_reason, Some(FailureReason::InsufficientCurrency));
    assert_eq!(player.free_gems().await, 2700);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_saga_past_its_deadline_is_not_charged() {
    let (player, saga_id) = after(&[]).await;
    let late =
        "update game_gacha.sagas set reserve_before = current_timestamp(6) where saga_id = ?";
    database::change(late, saga_id).await;
    assert_eq!(step("reserve", saga_id).await, Ok("FAILED".to_owned()));
    assert_eq!(database::saga(saga_id).await.failure_reason, Some(FailureReason::Expired));
    assert_eq!(player.free_gems().await, 3000);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn no_step_knows_a_saga_that_does_not_exist() {
    for name in ["reserve", "draw", "grant", "refund"] {
        assert_eq!(step(name, Uuid::new_v4()).await, Err("SagaNotFound".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn when_draw_fails_for_good_reserve_is_undone() {
    let (player, saga_id) = after(&["reserve"]).await;
    // Its rules do not exist, so Draw cannot draw.
    let lose = "update game_gacha.sagas set pool_revision = unhex(sha2(saga_id, 256))
                where saga_id = ?";
    database::change(lose, saga_id).await;
    let run = state_machine::run(saga_id).await;
    assert_eq!((&run["status"], &run["error"]), (&"FAILED".into(), &"Compensated".into()), "{run}");
    assert_eq!(database::saga(saga_id).await.status, SagaStatus::Failed);
    assert_eq!(player.free_gems().await, 3000);
    assert_eq!(database::count(CHARGED, saga_id).await, 2);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn when_grant_fails_for_good_draw_and_reserve_are_undone() {
    let (player, saga_id) = after(&[]).await;
    // A planted grant blocks the real one.
    let block = "insert into game_inventory.item_grants
                   (saga_id, draw_index, user_id, item_master_id) values (?, 0, '', 'blocked')";
    database::change(block, saga_id).await;
    let run = state_machine::run(saga_id).await;
    assert_eq!(run["error"], "Compensated", "{run}");
    let unblock = "delete from game_inventory.item_grants where saga_id = ?";
    database::change(unblock, saga_id).await;
    assert_eq!(database::saga(saga_id).await.status, SagaStatus::Failed);
    assert_eq!(player.free_gems().await, 3000);
    assert_eq!(database::count(PITY, player.user_id).await, 0);
    assert_eq!(player.item_total().await, 0);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn when_reserve_fails_for_good_nothing_was_taken() {
    // A saga of a player who does not exist.
    let saga_id = database::start_saga(Uuid::new_v4()).await;
    let run = state_machine::run(saga_id).await;
    assert_eq!(run["error"], "Compensated", "{run}");
    assert_eq!(database::saga(saga_id).await.status, SagaStatus::Failed);
    assert_eq!(database::count(CHARGED, saga_id).await, 0);
}

#[tokio::test]
async fn a_refund_that_cannot_end_is_ended_by_the_next_run() {
    let (player, saga_id) = after(&["reserve"]).await;
    // A planted entry blocks the ledger entry: the step fails, and changes nothing.
    let block = "insert into game_user.currency_ledger
                   (user_id, currency_type, entry_id, delta, balance_after, reason, saga_id)
                 values ('', 'free_gem', 1, 0, 0, 'draw_refund', ?)";
    database::change(block, saga_id).await;
    assert_eq!(step("refund", saga_id).await, Err("Internal".to_owned()));
    assert_eq!(database::saga(saga_id).await.status, SagaStatus::CurrencyReserved);
    let unblock = "delete from game_user.currency_ledger where delta = 0 and saga_id = ?";
    database::change(unblock, saga_id).await;
    assert_eq!(step("refund", saga_id).await, Ok("FAILED".to_owned()));
    assert_eq!(player.free_gems().await, 3000);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_run_takes_up_a_saga_where_another_left_it() {
    for steps in
        [&[][..], &["reserve"][..], &["reserve", "draw"][..], &["reserve", "draw", "grant"][..]]
    {
        let (player, saga_id) = after(steps).await;
        let run = state_machine::run(saga_id).await;
        assert_eq!(run["status"], "SUCCEEDED", "after {steps:?}: {run}");
        assert_eq!(database::saga(saga_id).await.status, SagaStatus::Completed);
        assert_eq!(player.item_total().await, 10);
        books::balance(player.user_id).await;
    }
}

#[tokio::test]
async fn two_runs_of_one_saga_at_once_are_one_draw() {
    let (player, saga_id) = after(&[]).await;
    let (one, two) = tokio::join!(state_machine::run(saga_id), state_machine::run(saga_id));
    assert_eq!((&one["status"], &two["status"]), (&"SUCCEEDED".into(), &"SUCCEEDED".into()));
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_step_and_refund_at_once_end_the_saga_one_way_or_the_other() {
    for steps in [&["reserve"][..], &["reserve", "draw"][..], &["reserve", "draw", "grant"][..]] {
        let (racer, before) = steps.split_last().unwrap();
        for _ in 0..10 {
            let (player, saga_id) = after(before).await;
            let (stepped, refunded) = tokio::join!(step(racer, saga_id), step("refund", saga_id));
            let (stepped, refunded) = (stepped.unwrap(), refunded.unwrap());
            if *racer == "grant" && stepped == "COMPLETED" {
                assert_eq!(refunded, "COMPLETED");
                assert_eq!(player.item_total().await, 10);
            } else {
                assert_eq!(refunded, "FAILED", "{racer} answered {stepped}");
                assert_eq!(player.free_gems().await, 3000);
            }
            books::balance(player.user_id).await;
        }
    }
}

/// Refund's transaction begins before Reserve's has committed, and waits for it.
#[tokio::test]
async fn a_refund_that_waited_for_reserve_gives_back_what_it_took() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let saga = saga::lock(&mut tx, SagaId(saga_id), &SealKeys::default()).await.unwrap().unwrap();
    let refund = tokio::spawn(async move { step("refund", saga_id).await });
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let charge = currency::charge(&mut tx, saga.user_id, saga.saga_id, saga.quote.cost).await;
    let keep = Keep::Charge(charge.unwrap().expect("a charge"));
    let path = &[SagaStatus::CurrencyReserved];
    saga::advance(&mut tx, &saga, path, keep, &SealKeys::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(refund.await.unwrap(), Ok("FAILED".to_owned()));
    assert_eq!(player.free_gems().await, 3000);
    books::balance(player.user_id).await;
}
