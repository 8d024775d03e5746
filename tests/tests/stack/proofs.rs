//! Purchases that anyone can check.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use tenjo_domain::{SagaId, SeedPeriodId, ServerSeed, Span, TreeNode, TreeTotals};
use tenjo_proof::{
    Checked, Doubt, Proof, ReceiptKey, Record, Told, check, check_chains, check_periods,
};
use tenjo_receipts::ReceiptKeys;
use tenjo_store::seed::SeedKey;
use tenjo_store::{seed, tree};
use tenjo_tests::client::{Answer, Call, Client};
use tenjo_tests::http::{anyone, gateway, send};
use tenjo_tests::lambda::step;
use tenjo_tests::player::Player;
use tenjo_tests::seed_key::TestKey;
use tenjo_tests::{books, database, lambda};
use time::macros::datetime;
use uuid::Uuid;

/// How long a test waits until a seed is revealed: longer than two periods of the tests'
/// stack.
const REVEALED_WITHIN: Duration = Duration::from_secs(60);

fn path(saga_id: &Value) -> String {
    format!("/v1/gacha/sagas/{}/proof", saga_id.as_str().unwrap())
}

async fn proof(player: &Player, saga_id: &Value) -> Proof {
    let data = player.get(&path(saga_id)).await.data();
    serde_json::from_value(data["proof"].clone()).unwrap()
}

/// The proof, once its seed is revealed. The root of its period may come later, because
/// other tests leave purchases that have not ended.
async fn revealed(player: &Player, saga_id: &Value) -> Proof {
    let asking = async {
        loop {
            let proof = proof(player, saga_id).await;
            if proof.seed.is_some() {
                return proof;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(REVEALED_WITHIN, asking).await.expect("the seed is revealed")
}

async fn receipt_keys() -> ReceiptKeys {
    let data = anyone("/v1/gacha/seed-periods").await.data();
    let keys: Vec<ReceiptKey> = serde_json::from_value(data["receipt_keys"].clone()).unwrap();
    ReceiptKeys::new(&keys)
}

/// A draw with more than a pool and a count.
async fn draw(player: &Player, key: Option<&str>, mut more: Value) -> Answer {
    let body = more.as_object_mut().unwrap();
    body.entry("pool_id").or_insert("pool-standard".into());
    body.entry("draw_count").or_insert(1.into());
    let token = Some(player.access_token.as_str());
    let call = Call { token, key, body: Some(&more), ..Call::new(Method::POST, "/v1/gacha/draw") };
    send(Client::new(gateway()).request(call)).await
}

#[tokio::test]
async fn every_purchase_of_a_player_is_proved_and_the_void_one_is_shown() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    let mut sagas = Vec::new();
    for (pool_id, count) in
        [("pool-moon-festival", 10), ("pool-standard", 1), ("pool-treasure-box", 1)]
    {
        sagas.push(player.draw(pool_id, count, None).await.data()["saga_id"].clone());
        let own = json!({ "client_seed": "seven-crows-over-the-moon" });
        player.put("/v1/gacha/client-seed", &own).await.data();
    }
    let void =
        database::start_saga_of(player.user_id, Uuid::new_v4(), "pool-moon-festival", 10).await;
    for name in ["reserve", "draw", "refund"] {
        step(name, void).await.unwrap();
    }
    sagas.push(json!(void));
    let own = json!({
        "pool_id": "pool-moon-festival", "draw_count": 10, "client_seed": "6-3-1-4-4-2",
    });
    let told = draw(&player, None, own).await.data();
    sagas.push(told["saga_id"].clone());

    let mut proofs = Vec::new();
    for saga_id in &sagas {
        let proof = revealed(&player, saga_id).await;
        let checked = check(&proof).unwrap();
        assert!(checked.drawn.is_some());
        assert_eq!(checked.record.is_void, *saga_id == json!(void));
        proofs.push((proof, checked));
    }
    let records: Vec<&Record> = proofs.iter().map(|(_, checked)| &checked.record).collect();
    let numbers: Vec<u64> = records.iter().map(|record| record.draw_number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let origins: Vec<&str> =
        records.iter().map(|record| record.client_seed_origin.as_str()).collect();
    assert_eq!(origins, ["default", "player", "player", "player", "draw"]);
    assert_eq!(records[4].client_seed, "6-3-1-4-4-2");
    let doubts = |place: usize| {
        let doubts = proofs[place].1.doubts.iter().copied();
        doubts.filter(|doubt| *doubt != Doubt::NotCounted).collect::<Vec<_>>()
    };
    assert_eq!(doubts(4), [], "nothing is left open");
    assert_eq!(doubts(0), [Doubt::DefaultClientSeed]);
    assert!(records[0].purchase.points.is_some() && records[3].purchase.points.is_none());

    let chains = check_chains(
        proofs.iter().map(|(proof, checked)| (&checked.record, proof.pool_document.as_str())),
    );
    assert_eq!(chains.len(), 1);
    assert_eq!((chains[0].missing.len(), &chains[0].breaks[..]), (0, &[][..]));
    let listed = anyone("/v1/gacha/seed-periods?limit=100").await.data();
    let listed: Vec<tenjo_proof::Period> =
        serde_json::from_value(listed["seed_periods"].clone()).unwrap();
    let told: Vec<Told> = listed.into_iter().map(Told::by_list).collect();
    let proved = proofs.iter().map(|(proof, checked)| Told::by_proof(proof, &checked.record));
    let all: Vec<Told> = told.into_iter().chain(proved).collect();
    assert_eq!(check_periods(&all), [], "the list says the same");

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
async fn a_proof_is_there_at_the_end_of_a_purchase_and_not_before() {
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
    assert_eq!(shown.seed, None, "a seed is secret while draws are made from it");
    assert!(matches!(check(&shown), Ok(Checked { drawn: None, .. })));
    let other = Player::new().await;
    assert_eq!(other.get(&path).await.error(), (404, "not_found"));
}

#[tokio::test]
async fn a_purchase_that_was_refused_takes_no_number() {
    let player = Player::new().await;
    let refused = player.draw("pool-paid-moon-festival", 1, Some("poor")).await;
    assert_eq!(refused.error(), (409, "insufficient_currency"));
    let saga_id = database::saga_of(player.user_id, "poor");
    assert_eq!(player.get(&path(&json!(saga_id))).await.error(), (404, "not_found"));
    let seed = player.get("/v1/gacha/client-seed").await.data();
    assert_eq!(seed["next_draw_number"], 1);
}

#[tokio::test]
async fn a_receipt_signs_what_the_proof_says_later() {
    let player = Player::new().await;
    let told = draw(&player, None, json!({ "client_seed": "dice-2-5-3" })).await.data();
    let record = receipt_keys().await.verify(told["receipt"].as_str().unwrap()).unwrap();
    let later = revealed(&player, &told["saga_id"]).await;
    assert_eq!(later.record, record);
    let read: Record = serde_json::from_str(&record).unwrap();
    assert_eq!(json!(read.saga_id), told["saga_id"]);
    let told = told["results"].as_array().unwrap();
    let told: Vec<&str> = told.iter().map(|it| it["item_master_id"].as_str().unwrap()).collect();
    let signed: Vec<&str> =
        read.results.iter().flatten().map(|item| item.item_master_id.as_str()).collect();
    assert_eq!(signed, told);
}

#[tokio::test]
async fn the_same_key_gets_the_same_receipt_also_when_its_record_is_lost() {
    let player = Player::new().await;
    let ask = async || draw(&player, Some("one"), json!({ "client_seed": "dice" })).await.data();
    let told = ask().await;
    assert_eq!(ask().await, told, "from the record of the answer");
    // Without that record, the same text is made from the saga, and the signature of a
    // text is always the same.
    let saga_id = told["saga_id"].as_str().unwrap().parse().unwrap();
    let saga = database::saga(saga_id).await;
    let draw = saga.draw.as_ref().unwrap();
    let mut conn = database::connect().await;
    let period = seed::find(&mut conn, draw.period_id).await.unwrap().unwrap();
    let text = Record::of(&saga, draw, &period).text().unwrap();
    let signed = receipt_keys().await.verify(told["receipt"].as_str().unwrap()).unwrap();
    assert_eq!(signed, text, "the saga has all that the receipt says");
}

#[tokio::test]
async fn what_a_player_expects_holds_or_nothing_is_taken() {
    let player = Player::new().await;
    let pool = player.get("/v1/gacha/pools/pool-standard").await.data();
    let revision = pool["revision"].as_str().unwrap();
    let gems = player.free_gems().await;
    for (expected, code) in [
        (json!({ "expected_revision": "0".repeat(64) }), "revision_changed"),
        (json!({ "expected_draw_number": 2 }), "draw_number_changed"),
    ] {
        let refused = draw(&player, None, expected).await;
        assert_eq!(refused.error(), (409, code));
    }
    assert_eq!(player.free_gems().await, gems);
    for bad in [
        json!({ "expected_revision": "moon" }),
        json!({ "expected_draw_number": 0 }),
        json!({ "client_seed": "two words" }),
        json!({ "client_seed": "" }),
    ] {
        assert_eq!(draw(&player, None, bad.clone()).await.status, 400, "{bad}");
    }
    for number in 1..=2 {
        let all = json!({
            "expected_revision": revision,
            "expected_draw_number": number,
            "client_seed": format!("dice-{number}"),
        });
        let told = draw(&player, Some(&format!("key-{number}")), all.clone()).await.data();
        // A repeat is the same purchase, although the number is taken now.
        assert_eq!(draw(&player, Some(&format!("key-{number}")), all).await.data(), told);
        let record = receipt_keys().await.verify(told["receipt"].as_str().unwrap()).unwrap();
        let record: Record = serde_json::from_str(&record).unwrap();
        assert_eq!((record.draw_number, record.pool.revision.as_str()), (number, revision));
    }
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_key_stands_for_the_seed_and_for_what_was_expected() {
    let player = Player::new().await;
    draw(&player, Some("key"), json!({ "client_seed": "dice" })).await.data();
    for other in [
        json!({}),
        json!({ "client_seed": "other-dice" }),
        json!({ "client_seed": "dice", "expected_draw_number": 1 }),
    ] {
        let answer = draw(&player, Some("key"), other.clone()).await;
        assert_eq!(answer.error(), (422, "idempotency_key_reused"), "{other}");
    }
}

#[tokio::test]
async fn an_order_that_expected_something_else_stays_refused_under_its_key() {
    let player = Player::new().await;
    let early = || draw(&player, Some("early"), json!({ "expected_draw_number": 2 }));
    let rules = || draw(&player, Some("rules"), json!({ "expected_revision": "0".repeat(64) }));
    assert_eq!(early().await.error(), (409, "draw_number_changed"));
    assert_eq!(rules().await.error(), (409, "revision_changed"));
    draw(&player, None, json!({ "expected_draw_number": 1 })).await.data();
    // Now the number would be the expected one.
    assert_eq!(early().await.error(), (409, "draw_number_changed"));
    assert_eq!(rules().await.error(), (409, "revision_changed"));
    draw(&player, Some("late"), json!({ "expected_draw_number": 2 })).await.data();
    books::balance(player.user_id).await;
}

/// A saga that has its price, and whose player expects this draw number.
async fn expecting(player: &Player, number: u64) -> Uuid {
    let saga_id = database::start_saga(player.user_id).await;
    let change = "update game_gacha.sagas set expected_draw_number = ? where saga_id = ?";
    let change = sqlx::query(change).bind(number).bind(saga_id.as_bytes().as_slice());
    change.execute(&mut database::connect().await).await.unwrap();
    saga_id
}

#[tokio::test]
async fn a_purchase_whose_number_another_one_took_is_refunded_and_takes_none() {
    let player = Player::new().await;
    let saga_id = expecting(&player, 1).await;
    assert_eq!(step("reserve", saga_id).await.as_deref(), Ok("CURRENCY_RESERVED"));
    // Of another pity group, so it need not wait.
    player.draw("pool-daily-gate", 1, None).await.data();
    for _ in 0..2 {
        assert_eq!(step("draw", saga_id).await.as_deref(), Ok("CURRENCY_RESERVED"));
    }
    assert_eq!(step("refund", saga_id).await.as_deref(), Ok("FAILED"));
    let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    assert_eq!(saga["failure"]["reason"], "draw_number_changed");
    assert_eq!(player.free_gems().await, 3000, "the cost is back");
    let next = player.get("/v1/gacha/client-seed").await.data();
    assert_eq!(next["next_draw_number"], 2, "only the other one took a number");
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn a_quote_from_long_before_the_period_is_refunded_and_takes_no_number() {
    let player = Player::new().await;
    let saga_id = database::start_saga(player.user_id).await;
    // Reserve still takes it, as of a function whose clock is behind. Its seal then
    // keeps the moment from being changed.
    let back = "update game_gacha.sagas set quoted_at = quoted_at - interval 330 second
                where saga_id = ?";
    database::change(back, saga_id).await;
    assert_eq!(step("reserve", saga_id).await.as_deref(), Ok("CURRENCY_RESERVED"));
    assert_eq!(step("draw", saga_id).await.as_deref(), Ok("CURRENCY_RESERVED"));
    assert_eq!(step("refund", saga_id).await.as_deref(), Ok("FAILED"));
    let saga = player.get(&format!("/v1/gacha/sagas/{saga_id}")).await.data();
    assert_eq!(saga["failure"]["reason"], "expired");
    let next = player.get("/v1/gacha/client-seed").await.data();
    assert_eq!(next["next_draw_number"], 1);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn anyone_reads_the_rules_of_a_revision() {
    let player = Player::new().await;
    let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
    let revision = pool["revision"].as_str().unwrap();
    let read = anyone(&format!("/v1/gacha/revisions/{revision}")).await.data();
    assert_eq!(read["pool_id"], "pool-moon-festival");
    let document = read["document"].as_str().unwrap();
    assert_eq!(tenjo_documents::revision(document).to_string(), revision);

    let unknown = format!("/v1/gacha/revisions/{}", "0".repeat(64));
    assert_eq!(anyone(&unknown).await.error(), (404, "not_found"));
    for bad in ["moon", &"G".repeat(64), &revision.to_uppercase()] {
        let answer = anyone(&format!("/v1/gacha/revisions/{bad}")).await;
        assert!([400, 404].contains(&answer.status), "{bad}: {answer:?}");
    }
}

/// Moves what sagas drew into a period of their own, long ago, so that it does not affect
/// those of the stack. Its seed is revealed. It is made last, because a rotation that
/// finds it makes its tree.
async fn move_long_ago(sagas: &[Uuid]) -> SeedPeriodId {
    let period_id = SeedPeriodId(Uuid::new_v4());
    let mut conn = database::connect().await;
    for saga_id in sagas {
        sqlx::query("update game_gacha.sagas set seed_period_id = ? where saga_id = ?")
            .bind(period_id.0.as_bytes().as_slice())
            .bind(saga_id.as_bytes().as_slice())
            .execute(&mut conn)
            .await
            .unwrap();
    }
    let [one, two, ..] = Uuid::new_v4().into_bytes();
    let hours = i64::from(u16::from_be_bytes([one, two]));
    let starts_at = datetime!(1980-01-01 0:00 UTC) + time::Duration::hours(hours);
    let span = Span { starts_at, ends_at: starts_at + time::Duration::HOUR };
    let server_seed = ServerSeed::new([7; 32]);
    let ciphertext = TestKey.encrypt(period_id, &server_seed).await.unwrap();
    let commitment = server_seed.commitment(span);
    assert!(seed::add(&mut conn, period_id, span, commitment, &ciphertext).await.unwrap());
    // The scheduled rotation may be first.
    seed::reveal(&mut conn, &TestKey, period_id).await.unwrap();
    period_id
}

#[tokio::test]
async fn a_root_counts_all_purchases_of_a_period_once_they_have_ended() {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 10_000).await;
    let done = player.draw("pool-standard", 10, None).await.data()["saga_id"].clone();
    let void = database::start_saga(player.user_id).await;
    for name in ["reserve", "draw", "refund"] {
        step(name, void).await.unwrap();
    }
    let running = database::start_saga(player.user_id).await;
    for name in ["reserve", "draw"] {
        step(name, running).await.unwrap();
    }
    let sagas = [done.as_str().unwrap().parse().unwrap(), void, running];
    let period_id = move_long_ago(&sagas).await;
    let mut conn = database::connect().await;
    lambda::invoke("rotate-seeds", &json!({})).await;
    assert_eq!(seed::find(&mut conn, period_id).await.unwrap().unwrap().root, None);
    let waiting = proof(&player, &done).await;
    assert!(waiting.seed.is_some() && waiting.inclusion.is_none());

    // Grant would not take what was moved: Draw has sealed it.
    step("refund", running).await.unwrap();
    lambda::invoke("rotate-seeds", &json!({})).await;
    let root = seed::find(&mut conn, period_id).await.unwrap().unwrap().root.unwrap();
    assert_eq!((root.totals.purchases, root.totals.voids), (3, 2));
    assert_eq!(root.totals.r + root.totals.sr + root.totals.ssr, 10);
    for saga_id in sagas {
        let Proof { record: text, inclusion, .. } = proof(&player, &json!(saga_id)).await;
        let record: Record = serde_json::from_str(&text).unwrap();
        let inclusion = inclusion.expect("a way to the root");
        assert_eq!(inclusion.root, (&root).into());
        let leaf = tenjo_proof::leaf(&record, &text).unwrap();
        assert_eq!(inclusion.holds(leaf), Ok(true));
    }
}

#[tokio::test]
async fn a_saga_that_was_changed_after_its_root_was_published_is_noticed() {
    let player = Player::new().await;
    let done = player.draw("pool-standard", 1, None).await.data()["saga_id"].clone();
    let saga_id: Uuid = done.as_str().unwrap().parse().unwrap();
    move_long_ago(&[saga_id]).await;
    lambda::invoke("rotate-seeds", &json!({})).await;
    assert!(proof(&player, &done).await.inclusion.is_some());
    let change = "update game_gacha.sagas set cost_amount = cost_amount + 1 where saga_id = ?";
    database::change(change, saga_id).await;
    assert_eq!(player.get(&path(&done)).await.error(), (500, "internal"));
}

/// Long ago, so that it does not affect the periods of the stack; its sagas are only
/// in this transaction.
#[tokio::test]
async fn a_tree_of_many_blocks_has_a_path_for_every_purchase() {
    let player = Player::new().await;
    let drawn = player.draw("pool-standard", 1, None).await.data();
    let drawn: Uuid = drawn["saga_id"].as_str().unwrap().parse().unwrap();
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let saga = tenjo_store::saga::find(&mut tx, SagaId(drawn)).await.unwrap().unwrap().saga;
    let period_id = saga.draw.as_ref().unwrap().period_id;
    let other = SeedPeriodId(Uuid::new_v4());
    sqlx::query(
        "insert into game_gacha.seed_periods (period_id, commitment, starts_at, ends_at, revealed_seed)
         select ?, commitment, '1999-01-01', '1999-01-02', commitment
         from game_gacha.seed_periods where period_id = ?",
    )
    .bind(other.0.as_bytes().as_slice())
    .bind(period_id.0.as_bytes().as_slice())
    .execute(&mut *tx)
    .await
    .unwrap();
    let columns: Vec<(String,)> = sqlx::query_as(
        "select column_name from information_schema.columns
         where table_schema = 'game_gacha' and table_name = 'sagas'
           and column_name not in ('saga_id', 'seed_period_id', 'draw_number')",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let columns: Vec<String> = columns.into_iter().map(|(name,)| name).collect();
    let columns = columns.join(", ");
    let count = 2 * tree::BLOCK + 3;
    for number in 0..count {
        let copy = format!(
            "insert into game_gacha.sagas (saga_id, seed_period_id, draw_number, {columns})
             select ?, ?, ?, {columns} from game_gacha.sagas where saga_id = ?"
        );
        sqlx::query(sqlx::AssertSqlSafe(copy))
            .bind(Uuid::new_v4().as_bytes().as_slice())
            .bind(other.0.as_bytes().as_slice())
            .bind(1000 + number)
            .bind(drawn.as_bytes().as_slice())
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    let period = seed::find(&mut tx, other).await.unwrap().unwrap();
    // It stops after each block, and goes on.
    let mut blocks = 0;
    loop {
        let mut left = 1;
        let may_go_on = || std::mem::replace(&mut left, 0) == 1;
        match tree::grow(&mut tx, &period, may_go_on).await.unwrap() {
            tree::Grown::Partly => blocks += 1,
            tree::Grown::Rooted => break,
            tree::Grown::Waits => panic!("nothing is live"),
        }
    }
    assert_eq!(blocks, 3);
    let root = seed::find(&mut tx, other).await.unwrap().unwrap().root.unwrap();
    assert_eq!(root.totals.purchases, u64::from(count));
    let ids: Vec<(Vec<u8>,)> = sqlx::query_as(
        "select saga_id from game_gacha.sagas where seed_period_id = ? order by saga_id",
    )
    .bind(other.0.as_bytes().as_slice())
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    for place in [0, 1, 255, 256, 257, 511, 512, 513, 514] {
        let saga_id = SagaId(Uuid::from_slice(&ids[place].0).unwrap());
        let saga = tenjo_store::saga::find(&mut tx, saga_id).await.unwrap().unwrap().saga;
        let record = Record::of(&saga, saga.draw.as_ref().unwrap(), &period);
        let leaf = tenjo_proof::leaf(&record, &record.text().unwrap()).unwrap();
        let path = tree::path(&mut tx, &period, saga_id).await.unwrap();
        assert_eq!(leaf.root_by(&path), Ok(root), "{place}");
    }
    let none = tree::path(&mut tx, &period, SagaId(Uuid::nil())).await;
    assert!(none.is_err(), "there is no way to a purchase of another period");
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_period_without_purchases_has_the_root_of_nothing() {
    let mut conn = database::connect().await;
    let mut tx = conn.begin().await.unwrap();
    let period_id = SeedPeriodId(Uuid::new_v4());
    sqlx::query(
        "insert into game_gacha.seed_periods (period_id, commitment, starts_at, ends_at, revealed_seed)
         values (?, repeat('x', 32), '1998-01-01', '1998-01-02', repeat('x', 32))",
    )
    .bind(period_id.0.as_bytes().as_slice())
    .execute(&mut *tx)
    .await
    .unwrap();
    let period = seed::find(&mut tx, period_id).await.unwrap().unwrap();
    let grown = tree::grow(&mut tx, &period, || true).await.unwrap();
    assert_eq!(grown, tree::Grown::Rooted);
    let root = seed::find(&mut tx, period_id).await.unwrap().unwrap().root;
    assert_eq!(root, Some(TreeNode::empty()));
    assert_eq!(TreeNode::empty().totals, TreeTotals::default());
    tx.rollback().await.unwrap();
}
