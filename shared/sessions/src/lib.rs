//! Sessions: an access token for requests, and a refresh token for the next
//! access token.
//!
//! Only the functions that begin, renew and end sessions, or give devices their secrets,
//! build this crate. Those that begin and renew them have the key that signs tokens.

mod admit;
pub mod device;
mod linked;
mod token;

use serde::Serialize;
use tenjo_domain::SessionId;
use tenjo_http::{ApiError, Player, RefreshToken, Reply};
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Conn;
use tenjo_store::session::{self, Salt, SessionDevice};
use tenjo_store::user::User;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use admit::{DeletionChoice, may_log_in};
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

    /// Begins a session at a login that names no device, of a player who may log in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        &self,
        conn: &mut Conn,
        user: &User,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        Ok(self.start(conn, user, None, now).await?.1)
    }

    /// Begins a session: a new family of refresh tokens.
    async fn start(
        &self,
        conn: &mut Conn,
        user: &User,
        device: Option<SessionDevice>,
        now: OffsetDateTime,
    ) -> Result<(SessionId, SessionView), ApiError> {
        let session_id = SessionId(Uuid::new_v4());
        let expires_at = now + REFRESH_TOKEN_LIFETIME;
        session::begin_family(conn, session_id, user.user_id, device, expires_at).await?;
        // The generator is cryptographic, and seeded by the system.
        let refresh_token = RefreshToken::of(rand::random());
        session::add_token(conn, session_id, refresh_token.hash(), expires_at).await?;
        Ok((session_id, self.view(session_id, user, &refresh_token, now)?))
    }

    /// Renews a session: uses up a refresh token, and gives the next one of its family.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(
        &self,
        conn: &mut Conn,
        session_id: SessionId,
        user: &User,
        used: &RefreshToken,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        // The generator is cryptographic, and seeded by the system.
        let salt = Salt(rand::random());
        session::use_token(conn, used.hash(), salt, now).await?;
        session::visit(conn, user.user_id).await?;
        let refresh_token = used.successor(salt);
        let expires_at = now + REFRESH_TOKEN_LIFETIME;
        session::add_token(conn, session_id, refresh_token.hash(), expires_at).await?;
        self.view(session_id, user, &refresh_token, now)
    }

    /// Renews a session again by a token that was used at `used_at`, for a client that
    /// never got the answer: it gets the same refresh token. `None` if it comes later
    /// than 15 s, or if the refresh token that it would get was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_again(
        &self,
        conn: &mut Conn,
        session_id: SessionId,
        user: &User,
        used: &Used<'_>,
        now: OffsetDateTime,
    ) -> Result<Option<SessionView>, ApiError> {
        let refresh_token = used.token.successor_again(conn, used.at, used.salt, now).await?;
        refresh_token.map(|token| self.view(session_id, user, &token, now)).transpose()
    }

    fn view(
        &self,
        session_id: SessionId,
        user: &User,
        refresh_token: &RefreshToken,
        now: OffsetDateTime,
    ) -> Result<SessionView, ApiError> {
        let player = Player { user_id: user.user_id, session_id };
        Ok(SessionView {
            user_id: user.user_id.0,
            player_id: user.player_id.clone(),
            is_guest: user.is_guest,
            access_token: self.signer.sign(player, now).map_err(ApiError::internal)?,
            refresh_token: refresh_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFETIME.whole_seconds(),
        })
    }
}

/// A refresh token that was used before.
pub struct Used<'a> {
    /// The token.
    pub token: &'a RefreshToken,
    /// When it was used.
    pub at: OffsetDateTime,
    /// What its successor was made from.
    pub salt: Salt,
}
