//! Draws once through the public address, and tries what must be refused.
//!
//! It makes a new guest, so it can run at any time and disturbs nobody.

use anyhow::Context;
use serde_json::Value;
use uuid::Uuid;

use crate::game::{Game, Order};
use crate::http::{Answer, Http};

/// What a draw through the public address showed.
///
/// `function` is the URL of `get-user`, which must refuse whoever does not come through
/// the gateway.
pub(crate) async fn run(
    http: &Http,
    address: &str,
    function: Option<&str>,
) -> anyhow::Result<String> {
    let game = Game::new(http.clone(), address);
    let session = expect("a guest session", game.guest("smoke").await?, 200)?;
    let token = session["access_token"].as_str().context("the session has no token")?;
    let order = Order { pool_id: "pool-standard".to_owned(), draw_count: 1 };
    let key = Uuid::new_v4().to_string();
    let draw = expect("a draw", game.draw(Some(token), &order, &key).await?, 200)?;
    let results = draw["results"].as_array().map_or(0, Vec::len);
    anyhow::ensure!(
        draw["status"] == "COMPLETED" && results == 1,
        "the draw is {} with {}",
        draw["status"],
        draw["results"]
    );
    let again = game.draw(Some(token), &order, &key).await?;
    let again = expect("the same draw again", again, 200)?;
    anyhow::ensure!(again["results"] == draw["results"], "the same key gave another answer");
    let ledger = game.get("/v1/users/me/ledger", Some(token)).await?;
    let ledger = expect("the ledger", ledger, 200)?;
    let entries = ledger["ledger_entries"].as_array().into_iter().flatten();
    let of_draw = entries.filter(|entry| entry["saga_id"] == draw["saga_id"]);
    let paid: i64 = of_draw.filter_map(|entry| entry["delta"].as_i64()).sum();
    anyhow::ensure!(
        Some(-paid) == draw["cost"]["amount"].as_i64(),
        "the draw cost {}, and the ledger has {paid}",
        draw["cost"]
    );
    let stranger = game.draw(None, &order, &key).await?;
    expect("the gateway without a token", stranger, 401)?;
    if let Some(url) = function {
        let past = Game::new(http.clone(), url).get("/v1/users/me", Some(token)).await?;
        expect("a function past the gateway", past, 401)?;
    }
    let item = draw["results"][0]["item_master_id"].as_str().unwrap_or_default();
    Ok(format!("drew {item} in saga {}", draw["saga_id"].as_str().unwrap_or_default()))
}

fn expect(what: &str, answer: Answer, status: u16) -> anyhow::Result<Value> {
    let mut said = answer.json();
    let error = &said["error"];
    anyhow::ensure!(
        answer.status == status,
        "{what}: {} instead of {status}: {} {} (request {})",
        answer.status,
        error["code"].as_str().unwrap_or("?"),
        error["message"].as_str().unwrap_or_default(),
        error["request_id"].as_str().unwrap_or("?"),
    );
    Ok(said["data"].take())
}
