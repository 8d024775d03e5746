//! Keys of Google's side: that of the service account by which Tenjo calls, and that by
//! which Pub/Sub's tokens are signed.

use anyhow::Context;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Duration;

use crate::acts::{PUSH_AUDIENCE, PUSH_EMAIL};
use crate::now;

const ACCOUNT: &str = "tenjo@test-store.iam.gserviceaccount.com";
const PUSH_KID: &str = "test-store-push";

/// Both keys, as PKCS#8 in PEM.
#[derive(Clone, Serialize, Deserialize)]
pub struct GoogleKeys {
    account: String,
    push: String,
}

impl GoogleKeys {
    /// Makes new ones.
    ///
    /// # Errors
    /// Keys cannot be made.
    pub fn make() -> anyhow::Result<Self> {
        Ok(Self { account: rsa()?, push: rsa()? })
    }

    /// The key file of the service account, as Google gives it.
    #[must_use]
    pub fn service_account(&self, url: &str) -> Value {
        json!({
            "type": "service_account",
            "client_email": ACCOUNT,
            "private_key_id": "test-store-account",
            "private_key": self.account,
            "token_uri": format!("{url}/token"),
        })
    }

    /// The right that the service account asks for; `None` if the assertion is not its own.
    pub(crate) fn scope(&self, assertion: &str, url: &str) -> Option<String> {
        let (n, e) = components(&self.account).ok()?;
        let key = DecodingKey::from_rsa_components(&n, &e).ok()?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[format!("{url}/token")]);
        validation.set_issuer(&[ACCOUNT]);
        let read = decode::<Value>(assertion, &key, &validation).ok()?;
        read.claims["scope"].as_str().map(str::to_owned)
    }

    /// The public key of Pub/Sub's tokens, as it stands in a JSON Web Key Set.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn published(&self) -> anyhow::Result<Value> {
        public_key(&self.push, PUSH_KID)
    }

    /// A token of the account that pushes. `change` may spoil its claims.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn push_token(&self, change: impl FnOnce(&mut Value)) -> anyhow::Result<String> {
        let mut claims = json!({
            "iss": "https://accounts.google.com",
            "aud": PUSH_AUDIENCE,
            "email": PUSH_EMAIL,
            "email_verified": true,
            "iat": now().unix_timestamp(),
            "exp": (now() + Duration::hours(1)).unix_timestamp(),
        });
        change(&mut claims);
        let header = Header { kid: Some(PUSH_KID.to_owned()), ..Header::new(Algorithm::RS256) };
        Ok(encode(&header, &claims, &EncodingKey::from_rsa_pem(self.push.as_bytes())?)?)
    }
}

/// The public half of a key, as it stands in a JSON Web Key Set.
pub(crate) fn public_key(pem: &str, kid: &str) -> anyhow::Result<Value> {
    let (n, e) = components(pem)?;
    Ok(json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": n, "e": e }))
}

pub(crate) fn rsa() -> anyhow::Result<String> {
    let key = KeyPair::generate(KeySize::Rsa2048).context("no RSA key")?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).context("no PKCS#8")?;
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap_or_default()).collect();
    let lines = lines.join("\n");
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"))
}

/// The modulus and the exponent of the public half.
fn components(pem: &str) -> anyhow::Result<(String, String)> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(text)?;
    let key = KeyPair::from_pkcs8(&der).ok().context("the key is damaged")?;
    let public = key.public_key();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Ok((
        part(public.modulus().big_endian_without_leading_zero()),
        part(public.exponent().big_endian_without_leading_zero()),
    ))
}
