//! A player with a client.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Answer, gateway, send};

/// A guest who is logged in, through the gateway without rate limits unless
/// told otherwise.
#[derive(Debug, Clone)]
pub struct Player {
    /// Who.
    pub user_id: Uuid,
    /// What the device logs in with.
    pub device_id: String,
    /// What requests carry.
    pub access_token: String,
    /// What the next session is had for.
    pub refresh_token: String,
    client: reqwest::Client,
    gateway: String,
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
        let client = reqwest::Client::new();
        let session = login(&client, gateway, &device_id).await.data();
        let text = |name: &str| session[name].as_str().expect("a text").to_owned();
        Self {
            user_id: text("user_id").parse().expect("a UUID"),
            device_id,
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            client,
            gateway: gateway.to_owned(),
        }
    }

    /// Logs in again with the same device.
    pub async fn login(&self) -> Answer {
        login(&self.client, &self.gateway, &self.device_id).await
    }

    /// A request with the player's token, not yet sent.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.gateway);
        self.client.request(method, url).bearer_auth(&self.access_token)
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(reqwest::Method::GET, path)).await
    }

    /// `PUT` to a path.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.request(reqwest::Method::PUT, path).json(body)).await
    }

    /// `POST` to a path.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(reqwest::Method::POST, path).json(body)).await
    }

    /// A draw, with a key or without.
    pub async fn draw(&self, pool_id: &str, draw_count: u32, key: Option<&str>) -> Answer {
        let body = json!({ "pool_id": pool_id, "draw_count": draw_count });
        let mut request = self.request(reqwest::Method::POST, "/v1/gacha/draw").json(&body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        send(request).await
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
    /// When the list is none.
    pub async fn item_total(&self) -> u64 {
        let data = self.get("/v1/inventory/items?limit=100").await.data();
        let items = data["items"].as_array().expect("a list");
        items.iter().map(|item| item["quantity"].as_u64().expect("a quantity")).sum()
    }
}

async fn login(client: &reqwest::Client, gateway: &str, device_id: &str) -> Answer {
    let body = json!({ "device_id": device_id, "device_type": "other", "device_name": "a test" });
    send(client.post(format!("{gateway}/v1/auth/guest")).json(&body)).await
}
