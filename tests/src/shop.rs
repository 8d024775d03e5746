//! The test store: what a player buys there, and what the store's staff does.

use reqwest::Method;
use serde_json::{Map, Value, json};
use tenjo_domain::{PurchaseId, TransactionId};
use uuid::Uuid;

use crate::client::{Answer, Call, Client};
use crate::http::{gateway, send};
use crate::player::Player;
use crate::variable;

/// A store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// Apple's App Store.
    Apple,
    /// Google Play.
    Google,
}

/// What was bought, and how the game is told of it.
#[derive(Debug, Clone)]
pub struct Bought {
    /// Where.
    pub store: Store,
    /// The store's name of it.
    pub transaction_id: String,
    /// What a client sends to the game.
    pub body: Value,
    /// What the store sends to the game.
    pub notice: Notice,
}

/// A notification of a store.
#[derive(Debug, Clone)]
pub struct Notice {
    store: Store,
    body: Value,
    token: Option<String>,
}

impl Store {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Apple, Self::Google];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Google => "google",
        }
    }

    /// The route that a client books at.
    #[must_use]
    pub const fn route(self) -> &'static str {
        match self {
            Self::Apple => "/v1/purchases/apple",
            Self::Google => "/v1/purchases/google",
        }
    }

    /// The store's name of a product of the game.
    #[must_use]
    pub fn product(self, product_id: &str) -> String {
        match (self, product_id) {
            (Self::Apple, "starter-pack") => "game.tenjo.starter".to_owned(),
            (Self::Apple, "spring-pack-2026") => "game.tenjo.spring2026".to_owned(),
            (Self::Apple, id) => format!("game.tenjo.{}", id.replace('-', "")),
            (Self::Google, id) => id.replace('-', "_"),
        }
    }

    /// A player buys a product; `with` replaces fields of the transaction.
    ///
    /// # Panics
    /// When the store refuses.
    pub async fn sell(self, player: &Player, product_id: &str, with: Value) -> Bought {
        let token = player.get("/v1/users/me").await.data()["account_token"].clone();
        self.sell_to(&token, product_id, with).await
    }

    /// The same for whoever has this account token.
    ///
    /// # Panics
    /// When the store refuses.
    pub async fn sell_to(self, account_token: &Value, product_id: &str, with: Value) -> Bought {
        let buy = json!({
            "product_id": self.product(product_id),
            "account_token": account_token,
            "with": with.as_object().cloned().unwrap_or_else(Map::new),
        });
        let sold = act(&format!("{}/buy", self.name()), &buy).await;
        let body = match self {
            Self::Apple => json!({ "signed_transaction": sold["signed_transaction"] }),
            Self::Google => json!({
                "product_id": sold["product_id"], "purchase_token": sold["purchase_token"],
            }),
        };
        Bought {
            store: self,
            transaction_id: sold["transaction_id"].as_str().expect("an id").to_owned(),
            body,
            notice: Notice::read(self, &sold),
        }
    }
}

impl Bought {
    /// The game's name of it.
    ///
    /// # Panics
    /// When no store has a transaction of this name.
    #[must_use]
    pub fn purchase_id(&self) -> Uuid {
        let store = match self.store {
            Store::Apple => tenjo_domain::Store::Apple,
            Store::Google => tenjo_domain::Store::Google,
        };
        let transaction_id = TransactionId::new(&self.transaction_id).expect("a name");
        PurchaseId::derive(store, &transaction_id).0
    }

    /// The player's client sends it to the game.
    pub async fn book(&self, player: &Player) -> Answer {
        player.post(self.store.route(), &self.body).await
    }

    /// Something happens to it in the store: `refund`, `charge-back`, `reverse-refund`
    /// or `pay`, `at` a time in milliseconds, or now.
    ///
    /// # Panics
    /// When the store refuses.
    pub async fn happen(&self, what: &str, at: Option<i64>) -> Notice {
        let happen = json!({ "transaction_id": self.transaction_id, "at": at });
        let happened = act(&format!("{}/{what}", self.store.name()), &happen).await;
        Notice::read(self.store, &happened)
    }
}

impl Notice {
    fn read(store: Store, sold: &Value) -> Self {
        Self {
            store,
            body: sold["notification"].clone(),
            token: sold["notification_token"].as_str().map(str::to_owned),
        }
    }

    /// The store sends it to the game.
    pub async fn send(&self) -> Answer {
        self.send_with(self.token.as_deref()).await
    }

    /// The same with another bearer token.
    pub async fn send_with(&self, token: Option<&str>) -> Answer {
        let path = format!("{}/notifications", self.store.route());
        let call = Call { token, body: Some(&self.body), ..Call::new(Method::POST, &path) };
        send(Client::new(gateway()).request(call)).await
    }
}

/// Does something in the store.
///
/// # Panics
/// When the store refuses.
pub async fn act(name: &str, body: &Value) -> Value {
    let url = format!("{}/test/{name}", variable("TENJO_TEST_STORE_URL"));
    let response = reqwest::Client::new().post(url).json(body).send().await.expect("an answer");
    let status = response.status();
    let answer: Value = response.json().await.expect("JSON");
    assert!(status.is_success(), "{name}: {answer}");
    answer
}
