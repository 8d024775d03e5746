//! Refresh tokens, which only the client of a session has. By one it gets the next access
//! token, and shows that it may add a way into the account: see [`crate::may_add_access`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tenjo_domain::Invalid;
use tenjo_store::Conn;
use tenjo_store::session::{self, Salt, TokenHash};
use time::{Duration, OffsetDateTime};

/// How long after its use a refresh token gets the same successor again. The gateway
/// waits ten seconds for an answer, so a client that lost one can still ask again.
const GRACE: Duration = Duration::seconds(15);

/// A refresh token.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);

impl RefreshToken {
    /// Reads what a client sent.
    ///
    /// # Errors
    /// When no token of any release has such a form: see [`token_form`].
    pub fn new(text: String) -> Result<Self, Invalid> {
        token_form(&text)?;
        Ok(Self(text))
    }

    /// The token that these bits make.
    #[must_use]
    pub fn of(bits: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// The hash under which the database knows it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(&self.0).into())
    }

    /// The token that follows this one. Only who has this one and the database's salt can
    /// make it: 256 random bits each.
    #[must_use]
    pub fn successor(&self, salt: Salt) -> Self {
        let bits = Sha256::new()
            .chain_update(b"tenjo.refresh.v1\0")
            .chain_update(salt.0)
            .chain_update(&self.0)
            .finalize();
        Self::of(bits.into())
    }

    /// The successor of a token that was used at `used_at`, for a client that never got it:
    /// `None` later than 15 s after that, or if the successor was used. The session must be
    /// locked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn successor_again(
        &self,
        conn: &mut Conn,
        used_at: OffsetDateTime,
        salt: Salt,
        now: OffsetDateTime,
    ) -> sqlx::Result<Option<Self>> {
        let successor = self.successor(salt);
        let is_late = now - used_at > GRACE;
        let is_good = !is_late && session::is_unused(conn, successor.hash()).await?;
        Ok(is_good.then_some(successor))
    }

    /// The token, for its client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Checks that a text has the form that every token and secret of ours has.
///
/// # Errors
/// When it is not 1 to 255 letters, digits, `-` and `_`.
pub fn token_form(text: &str) -> Result<&str, Invalid> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=255).contains(&text.len()) && text.bytes().all(good) {
        Ok(text)
    } else {
        Err(Invalid("must be 1 to 255 letters, digits, - and _"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_depends_on_the_token_and_on_the_salt() {
        let (one, other) = (Salt([1; 32]), Salt([2; 32]));
        let successor = |bits: u8, salt| RefreshToken::of([bits; 32]).successor(salt).hash();
        assert_eq!(successor(1, one), successor(1, one));
        assert_ne!(successor(1, one), successor(1, other));
        assert_ne!(successor(1, one), successor(2, one));
        assert_ne!(successor(1, one), RefreshToken::of([1; 32]).hash());
    }

    #[test]
    fn a_token_has_the_form_of_one() {
        for (text, is_good) in [
            ("a", true),
            ("never-given_to-anyone", true),
            (RefreshToken::of([255; 32]).expose(), true),
            (&"x".repeat(255), true),
            (&"x".repeat(256), false),
            ("", false),
            ("a b", false),
            ("天", false),
        ] {
            assert_eq!(RefreshToken::new(text.to_owned()).is_ok(), is_good, "{text}");
        }
    }
}
