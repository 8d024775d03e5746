//! Sign in with Apple and with Google, for accounts that are made up: whoever asks is
//! whoever they say.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::Duration;

use crate::google_keys::{public_key, rsa};
use crate::now;

/// The app, as Apple's tokens name it.
pub const APPLE_CLIENT_ID: &str = "game.tenjo";

/// The app, as Google's tokens name it.
pub const GOOGLE_CLIENT_ID: &str = "tenjo.apps.googleusercontent.com";

/// The keys that sign identity tokens, as PKCS#8 in PEM.
#[derive(Clone, Serialize, Deserialize)]
pub struct IdentityKeys {
    apple: String,
    google: String,
}

/// Whom somebody signs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Apple.
    Apple,
    /// Google.
    Google,
}

/// Somebody signs in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// With whom.
    pub provider: Provider,
    /// As which account.
    pub subject: String,
    /// What the app gave along, to be found in the token.
    pub nonce: String,
    /// Claims to replace; `null` takes one away.
    #[serde(default)]
    pub with: Map<String, Value>,
}

impl IdentityKeys {
    /// Makes new ones.
    ///
    /// # Errors
    /// Keys cannot be made.
    pub fn make() -> anyhow::Result<Self> {
        Ok(Self { apple: rsa()?, google: rsa()? })
    }

    /// The public half of a provider's key, as it stands in a JSON Web Key Set.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn published(&self, provider: Provider) -> anyhow::Result<Value> {
        public_key(self.key(provider), provider.kid())
    }

    /// The token of somebody who signs in.
    ///
    /// # Errors
    /// The key is damaged.
    pub fn sign(&self, sign_in: &SignIn) -> anyhow::Result<String> {
        let provider = sign_in.provider;
        let mut claims = json!({
            "iss": provider.issuer(),
            "aud": provider.client_id(),
            "sub": sign_in.subject,
            "nonce": sign_in.nonce,
            "iat": now().unix_timestamp(),
            "exp": (now() + Duration::minutes(10)).unix_timestamp(),
        });
        if let Some(fields) = claims.as_object_mut() {
            fields.extend(sign_in.with.clone());
            fields.retain(|_, value| !value.is_null());
        }
        let kid = Some(provider.kid().to_owned());
        let header = Header { kid, ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(self.key(provider).as_bytes())?;
        Ok(encode(&header, &claims, &key)?)
    }

    fn key(&self, provider: Provider) -> &str {
        match provider {
            Provider::Apple => &self.apple,
            Provider::Google => &self.google,
        }
    }
}

impl Provider {
    const fn kid(self) -> &'static str {
        match self {
            Self::Apple => "test-apple-identity",
            Self::Google => "test-google-identity",
        }
    }

    const fn issuer(self) -> &'static str {
        match self {
            Self::Apple => "https://appleid.apple.com",
            Self::Google => "https://accounts.google.com",
        }
    }

    const fn client_id(self) -> &'static str {
        match self {
            Self::Apple => APPLE_CLIENT_ID,
            Self::Google => GOOGLE_CLIENT_ID,
        }
    }
}
