//! What a player buys, and a store that refunds, reverses refunds, and tells the game
//! late, twice, and in any order. It plays the test store by its acts; nothing is
//! delivered by itself.

use anyhow::Context;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::client::Call;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::client::{Answer, Asked, Client};
use crate::player::{ANSWERED_WITHIN, BETWEEN_TRIES};
use crate::random::stream;

/// Products, by the names that Apple and Google know.
const PRODUCTS: [(&str, &str); 3] = [
    ("game.tenjo.gems60", "gems_60"),
    ("game.tenjo.gems330", "gems_330"),
    ("game.tenjo.starter", "starter_pack"),
];

/// More purchases than this add nothing to a run.
const MOST: usize = 40;

/// A player's purchases.
pub(crate) struct Shopping {
    store: String,
    http: reqwest::Client,
    random: StdRng,
    account_token: Value,
    bought: Vec<Bought>,
}

/// One purchase.
struct Bought {
    store: &'static str,
    transaction_id: String,
    /// What the client sends.
    body: Value,
    /// What the store sends: bodies, and Pub/Sub's token.
    notices: Vec<(Value, Option<String>)>,
    /// The time of the store's next act, in milliseconds.
    clock: i64,
    /// How often the store changed its mind. Apple reverses refunds, and refunds again.
    changes: u32,
    is_revoked: bool,
    /// The game may refuse it, because a player may buy it once only.
    is_limited: bool,
}

impl Shopping {
    /// Nothing is bought yet. The seed decides what will be.
    pub(crate) fn new(store: String, seed: u64, number: u64) -> Self {
        let random = stream(seed, "shopping", number);
        let http = reqwest::Client::new();
        Self { store, http, random, account_token: Value::Null, bought: Vec::new() }
    }

    /// One act: of the player, or of the store.
    ///
    /// # Errors
    /// The test store, which has no faults, refuses.
    pub(crate) async fn act(&mut self, client: &Client, token: &str) -> anyhow::Result<()> {
        match self.random.random_range(0..10) {
            0..4 => self.buy(client, token).await,
            4..6 => {
                self.change().await?;
                Ok(())
            }
            6..9 => {
                self.tell(client).await;
                Ok(())
            }
            _ => {
                self.send_again(client, token).await;
                Ok(())
            }
        }
    }

    async fn buy(&mut self, client: &Client, token: &str) -> anyhow::Result<()> {
        if self.bought.len() >= MOST {
            return Ok(());
        }
        if self.account_token.is_null() {
            let call = Call { token: Some(token), ..Call::new(Method::GET, "/v1/users/me") };
            let Some(me) = client.send(Asked::Read, call).await else { return Ok(()) };
            self.account_token = me.data["account_token"].clone();
            if self.account_token.is_null() {
                return Ok(());
            }
        }
        let store = if self.random.random_bool(0.5) { "apple" } else { "google" };
        let (apple, google) = PRODUCTS[self.random.random_range(0..PRODUCTS.len())];
        let product = if store == "apple" { apple } else { google };
        let buy = json!({ "product_id": product, "account_token": self.account_token });
        let sold = self.ask(&format!("{store}/buy"), &buy).await?;
        let body = if store == "apple" {
            json!({ "signed_transaction": sold["signed_transaction"] })
        } else {
            json!({ "product_id": product, "purchase_token": sold["purchase_token"] })
        };
        let transaction_id = sold["transaction_id"].as_str().context("an id")?.to_owned();
        let mut bought = Bought {
            store,
            transaction_id,
            body,
            notices: Vec::new(),
            clock: now_millis(),
            changes: 0,
            is_revoked: false,
            is_limited: apple.ends_with("starter"),
        };
        bought.hear(&sold);
        self.bought.push(bought);
        // Some clients die before they send it; some send it several times at once.
        let copies = [0, 1, 1, 2, 3][self.random.random_range(0..5)];
        let last = self.bought.len() - 1;
        self.send(client, token, last, copies).await;
        Ok(())
    }

    /// The store refunds something, reverses a refund, or refunds it again.
    async fn change(&mut self) -> anyhow::Result<()> {
        if self.bought.is_empty() {
            return Ok(());
        }
        let index = self.random.random_range(0..self.bought.len());
        let Bought { store, transaction_id, clock, changes, .. } = &self.bought[index];
        let act = match (*changes, *store) {
            (0, _) | (2 | 4, "apple") => "refund",
            (1 | 3, "apple") => "reverse-refund",
            _ => return Ok(()),
        };
        let clock = *clock + 10;
        let happen = json!({ "transaction_id": transaction_id, "at": clock });
        let told = self.ask(&format!("{store}/{act}"), &happen).await?;
        let bought = &mut self.bought[index];
        bought.clock = clock;
        bought.changes += 1;
        bought.is_revoked = act == "refund";
        bought.hear(&told);
        Ok(())
    }

    /// The store tells of something, new or old, perhaps twice at once.
    async fn tell(&mut self, client: &Client) {
        if self.bought.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.bought.len());
        let notices = &self.bought[index].notices;
        let notice = notices[self.random.random_range(0..notices.len())].clone();
        let store = self.bought[index].store;
        let mut sending = JoinSet::new();
        for _ in 0..self.random.random_range(1..=2) {
            let (client, notice) = (client.clone(), notice.clone());
            sending.spawn(async move { notify(&client, store, &notice).await });
        }
        sending.join_all().await;
    }

    async fn send_again(&mut self, client: &Client, token: &str) {
        if !self.bought.is_empty() {
            let index = self.random.random_range(0..self.bought.len());
            self.send(client, token, index, 1).await;
        }
    }

    async fn send(&self, client: &Client, token: &str, index: usize, copies: usize) {
        let mut sending = JoinSet::new();
        for _ in 0..copies {
            let Bought { store, body, .. } = &self.bought[index];
            let (client, token) = (client.clone(), token.to_owned());
            let (store, body) = (*store, body.clone());
            sending.spawn(async move { book(&client, &token, store, &body).await });
        }
        sending.join_all().await;
    }

    /// After the faults: the store tells everything once more, in any order, and the
    /// client sends every purchase until it has an answer for good. Returns what is not
    /// as the store's last word says.
    pub(crate) async fn verify(&mut self, client: &Client, token: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut notices: Vec<_> = self
            .bought
            .iter()
            .flat_map(|bought| bought.notices.iter().map(|notice| (bought.store, notice.clone())))
            .collect();
        notices.extend(notices.clone());
        notices.shuffle(&mut self.random);
        for (store, notice) in notices {
            let answer =
                until_answered(|| notify(client, store, &notice), |it| it.status == 200).await;
            if answer.is_none_or(|answer| answer.status != 200) {
                wrong.push(format!("a notification of {store} is not taken"));
            }
        }
        for bought in &self.bought {
            let is_last = |answer: &Answer| !matches!(answer.status, 429 | 500..);
            let answer =
                until_answered(|| book(client, token, bought.store, &bought.body), is_last).await;
            let code = answer.map(|answer| (answer.status, answer.code));
            // The starter pack may be bought once, so others are refused.
            let good = match &code {
                Some((200, _)) => !bought.is_revoked,
                Some((409, code)) if code == "purchase_revoked" => bought.is_revoked,
                Some((409, code)) => code == "purchase_refused" && bought.is_limited,
                _ => false,
            };
            if !good {
                let Bought { store, transaction_id, is_revoked, .. } = bought;
                wrong.push(format!(
                    "{store} {transaction_id}, revoked: {is_revoked}, was answered {code:?}"
                ));
            }
        }
        wrong
    }

    async fn ask(&self, act: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/test/{act}", self.store);
        let response = self.http.post(url).json(body).send().await?;
        anyhow::ensure!(response.status().is_success(), "the test store refuses {act}");
        Ok(response.json().await?)
    }
}

impl Bought {
    fn hear(&mut self, told: &Value) {
        let token = told["notification_token"].as_str().map(str::to_owned);
        self.notices.push((told["notification"].clone(), token));
    }
}

async fn book(client: &Client, token: &str, store: &str, body: &Value) -> Option<Answer> {
    let path = format!("/v1/purchases/{store}");
    let call = Call { token: Some(token), body: Some(body), ..Call::new(Method::POST, &path) };
    client.send(Asked::Purchase, call).await
}

async fn notify(
    client: &Client,
    store: &str,
    (body, token): &(Value, Option<String>),
) -> Option<Answer> {
    let path = format!("/v1/purchases/{store}/notifications");
    let call = Call { token: token.as_deref(), body: Some(body), ..Call::new(Method::POST, &path) };
    client.send(Asked::Notice, call).await
}

async fn until_answered<F>(ask: impl Fn() -> F, is_last: impl Fn(&Answer) -> bool) -> Option<Answer>
where
    F: Future<Output = Option<Answer>>,
{
    let began = Instant::now();
    loop {
        let answer = ask().await;
        if answer.as_ref().is_some_and(&is_last) || began.elapsed() > ANSWERED_WITHIN {
            return answer;
        }
        sleep(BETWEEN_TRIES).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the store's acts are dated after its sales")]
fn now_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}
