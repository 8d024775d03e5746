//! Paging, on every list.

use serde_json::Value;
use tenjo_tests::client::List;
use tenjo_tests::player::Player;

/// Every list: its path, the name of its rows.
const LISTS: [(&str, &str); 6] = [
    ("/v1/users/me/ledger", "ledger_entries"),
    ("/v1/users/me/sessions", "sessions"),
    ("/v1/gacha/pools", "pools"),
    ("/v1/gacha/histories", "histories"),
    ("/v1/inventory/items", "items"),
    ("/v1/inventory/item-masters", "item_masters"),
];

async fn page(player: &Player, path: &str, query: &str) -> Value {
    player.get(&format!("{path}?{query}")).await.data()
}

#[tokio::test]
async fn pages_of_one_row_make_up_the_whole_list() {
    let player = Player::new().await;
    for _ in 0..4 {
        player.draw("pool-standard", 1, None).await.data();
        player.login().await.data();
    }
    for (path, name) in LISTS {
        let whole = page(&player, path, "limit=100").await;
        assert_eq!(whole["next_cursor"], Value::Null, "{path}");
        let whole = whole[name].as_array().unwrap().clone();
        assert!(whole.len() > 1, "{path} is too short to have pages");
        let mut list = List::new(path, name, 1);
        while let Some(page) = list.next_page() {
            let data = player.get(&page).await.data();
            assert_eq!(data[name].as_array().unwrap().len(), 1, "{page}");
            list.take(data);
        }
        assert_eq!(list.rows, whole, "{path}");
    }
}

#[tokio::test]
async fn a_bad_limit_or_cursor_is_refused() {
    let player = Player::new().await;
    for (path, _) in LISTS {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "-1"),
            ("limit", "x"),
            ("cursor", "none-of-ours"),
        ] {
            let answer = player.get(&format!("{path}?{name}={value}")).await;
            assert_eq!(answer.status, 400, "{path} {name}={value}: {answer:?}");
            assert!(answer.body.to_string().contains(name), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn the_game_has_sixty_items() {
    let player = Player::new().await;
    let data = page(&player, "/v1/inventory/item-masters", "limit=100").await;
    assert_eq!(data["item_masters"].as_array().unwrap().len(), 60);
}
