//! Server seeds: committed to, secret, revealed; and the players' own seeds.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use tenjo_domain::{ClientSeed, DrawNumber, SeedPeriod, SeedPeriodId, ServerSeed, Span, UserId};
use tenjo_saga::Seed;
use tenjo_store::roles::ROLES;
use tenjo_store::seed::{SeedKey, Seeds};
use tenjo_store::{client_seed, seed};
use tenjo_tests::grants::{Services, files};
use tenjo_tests::http::anyone;
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::seed_key::TestKey;
use tenjo_tests::{aws, books, database, lambda, until, variable};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

const PERIODS: &str = "/v1/gacha/seed-periods";
const OWN: &str = "/v1/gacha/client-seed";

/// Longer than a period, its grace and a rotation after them.
const REVEALED_WITHIN: Duration = Duration::from_secs(40);

async fn listed() -> Vec<Value> {
    let data = anyone(&format!("{PERIODS}?limit=100")).await.data();
    data["seed_periods"].as_array().unwrap().clone()
}

fn moment(period: &Value, name: &str) -> OffsetDateTime {
    OffsetDateTime::parse(period[name].as_str().unwrap(), &Rfc3339).unwrap()
}

fn span(period: &Value) -> Span {
    Span { starts_at: moment(period, "starts_at"), ends_at: moment(period, "ends_at") }
}

fn seed_of(text: &str) -> ServerSeed {
    let mut seed = [0; 32];
    hex::decode_to_slice(text, &mut seed).unwrap();
    ServerSeed::new(seed)
}

async fn now() -> OffsetDateTime {
    seed::now(&mut database::connect().await).await.unwrap()
}

/// A connection with the rights of the Draw step.
async fn draw_step() -> MySqlConnection {
    MySqlConnection::connect(&variable("TENJO_DRAW_DATABASE_URL")).await.unwrap()
}

/// Every period of the stack, oldest first. Tests make others, long ago.
async fn bounds() -> Vec<(OffsetDateTime, OffsetDateTime)> {
    sqlx::query_as(
        "select starts_at, ends_at from game_gacha.seed_periods
         where starts_at > '2020-01-01' order by starts_at",
    )
    .fetch_all(&mut database::connect().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn three_commitments_are_published_before_their_periods_begin() {
    until("three commitments ahead", async || {
        let (now, periods) = (now().await, listed().await);
        let ahead = periods.iter().filter(|period| moment(period, "starts_at") > now);
        (ahead.count() >= 3).then_some(())
    })
    .await;
    // All except the very first, which had to start at once.
    let late: (i64,) = sqlx::query_as(
        "select count(*) from game_gacha.seed_periods
         where published_at >= starts_at
           and starts_at > (select min(starts_at) from game_gacha.seed_periods
                            where starts_at > '2020-01-01')",
    )
    .fetch_one(&mut database::connect().await)
    .await
    .unwrap();
    assert_eq!(late.0, 0, "commitments were published late");
}

#[tokio::test]
async fn a_seed_is_secret_until_its_period_is_over_and_then_fits_its_commitment() {
    let (at_first, periods) = (now().await, listed().await);
    let runs = |period: &&Value| {
        moment(period, "starts_at") <= at_first && at_first < moment(period, "ends_at")
    };
    let watched = periods.iter().find(runs).expect("a running period").clone();
    assert_eq!(watched["seed"], Value::Null);
    let watching = async {
        loop {
            let (periods, now) = (listed().await, now().await);
            for period in periods.iter().filter(|period| !period["seed"].is_null()) {
                assert!(now > moment(period, "ends_at"), "revealed too early: {period}");
                let seed = seed_of(period["seed"].as_str().unwrap());
                let commitment = seed.commitment(span(period)).to_string();
                assert_eq!(period["commitment"], commitment, "{period}");
            }
            let same = periods.iter().find(|period| period["period_id"] == watched["period_id"]);
            let same = same.expect("it does not go away");
            assert_eq!(same["commitment"], watched["commitment"], "it does not change");
            if !same["seed"].is_null() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let watched = tokio::time::timeout(REVEALED_WITHIN, watching).await;
    assert!(watched.is_ok(), "the seed was not revealed");
}

#[tokio::test]
async fn rotations_at_once_make_no_gap_and_no_period_twice() {
    for _ in 0..5 {
        // So that each of them finds one missing.
        let last: (Vec<u8>,) = sqlx::query_as(
            "select period_id from game_gacha.seed_periods order by starts_at desc limit 1",
        )
        .fetch_one(&mut database::connect().await)
        .await
        .unwrap();
        let last = Uuid::from_slice(&last.0).unwrap();
        database::change("delete from game_gacha.server_seeds where period_id = ?", last).await;
        database::change("delete from game_gacha.seed_periods where period_id = ?", last).await;

        let event = json!({});
        let (one, two) = tokio::join!(
            lambda::invoke("rotate-seeds", &event),
            lambda::invoke("rotate-seeds", &event),
        );
        for report in [&one, &two] {
            assert!(report["committed"].is_array(), "it failed: {report}");
        }
        let bounds = bounds().await;
        assert!(bounds.iter().all(|(from, to)| *to - *from == Duration::from_secs(10)));
        let follow = bounds.iter().zip(bounds.iter().skip(1));
        for ((_, end), (start, _)) in follow {
            assert_eq!(end, start, "a gap or an overlap");
        }
    }
}

#[tokio::test]
async fn a_rotation_tells_what_it_did_and_no_seed() {
    let report = lambda::invoke("rotate-seeds", &json!({})).await;
    let mut names: Vec<&String> = report.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["committed", "revealed", "rooted"]);
    for committed in report["committed"].as_array().unwrap() {
        assert!(committed.get("seed").is_none(), "{committed}");
    }
}

#[tokio::test]
async fn periods_come_newest_first_page_by_page() {
    let mut cursor = String::new();
    let mut last: Option<OffsetDateTime> = None;
    for _ in 0..3 {
        let page = anyone(&format!("{PERIODS}?limit=1{cursor}")).await.data();
        let period = &page["seed_periods"][0];
        if let Some(last) = last {
            assert_eq!(moment(period, "ends_at"), last, "it is the one before");
        }
        last = Some(moment(period, "starts_at"));
        if let Some(next) = page["next_cursor"].as_str() {
            cursor = format!("&cursor={next}");
        }
    }
    for (name, value) in [("limit", "0"), ("limit", "101"), ("cursor", "none-of-ours")] {
        let answer = anyone(&format!("{PERIODS}?{name}={value}")).await;
        assert_eq!(answer.status, 400, "{name}={value}: {answer:?}");
    }
}

fn seeds() -> Seeds {
    Seeds::opened_with(Arc::new(TestKey))
}

/// The seed that the draw step would use now, without a cache.
async fn running(conn: &mut MySqlConnection) -> Option<Seed> {
    let now = seed::now(conn).await.unwrap();
    seeds().get(conn, now).await.unwrap()
}

#[tokio::test]
async fn a_process_draws_with_the_next_seed_once_its_period_has_begun() {
    let mut conn = draw_step().await;
    let seeds = seeds();
    let now = seed::now(&mut conn).await.unwrap();
    let first = seeds.get(&mut conn, now).await.unwrap().expect("a running period");
    let period = seed::find(&mut conn, first.period_id).await.unwrap().unwrap();
    let last = period.ends_at - time::Duration::microseconds(1);
    let still = seeds.get(&mut conn, last).await.unwrap().expect("the same period");
    assert_eq!(still.period_id, first.period_id);
    let next = seeds.get(&mut conn, period.ends_at).await.unwrap().expect("the next period");
    assert_ne!(next.period_id, first.period_id);
}

#[tokio::test]
async fn the_draw_step_finds_the_period_that_runs_with_the_seed_it_committed_to() {
    let running = running(&mut draw_step().await).await.expect("a running period");
    let periods = listed().await;
    let period = periods
        .iter()
        .find(|period| period["period_id"] == running.period_id.0.to_string())
        .expect("it is listed");
    assert_eq!(span(period), running.span);
    let commitment = running.server_seed.commitment(running.span).to_string();
    assert_eq!(period["commitment"], commitment);
}

#[tokio::test]
async fn nobody_draws_with_a_seed_that_is_public() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let used = running(&mut tx).await.expect("a running period");
    sqlx::query("update game_gacha.seed_periods set revealed_seed = ? where period_id = ?")
        .bind(used.server_seed.expose().as_slice())
        .bind(used.period_id.0.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
    let found = running(&mut tx).await.map(|found| found.period_id);
    assert_ne!(found, Some(used.period_id));
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_seed_that_may_still_be_used_cannot_be_revealed() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let now = seed::now(&mut tx).await.unwrap();
    let periods: Vec<SeedPeriod> = seed::unsettled(&mut tx).await.unwrap();
    let next = periods.iter().find(|period| period.starts_at > now).expect("one to come");
    assert!(!seed::reveal(&mut tx, &TestKey, next.period_id).await.unwrap());
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_seed_that_was_exchanged_is_neither_used_nor_revealed() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    // A period of its own, long ago, that does not affect the others.
    let period_id = SeedPeriodId(Uuid::new_v4());
    let begin = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(86_400);
    let span = Span { starts_at: begin, ends_at: begin + Duration::from_secs(10) };
    let commitment = ServerSeed::new([1; 32]).commitment(span);
    let other = TestKey.encrypt(period_id, &ServerSeed::new([2; 32])).await.unwrap();
    assert!(seed::add(&mut tx, period_id, span, commitment, &other).await.unwrap());
    let error = seed::reveal(&mut tx, &TestKey, period_id).await.unwrap_err().to_string();
    assert!(error.contains("committed to"), "{error}");
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_period_that_was_moved_is_neither_used_nor_revealed() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let period_id = SeedPeriodId(Uuid::new_v4());
    let begin = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(86_400);
    let span = Span { starts_at: begin, ends_at: begin + Duration::from_secs(10) };
    let server_seed = ServerSeed::new([1; 32]);
    let ciphertext = TestKey.encrypt(period_id, &server_seed).await.unwrap();
    let commitment = server_seed.commitment(span);
    assert!(seed::add(&mut tx, period_id, span, commitment, &ciphertext).await.unwrap());
    sqlx::query("update game_gacha.seed_periods set ends_at = ends_at + interval 1 second where period_id = ?")
        .bind(period_id.0.as_bytes().as_slice())
        .execute(&mut *tx)
        .await
        .unwrap();
    let error = seed::reveal(&mut tx, &TestKey, period_id).await.unwrap_err().to_string();
    assert!(error.contains("committed to"), "{error}");
    tx.rollback().await.unwrap();
}

/// Everything that the database has of the seeds that are not revealed.
#[tokio::test]
async fn the_database_has_no_seed_before_it_is_revealed() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "select s.period_id, s.ciphertext from game_gacha.server_seeds s
         join game_gacha.seed_periods p on p.period_id = s.period_id
         where p.revealed_seed is null",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    assert!(rows.len() >= 3, "the commitments ahead");
    let [one, other] = [&rows[0], &rows[1]];
    for (period_id, ciphertext) in &rows {
        let period_id = SeedPeriodId(Uuid::from_slice(period_id).unwrap());
        let seed = TestKey.decrypt(period_id, ciphertext).await.unwrap();
        let at = ciphertext.windows(32).position(|part| part == seed.expose());
        assert_eq!(at, None, "the seed of {period_id:?} lies in the clear");
        let period = seed::find(&mut tx, period_id).await.unwrap().unwrap();
        let span = Span { starts_at: period.starts_at, ends_at: period.ends_at };
        assert_eq!(period.commitment, seed.commitment(span));
    }
    // A ciphertext under another period's id is of no use.
    let period_id = SeedPeriodId(Uuid::from_slice(&one.0).unwrap());
    TestKey.decrypt(period_id, &other.1).await.unwrap_err();
}

#[tokio::test]
async fn of_all_functions_only_draw_and_the_rotation_may_use_the_key() {
    let url = variable("AWS_ENDPOINT_URL_KMS");
    let input = json!({ "KeyId": variable("TENJO_SEED_KEY_ARN"), "CiphertextBlob": "AAAA" });
    for function in &files().functions {
        let key = function["access_key_id"].as_str().unwrap();
        let (_, answer) = aws::call(&url, key, "TrentService.Decrypt", &input).await;
        let may = ["draw", "rotate-seeds"].contains(&key);
        let expected = if may { "InvalidCiphertextException" } else { "AccessDeniedException" };
        assert_eq!(answer["__type"], expected, "{key}: {answer}");
    }
}

/// A draw whose key is away fails, costs nothing, and takes no number.
#[tokio::test]
async fn a_draw_without_the_key_is_given_back_and_works_again_with_it() {
    let services = Services::start().await;
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    step("reserve", saga_id).await.unwrap();
    let machine = services.without_kms().await;
    let answer = machine.invoke("draw", &json!({ "saga_id": saga_id })).await;
    assert_eq!(answer["errorType"], "TryLater", "{answer}");
    assert_eq!(database::saga_status(saga_id).await.unwrap().as_str(), "CURRENCY_RESERVED");
    let (_, run) = machine.run(saga_id).await;
    assert_eq!((&run["status"], &run["error"]), (&json!("FAILED"), &json!("Compensated")), "{run}");
    assert_eq!(player.free_gems().await, 3000);
    books::balance(player.user_id).await;

    let drawn = player.draw("pool-standard", 1, None).await.data();
    assert_eq!(drawn["status"], "COMPLETED");
    assert_eq!(player.get(OWN).await.data()["next_draw_number"], 2, "no number is void");
    // A key that refuses is an error of ours, and does not last any longer.
    let saga_id = database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-standard", 1).await;
    step("reserve", saga_id).await.unwrap();
    let key = services.without("draw", "kms:Decrypt");
    let answer = services.invoke(&key, &json!({ "saga_id": saga_id })).await;
    assert_eq!(answer["errorType"], "Internal", "{answer}");
    assert_eq!(step("refund", saga_id).await, Ok("FAILED".to_owned()));
}

#[test]
fn only_the_draw_step_and_the_rotation_may_read_the_secret_seeds() {
    // `roles` tests that users have these rights and no others.
    let of = |role: &&tenjo_store::roles::Role| {
        role.grants().iter().any(|(table, _)| *table == "game_gacha.server_seeds")
    };
    let users: Vec<&str> = ROLES.iter().filter(of).map(|role| role.user).collect();
    assert_eq!(users, ["tenjo_draw", "tenjo_seeds"]);
}

#[tokio::test]
async fn a_player_begins_with_a_default_seed_and_sets_one_of_their_own() {
    let player = Player::new().await;
    let id = player.user_id.to_string();
    let default = json!({ "client_seed": id, "set_at": null, "next_draw_number": 1 });
    assert_eq!(player.get(OWN).await.data(), default);
    let mut last = now().await;
    for own in ["6-3-1-4", "another"] {
        let set = player.put(OWN, &json!({ "client_seed": own })).await.data();
        assert_eq!((&set["client_seed"], &set["next_draw_number"]), (&json!(own), &json!(1)));
        let set_at = moment(&set, "set_at");
        assert!(set_at > last && set_at < now().await, "{set}");
        last = set_at;
        assert_eq!(player.get(OWN).await.data(), set);
    }
    let other = Player::new().await.get(OWN).await.data();
    assert_ne!(other["client_seed"], "another", "it is the player's alone");
}

#[tokio::test]
async fn a_bad_client_seed_is_refused_and_changes_nothing() {
    let player = Player::new().await;
    player.put(OWN, &json!({ "client_seed": "mine" })).await.data();
    for body in [
        json!({ "client_seed": "" }),
        json!({ "client_seed": "two words" }),
        json!({ "client_seed": "mine\n" }),
        json!({ "client_seed": "天井" }),
        json!({ "client_seed": "x".repeat(65) }),
        json!({ "client_seed": 7 }),
        json!({ "client_seed": "mine", "draw_count": 0 }),
        json!({}),
    ] {
        let answer = player.put(OWN, &body).await;
        assert_eq!(answer.status, 400, "{body} was taken: {answer:?}");
    }
    assert_eq!(player.get(OWN).await.data()["client_seed"], "mine");
}

#[tokio::test]
async fn numbers_taken_at_once_have_no_gap_and_are_taken_once() {
    let player = Player::new().await;
    let user_id = UserId(player.user_id);
    let takes: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async move {
                let mut conn = draw_step().await;
                let mut tx = conn.begin().await.unwrap();
                let number =
                    client_seed::take_number(&mut tx, user_id, None).await.unwrap().unwrap();
                let found = client_seed::find(&mut tx, user_id).await.unwrap();
                tx.commit().await.unwrap();
                assert_eq!(found.client_seed, ClientSeed::default_for(user_id));
                number.get()
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for take in takes {
        numbers.push(take.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    assert_eq!(player.get(OWN).await.data()["next_draw_number"], 9);
}

#[tokio::test]
async fn a_number_that_is_given_back_is_taken_again_with_the_seed_of_then() {
    let player = Player::new().await;
    let user_id = UserId(player.user_id);
    let mut conn = draw_step().await;
    let mut tx = conn.begin().await.unwrap();
    let number = client_seed::take_number(&mut tx, user_id, None).await.unwrap().unwrap();
    assert_eq!(number, DrawNumber::FIRST);
    tx.rollback().await.unwrap();

    let set = player.put(OWN, &json!({ "client_seed": "mine" })).await.data();
    assert_eq!(set["next_draw_number"], 1, "nothing was taken");
    for expected in [1, 2] {
        let mut tx = conn.begin().await.unwrap();
        let number = client_seed::take_number(&mut tx, user_id, None).await.unwrap().unwrap();
        let found = client_seed::find(&mut tx, user_id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((number.get(), found.client_seed.as_str()), (expected, "mine"));
    }
    let set = player.put(OWN, &json!({ "client_seed": "later" })).await.data();
    assert_eq!(set["next_draw_number"], 3, "it counts from the next one on");
}

#[tokio::test]
async fn a_number_that_is_not_the_expected_one_is_not_taken() {
    let user_id = UserId(Player::new().await.user_id);
    let mut conn = draw_step().await;
    let number = |number: u64| DrawNumber::new(number).unwrap();
    for (expected, taken) in [
        (Some(2), None), // the player has no row yet
        (Some(1), Some(1)),
        (Some(1), None),
        (Some(3), None),
        (Some(2), Some(2)),
        (None, Some(3)),
    ] {
        let mut tx = conn.begin().await.unwrap();
        let found = client_seed::take_number(&mut tx, user_id, expected.map(number)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found, taken.map(number), "{expected:?}");
    }
    let next = client_seed::find(&mut conn, user_id).await.unwrap().next_draw_number;
    assert_eq!(next, number(4));
}

#[tokio::test]
async fn the_keys_of_receipts_are_published_with_the_commitments() {
    let keys = anyone(PERIODS).await.data()["receipt_keys"].clone();
    let keys = keys.as_array().unwrap();
    assert_eq!((&keys[0]["kty"], &keys[0]["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(keys.iter().all(|key| key.get("d").is_none()), "a private key");
}
