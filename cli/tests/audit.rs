//! `tenjo audit` on the database of the stack: run it with `cargo xtask test`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use tenjo_tests::player::Player;
use tenjo_tests::{database, until, variable};
use uuid::Uuid;

/// Audits one player, because other tests break their players' books on purpose.
fn audit(user_id: Uuid) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenjo"))
        .args(["audit", "--database-url", &variable("TENJO_TEST_DATABASE_URL")])
        .args(["--player", &user_id.to_string()])
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Audits until it ends with this code, and returns what it printed: an audit
/// reads snapshots that are some seconds old.
async fn ends_with(code: i32, user_id: Uuid) -> String {
    let audited = async || {
        let (found, text) = audit(user_id);
        (found == Some(code)).then_some(text)
    };
    until(&format!("exit code {code}"), audited).await
}

#[tokio::test]
async fn books_that_do_not_balance_are_shown_and_fail_the_command() {
    let player = Player::new().await;
    // Seconds after the migration, the snapshot that an audit reads has no tables.
    let text = ends_with(0, player.user_id).await;
    assert!(text.contains("All books balance."), "{text}");

    let gem_too_many = "update game_user.currencies set balance = balance + 1
        where user_id = ? and currency_type = 'free_gem'";
    database::change(gem_too_many, player.user_id).await;
    let text = ends_with(1, player.user_id).await;
    let broken = "BROKEN: every balance is the sum of its ledger";
    assert!(text.contains(broken) && text.contains(&player.user_id.to_string()), "{text}");

    let taken_back = "update game_user.currencies set balance = balance - 1
        where user_id = ? and currency_type = 'free_gem'";
    database::change(taken_back, player.user_id).await;
    ends_with(0, player.user_id).await;
}
