//! The game's own API, as a client calls it: for the smoke test and for load.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Answer, Http, json_request};

/// A draw waits up to 28 s for its saga.
const WITHIN: Duration = Duration::from_secs(35);

/// One API.
#[derive(Clone, Debug)]
pub(crate) struct Game {
    http: Http,
    address: String,
}

/// What a draw is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) pool_id: String,
    pub(crate) draw_count: u32,
}

impl Game {
    pub(crate) fn new(http: Http, address: &str) -> Self {
        Self { http, address: address.trim_end_matches('/').to_owned() }
    }

    /// A guest on a new device.
    pub(crate) async fn guest(&self, prefix: &str) -> anyhow::Result<Answer> {
        let device = format!("{prefix}-{}", Uuid::new_v4());
        let body = json!({"device_id": device, "device_type": "other"});
        self.call(Method::POST, "/v1/auth/guest", None, None, Some(&body)).await
    }

    pub(crate) async fn draw(
        &self,
        token: Option<&str>,
        order: &Order,
        key: &str,
    ) -> anyhow::Result<Answer> {
        let body = json!({"pool_id": order.pool_id, "draw_count": order.draw_count});
        self.call(Method::POST, "/v1/gacha/draw", token, Some(key), Some(&body)).await
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> anyhow::Result<Answer> {
        self.call(Method::GET, path, token, None, None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let token = token.map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &str)> = Vec::new();
        headers.extend(token.as_deref().map(|token| ("authorization", token)));
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let url = format!("{}{path}", self.address);
        self.http.send(json_request(method, &url, &headers, body)?, WITHIN).await
    }
}
