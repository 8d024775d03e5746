//! The answers that a client got. No later answer may contradict them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::Answer;

/// A request that a client may send again, and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) body: Value,
    pub(crate) is_exchange: bool,
}

/// All that one client knows.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) requests: BTreeMap<String, Request>,
    told: BTreeMap<String, Told>,
    /// Results of draws without a key, whose requests cannot be repeated.
    pub(crate) unkeyed: Vec<Value>,
    /// Sagas that were answered as running, without a key to ask again with.
    pub(crate) unkeyed_running: Vec<Value>,
    /// Balances that were seen, by currency.
    pub(crate) balances: BTreeSet<(String, u64)>,
}

/// The answers to one key.
#[derive(Debug, Default)]
struct Told {
    saga_id: Option<Value>,
    last_word: Option<Answer>,
    /// Whether the latest answer, if there was one, asks the client to try again.
    is_open: bool,
}

impl View {
    /// Records an answer to a key.
    ///
    /// # Errors
    /// What it contradicts.
    pub(crate) fn hear(&mut self, key: &str, answer: &Answer) -> Result<(), String> {
        let is_exchange = self.requests.get(key).is_some_and(|request| request.is_exchange);
        let told = self.told.entry(key.to_owned()).or_default();
        told.is_open = says_to_ask_again(answer);
        if let Some(id) = answer.data.get("saga_id") {
            let known = told.saga_id.get_or_insert_with(|| id.clone());
            if known != id {
                return Err(format!("key {key} was saga {known}, and is {id}"));
            }
        }
        match &told.last_word {
            Some(last) if last.meaning() != answer.meaning() && !is_passing(answer) => {
                let (last, answer) = (json!(last.meaning()), json!(answer.meaning()));
                Err(format!("key {key} was answered {last}, and then {answer}"))
            }
            None if is_last_word(answer, is_exchange) => {
                told.last_word = Some(answer.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Answers that came at once. Their order is unknown, so those that may still change
    /// count as earlier than final ones.
    pub(crate) fn hear_all(&mut self, mut answers: Vec<(String, Answer)>) -> Vec<String> {
        answers.sort_by_key(|(_, answer)| is_last_word(answer, false));
        answers.iter().filter_map(|(key, answer)| self.hear(key, answer).err()).collect()
    }

    /// Whether the client knows the outcome of a key.
    pub(crate) fn is_settled(&self, key: &str) -> bool {
        self.told.get(key).is_some_and(|told| told.last_word.is_some())
    }

    /// Whether the client has no answer to a key yet, or should ask again.
    pub(crate) fn is_open(&self, key: &str) -> bool {
        self.told.get(key).is_none_or(|told| told.last_word.is_none() && told.is_open)
    }

    /// The data of the successful answers: of exchanges, or of draws, with and without
    /// a key.
    pub(crate) fn successes(&self, is_exchange: bool) -> impl Iterator<Item = &Value> {
        let of_kind = move |key: &String| {
            self.requests.get(key).is_some_and(|request| request.is_exchange == is_exchange)
        };
        let keyed = self.told.iter().filter(move |(key, _)| of_kind(key));
        let keyed = keyed.filter_map(|(_, told)| told.last_word.as_ref());
        let keyed = keyed.filter(|answer| answer.status == 200).map(|answer| &answer.data);
        keyed.chain(self.unkeyed.iter().filter(move |_| !is_exchange))
    }
}

/// Whether an answer is final. "Too few gems" and a failure come from the saga;
/// other refusals are not recorded, and may change.
fn is_last_word(answer: &Answer, is_exchange: bool) -> bool {
    match (answer.status, answer.code.as_str()) {
        (200, _) => true,
        (409, "insufficient_currency" | "paid_gems_owed") | (503, "draw_failed") => !is_exchange,
        _ => false,
    }
}

/// Whether the same request may soon get another answer.
fn says_to_ask_again(answer: &Answer) -> bool {
    answer.status == 202 || is_passing(answer) || answer.code == "draw_in_progress"
}

/// Whether an answer only says that the client should ask again.
fn is_passing(answer: &Answer) -> bool {
    match answer.status {
        409 => answer.code == "request_in_progress",
        429 | 502 | 504 => true,
        500 | 503 => answer.code != "draw_failed",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    static REQUESTS: AtomicU64 = AtomicU64::new(0);

    /// An answer to a request of its own.
    fn answer(status: u16, code: &str, data: Value) -> Answer {
        Answer {
            status,
            code: code.to_owned(),
            data,
            request_id: format!("{:x}", REQUESTS.fetch_add(1, Ordering::Relaxed)),
            has_retry_after: false,
        }
    }

    #[test]
    fn a_last_word_is_never_contradicted() {
        let drawn = || answer(200, "", json!({ "saga_id": "a", "results": [1] }));
        let refused = || answer(409, "insufficient_currency", Value::Null);
        let failed = || answer(503, "draw_failed", Value::Null);
        let running = || answer(202, "", json!({ "saga_id": "a" }));
        let busy = || answer(503, "try_later", Value::Null);
        let twin = || answer(409, "request_in_progress", Value::Null);
        let limit = || answer(409, "limit_reached", Value::Null);
        let other = || answer(200, "", json!({ "saga_id": "a", "results": [2] }));
        let elsewhere = || answer(200, "", json!({ "saga_id": "b", "results": [1] }));
        for (answers, is_good) in [
            (vec![running(), busy(), drawn(), twin(), busy(), drawn()], true),
            (vec![drawn(), other()], false),
            (vec![running(), elsewhere()], false),
            (vec![drawn(), running()], false),
            (vec![drawn(), failed()], false),
            (vec![drawn(), limit()], false),
            (vec![refused(), refused(), busy()], true),
            (vec![refused(), drawn()], false),
            (vec![failed(), drawn()], false),
            (vec![limit(), drawn()], true),
        ] {
            let mut view = View::default();
            let heard: Vec<_> = answers.iter().map(|answer| view.hear("key", answer)).collect();
            assert_eq!(heard.iter().all(Result::is_ok), is_good, "{answers:?}: {heard:?}");
        }
    }
}
