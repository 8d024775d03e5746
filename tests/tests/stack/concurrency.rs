//! Many players at once.

use std::time::Duration;

use tenjo_tests::books;
use tenjo_tests::player::Player;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How often a client asks until it has its answer. On a busy machine a draw may have to
/// wait for a connection to the database, or outlast its request.
const TRIES: u32 = 60;

/// Sends a draw as a client does: again with its key, while the answer says so.
async fn draw_in_the_end(player: &Player, pool_id: &str, key: &str) {
    for _ in 0..TRIES {
        let answer = player.draw(pool_id, 1, Some(key)).await;
        match (answer.status, answer.code()) {
            (200, _) => return,
            (202, _) | (409, "request_in_progress") | (503, "try_later") => {
                sleep(Duration::from_millis(500)).await;
            }
            _ => panic!("{pool_id}, {key}: {answer:?}"),
        }
    }
    panic!("{pool_id}, {key}: not answered");
}

/// One of the players: spends 3000 gems on draws, in parallel, and sends some keys twice.
async fn play() {
    let player = Player::new().await;
    for round in 0..5 {
        let (key, other) = (format!("round-{round}"), format!("other-{round}"));
        tokio::join!(
            draw_in_the_end(&player, "pool-standard", &key),
            draw_in_the_end(&player, "pool-standard", &key),
            draw_in_the_end(&player, "pool-moon-festival", &other),
        );
    }
    // Ten keys are ten draws, however often they were sent, and use up the 3000 gems.
    assert_eq!(player.free_gems().await, 0);
    assert_eq!(player.item_total().await, 10);
    books::balance(player.user_id).await;
}

#[tokio::test]
async fn the_books_of_fifty_players_drawing_at_once_balance() {
    let mut crowd = JoinSet::new();
    for _ in 0..50 {
        crowd.spawn(play());
    }
    assert_eq!(crowd.join_all().await.len(), 50);
}
