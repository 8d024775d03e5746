//! jwt: who calls. The credential is found by a claim, or by a field of the header.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::token::{self, Token};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default = "default_uri_param_names")]
    uri_param_names: Vec<String>,
    #[serde(default = "default_header_names")]
    header_names: Vec<String>,
    #[serde(default)]
    cookie_names: Vec<String>,
    #[serde(default = "default_key_claim_name")]
    key_claim_name: String,
    #[serde(default)]
    claims_to_verify: BTreeSet<Claim>,
    #[serde(default)]
    secret_is_base64: bool,
    #[serde(default)]
    maximum_expiration: u32,
    #[serde(default = "default_run_on_preflight")]
    run_on_preflight: bool,
    realm: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Claim {
    Exp,
    Nbf,
}

fn default_uri_param_names() -> Vec<String> {
    vec!["jwt".to_owned()]
}

fn default_header_names() -> Vec<String> {
    vec!["authorization".to_owned()]
}

fn default_key_claim_name() -> String {
    "iss".to_owned()
}

const fn default_run_on_preflight() -> bool {
    true
}

/// All keys that tokens may be signed with, by the name that tokens give.
#[derive(Default)]
pub(crate) struct Credentials(HashMap<String, Credential>);

/// One key, and whose it is.
pub(crate) struct Credential {
    algorithm: Algorithm,
    key: DecodingKey,
    /// The same secret, taken as base64 (`secret_is_base64`).
    base64_key: Option<DecodingKey>,
    name: HeaderValue,
    consumer: Arc<Consumer>,
}

/// The consumer that Kong names to the upstream.
pub(crate) struct Consumer {
    id: HeaderValue,
    username: HeaderValue,
    custom_id: Option<HeaderValue>,
}

impl Credentials {
    /// `false` if another credential has this key.
    pub(crate) fn insert(&mut self, key: String, credential: Credential) -> bool {
        self.0.insert(key, credential).is_none()
    }
}

impl Consumer {
    pub(crate) fn new(
        username: String,
        id: Option<String>,
        custom_id: Option<String>,
    ) -> Result<Self> {
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        Ok(Self {
            id: id.try_into().context("id")?,
            username: username.try_into().context("username")?,
            custom_id: custom_id.map(HeaderValue::try_from).transpose().context("custom_id")?,
        })
    }
}

impl Credential {
    pub(crate) fn new(
        name: &str,
        algorithm: Algorithm,
        secret: Option<&str>,
        public_key: Option<&str>,
        consumer: Arc<Consumer>,
    ) -> Result<Self> {
        ensure!(!name.is_empty(), "key is empty");
        let mut base64_key = None;
        let key = if algorithm.family() == AlgorithmFamily::Hmac {
            let secret = secret.context("secret is missing")?;
            base64_key =
                token::decode_secret(secret).map(|secret| DecodingKey::from_secret(&secret));
            DecodingKey::from_secret(secret.as_bytes())
        } else {
            let pem = public_key.context("rsa_public_key is missing")?.as_bytes();
            let key = match algorithm.family() {
                AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
                AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
                _ => DecodingKey::from_ed_pem(pem),
            };
            key.context("rsa_public_key is not a public key of this algorithm")?
        };
        Ok(Self { algorithm, key, base64_key, name: name.try_into().context("key")?, consumer })
    }
}

pub(crate) struct Jwt {
    uri_param_names: Vec<String>,
    header_names: Vec<HeaderName>,
    key_claim_name: String,
    claims_to_verify: BTreeSet<Claim>,
    secret_is_base64: bool,
    maximum_expiration_s: u32,
    run_on_preflight: bool,
    /// `WWW-Authenticate` without a token, and with a bad one.
    challenge: HeaderValue,
    challenge_with_error: HeaderValue,
    credentials: Arc<Credentials>,
}

impl Jwt {
    pub(super) fn new(config: Config, credentials: Arc<Credentials>) -> Result<Self> {
        ensure!(config.cookie_names.is_empty(), "cookie_names is not supported");
        let header_names: Result<Vec<HeaderName>, _> =
            config.header_names.iter().map(|name| name.parse()).collect();
        let (challenge, challenge_with_error) = match config.realm {
            None => ("Bearer".to_owned(), r#"Bearer error="invalid_token""#.to_owned()),
            Some(realm) => (
                format!(r#"Bearer realm="{realm}""#),
                format!(r#"Bearer realm="{realm}", error="invalid_token""#),
            ),
        };
        Ok(Self {
            uri_param_names: config.uri_param_names,
            header_names: header_names.context("header_names")?,
            key_claim_name: config.key_claim_name,
            claims_to_verify: config.claims_to_verify,
            secret_is_base64: config.secret_is_base64,
            maximum_expiration_s: config.maximum_expiration,
            run_on_preflight: config.run_on_preflight,
            challenge: challenge.try_into().context("realm")?,
            challenge_with_error: challenge_with_error.try_into().context("realm")?,
            credentials,
        })
    }

    pub(super) fn access(&self, exchange: &mut Exchange) -> Result<(), Answer> {
        if !self.run_on_preflight && exchange.method == Method::OPTIONS {
            return Ok(());
        }
        let tokens = self.tokens(exchange);
        let token = match tokens.iter().collect::<Vec<_>>()[..] {
            [] => return Err(self.refuse(&self.challenge, json!({ "message": "Unauthorized" }))),
            [token] => token,
            _ => return Err(self.bad_token("Multiple tokens provided")),
        };
        let credential = self.verify(token, exchange.now.unix_timestamp())?;
        introduce(credential, exchange);
        Ok(())
    }

    /// Every distinct token of the request.
    fn tokens(&self, exchange: &Exchange) -> BTreeSet<String> {
        let query = exchange.query.as_deref().unwrap_or_default();
        let in_query = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, value)| {
                !value.is_empty() && self.uri_param_names.iter().any(|wanted| wanted == name)
            })
            .map(|(_, value)| value.into_owned());
        let in_headers = self
            .header_names
            .iter()
            .filter_map(|name| bearer(exchange.header(name)?))
            .map(str::to_owned);
        in_query.chain(in_headers).collect()
    }

    fn verify(&self, token: &str, now_s: i64) -> Result<&Credential, Answer> {
        let token = Token::parse(token)
            .map_err(|reason| self.bad_token(&format!("Bad token; {reason}")))?;
        let credential = self.credential(&token)?;
        if token.header.get("alg") != Some(&json!(credential.algorithm)) {
            return Err(self.bad_token("Invalid algorithm"));
        }
        let is_base64 =
            self.secret_is_base64 && credential.algorithm.family() == AlgorithmFamily::Hmac;
        let key = if is_base64 {
            credential.base64_key.as_ref().ok_or_else(|| self.bad_token("Invalid key/secret"))?
        } else {
            &credential.key
        };
        let is_signed = jsonwebtoken::crypto::verify(
            token.signature,
            token.message.as_bytes(),
            key,
            credential.algorithm,
        );
        if !is_signed.unwrap_or(false) {
            return Err(self.bad_token("Invalid signature"));
        }
        self.verify_claims(&token.claims, now_s)?;
        Ok(credential)
    }

    /// The claim comes before the header's field of the same name.
    fn credential(&self, token: &Token<'_>) -> Result<&Credential, Answer> {
        let name = &self.key_claim_name;
        let is_given = |value: &&Value| **value != Value::Bool(false);
        let key = token.claims.get(name).filter(is_given);
        let key = key.or_else(|| token.header.get(name).filter(is_given));
        let key = match key {
            None => return Err(self.bad_token(&format!("No mandatory '{name}' in claims"))),
            Some(Value::String(key)) if key.is_empty() => {
                return Err(self.bad_token(&format!("Invalid '{name}' in claims")));
            }
            Some(Value::String(key)) => key.clone(),
            Some(other) => other.to_string(),
        };
        self.credentials
            .0
            .get(&key)
            .ok_or_else(|| self.bad_token(&format!("No credentials found for given '{name}'")))
    }

    fn verify_claims(&self, claims: &Map<String, Value>, now_s: i64) -> Result<(), Answer> {
        let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        let now_s = now_s as f64;
        let mut errors = Map::new();
        for claim in &self.claims_to_verify {
            let (name, error) = match claim {
                Claim::Exp => {
                    ("exp", seconds("exp").map(|exp| (exp <= now_s).then_some("token expired")))
                }
                Claim::Nbf => (
                    "nbf",
                    seconds("nbf").map(|nbf| (nbf > now_s).then_some("token not valid yet")),
                ),
            };
            if let Some(error) = error.unwrap_or(Some("must be a number")) {
                errors.insert(name.to_owned(), json!(error));
            }
        }
        let lives_too_long = self.maximum_expiration_s > 0
            && seconds("exp").is_none_or(|exp| exp - now_s > f64::from(self.maximum_expiration_s));
        if errors.is_empty() && lives_too_long {
            errors.insert("exp".to_owned(), json!("exceeds maximum allowed expiration"));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(self.refuse(&self.challenge_with_error, Value::Object(errors)))
    }

    fn bad_token(&self, message: &str) -> Answer {
        self.refuse(&self.challenge_with_error, json!({ "message": message }))
    }

    fn refuse(&self, challenge: &HeaderValue, body: Value) -> Answer {
        Answer::json(StatusCode::UNAUTHORIZED, body)
            .with_header(header::WWW_AUTHENTICATE.as_str(), challenge.clone())
    }
}

/// What follows `Bearer` or `bearer`; `BEARER` is not taken.
fn bearer(header: &str) -> Option<&str> {
    let at = header.find("earer")?.checked_sub(1)?;
    let scheme = header.get(at..at + 6)?;
    let token = header.get(at + 6..)?;
    let is_scheme = matches!(scheme, "Bearer" | "bearer") && token.starts_with(char::is_whitespace);
    let token = token.trim_start();
    (is_scheme && !token.is_empty()).then_some(token)
}

/// Tells the upstream who calls; what the client said of it is gone.
fn introduce(credential: &Credential, exchange: &mut Exchange) {
    let consumer = &credential.consumer;
    let headers = &mut exchange.headers;
    headers.insert("x-consumer-id", consumer.id.clone());
    headers.insert("x-consumer-username", consumer.username.clone());
    match &consumer.custom_id {
        Some(custom_id) => headers.insert("x-consumer-custom-id", custom_id.clone()),
        None => headers.remove("x-consumer-custom-id"),
    };
    headers.insert("x-credential-identifier", credential.name.clone());
    headers.remove("x-anonymous-consumer");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_follows_the_scheme_in_two_spellings() {
        for (header, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("  Bearer   abc", Some("abc")),
            ("BEARER abc", None),
            ("Bearerabc", None),
            ("Bearer ", None),
            ("Basic abc", None),
            ("", None),
        ] {
            assert_eq!(bearer(header), token, "{header:?}");
        }
    }
}
