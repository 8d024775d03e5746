//! Many players at once.

use std::collections::BTreeMap;

use tenjo_tests::books;
use tenjo_tests::player::Player;
use tokio::task::JoinSet;

/// One of the players: spends 3000 gems on draws, in parallel, and sends each key
/// twice.
async fn play() -> BTreeMap<String, u32> {
    let player = Player::new().await;
    let mut outcomes = BTreeMap::new();
    for round in 0..5 {
        let key = format!("round-{round}");
        let (one, twin, other) = tokio::join!(
            player.draw("pool-standard", 1, Some(&key)),
            player.draw("pool-standard", 1, Some(&key)),
            player.draw("pool-moon-festival", 1, None),
        );
        for answer in [one, twin, other] {
            let outcome = match answer.status {
                200 => "drawn".to_owned(),
                _ => answer.error().1.to_owned(),
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    // Five keys are five draws, however often they were sent; five more draws use up
    // the 3000 gems.
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
    outcomes
}

#[tokio::test]
async fn the_books_of_fifty_players_drawing_at_once_balance() {
    let mut crowd = JoinSet::new();
    for _ in 0..50 {
        crowd.spawn(play());
    }
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    for player in crowd.join_all().await {
        for (outcome, count) in player {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    let unexpected: Vec<_> = outcomes
        .keys()
        .filter(|outcome| !["drawn", "request_in_progress"].contains(&outcome.as_str()))
        .collect();
    assert!(unexpected.is_empty(), "{outcomes:?}");
    assert!(outcomes["drawn"] >= 500, "{outcomes:?}");
}
