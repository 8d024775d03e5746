//! Sessions: an access token for requests, and a refresh token for the next
//! access token.
//!
//! Only the functions that begin, renew and end sessions build this crate, so
//! only they can sign tokens.

mod token;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tenjo_domain::Invalid;
use tenjo_http::{ApiError, Reply};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Conn;
use tenjo_store::session::{self, FamilyId, TokenHash};
use tenjo_store::user::User;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use token::{ACCESS_TOKEN_LIFETIME, TokenSigner};

/// How long a player may stay away before they must log in again.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::days(30);

/// The answer to a login, and to every refresh after it.
#[derive(Serialize)]
pub struct SessionView {
    user_id: Uuid,
    player_id: String,
    is_guest: bool,
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: i64,
}

impl Reply for SessionView {}

/// Makes sessions.
pub struct Sessions {
    signer: TokenSigner,
}

impl Sessions {
    /// Reads the key that signs access tokens.
    ///
    /// # Errors
    /// When a setting is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self { signer: TokenSigner::from_settings(settings)? })
    }

    /// Begins a session at login: a new family of refresh tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &self,
        conn: &mut Conn,
        user: &User,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        let family_id = FamilyId(Uuid::new_v4());
        session::begin_family(conn, family_id, user.user_id, now + REFRESH_TOKEN_LIFETIME).await?;
        self.renew(conn, family_id, user, now).await
    }

    /// Renews a session: it gets the next refresh token of its family.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(
        &self,
        conn: &mut Conn,
        family_id: FamilyId,
        user: &User,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        // The generator is cryptographic, and seeded by the system.
        let secret: [u8; 32] = rand::random();
        let refresh_token = URL_SAFE_NO_PAD.encode(secret);
        let hash = hash(&refresh_token);
        session::add_token(conn, family_id, hash, now + REFRESH_TOKEN_LIFETIME).await?;
        Ok(SessionView {
            user_id: user.user_id.0,
            player_id: user.player_id.clone(),
            is_guest: user.is_guest,
            access_token: self.signer.sign(user.user_id, now).map_err(ApiError::internal)?,
            refresh_token,
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFETIME.whole_seconds(),
        })
    }
}

/// The hash under which the database knows a refresh token.
///
/// # Errors
/// When it is not 1 to 255 letters, digits, `-` and `_`: no token of any release has
/// such a form.
pub fn hash_of(refresh_token: &str) -> Result<TokenHash, Invalid> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=255).contains(&refresh_token.len()) && refresh_token.bytes().all(good) {
        Ok(hash(refresh_token))
    } else {
        Err(Invalid("must be 1 to 255 letters, digits, - and _"))
    }
}

fn hash(refresh_token: &str) -> TokenHash {
    TokenHash(Sha256::digest(refresh_token).into())
}
