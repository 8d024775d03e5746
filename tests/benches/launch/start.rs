//! One player starts the game.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tenjo_tests::client::{Call, Client, login, plain};
use tenjo_tests::http::gateway;
use tenjo_tests::player::Player;

/// How a client gets its first screen after login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A request for each thing, and all odds of each pool.
    OneByOneWithOdds,
    /// A request for each thing.
    OneByOne,
    /// One request.
    Home,
    /// The same, in gzip.
    HomeInGzip,
}

impl Way {
    pub(crate) const ALL: [Self; 4] =
        [Self::OneByOneWithOdds, Self::OneByOne, Self::Home, Self::HomeInGzip];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OneByOneWithOdds => "login, and a request for each thing and odds",
            Self::OneByOne => "login, and a request for each thing",
            Self::Home => "login and home",
            Self::HomeInGzip => "login and home, in gzip",
        }
    }
}

/// What starting took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    /// Those that were refused among them.
    pub(crate) requests: usize,
    /// Answers that said to come back later.
    pub(crate) refused: usize,
    /// Of all bodies, as they came.
    pub(crate) bytes: usize,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.refused += other.refused;
        self.bytes += other.bytes;
    }
}

/// A client that counts.
struct Starting {
    client: Client,
    token: Option<String>,
    takes_gzip: bool,
    outcome: Outcome,
}

impl Starting {
    async fn get(&mut self, path: &str) -> Value {
        let token = self.token.clone();
        let call = Call { token: token.as_deref(), ..Call::new(Method::GET, path) };
        self.send(self.client.request(call)).await
    }

    /// Sends a request until it is served, and returns its data.
    async fn send(&mut self, request: RequestBuilder) -> Value {
        loop {
            let mut request = request.try_clone().unwrap();
            if self.takes_gzip {
                request = request.header("Accept-Encoding", "gzip");
            }
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let bytes = answer.bytes().await.unwrap();
            self.outcome.requests += 1;
            self.outcome.bytes += bytes.len();
            if matches!(status, 429 | 503) {
                self.outcome.refused += 1;
                let later = headers.get("retry-after").and_then(|value| value.to_str().ok());
                let later = later.and_then(|value| value.parse().ok()).unwrap_or(1);
                tokio::time::sleep(Duration::from_secs(later)).await;
                continue;
            }
            let is_short = headers.get("content-encoding").is_some_and(|it| it == "gzip");
            let text = if is_short { plain(&bytes) } else { bytes.to_vec() };
            let mut body: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(status, 200, "{body}");
            return body["data"].take();
        }
    }
}

/// Logs in and reads a first screen.
pub(crate) async fn start(player: &Player, way: Way) -> (Outcome, Duration) {
    let begun = Instant::now();
    let client = Client::new(gateway());
    let mut starting = Starting {
        client: client.clone(),
        token: None,
        takes_gzip: way == Way::HomeInGzip,
        outcome: Outcome::default(),
    };
    if matches!(way, Way::OneByOne | Way::OneByOneWithOdds) {
        starting.get("/v1/status").await;
    }
    let session = starting.send(client.request(Call::login(&login(&player.device_id)))).await;
    starting.token = session["access_token"].as_str().map(str::to_owned);
    match way {
        Way::Home | Way::HomeInGzip => _ = starting.get("/v1/home").await,
        Way::OneByOne | Way::OneByOneWithOdds => one_by_one(&mut starting, way).await,
    }
    (starting.outcome, begun.elapsed())
}

async fn one_by_one(starting: &mut Starting, way: Way) {
    for path in ["/v1/users/me", "/v1/users/me/currencies"] {
        starting.get(path).await;
    }
    let pools = starting.get("/v1/gacha/pools").await;
    for pool in pools["pools"].as_array().unwrap() {
        let pool_id = pool["pool_id"].as_str().unwrap();
        let pool = starting.get(&format!("/v1/gacha/pools/{pool_id}")).await;
        if way == Way::OneByOneWithOdds {
            let revision = pool["revision"].as_str().unwrap();
            starting.get(&format!("/v1/gacha/revisions/{revision}")).await;
        }
    }
    starting.get("/v1/presents").await;
}
