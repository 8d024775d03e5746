//! A player with a client.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Call, Client, Session, login};
use crate::http::{Answer, gateway, send};
use crate::identity::SignedIn;

/// A guest who is logged in, by default through the gateway without rate limits.
#[derive(Debug, Clone)]
pub struct Player {
    /// Who.
    pub user_id: Uuid,
    /// The id that the device logs in with.
    pub device_id: String,
    /// The token for requests.
    pub access_token: String,
    /// The token for the next session.
    pub refresh_token: String,
    /// The secret that the first login gave the device.
    pub device_secret: String,
    client: Client,
}

impl Player {
    /// A new guest.
    pub async fn new() -> Self {
        Self::at(&gateway()).await
    }

    /// A new guest at another gateway.
    ///
    /// # Panics
    /// When the login fails.
    pub async fn at(gateway: &str) -> Self {
        let device_id = Uuid::new_v4().to_string();
        let client = Client::new(gateway);
        let data = send(client.request(Call::login(&login(&device_id)))).await.data();
        let device_secret = data["device_secret"].as_str().expect("a secret").to_owned();
        let Session { user_id, access_token, refresh_token } =
            Session::read(&data).expect("a session");
        Self { user_id, device_id, access_token, refresh_token, device_secret, client }
    }

    /// The same player with another access token.
    #[must_use]
    pub fn with_token(&self, access_token: impl Into<String>) -> Self {
        Self { access_token: access_token.into(), ..self.clone() }
    }

    /// The same player in another session of theirs, which the data of an answer began or
    /// renewed.
    ///
    /// # Panics
    /// When there is no session in it.
    #[must_use]
    pub fn in_session(&self, data: &Value) -> Self {
        let Session { access_token, refresh_token, .. } = Session::read(data).expect("a session");
        Self { access_token, refresh_token, ..self.clone() }
    }

    /// Logs in again with the same device.
    pub async fn login(&self) -> Answer {
        send(self.client.request(Call::login(&login(&self.device_id)))).await
    }

    /// Makes a transfer code with this password.
    ///
    /// # Panics
    /// When none is made.
    pub async fn transfer_code(&self, password: &str) -> String {
        let data = self.ask_for_code(password).await.data();
        data["transfer_code"].as_str().expect("a code").to_owned()
    }

    /// Asks for a transfer code with this password.
    pub async fn ask_for_code(&self, password: &str) -> Answer {
        self.add_access("/v1/users/me/transfer-code", json!({ "password": password })).await
    }

    /// Asks for another secret of the device.
    pub async fn ask_for_secret(&self) -> Answer {
        self.add_access("/v1/users/me/devices/current/secret", json!({})).await
    }

    /// Links an account elsewhere.
    pub async fn link(&self, signed_in: &SignedIn) -> Answer {
        self.add_access("/v1/users/me/links", signed_in.link()).await
    }

    /// What adds a way into the account is sent with the session's refresh token.
    async fn add_access(&self, path: &str, mut body: Value) -> Answer {
        body["refresh_token"] = json!(self.refresh_token);
        self.post(path, &body).await
    }

    /// A request with the player's token, not yet sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(self.call(method, path))
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// `PUT` to a path.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.client.request(Call { body: Some(body), ..self.call(Method::PUT, path) })).await
    }

    /// `POST` to a path.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.client.request(Call { body: Some(body), ..self.call(Method::POST, path) })).await
    }

    /// `DELETE` of a path.
    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// A draw, with a key or without.
    pub async fn draw(&self, pool_id: &str, draw_count: u32, key: Option<&str>) -> Answer {
        let body = json!({ "pool_id": pool_id, "draw_count": draw_count });
        let call = self.call(Method::POST, "/v1/gacha/draw");
        send(self.client.request(Call { key, body: Some(&body), ..call })).await
    }

    /// How many paid gems the player sees, and how many they owe.
    ///
    /// # Panics
    /// When the player sees none.
    pub async fn paid_gems(&self) -> (u64, u64) {
        let data = self.get("/v1/users/me/currencies").await.data();
        let list = data["currencies"].as_array().expect("a list");
        let paid = list.iter().find(|currency| currency["currency_type"] == "paid_gem");
        let paid = paid.expect("paid gems");
        (paid["balance"].as_u64().expect("a number"), paid["owed"].as_u64().expect("a number"))
    }

    /// How many free gems the player sees.
    ///
    /// # Panics
    /// When the player sees none.
    pub async fn free_gems(&self) -> u64 {
        let data = self.get("/v1/users/me/currencies").await.data();
        let currencies = data["currencies"].as_array().expect("a list");
        let free = currencies.iter().find(|currency| currency["currency_type"] == "free_gem");
        free.and_then(|free| free["balance"].as_u64()).expect("a balance")
    }

    /// How many items the player sees in the inventory, all together.
    ///
    /// # Panics
    /// When the answer is not a list.
    pub async fn item_total(&self) -> u64 {
        let data = self.get("/v1/inventory/items?limit=100").await.data();
        let items = data["items"].as_array().expect("a list");
        items.iter().map(|item| item["quantity"].as_u64().expect("a quantity")).sum()
    }

    fn call<'a>(&'a self, method: Method, path: &'a str) -> Call<'a> {
        Call { token: Some(&self.access_token), ..Call::new(method, path) }
    }
}
