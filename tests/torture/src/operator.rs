//! Operators who give, take and send presents while everything breaks, each act twice at
//! once, and who remember what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tenjo_tests::client::Answer;
use tenjo_tests::operator::AOI;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::player::{ANSWERED_WITHIN, BETWEEN_TRIES};
use crate::tally::Tally;

/// Longer than an act may take.
const GIVE_UP: Duration = Duration::from_secs(20);

/// A player, as operators know them.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) user_id: Uuid,
    pub(crate) player_id: String,
}

/// What was ordered under a key.
#[derive(Debug, Clone)]
struct Ordered {
    function: &'static str,
    order: Value,
    /// The final answer, once there was one.
    answer: Option<Value>,
}

/// An operator.
pub(crate) struct Operator {
    lambda_url: String,
    players: Vec<Known>,
    random: StdRng,
    acts: BTreeMap<String, Ordered>,
    tally: Arc<Tally>,
}

impl Operator {
    pub(crate) fn new(
        lambda_url: String,
        players: Vec<Known>,
        random: StdRng,
        tally: Arc<Tally>,
    ) -> Self {
        Self { lambda_url, players, random, acts: BTreeMap::new(), tally }
    }

    /// Acts until the end.
    pub(crate) async fn work(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            let key = self.new_act();
            self.ask(&key).await;
            let pause = self.random.random_range(50..300);
            sleep(Duration::from_millis(pause)).await;
        }
        self
    }

    fn new_act(&mut self) -> String {
        let player = self.players[self.random.random_range(0..self.players.len())].clone();
        let (function, order) = if self.random.random_bool(0.6) {
            let paid = if self.random.random_bool(0.3) { 10 } else { 0 };
            let order = json!({
                "audience": "listed", "player_ids": [player.player_id], "title": "A present",
                "free_gems": self.random.random_range(1..50), "paid_gems": paid,
                "ends_at": "2037-01-01T00:00:00Z",
            });
            ("send-presents", order)
        } else {
            let delta: i64 = self.random.random_range(-200..200);
            let delta = if delta == 0 { 1 } else { delta };
            let order = json!({
                "user_id": player.user_id, "currency_type": "free_gem", "delta": delta,
            });
            ("adjust-currency", order)
        };
        let key = format!("act-{}", self.acts.len());
        self.acts.insert(key.clone(), Ordered { function, order, answer: None });
        key
    }

    /// Sends the act of a key twice at once. Its final answer must always be the same.
    async fn ask(&mut self, key: &str) {
        let Some(act) = self.acts.get(key).cloned() else { return };
        let body = json!({ "ticket": "TORTURE", "reason": "torture", "order": act.order });
        let send = || async {
            let sent = AOI.send_to(&self.lambda_url, act.function, Some(key), &body);
            timeout(GIVE_UP, sent).await.ok().and_then(Result::ok)
        };
        let answers = tokio::join!(send(), send());
        for answer in [answers.0, answers.1].into_iter().flatten().filter(is_final) {
            let Some(known) = self.acts.get_mut(key) else { continue };
            // Too few gems is no line in the log: a later repeat may find enough.
            if answer.status == 409 {
                known.answer.get_or_insert_with(|| answer.body["error"]["code"].clone());
                continue;
            }
            let data = answer.body["data"].clone();
            match known.answer.replace(data.clone()) {
                Some(before) if before.is_object() && before != data => {
                    self.tally.violation(format!("{key} was answered {before}, and then {data}"));
                }
                _ => {}
            }
        }
    }

    /// Repeats every act, now that all is well: each must have an answer, and the same.
    /// Returns how many presents were sent.
    pub(crate) async fn ask_again(&mut self) -> u64 {
        let began = Instant::now();
        let mut open: Vec<String> = self.acts.keys().cloned().collect();
        let mut sent = 0;
        while !open.is_empty() && began.elapsed() < ANSWERED_WITHIN {
            for key in open.clone() {
                self.ask(&key).await;
            }
            open.retain(|key| self.acts.get(key).is_none_or(|act| act.answer.is_none()));
            sleep(BETWEEN_TRIES).await;
        }
        for key in open {
            self.tally.violation(format!("{key} is not answered, though all is well"));
        }
        for act in self.acts.values() {
            let is_done = act.answer.as_ref().is_some_and(|answer| answer["outcome"] == "done");
            sent += u64::from(is_done && act.function == "send-presents");
        }
        sent
    }
}

/// Whether an answer says what came of the act.
fn is_final(answer: &Answer) -> bool {
    answer.status == 200 || (answer.status == 409 && answer.code() == "insufficient_currency")
}
