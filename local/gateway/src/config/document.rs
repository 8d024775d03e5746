//! The fields of `kong/kong.yaml` that the gateway knows. All others are refused.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) _format_version: FormatVersion,
    #[serde(default)]
    pub(super) services: Vec<Service>,
    #[serde(default)]
    pub(super) consumers: Vec<Consumer>,
    #[serde(default)]
    pub(super) plugins: Vec<Plugin>,
}

#[derive(Debug, Deserialize)]
pub(super) enum FormatVersion {
    #[serde(rename = "3.0")]
    V3,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) url: String,
    #[serde(default = "five")]
    pub(super) retries: u16,
    #[serde(default = "one_minute_ms")]
    pub(super) connect_timeout: u64,
    #[serde(default = "one_minute_ms")]
    pub(super) read_timeout: u64,
    #[serde(default)]
    pub(super) routes: Vec<Route>,
    #[serde(default)]
    pub(super) plugins: Vec<Plugin>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) name: String,
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) methods: Vec<String>,
    #[serde(default = "yes")]
    pub(super) strip_path: bool,
    #[serde(default)]
    pub(super) regex_priority: i64,
    #[serde(default)]
    pub(super) plugins: Vec<Plugin>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    pub(super) name: String,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) config: Value,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consumer {
    pub(super) username: String,
    pub(super) id: Option<String>,
    pub(super) custom_id: Option<String>,
    #[serde(default)]
    pub(super) jwt_secrets: Vec<JwtSecret>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtSecret {
    pub(super) key: String,
    #[serde(default = "hs256")]
    pub(super) algorithm: jsonwebtoken::Algorithm,
    pub(super) secret: Option<String>,
    pub(super) rsa_public_key: Option<String>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
}

// Kong's defaults.

const fn five() -> u16 {
    5
}

const fn one_minute_ms() -> u64 {
    60_000
}

const fn yes() -> bool {
    true
}

const fn hs256() -> jsonwebtoken::Algorithm {
    jsonwebtoken::Algorithm::HS256
}
