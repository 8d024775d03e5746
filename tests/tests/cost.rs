//! How many statements a draw costs. It is a file of its own, because Cargo runs files
//! one after another, and no other test may send statements meanwhile. It runs before the
//! stack's other tests, which leave sagas behind that recovery tries again and again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::Regex;
use serde_json::json;
use sqlx::Connection;
use tenjo_domain::{Gems, LotOrigin, SourceId, UserId};
use tenjo_store::lot::{self, NewLot};
use tenjo_store::roles::ROLES;
use tenjo_tests::grants::Services;
use tenjo_tests::http::Answer;
use tenjo_tests::player::Player;
use tenjo_tests::{database, variable};
use uuid::Uuid;

/// Each instance of a function reads a pool's rules once, and scheduled functions and
/// sagas of earlier tests send statements in between. Both only add, so of this many
/// purchases the least cost counts that came up [`OFTEN`] times.
const PURCHASES: usize = 15;

/// So often that it was no accident of the count.
const OFTEN: usize = 3;

/// What a request says besides the pool and the count.
#[derive(Debug, Clone, Copy)]
enum Trust {
    /// Nothing.
    Full,
    /// A client seed, and all that the player expects.
    None,
}

/// The statements of a purchase by a player who has bought before.
async fn cost(pool_id: &str, draw_count: u32, trust: Trust) -> i64 {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    player.draw(pool_id, draw_count, None).await.data();
    let pool = player.get(&format!("/v1/gacha/pools/{pool_id}")).await.data();
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    for number in 0..PURCHASES {
        let mut body = json!({ "pool_id": pool_id, "draw_count": draw_count });
        if let Trust::None = trust {
            body["client_seed"] = format!("dice-{number}").into();
            body["expected_revision"] = pool["revision"].clone();
            body["expected_draw_number"] = (number + 2).into();
        }
        let before = database::statements().await;
        player.post("/v1/gacha/draw", &body).await.data();
        *seen.entry(database::statements().await - before).or_default() += 1;
    }
    println!("{pool_id}, {draw_count} at once: {seen:?}");
    seen.into_iter().find(|(_, times)| *times >= OFTEN).unwrap().0
}

/// The most statements that a purchase for paid gems may cost: three more than one for
/// free gems, whatever the number of lots.
const MOST_PAID: i64 = 27;

/// The pool costs 150 gems of any kind, and each lot has 100: a purchase takes two lots
/// or three. The first draw of a day is free.
async fn cost_in_paid_gems() -> i64 {
    let player = Player::new().await;
    player.draw("pool-standard", 10, None).await.data(); // all free gems
    for _ in 0..40 {
        let mut conn = database::connect().await;
        let mut tx = conn.begin().await.unwrap();
        let lot = NewLot {
            user_id: UserId(player.user_id),
            source_id: SourceId(Uuid::new_v4()),
            origin: LotOrigin::Present,
            sale: None,
            granted: Gems::new(100).unwrap(),
            expires_at: None,
        };
        lot::open(&mut tx, &lot).await.unwrap();
        tx.commit().await.unwrap();
    }
    player.draw("pool-daily-gate", 1, None).await.data();
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    for _ in 0..PURCHASES {
        let body = json!({ "pool_id": "pool-daily-gate", "draw_count": 1 });
        let before = database::statements().await;
        player.post("/v1/gacha/draw", &body).await.data();
        *seen.entry(database::statements().await - before).or_default() += 1;
    }
    println!("pool-daily-gate for paid gems: {seen:?}");
    seen.into_iter().find(|(_, times)| *times >= OFTEN).unwrap().0
}

/// What a first screen costs in a process that is warm: two statements, and one for the
/// service's status.
const WARM_HOME: i64 = 3;

/// The most that it may cost: in a process that is new, and has to read the rules of the
/// pools too.
const MOST_OF_HOME: i64 = 4;

/// How many first screens are counted, each when the edge has read the service's status
/// too long ago to rely on it.
const SCREENS: usize = 6;

/// The statements that `get-home` may have sent, by their texts: they lock nothing, and its
/// database user may read all tables that they name. Scheduled functions run meanwhile.
async fn of_home() -> BTreeMap<String, i64> {
    let role = ROLES.iter().find(|role| role.user == "tenjo_home").unwrap();
    let readable: BTreeSet<&str> = role.grants().iter().map(|(table, _)| *table).collect();
    let table = Regex::new(r"\bgame_[a-z]+\.[a-z_]+").unwrap();
    let mut counts = database::statements_by_text().await;
    counts.retain(|text, _| {
        let text = text.replace('`', "").replace(" . ", ".");
        !text.ends_with("for update")
            && table.find_iter(&text).all(|name| readable.contains(name.as_str()))
    });
    counts
}

/// How many of them a screen has sent. No other request of a player runs meanwhile.
async fn sent_by(screen: impl Future<Output = Answer>) -> i64 {
    let before = of_home().await;
    screen.await.data();
    let mut sent = of_home().await;
    for (text, count) in &mut sent {
        *count -= before.get(text).copied().unwrap_or_default();
    }
    sent.retain(|_, count| *count != 0);
    println!("a first screen: {sent:#?}");
    sent.values().sum()
}

/// The first screen straight from a process of its own, which has just been started.
async fn cold_home(services: &Services, player: &Player) -> Answer {
    let request = reqwest::Client::new().get(services.function_url("get-home", "/v1/home"));
    let request = request.header("X-Origin-Secret", variable("TENJO_TEST_ORIGIN_SECRET"));
    let answer = request.bearer_auth(&player.access_token).send().await.unwrap();
    Answer::read(answer).await.unwrap()
}

/// The statements of first screens, for a player with pity, points and a box: the most of
/// several by a process that is warm, and one by a process that is new.
async fn cost_of_home() -> (i64, i64) {
    let player = Player::new().await;
    database::give(player.user_id, "free_gem", 100_000).await;
    database::give(player.user_id, "paid_gem", 100_000).await;
    for (pool_id, draw_count) in [("pool-moon-festival", 10), ("pool-treasure-box", 1)] {
        player.draw(pool_id, draw_count, None).await.data();
    }
    player.get("/v1/home").await.data(); // the rules are known from here on
    let mut warm = 0;
    for _ in 0..SCREENS {
        tokio::time::sleep(Duration::from_millis(2100)).await;
        warm = warm.max(sent_by(player.get("/v1/home")).await);
    }
    let services = Services::start().await;
    (warm, sent_by(cold_home(&services, &player)).await)
}

/// The most statements that a purchase may cost, for pools without points and with
/// points.
const MOST: [(&str, i64); 3] =
    [("pool-standard", 24), ("pool-treasure-box", 24), ("pool-moon-festival", 27)];

#[tokio::test]
async fn draws_and_a_first_screen_cost_few_statements_and_ten_draws_as_many_as_one() {
    for (pool_id, most) in MOST {
        let one = cost(pool_id, 1, Trust::Full).await;
        let ten = cost(pool_id, 10, Trust::Full).await;
        assert!(one > 10, "{pool_id}: only {one} statements were counted");
        assert_eq!(one, ten, "{pool_id}");
        assert!(ten <= most, "{pool_id}: {ten} statements");
        println!("{pool_id}: {one} statements for one draw, {ten} for ten");
        // One more, to see at the opening whether the draw number is the expected one.
        let sceptic = cost(pool_id, 10, Trust::None).await;
        assert!(sceptic <= most + 1, "{pool_id}: {sceptic} for a player who trusts nobody");
    }
    let (warm, cold) = cost_of_home().await;
    assert_eq!(warm, WARM_HOME, "statements for a first screen");
    assert_eq!(cold, MOST_OF_HOME, "statements for the first screen of a new process");
    let paid = cost_in_paid_gems().await;
    assert!(paid <= MOST_PAID, "{paid} statements for a draw that takes two lots or three");
}
