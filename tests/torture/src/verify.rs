//! Compares the answers that a player got with the state at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tenjo_proof::{Checked, Proof, check};
use tokio::time::{Instant, sleep};

use crate::player::{ANSWERED_WITHIN, BETWEEN_TRIES, Player, all_rows};

/// How long all repeated requests of a player together may take.
const ALL_ANSWERED_WITHIN: Duration = Duration::from_mins(3);

/// How many requests are repeated at once.
const AT_ONCE: usize = 4;

/// How many sagas of each player are checked one by one, and proved: the first ones,
/// whose seeds are revealed first.
const LOOKED_AT: usize = 3;

/// Checks everything, and counts violations in the tally. Returns how many draws were
/// proved.
///
/// # Errors
/// A request is not answered, although everything is up.
pub(crate) async fn verify(player: &mut Player) -> anyhow::Result<u64> {
    // An operator may have ended the session, or suspended the player for a while.
    player.log_in_again().await;
    ask_again(player).await;
    receive_all(player).await;
    let Player { shopping, client, access_token, .. } = &mut *player;
    let unsettled = shopping.verify(client, access_token).await;
    let history = all_rows(player, "/v1/gacha/histories", "histories").await?;
    let items = all_rows(player, "/v1/inventory/items", "items").await?;
    let ledger = all_rows(player, "/v1/users/me/ledger", "ledger_entries").await?;
    player.look().await;
    let mut wrong = check_results(player, &history);
    wrong.extend(unsettled);
    wrong.extend(check_inventory(player, &history, &items));
    wrong.extend(check_ledger(player, &ledger));
    check_sagas(player, &mut wrong).await;
    let proved = check_proofs(player, &mut wrong).await;
    for what in wrong {
        player.client.tally.violation(format!("player {}: {what}", player.user_id));
    }
    Ok(proved)
}

/// Repeats every request. There must be an answer and, if there was a final one
/// before, it must be the same.
async fn ask_again(player: &mut Player) {
    let mut keys: Vec<String> = player.view.requests.keys().cloned().collect();
    ask(player, &keys).await;
    // Draws that are in each other's way are answered one after another, however many
    // wait. So the time is counted from the last that was, up to a bound for all.
    let began = Instant::now();
    let mut answered = began;
    loop {
        let before = keys.len();
        keys.retain(|key| player.view.is_open(key));
        if keys.len() < before {
            answered = Instant::now();
        }
        let is_late = answered.elapsed() > ANSWERED_WITHIN || began.elapsed() > ALL_ANSWERED_WITHIN;
        if keys.is_empty() || is_late {
            break;
        }
        sleep(BETWEEN_TRIES).await;
        ask(player, &keys).await;
    }
    for key in keys {
        player.client.tally.violation(format!("key {key} is not answered, though all is well"));
    }
}

/// Receives what is left in the mailbox.
async fn receive_all(player: &mut Player) {
    let began = Instant::now();
    while began.elapsed() < ANSWERED_WITHIN {
        match player.receive().await {
            Some(data) if data["has_more"] == false => return,
            _ => sleep(BETWEEN_TRIES).await,
        }
    }
    player.client.tally.violation("presents cannot be received, though all is well".to_owned());
}

async fn ask(player: &mut Player, keys: &[String]) {
    for some in keys.chunks(AT_ONCE) {
        player.ask_all(some.to_vec()).await;
    }
}

/// The results that the player got are in the history, word for word.
fn check_results(player: &Player, history: &[Value]) -> Vec<String> {
    let mut by_saga: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in history.iter().rev() {
        by_saga.entry(text(row, "saga_id")).or_default().push(row);
    }
    for rows in by_saga.values_mut() {
        rows.sort_by_key(|row| row["draw_index"].as_u64());
    }
    let mut wrong = Vec::new();
    for told in player.view.successes(false) {
        let saga_id = text(told, "saga_id");
        let rows = by_saga.get(saga_id).map(Vec::as_slice).unwrap_or_default();
        let results = told["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_same = |(told, row): (&Value, &&Value)| {
            ["item_master_id", "rarity", "is_new", "is_pickup"]
                .iter()
                .all(|field| told[field] == row[field])
        };
        if results.len() != rows.len() || !results.iter().zip(rows).all(is_same) {
            wrong.push(format!("the history of saga {saga_id} is not what was told"));
        }
    }
    wrong
}

/// The inventory is what was drawn and exchanged, no more and no less.
fn check_inventory(player: &Player, history: &[Value], items: &[Value]) -> Vec<String> {
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    for row in history.iter().chain(player.view.successes(true)) {
        *expected.entry(text(row, "item_master_id")).or_default() += 1;
    }
    let found = items
        .iter()
        .map(|item| (text(item, "item_master_id"), item["quantity"].as_u64().unwrap_or_default()));
    let found: BTreeMap<&str, u64> = found.collect();
    let differs = expected != found;
    differs.then(|| format!("the inventory is {found:?}, not {expected:?}")).into_iter().collect()
}

/// Every draw that was answered was paid once, and every balance that was seen is in
/// the ledger.
fn check_ledger(player: &Player, ledger: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut paid: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in ledger {
        let delta = entry["delta"].as_i64().unwrap_or_default();
        *paid.entry(text(entry, "saga_id")).or_default() -= delta;
    }
    for told in player.view.successes(false) {
        let saga_id = text(told, "saga_id");
        let cost = told["cost"]["amount"].as_i64().unwrap_or_default();
        let paid = paid.get(saga_id).copied().unwrap_or_default();
        if cost != paid {
            wrong.push(format!("saga {saga_id} cost {cost}, and {paid} was paid"));
        }
    }
    for (currency, seen) in &player.view.balances {
        let is_after = |entry: &Value| {
            text(entry, "currency_type") == currency && entry["balance_after"] == *seen
        };
        if *seen > 0 && !ledger.iter().any(is_after) {
            wrong.push(format!("a balance of {seen} {currency} was seen, and never was"));
        }
    }
    wrong
}

/// A saga that was answered as complete is so by its own route, with the same
/// results; one that was answered as running has ended.
async fn check_sagas(player: &Player, wrong: &mut Vec<String>) {
    let complete = player.view.successes(false).take(LOOKED_AT);
    let complete = complete.map(|told| (&told["saga_id"], Some(&told["results"])));
    let running = player.view.unkeyed_running.iter().map(|saga_id| (saga_id, None));
    for (saga_id, results) in complete.chain(running) {
        let saga_id = saga_id.as_str().unwrap_or_default();
        let path = format!("/v1/gacha/sagas/{saga_id}");
        let saga = player.get_in_the_end(&path).await.unwrap_or_default();
        let status = text(&saga, "status");
        let is_right = match results {
            Some(results) => status == "COMPLETED" && saga["results"] == *results,
            None => matches!(status, "COMPLETED" | "FAILED"),
        };
        let last = saga["timeline"].as_array().and_then(|timeline| timeline.last());
        if !is_right || last.is_none_or(|last| text(last, "status") != status) {
            wrong.push(format!("saga {saga_id} is not what was told: {saga}"));
        }
    }
}

async fn check_proofs(player: &Player, wrong: &mut Vec<String>) -> u64 {
    let mut proved = 0;
    for told in player.view.successes(false).take(LOOKED_AT) {
        let saga_id = text(told, "saga_id");
        let Some(mut data) =
            player.get_in_the_end(&format!("/v1/gacha/sagas/{saga_id}/proof")).await
        else {
            wrong.push(format!("saga {saga_id} has no proof"));
            continue;
        };
        let Ok(proof) = serde_json::from_value::<Proof>(data["proof"].take()) else {
            wrong.push(format!("the proof of saga {saga_id} is none"));
            continue;
        };
        match check(&proof) {
            Ok(Checked { drawn: Some(items), .. }) => {
                let results = told["results"].as_array().into_iter().flatten();
                let results = results.map(|result| text(result, "item_master_id"));
                if results.ne(items.iter().map(|item| item.item_master_id.as_str())) {
                    wrong.push(format!("the proof of saga {saga_id} is of other items"));
                }
                proved += 1;
            }
            Ok(_) => {} // not revealed yet
            Err(error) => wrong.push(format!("the proof of saga {saga_id} is wrong: {error}")),
        }
    }
    proved
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}
