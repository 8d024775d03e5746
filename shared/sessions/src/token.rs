//! Signs access tokens. Nothing else does: every other function only has the
//! public keys.

use jsonwebtoken::errors::Error;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tenjo_http::Player;
use tenjo_http::token::{Claims, ISSUER};
use tenjo_settings::{ExposeSecret, SettingError, Settings};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long an access token is good for.
pub(crate) const ACCESS_TOKEN_LIFETIME: Duration = Duration::minutes(15);

const SIGNING_KEY: &str = "TENJO_TOKEN_SIGNING_KEY";
const SIGNING_KID: &str = "TENJO_TOKEN_SIGNING_KID";

/// Signs access tokens.
pub(crate) struct TokenSigner {
    issuer: String,
    header: Header,
    key: EncodingKey,
}

impl TokenSigner {
    /// Reads the private key, its `kid` and the issuer.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let pem = settings.secret(SIGNING_KEY, 1)?;
        let key = EncodingKey::from_ec_pem(pem.expose_secret().as_bytes())
            .map_err(|_| SettingError::new(SIGNING_KEY, "must be a P-256 key in PKCS#8 PEM"))?;
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(settings.text(SIGNING_KID)?.to_owned());
        Ok(Self { issuer: settings.text(ISSUER)?.to_owned(), header, key })
    }

    /// A token for a player's session, good for [`ACCESS_TOKEN_LIFETIME`] from `now`.
    ///
    /// # Errors
    /// When signing fails.
    pub(crate) fn sign(&self, player: Player, now: OffsetDateTime) -> Result<String, Error> {
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: player.user_id.0,
            sid: player.session_id.0,
            iat: now.unix_timestamp(),
            exp: (now + ACCESS_TOKEN_LIFETIME).unix_timestamp(),
            jti: Uuid::new_v4(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use p256::SecretKey;
    use p256::elliptic_curve::Generate;
    use p256::pkcs8::{EncodePrivateKey, LineEnding};
    use tenjo_domain::{SessionId, UserId};
    use tenjo_http::token::{CLOCK_SKEW, TokenVerifier};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-04-01 12:00 UTC);
    const OURS: &str = "https://tenjo.example";

    /// A new key: its private half in PEM, and a JWK set with its public half
    /// under the name `one`.
    fn make_key() -> (String, String) {
        let key = SecretKey::generate();
        let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string();
        // 4, x, y: the uncompressed form of SEC 1, section 2.3.3.
        let point = key.public_key().to_sec1_bytes();
        let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = serde_json::json!({
            "kty": "EC", "crv": "P-256", "kid": "one",
            "x": coordinate(&point[1..33]), "y": coordinate(&point[33..65]),
        });
        (pem, serde_json::json!({ "keys": [jwk] }).to_string())
    }

    fn player() -> Player {
        let [user_id, session_id] = [Uuid::new_v4(), Uuid::new_v4()];
        Player { user_id: UserId(user_id), session_id: SessionId(session_id) }
    }

    fn signer(pem: &str, kid: &str, issuer: &str) -> TokenSigner {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(kid.to_owned());
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
        TokenSigner { issuer: issuer.to_owned(), header, key }
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let player = player();
        let (pem, keys) = make_key();
        let token = signer(&pem, "one", OURS).sign(player, NOW).unwrap();
        let verifier = TokenVerifier::new(&keys, OURS).unwrap();
        for (after, good) in [
            (Duration::ZERO, true),
            (ACCESS_TOKEN_LIFETIME - Duration::SECOND, true),
            (ACCESS_TOKEN_LIFETIME, false),
            (-CLOCK_SKEW, true),
            (-CLOCK_SKEW - Duration::SECOND, false),
        ] {
            let verified = verifier.verify(&token, NOW + after);
            assert_eq!(verified, good.then_some(player), "{after}");
        }
    }

    #[test]
    fn a_token_of_another_issuer_key_or_algorithm_is_refused() {
        let player = player();
        let ((pem, keys), (other_pem, _)) = (make_key(), make_key());
        let verifier = TokenVerifier::new(&keys, OURS).unwrap();
        for (pem, kid, issuer) in [
            (&pem, "one", "https://elsewhere.example"),
            (&other_pem, "one", OURS),
            (&pem, "two", OURS),
        ] {
            let token = signer(pem, kid, issuer).sign(player, NOW).unwrap();
            assert_eq!(verifier.verify(&token, NOW), None, "{kid} {issuer}");
        }
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("one".to_owned());
        let claims = serde_json::json!({
            "iss": OURS, "sub": player.user_id.0, "sid": player.session_id.0, "iat": NOW.unix_timestamp(),
            "exp": NOW.unix_timestamp() + 60, "jti": Uuid::nil(),
        });
        let key = EncodingKey::from_secret(keys.as_bytes());
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert_eq!(verifier.verify(&token, NOW), None);
        assert_eq!(verifier.verify("not.a.token", NOW), None);
    }
}
