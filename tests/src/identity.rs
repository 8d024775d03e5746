//! The stand-in for those whom people sign in with.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::shop::act;

/// What an app has after somebody signed in: a token, and the nonce that it chose.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whom they signed in with.
    pub provider: &'static str,
    /// The provider's token.
    pub token: String,
    /// The nonce whose hash is in it.
    pub nonce: String,
}

/// Somebody signs in with `apple` or `google`; `with` replaces claims of the token.
///
/// # Panics
/// When the stand-in refuses.
pub async fn sign_in(provider: &'static str, subject: &str, with: Value) -> SignedIn {
    let nonce = Uuid::new_v4().to_string();
    let hash = hex::encode(Sha256::digest(&nonce));
    let body = json!({
        "provider": provider, "subject": subject, "nonce": hash,
        "with": with.as_object().cloned().unwrap_or_default(),
    });
    let signed = act("identity/sign", &body).await;
    let token = signed["identity_token"].as_str().expect("a token").to_owned();
    SignedIn { provider, token, nonce }
}

impl SignedIn {
    /// The body of a login.
    #[must_use]
    pub fn login(&self) -> Value {
        json!({ "identity_token": self.token, "nonce": self.nonce })
    }

    /// What a link is made of, besides the session's refresh token.
    #[must_use]
    pub fn link(&self) -> Value {
        json!({
            "provider": self.provider, "identity_token": self.token, "nonce": self.nonce,
        })
    }

    /// The route of a login.
    #[must_use]
    pub fn route(&self) -> String {
        format!("/v1/auth/{}", self.provider)
    }
}
