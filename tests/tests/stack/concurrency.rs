//! Many players at once.

use std::time::{Duration, Instant};

use tenjo_tests::books;
use tenjo_tests::player::Player;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How long a draw may take to be answered: on a busy machine it may have to wait for a
/// connection to the database, or outlast its request.
const ANSWERED_WITHIN: Duration = Duration::from_mins(2);

/// Sends a draw again with its key after 202, `request_in_progress` and `try_later`, as a
/// client does. Returns how often it was told to try later.
async fn draw_in_the_end(player: &Player, pool_id: &str, key: &str) -> u32 {
    let (began, mut busy) = (Instant::now(), 0);
    while began.elapsed() < ANSWERED_WITHIN {
        let answer = player.draw(pool_id, 1, Some(key)).await;
        match (answer.status, answer.code()) {
            (200, _) => return busy,
            (503, "try_later") => busy += 1,
            (202, _) | (409, "request_in_progress") => {}
            _ => panic!("{pool_id}, {key}: {answer:?}"),
        }
        assert!(!answer.header("Retry-After").is_empty(), "{answer:?}");
        sleep(Duration::from_millis(500)).await;
    }
    panic!("{pool_id}, {key}: not answered");
}

/// One of the players: spends 3000 gems on draws, in parallel, and sends some keys twice.
/// Returns how often it was told to try later.
async fn play() -> u32 {
    let player = Player::new().await;
    let mut busy = 0;
    for round in 0..5 {
        let (key, other) = (format!("round-{round}"), format!("other-{round}"));
        let (one, twin, third) = tokio::join!(
            draw_in_the_end(&player, "pool-standard", &key),
            draw_in_the_end(&player, "pool-standard", &key),
            draw_in_the_end(&player, "pool-moon-festival", &other),
        );
        busy += one + twin + third;
    }
    // Ten keys are ten draws, however often they were sent, and use up the 3000 gems.
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
    busy
}

#[tokio::test]
async fn the_books_of_fifty_players_drawing_at_once_balance() {
    let mut crowd = JoinSet::new();
    for _ in 0..50 {
        crowd.spawn(play());
    }
    let busy: u32 = crowd.join_all().await.into_iter().sum();
    assert!(busy <= 750, "750 draws were told {busy} times to try later");
}
