//! Operators who act while everything breaks, each act twice at once, and who remember what
//! they were answered: they give and take gems, send presents, book and void purchases,
//! suspend players, end their sessions, and pause pools. What one may not do alone another
//! approves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tenjo_tests::books::Acted;
use tenjo_tests::client::Answer;
use tenjo_tests::operator::{AOI, BEN, Operator as Person};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::player::{ANSWERED_WITHIN, BETWEEN_TRIES};
use crate::tally::Tally;

/// Longer than an act may take.
const GIVE_UP: Duration = Duration::from_secs(20);

/// Pools that are paused and resumed.
const POOLS: [&str; 2] = ["pool-treasure-box", "pool-step-up-autumn"];

/// A player, as operators know them.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) user_id: Uuid,
    pub(crate) player_id: String,
}

/// What operators do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Give,
    Take,
    GivePaid,
    Present,
    /// It takes two.
    PresentForEveryone,
    Book,
    Void,
    Restore,
    Suspend,
    Lift,
    EndSessions,
    Pause,
    Resume,
}

/// Every kind once, in an order in which each finds something to do.
const EACH: [Kind; 13] = [
    Kind::Give,
    Kind::Present,
    Kind::PresentForEveryone,
    Kind::Book,
    Kind::Suspend,
    Kind::Void,
    Kind::Lift,
    Kind::Pause,
    Kind::Restore,
    Kind::EndSessions,
    Kind::Resume,
    Kind::Take,
    Kind::GivePaid,
];

/// After that, in parts of a hundred.
const OFTEN: [(Kind, u32); 13] = [
    (Kind::Give, 14),
    (Kind::Take, 14),
    (Kind::GivePaid, 6),
    (Kind::Present, 17),
    (Kind::PresentForEveryone, 3),
    (Kind::Book, 12),
    (Kind::Void, 10),
    (Kind::Restore, 8),
    (Kind::Suspend, 3),
    (Kind::Lift, 5),
    (Kind::EndSessions, 3),
    (Kind::Pause, 2),
    (Kind::Resume, 3),
];

/// A purchase for nobody, of which a player has shown the receipt.
#[derive(Debug, Clone)]
struct Sold {
    store: &'static str,
    transaction_id: String,
    user_id: Uuid,
}

/// What was ordered under a key.
#[derive(Debug, Clone)]
struct Act {
    by: Person,
    function: &'static str,
    body: Value,
    /// The answer, once there was one: the data of what was done or requested, or the code
    /// of a refusal. A refusal is no line of the log: a later repeat may find enough gems.
    answer: Option<Value>,
}

impl Act {
    /// What was done or requested.
    fn data(&self) -> Option<&Value> {
        self.answer.as_ref().filter(|answer| answer.is_object())
    }
}

/// The operators.
pub(crate) struct Operator {
    lambda_url: String,
    store_url: String,
    players: Vec<Known>,
    random: StdRng,
    acts: BTreeMap<String, Act>,
    sold: Vec<Sold>,
    suspended: Option<Known>,
    /// How many of [`EACH`] were played.
    played: usize,
    tally: Arc<Tally>,
}

impl Operator {
    pub(crate) fn new(
        lambda_url: String,
        store_url: String,
        players: Vec<Known>,
        random: StdRng,
        tally: Arc<Tally>,
    ) -> Self {
        let (acts, sold) = (BTreeMap::new(), Vec::new());
        Self {
            lambda_url,
            store_url,
            players,
            random,
            acts,
            sold,
            suspended: None,
            played: 0,
            tally,
        }
    }

    /// Acts until the end.
    ///
    /// # Errors
    /// The test store, which has no faults, refuses.
    pub(crate) async fn work(mut self, end: Instant) -> anyhow::Result<Self> {
        while Instant::now() < end {
            self.act().await?;
            let pause = self.random.random_range(50..300);
            sleep(Duration::from_millis(pause)).await;
        }
        Ok(self)
    }

    /// The next act, and the approval if it takes two.
    async fn act(&mut self) -> anyhow::Result<()> {
        let kind = self.next_kind();
        let (function, order) = self.order(kind).await?;
        let key = self.new_act(AOI, function, "order", order);
        self.ask(&key).await;
        let data = self.acts.get(&key).and_then(Act::data);
        let request = data.filter(|data| data["outcome"] == "requested");
        if let Some(request) = request.map(|data| data["act_id"].clone()) {
            let approval = self.new_act(BEN, function, "approves", request);
            self.ask(&approval).await;
        }
        Ok(())
    }

    fn next_kind(&mut self) -> Kind {
        if let Some(kind) = EACH.get(self.played) {
            self.played += 1;
            return *kind;
        }
        let mut rest = self.random.random_range(0..100);
        for (kind, share) in OFTEN {
            if rest < share {
                return kind;
            }
            rest -= share;
        }
        Kind::Give
    }

    async fn order(&mut self, kind: Kind) -> anyhow::Result<(&'static str, Value)> {
        let player = self.players[self.random.random_range(0..self.players.len())].clone();
        let user_id = player.user_id;
        Ok(match kind {
            Kind::Give => ("adjust-currency", gems(user_id, "free_gem", self.amount())),
            Kind::Take => ("adjust-currency", gems(user_id, "free_gem", -self.amount())),
            Kind::GivePaid => ("adjust-currency", gems(user_id, "paid_gem", self.amount())),
            Kind::Present => {
                let paid = if self.random.random_bool(0.3) { 10 } else { 0 };
                let order = json!({
                    "audience": "listed", "player_ids": [player.player_id], "title": "A present",
                    "free_gems": self.random.random_range(1..50), "paid_gems": paid,
                    "ends_at": "2037-01-01T00:00:00Z",
                });
                ("send-presents", order)
            }
            Kind::PresentForEveryone => {
                let order = json!({
                    "audience": "everyone", "title": "A present for everyone",
                    "free_gems": self.random.random_range(1..50),
                    "ends_at": "2037-01-01T00:00:00Z",
                });
                ("send-presents", order)
            }
            Kind::Book => self.book(user_id).await?,
            Kind::Void | Kind::Restore if self.sold.is_empty() => self.book(user_id).await?,
            Kind::Void | Kind::Restore => {
                let sold = self.sold[self.random.random_range(0..self.sold.len())].clone();
                let order = json!({
                    "user_id": sold.user_id, "store": sold.store,
                    "transaction_id": sold.transaction_id, "voided": kind == Kind::Void,
                    "at": now()?,
                });
                ("void-purchase", order)
            }
            Kind::Suspend => {
                let player = self.suspended.get_or_insert(player);
                ("set-suspension", json!({ "user_id": player.user_id, "suspended": true }))
            }
            Kind::Lift => {
                let player = self.suspended.take().unwrap_or(player);
                ("set-suspension", json!({ "user_id": player.user_id, "suspended": false }))
            }
            Kind::EndSessions => ("end-sessions", json!({ "user_id": user_id })),
            Kind::Pause | Kind::Resume => {
                let pool_id = POOLS[self.random.random_range(0..POOLS.len())];
                let paused = kind == Kind::Pause;
                ("set-pool-pause", json!({ "pool_id": pool_id, "paused": paused }))
            }
        })
    }

    /// Some gems, and sometimes so many that few such acts are a day's.
    fn amount(&mut self) -> i64 {
        let most = if self.random.random_bool(0.2) { 3000 } else { 200 };
        self.random.random_range(1..=most)
    }

    /// Books a purchase that the store sold to nobody, and sometimes one that is booked.
    async fn book(&mut self, user_id: Uuid) -> anyhow::Result<(&'static str, Value)> {
        let is_again = !self.sold.is_empty() && self.random.random_bool(0.2);
        if !is_again {
            let store = if self.random.random_bool(0.5) { "apple" } else { "google" };
            let product = if store == "apple" { "game.tenjo.gems60" } else { "gems_60" };
            let url = format!("{}/test/{store}/buy", self.store_url);
            let bought = reqwest::Client::new().post(url).json(&json!({ "product_id": product }));
            let bought: Value = bought.send().await?.error_for_status()?.json().await?;
            let id = bought["transaction_id"].as_str().context("an id")?;
            self.sold.push(Sold { store, transaction_id: id.to_owned(), user_id });
        }
        let sold = self.sold.last().context("a purchase")?;
        let order = json!({
            "user_id": sold.user_id, "store": sold.store, "transaction_id": sold.transaction_id,
            "product_id": "gems-60", "currency": "JPY", "price_micros": 160_000_000,
            "purchased_at": "2026-02-01T00:00:00Z",
        });
        Ok(("book-purchase", order))
    }

    fn new_act(&mut self, by: Person, function: &'static str, what: &str, it: Value) -> String {
        let mut body = json!({ "ticket": "TORTURE", "reason": "torture" });
        body[what] = it;
        let key = format!("act-{}", self.acts.len());
        self.acts.insert(key.clone(), Act { by, function, body, answer: None });
        key
    }

    /// Sends the act of a key twice at once. What it was answered must always be the same.
    async fn ask(&mut self, key: &str) {
        let Some(act) = self.acts.get(key).cloned() else { return };
        let send = || async {
            let sent = act.by.send_to(&self.lambda_url, act.function, Some(key), &act.body);
            timeout(GIVE_UP, sent).await.ok().and_then(Result::ok)
        };
        let answers = tokio::join!(send(), send());
        for answer in [answers.0, answers.1].into_iter().flatten() {
            let Some(known) = self.acts.get_mut(key) else { continue };
            match said(&answer) {
                Said::Nothing => {}
                Said::Refused => {
                    known.answer.get_or_insert_with(|| answer.body["error"]["code"].clone());
                }
                Said::Wrong => self.tally.violation(format!("{key} was answered {answer:?}")),
                Said::Done => {
                    let data = answer.body["data"].clone();
                    match known.answer.replace(data.clone()) {
                        Some(before) if before.is_object() && before != data => {
                            let what = format!("{key} was answered {before}, and then {data}");
                            self.tally.violation(what);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Repeats every act, now that all is well: each must have an answer, and the same.
    /// Then nobody is suspended and no pool is paused any more.
    ///
    /// # Errors
    /// The test store refuses.
    pub(crate) async fn ask_again(&mut self) -> anyhow::Result<()> {
        while self.played < EACH.len() {
            self.act().await?;
        }
        let keys: Vec<String> = self.acts.keys().cloned().collect();
        self.until_answered(keys).await;
        let mut last = Vec::new();
        for player in self.players.clone() {
            let lift = json!({ "user_id": player.user_id, "suspended": false });
            last.push(self.new_act(AOI, "set-suspension", "order", lift));
        }
        for pool_id in POOLS {
            let resume = json!({ "pool_id": pool_id, "paused": false });
            last.push(self.new_act(AOI, "set-pool-pause", "order", resume));
        }
        self.until_answered(last).await;
        Ok(())
    }

    async fn until_answered(&mut self, mut open: Vec<String>) {
        let began = Instant::now();
        while !open.is_empty() && began.elapsed() < ANSWERED_WITHIN {
            for key in open.clone() {
                self.ask(&key).await;
            }
            open.retain(|key| self.acts.get(key).is_none_or(|act| act.answer.is_none()));
            if !open.is_empty() {
                sleep(BETWEEN_TRIES).await;
            }
        }
        for key in open {
            self.tally.violation(format!("{key} is not answered, though all is well"));
        }
    }

    /// What the log must have: each act that was done or requested, and no other.
    pub(crate) fn told(&self) -> anyhow::Result<BTreeMap<Uuid, Acted>> {
        let mut told = BTreeMap::new();
        for act in self.acts.values() {
            let Some(data) = act.data() else { continue };
            let act_id = data["act_id"].as_str().context("an id")?.parse()?;
            let is_done = data["outcome"] == "done";
            let has_effect = matches!(
                act.function,
                "adjust-currency" | "send-presents" | "book-purchase" | "void-purchase"
            );
            let acted = Acted {
                act: act.function.replace('-', "_"),
                is_done,
                effects: i64::from(is_done && has_effect),
            };
            told.insert(act_id, acted);
        }
        Ok(told)
    }

    /// What presents were sent.
    pub(crate) fn sent(&self) -> Sent {
        let sent = self.acts.values().filter(|act| act.function == "send-presents");
        let done = sent.filter_map(Act::data).filter(|data| data["outcome"] == "done");
        let mut sent = Sent::default();
        for data in done {
            // Only those of listed players have mailboxes.
            let is_listed = data["result"]["players"].is_u64();
            *(if is_listed { &mut sent.listed } else { &mut sent.to_everyone }) += 1;
        }
        sent
    }
}

/// How many presents were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Each to one player.
    pub(crate) listed: u64,
    /// Each to all of them.
    pub(crate) to_everyone: u64,
}

fn gems(user_id: Uuid, currency_type: &str, delta: i64) -> Value {
    json!({ "user_id": user_id, "currency_type": currency_type, "delta": delta })
}

#[expect(clippy::disallowed_methods, reason = "acts of the store are dated by its clock")]
fn now() -> anyhow::Result<String> {
    Ok(OffsetDateTime::now_utc().format(&Rfc3339)?)
}

/// What an answer says of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It was done, or requested.
    Done,
    /// Nothing was done, now.
    Refused,
    /// Nobody knows.
    Nothing,
    /// No operator can be answered so.
    Wrong,
}

fn said(answer: &Answer) -> Said {
    match (answer.status, answer.code()) {
        (200, _) => Said::Done,
        (409, "request_in_progress") | (429 | 500.., _) => Said::Nothing,
        (409, "insufficient_currency" | "purchase_revoked") => Said::Refused,
        // Booked, taken back or approved already, or not taken back.
        (400, "invalid_request") => match answer.body["error"]["field"].as_str() {
            Some("order.transaction_id" | "order.at" | "approves") => Said::Refused,
            _ => Said::Wrong,
        },
        // Nobody has heard of a purchase whose booking came to nothing.
        (404, "not_found") => Said::Refused,
        _ => Said::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_acts_are_played_and_their_shares_make_up_a_hundred() {
        assert_eq!(OFTEN.iter().map(|(_, share)| share).sum::<u32>(), 100);
        for (kind, _) in OFTEN {
            assert_eq!(EACH.iter().filter(|each| **each == kind).count(), 1, "{kind:?}");
        }
    }
}
