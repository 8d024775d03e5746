//! The HTTP side: both stores' APIs, and the acts.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use percent_encoding::percent_decode_str;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::APPLE_API_ISSUER_ID;
use crate::acts::{APPLE_BUNDLE_ID, GOOGLE_PACKAGE_NAME};
use crate::attest::AppAttestAuthority;
use crate::authority::{Authority, Plan};
use crate::google_keys::GoogleKeys;
use crate::identity::{IdentityKeys, Provider};
use crate::state::{File, State, Undelivered};

/// The rights that the service account may ask for, and the token that it gets for each.
const ACCESS_TOKENS: [(&str, &str); 2] = [
    ("https://www.googleapis.com/auth/androidpublisher", PUBLISHER_TOKEN),
    ("https://www.googleapis.com/auth/playintegrity", INTEGRITY_TOKEN),
];
const PUBLISHER_TOKEN: &str = "test-store-access-token";
const INTEGRITY_TOKEN: &str = "test-store-integrity-access-token";

/// The most rows of a page. It is small so that callers have to ask for more.
const PAGE: usize = 20;

/// A store with its keys and what it sold.
pub struct Store {
    keys: Keys,
    identity_keys: IdentityKeys,
    app_attest: AppAttestAuthority,
    url: String,
    file: File,
    state: Mutex<State>,
    http: reqwest::Client,
}

#[derive(Serialize, Deserialize)]
struct Keys {
    authority: Authority,
    google: GoogleKeys,
    /// By which Tenjo calls Apple's API: PKCS#8 in PEM, and the public point in base64.
    apple_api_key: String,
    apple_api_point: Vec<u8>,
}

impl Keys {
    fn make() -> anyhow::Result<Self> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Self {
            authority: Authority::make(Plan::GOOD)?,
            google: GoogleKeys::make()?,
            apple_api_key: key.serialize_pem(),
            apple_api_point: key.public_key_raw().to_vec(),
        })
    }
}

/// What is kept in a file, or new, and then it is written there.
fn load_or_make<T: Serialize + DeserializeOwned>(
    file: &Path,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if let Ok(text) = std::fs::read_to_string(file) {
        return serde_json::from_str(&text)
            .with_context(|| format!("{} (delete it, and new ones are made)", file.display()));
    }
    let made = make()?;
    std::fs::write(file, serde_json::to_string(&made)?)?;
    Ok(made)
}

impl Store {
    /// A store that listens at `url`. With a folder, its keys and what it sold are kept
    /// there, and what Tenjo's settings need is written there: `apple-root.pem`,
    /// `apple-attest-root.pem`, `apple-api-key.pem` and `google-service-account.json`.
    ///
    /// # Errors
    /// Keys cannot be made, or files not be read or written.
    pub fn open(url: &str, folder: Option<&Path>) -> anyhow::Result<Self> {
        let keys = match folder {
            Some(folder) => load_or_make(&folder.join("keys.json"), Keys::make)?,
            None => Keys::make()?,
        };
        let identity_keys = match folder {
            Some(folder) => load_or_make(&folder.join("identity-keys.json"), IdentityKeys::make)?,
            None => IdentityKeys::make()?,
        };
        let app_attest = match folder {
            Some(folder) => {
                load_or_make(&folder.join("attest-keys.json"), AppAttestAuthority::make)?
            }
            None => AppAttestAuthority::make()?,
        };
        if let Some(folder) = folder {
            std::fs::write(folder.join("apple-root.pem"), &keys.authority.root_pem)?;
            std::fs::write(folder.join("apple-attest-root.pem"), &app_attest.root_pem)?;
            std::fs::write(folder.join("apple-api-key.pem"), &keys.apple_api_key)?;
            let account = keys.google.service_account(url).to_string();
            std::fs::write(folder.join("google-service-account.json"), account)?;
        }
        let file = File(folder.map(|folder| folder.join("sold.json")));
        let state = Mutex::new(file.read());
        Ok(Self {
            keys,
            identity_keys,
            app_attest,
            url: url.to_owned(),
            file,
            state,
            http: reqwest::Client::new(),
        })
    }

    /// Apple's authority.
    pub fn authority(&self) -> &Authority {
        &self.keys.authority
    }

    /// Google's keys.
    pub fn google_keys(&self) -> &GoogleKeys {
        &self.keys.google
    }

    /// The keys that sign identity tokens.
    pub fn identity_keys(&self) -> &IdentityKeys {
        &self.identity_keys
    }

    /// The authority that attests keys of iPhones.
    pub fn app_attest(&self) -> &AppAttestAuthority {
        &self.app_attest
    }

    /// The key for calls of Apple's API, in PEM.
    pub fn apple_api_key(&self) -> &str {
        &self.keys.apple_api_key
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state);
        self.file.write(&state);
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a notification; whether it was taken.
    pub(crate) async fn send(&self, url: &str, token: Option<&str>, body: &Value) -> bool {
        let mut request = self.http.post(url).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.is_ok_and(|response| response.status().is_success())
    }

    async fn answer(&self, call: &Call<'_>) -> (StatusCode, Value) {
        let post = call.method == Method::POST;
        match call.path.as_slice() {
            ["test", rest @ ..] if post => match self.act(&rest.join("/"), call.body).await {
                Some(Ok(value)) => (StatusCode::OK, value),
                Some(Err(error)) => {
                    (StatusCode::BAD_REQUEST, json!({ "error": error.to_string() }))
                }
                None => refused(StatusCode::NOT_FOUND, "there is no such act"),
            },
            ["token"] if post => self.token(call),
            ["certs"] if !post => key_set([
                self.keys.google.published(),
                self.identity_keys.published(Provider::Google),
            ]),
            ["auth", "keys"] if !post => key_set([self.identity_keys.published(Provider::Apple)]),
            ["androidpublisher", "v3", "applications", package, rest @ ..] => {
                if call.bearer != Some(PUBLISHER_TOKEN) {
                    return refused(StatusCode::UNAUTHORIZED, "no access token");
                }
                if *package != GOOGLE_PACKAGE_NAME {
                    return refused(StatusCode::NOT_FOUND, "no such application");
                }
                self.publisher(post, rest, call)
            }
            ["v1", call_of_app] if post => self.integrity(call_of_app, call),
            ["inApps", "v1", "notifications", "history"] if post => self.history(call),
            _ => refused(StatusCode::NOT_FOUND, "this is not served here"),
        }
    }

    /// Gives the service account its token.
    fn token(&self, call: &Call<'_>) -> (StatusCode, Value) {
        let form: Vec<_> = form_urlencoded::parse(call.body).collect();
        let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, v)| &**v);
        let is_grant = value("grant_type") == Some("urn:ietf:params:oauth:grant-type:jwt-bearer");
        let assertion = value("assertion").unwrap_or_default();
        let scope = self.keys.google.scope(assertion, &self.url).unwrap_or_default();
        let token = ACCESS_TOKENS.iter().find(|(known, _)| is_grant && *known == scope);
        let Some((_, token)) = token else {
            return refused(StatusCode::BAD_REQUEST, "invalid_grant");
        };
        let answer = json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" });
        (StatusCode::OK, answer)
    }

    /// Play Integrity: decodes a token.
    fn integrity(&self, call_of_app: &str, call: &Call<'_>) -> (StatusCode, Value) {
        if call.bearer != Some(INTEGRITY_TOKEN) {
            return refused(StatusCode::UNAUTHORIZED, "no access token");
        }
        if call_of_app != format!("{GOOGLE_PACKAGE_NAME}:decodeIntegrityToken") {
            return refused(StatusCode::NOT_FOUND, "this is not served here");
        }
        let question: Value = serde_json::from_slice(call.body).unwrap_or_default();
        let token = question["integrityToken"].as_str().unwrap_or_default();
        match self.state().verdicts.get(token) {
            Some(verdict) => (StatusCode::OK, json!({ "tokenPayloadExternal": verdict })),
            None => refused(StatusCode::BAD_REQUEST, "integrity token cannot be decrypted"),
        }
    }

    fn publisher(&self, post: bool, path: &[&str], call: &Call<'_>) -> (StatusCode, Value) {
        match path {
            ["purchases", "products", product, "tokens", token] => {
                let (token, verb) = token.rsplit_once(':').map_or((*token, ""), |pair| pair);
                self.change(|state| {
                    let sale = state.google.get_mut(token);
                    let Some(sale) = sale.filter(|sale| sale.product_id == *product) else {
                        return refused(StatusCode::NOT_FOUND, "no such purchase");
                    };
                    match (post, verb) {
                        (false, "") => (StatusCode::OK, sale.purchase.clone()),
                        (true, "consume") => {
                            sale.purchase["consumptionState"] = json!(1);
                            sale.purchase["acknowledgementState"] = json!(1);
                            (StatusCode::OK, json!({}))
                        }
                        _ => refused(StatusCode::NOT_FOUND, "this is not served here"),
                    }
                })
            }
            ["orders", order_id] if !post => {
                let state = self.state();
                let sale = state.google.values().find(|sale| sale.order["orderId"] == **order_id);
                match sale {
                    Some(sale) => (StatusCode::OK, sale.order.clone()),
                    None => refused(StatusCode::NOT_FOUND, "no such order"),
                }
            }
            ["purchases", "voidedpurchases"] if !post => self.voided(call),
            _ => refused(StatusCode::NOT_FOUND, "this is not served here"),
        }
    }

    fn voided(&self, call: &Call<'_>) -> (StatusCode, Value) {
        let time = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
        let asked = time("startTime").unwrap_or(0)..=time("endTime").unwrap_or(i64::MAX);
        let from: usize = call.query("token").and_then(|text| text.parse().ok()).unwrap_or(0);
        let state = self.state();
        let all: Vec<Value> = state
            .google
            .iter()
            .filter_map(|(token, sale)| {
                Some((token, sale.voided_at.filter(|at| asked.contains(at))?))
            })
            .map(
                |(token, at)| json!({ "purchaseToken": token, "voidedTimeMillis": at.to_string() }),
            )
            .collect();
        let page: Vec<&Value> = all.iter().skip(from).take(PAGE).collect();
        let mut answer = json!({ "voidedPurchases": page });
        if from + PAGE < all.len() {
            answer["tokenPagination"] = json!({ "nextPageToken": (from + PAGE).to_string() });
        }
        (StatusCode::OK, answer)
    }

    /// Apple's history.
    fn history(&self, call: &Call<'_>) -> (StatusCode, Value) {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["appstoreconnect-v1"]);
        validation.set_issuer(&[APPLE_API_ISSUER_ID]);
        let key = DecodingKey::from_ec_der(&self.keys.apple_api_point);
        let claims = decode::<Value>(call.bearer.unwrap_or_default(), &key, &validation);
        if !claims.is_ok_and(|read| read.claims["bid"] == APPLE_BUNDLE_ID) {
            return refused(StatusCode::UNAUTHORIZED, "no token of this app");
        }
        let question: Value = serde_json::from_slice(call.body).unwrap_or_default();
        let (Some(start), Some(end)) =
            (question["startDate"].as_i64(), question["endDate"].as_i64())
        else {
            return refused(StatusCode::BAD_REQUEST, "startDate and endDate are missing");
        };
        let from: usize =
            call.query("paginationToken").and_then(|text| text.parse().ok()).unwrap_or(0);
        let state = self.state();
        let all: Vec<&Undelivered> =
            state.undelivered.iter().filter(|it| (start..=end).contains(&it.at)).collect();
        let page: Vec<Value> = all
            .iter()
            .skip(from)
            .take(PAGE)
            .map(|it| json!({ "signedPayload": it.signed, "sendAttempts": [] }))
            .collect();
        let more = from + PAGE < all.len();
        let answer = json!({
            "notificationHistory": page,
            "hasMore": more,
            "paginationToken": (from + PAGE).to_string(),
        });
        (StatusCode::OK, answer)
    }
}

/// A JSON Web Key Set.
fn key_set<const N: usize>(keys: [anyhow::Result<Value>; N]) -> (StatusCode, Value) {
    match keys.into_iter().collect::<anyhow::Result<Vec<_>>>() {
        Ok(keys) => (StatusCode::OK, json!({ "keys": keys })),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

struct Call<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: Vec<(String, String)>,
    bearer: Option<&'a str>,
    body: &'a [u8],
}

impl Call<'_> {
    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn refused(status: StatusCode, message: &str) -> (StatusCode, Value) {
    (status, json!({ "error": { "code": status.as_u16(), "message": message } }))
}

/// A store on a free port of this machine, and its URL, for tests. It serves until the
/// runtime of the caller ends.
///
/// # Errors
/// No port is free, or keys cannot be made.
pub async fn on_free_port() -> anyhow::Result<(Arc<Store>, String)> {
    let listener = tenjo_aws_json::listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let store = Arc::new(Store::open(&url, None)?);
    tokio::spawn(tenjo_aws_json::serve(listener, app(Arc::clone(&store))));
    Ok((store, url))
}

/// The store behind its routes.
pub fn app(store: Arc<Store>) -> Router {
    Router::new().fallback(serve).with_state(store)
}

async fn serve(
    Shared(store): Shared<Arc<Store>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path: Vec<String> = uri
        .path()
        .trim_start_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    let call = Call {
        method,
        path: path.iter().map(String::as_str).collect(),
        query: form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        bearer: bearer.and_then(|value| value.strip_prefix("Bearer ")),
        body: &body,
    };
    let (status, answer) = store.answer(&call).await;
    (status, [("content-type", "application/json")], answer.to_string()).into_response()
}
