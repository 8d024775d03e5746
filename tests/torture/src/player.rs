//! A player who sends many requests at once, repeats them, and remembers the answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use tenjo_tests::client::{self, Call, List, Session};
use tenjo_tests::token::{Forge, session_of};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::client::{Answer, Asked, Client};
use crate::random::stream;
use crate::shopping::Shopping;
use crate::skew::skewed;
use crate::view::{Request, View};

/// Pools and draw counts: odds with pity, a pool that shares its pity with another,
/// steps, boxes that are refilled and one that is not, a free draw a day, any gems.
/// Pools without a limit come more often.
const DRAWS: [(&str, u32); 16] = [
    ("pool-standard", 1),
    ("pool-standard", 10),
    ("pool-standard", 10),
    ("pool-moon-festival", 10),
    ("pool-step-up-autumn", 10),
    ("pool-treasure-box", 1),
    ("pool-treasure-box", 10),
    ("pool-moon-festival", 1),
    ("pool-moon-festival", 10),
    ("pool-paid-moon-festival", 1),
    ("pool-step-up-autumn", 10),
    ("pool-treasure-box", 1),
    ("pool-treasure-box", 10),
    ("pool-farewell-box", 1),
    ("pool-daily-gate", 1),
    ("pool-daily-gate", 10),
];

/// The pool of an exchange, and the item.
const EXCHANGE: (&str, &str) = ("pool-moon-festival", "character-kaguya");

/// How many ten-draws give the points for one exchange.
const DRAWS_FOR_EXCHANGE: u32 = 20;

/// How long a request is repeated after the faults while it is answered "try again".
/// It gets that answer for half a minute if its first attempt died with the claim.
pub(crate) const ANSWERED_WITHIN: Duration = Duration::from_secs(45);
pub(crate) const BETWEEN_TRIES: Duration = Duration::from_millis(300);

/// More than a player could do in any run: a bound in case the clock stops.
const MOST_ACTIONS: u32 = 20_000;

/// A player and its client.
pub(crate) struct Player {
    pub(crate) user_id: Uuid,
    /// The id by which operators know the player.
    pub(crate) player_id: String,
    pub(crate) client: Client,
    pub(crate) access_token: String,
    pub(crate) view: View,
    /// Keys of draws that must not have happened, because their tokens were bad.
    pub(crate) refused: Vec<String>,
    pub(crate) shopping: Shopping,
    refresh_token: String,
    device_id: String,
    name: String,
    random: StdRng,
    key_count: u32,
}

impl Player {
    /// A new guest. The seed decides what this one will do.
    ///
    /// # Errors
    /// When the login fails; it happens before all faults.
    pub(crate) async fn new(
        client: Client,
        store: &str,
        seed: u64,
        number: u64,
    ) -> anyhow::Result<Self> {
        let mut player = Self {
            user_id: Uuid::nil(),
            player_id: String::new(),
            client,
            access_token: String::new(),
            view: View::default(),
            refused: Vec::new(),
            shopping: Shopping::new(store.to_owned(), seed, number),
            refresh_token: String::new(),
            device_id: Uuid::new_v4().to_string(),
            name: format!("player-{number}"),
            random: stream(seed, "player", number),
            key_count: 0,
        };
        anyhow::ensure!(player.log_in().await, "a player could not log in");
        let me = player.get("/v1/users/me").await.context("a player is not there")?;
        player.player_id = me["player_id"].as_str().unwrap_or_default().to_owned();
        Ok(player)
    }

    /// Draws until there are points for an exchange.
    pub(crate) async fn earn_points(&mut self) {
        for _ in 0..DRAWS_FOR_EXCHANGE {
            let key = self.new_key(json!({ "pool_id": EXCHANGE.0, "draw_count": 10 }), false);
            self.ask_all(vec![key]).await;
        }
    }

    /// Performs one action after another until the end.
    pub(crate) async fn play(mut self, forge: Arc<Forge>, end: Instant) -> anyhow::Result<Self> {
        for _ in 0..MOST_ACTIONS {
            if Instant::now() >= end {
                break;
            }
            match self.random.random_range(0..100) {
                0..38 => self.draw_at_once().await,
                38..45 => self.shopping.act(&self.client, &self.access_token).await?,
                45..48 => drop(self.receive().await),
                48..50 => self.receive_one().await,
                50..62 => self.repeat().await,
                62..72 => self.exchange().await,
                72..80 => self.look().await,
                80..85 => self.refresh().await,
                85..92 => self.draw_without_key().await,
                _ => self.try_wrong_clock(&forge).await?,
            }
            let pause = self.random.random_range(0..50);
            sleep(Duration::from_millis(pause)).await;
        }
        Ok(self)
    }

    /// Up to three draws at once, each with a key of its own, which may be sent twice.
    async fn draw_at_once(&mut self) {
        let mut keys = Vec::new();
        for _ in 0..self.random.random_range(1..=3) {
            let (pool_id, draw_count) = self.any_draw();
            let key = self.new_key(json!({ "pool_id": pool_id, "draw_count": draw_count }), false);
            if self.random.random_bool(0.4) {
                keys.push(key.clone());
            }
            keys.push(key);
        }
        self.ask_all(keys).await;
    }

    /// The same exchange twice at once, and sometimes together with a second one.
    async fn exchange(&mut self) {
        let body = json!({ "pool_id": EXCHANGE.0, "item_master_id": EXCHANGE.1 });
        let key = self.new_key(body.clone(), true);
        let mut keys = vec![key.clone(), key];
        if self.random.random_bool(0.5) {
            keys.push(self.new_key(body, true));
        }
        self.ask_all(keys).await;
    }

    /// Repeats an earlier request, preferably one whose outcome is unknown.
    async fn repeat(&mut self) {
        let is_open = |key: &&String| !self.view.is_settled(key);
        let open: Vec<String> = self.view.requests.keys().filter(is_open).cloned().collect();
        let all: Vec<String> = self.view.requests.keys().cloned().collect();
        let from = if open.is_empty() || self.random.random_bool(0.3) { all } else { open };
        if !from.is_empty() {
            let key = from[self.random.random_range(0..from.len())].clone();
            self.ask_all(vec![key]).await;
        }
    }

    /// Receives all presents, twice at once.
    pub(crate) async fn receive(&mut self) -> Option<Value> {
        let body = json!({});
        let call = || self.call(Method::POST, "/v1/presents/receive", Some(&body));
        let (one, other) = tokio::join!(
            self.client.send(Asked::Present, call()),
            self.client.send(Asked::Present, call()),
        );
        let answers = [one, other].into_iter().flatten();
        let (good, bad): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.status == 200);
        if bad.iter().any(|answer| answer.status == 401) {
            self.check_session().await;
        }
        good.into_iter().next().map(|answer| answer.data)
    }

    /// Receives one present of the mailbox, twice at once.
    async fn receive_one(&mut self) {
        let Some(mailbox) = self.get("/v1/presents").await else { return };
        let mut presents = mailbox["presents"].as_array().into_iter().flatten();
        let Some(present) = presents.find(|present| present["received_at"].is_null()) else {
            return;
        };
        let present_id = present["present_id"].as_str().unwrap_or_default();
        let path = format!("/v1/presents/{present_id}/receive");
        let call = || self.call(Method::POST, &path, None);
        let (one, other) = tokio::join!(
            self.client.send(Asked::Present, call()),
            self.client.send(Asked::Present, call()),
        );
        if [one, other].into_iter().flatten().any(|answer| answer.status == 401) {
            self.check_session().await;
        }
    }

    async fn draw_without_key(&mut self) {
        let (pool_id, draw_count) = self.any_draw();
        let body = json!({ "pool_id": pool_id, "draw_count": draw_count });
        let call = self.call(Method::POST, "/v1/gacha/draw", Some(&body));
        if let Some(answer) = self.client.send(Asked::Draw, call).await {
            match answer.status {
                401 => self.check_session().await,
                200 => self.view.unkeyed.push(answer.data),
                202 => self.view.unkeyed_running.push(answer.data["saga_id"].clone()),
                _ => {}
            }
        }
    }

    /// Reads balances and other data.
    pub(crate) async fn look(&mut self) {
        if let Some(data) = self.get("/v1/users/me/currencies").await {
            for currency in data["currencies"].as_array().into_iter().flatten() {
                let kind = currency["currency_type"].as_str().unwrap_or_default().to_owned();
                match currency["balance"].as_u64() {
                    Some(balance) => _ = self.view.balances.insert((kind, balance)),
                    None => self.client.tally.violation(format!("a balance is {currency}")),
                }
            }
        }
        let paths = ["/v1/inventory/items?limit=100", "/v1/gacha/histories", "/v1/gacha/pools"];
        let path = paths[self.random.random_range(0..paths.len())];
        self.get(path).await;
    }

    /// Refreshes the session. If no answer comes, the token may be used up; it is good
    /// for the same answer once more, for seconds. Otherwise the client logs in again.
    async fn refresh(&mut self) {
        if !self.try_refresh().await && !self.try_refresh().await {
            self.log_in().await;
        }
    }

    /// Whether the session was refreshed.
    async fn try_refresh(&mut self) -> bool {
        let body = json!({ "refresh_token": self.refresh_token });
        let refresh = Call::new(Method::POST, "/v1/auth/refresh");
        let call = Call { body: Some(&body), ..refresh };
        let answer = self.client.send(Asked::Session, call).await;
        let answer = answer.filter(|answer| answer.status == 200);
        if let Some(answer) = &answer {
            self.take_session(&answer.data);
        }
        answer.is_some()
    }

    /// A change was refused with 401 though the token is valid. That is right only if
    /// the session has ended: to the server, a late copy of a refresh is a thief's. Then
    /// the client logs in again, as that of a game.
    async fn check_session(&mut self) {
        if self.try_refresh().await {
            let what = format!("{}: a session that lasts was refused", self.name);
            self.client.tally.violation(what);
        } else {
            self.log_in().await;
        }
    }

    /// Logs in, now that all is well.
    pub(crate) async fn log_in_again(&mut self) {
        let began = Instant::now();
        while !self.log_in().await {
            if began.elapsed() > ANSWERED_WITHIN {
                let what = format!("{} cannot log in, though all is well", self.name);
                return self.client.tally.violation(what);
            }
            sleep(BETWEEN_TRIES).await;
        }
    }

    async fn log_in(&mut self) -> bool {
        let body = client::login(&self.device_id);
        let answer = self.client.send(Asked::Session, Call::login(&body)).await;
        let answer = answer.filter(|answer| answer.status == 200);
        if let Some(answer) = &answer {
            self.take_session(&answer.data);
        }
        answer.is_some()
    }

    fn take_session(&mut self, data: &Value) {
        let Some(session) = Session::read(data) else {
            self.client.tally.violation(format!("{}: no session, but {data}", self.name));
            return;
        };
        if !self.user_id.is_nil() && session.user_id != self.user_id {
            let (was, is) = (self.user_id, session.user_id);
            self.client.tally.violation(format!("a device was player {was}, and is {is}"));
        }
        self.user_id = session.user_id;
        (self.access_token, self.refresh_token) = (session.access_token, session.refresh_token);
    }

    /// Uses a token from a wrong clock. A token that is still valid is accepted; another
    /// one is refused, and nothing happens.
    async fn try_wrong_clock(&mut self, forge: &Forge) -> anyhow::Result<()> {
        let session_id = session_of(&self.access_token)?;
        let skewed = skewed(forge, &mut self.random, self.user_id, session_id)?;
        let (asked, key, answer) = if self.random.random_bool(0.5) {
            let call = Call {
                token: Some(&skewed.token),
                ..self.call(Method::GET, "/v1/users/me/currencies", None)
            };
            (Asked::SkewedRead, None, self.client.send(Asked::SkewedRead, call).await)
        } else {
            let body = json!({ "pool_id": "pool-standard", "draw_count": 1 });
            let key = self.new_key(body.clone(), false);
            let call = Call {
                token: Some(&skewed.token),
                key: Some(&key),
                ..self.call(Method::POST, "/v1/gacha/draw", Some(&body))
            };
            let answer = self.client.send(Asked::SkewedDraw, call).await;
            (Asked::SkewedDraw, Some(key), answer)
        };
        if let Some(key) = key {
            if let Some(answer) = &answer
                && skewed.is_good
            {
                self.hear(vec![(key, answer.clone())]);
            } else if !skewed.is_good {
                self.view.requests.remove(&key);
                self.refused.push(key);
            }
        }
        let Some(Answer { status, .. }) = answer else { return Ok(()) };
        // An overloaded part refuses it without looking at the token.
        let is_refused = matches!(status, 401 | 429 | 500..);
        if skewed.is_good && status == 401 && asked == Asked::SkewedDraw {
            self.check_session().await;
            return Ok(());
        }
        let is_wrong = if skewed.is_good { status == 401 } else { !is_refused };
        if is_wrong {
            let (name, is_good) = (asked.name(), skewed.is_good);
            let what = format!("{name}: a token whose goodness is {is_good} was answered {status}");
            self.client.tally.violation(what);
        }
        Ok(())
    }

    /// Sends requests again, all at once, and remembers the answers.
    pub(crate) async fn ask_all(&mut self, keys: Vec<String>) {
        let mut asking = JoinSet::new();
        for key in keys {
            let Some(request) = self.view.requests.get(&key).cloned() else { continue };
            let (client, token) = (self.client.clone(), self.access_token.clone());
            asking.spawn(async move {
                let (asked, path) = if request.is_exchange {
                    (Asked::Exchange, "/v1/gacha/exchange")
                } else {
                    (Asked::Draw, "/v1/gacha/draw")
                };
                let (token, body) = (Some(token.as_str()), Some(&request.body));
                let (method, key_sent) = (Method::POST, Some(key.as_str()));
                let call = Call { method, path, token, key: key_sent, body };
                let answer = client.send(asked, call).await;
                (key, answer)
            });
        }
        let mut answers = Vec::new();
        while let Some(Ok((key, answer))) = asking.join_next().await {
            answers.extend(answer.map(|answer| (key, answer)));
        }
        if answers.iter().any(|(_, answer)| answer.status == 401) {
            self.check_session().await;
        }
        self.hear(answers);
    }

    /// The data of a `GET`, if it succeeds.
    pub(crate) async fn get(&self, path: &str) -> Option<Value> {
        let answer = self.client.send(Asked::Read, self.call(Method::GET, path, None)).await?;
        self.check_token(&answer);
        (answer.status == 200).then_some(answer.data)
    }

    /// The same, repeated while the stack is overloaded.
    pub(crate) async fn get_in_the_end(&self, path: &str) -> Option<Value> {
        let began = Instant::now();
        loop {
            let data = self.get(path).await;
            if data.is_some() || began.elapsed() > ANSWERED_WITHIN {
                return data;
            }
            sleep(BETWEEN_TRIES).await;
        }
    }

    fn hear(&mut self, answers: Vec<(String, Answer)>) {
        for contradiction in self.view.hear_all(answers) {
            self.client.tally.violation(format!("{} {contradiction}", self.name));
        }
    }

    /// The player's own token is valid for longer than any run.
    fn check_token(&self, answer: &Answer) {
        if answer.status == 401 {
            self.client.tally.violation(format!("{}: a good token was refused", self.name));
        }
    }

    fn new_key(&mut self, body: Value, is_exchange: bool) -> String {
        self.key_count += 1;
        let key = format!("{}-{}", self.name, self.key_count);
        self.view.requests.insert(key.clone(), Request { body, is_exchange });
        key
    }

    fn any_draw(&mut self) -> (&'static str, u32) {
        DRAWS[self.random.random_range(0..DRAWS.len())]
    }

    fn call<'a>(&'a self, method: Method, path: &'a str, body: Option<&'a Value>) -> Call<'a> {
        Call { token: Some(&self.access_token), body, ..Call::new(method, path) }
    }
}

/// All rows of a list.
///
/// # Errors
/// A page is not answered, although everything is up.
pub(crate) async fn all_rows(
    player: &Player,
    path: &str,
    list: &str,
) -> anyhow::Result<Vec<Value>> {
    let mut list = List::new(path, list, 100);
    while let Some(page) = list.next_page() {
        let data = player.get_in_the_end(&page).await;
        list.take(data.with_context(|| format!("{page} was not answered"))?);
    }
    Ok(list.rows)
}
