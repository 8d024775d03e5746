//! A token's three parts, read as Kong's jwt plugin reads them.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Padding may be there or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What Kong's plugin knows, whether or not a credential may use it here.
const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512", "EdDSA",
];

/// A well-formed token, of which nothing is verified yet.
pub(crate) struct Token<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// What the signature is about.
    pub(crate) message: &'a str,
    /// Still in base64.
    pub(crate) signature: &'a str,
}

impl<'a> Token<'a> {
    /// Splits and decodes; the error is the one that Kong names.
    pub(crate) fn parse(token: &'a str) -> Result<Self, &'static str> {
        let (message, signature) = token
            .match_indices('.')
            .nth(1)
            .map(|(at, _)| (&token[..at], &token[at + 1..]))
            .ok_or("invalid JSON")?;
        let (header, claims) = message.split_once('.').ok_or("invalid JSON")?;
        let header = json(header).ok_or("invalid JSON")?;
        let claims = json(claims).ok_or("invalid JSON")?;
        let is_known = header
            .get("alg")
            .and_then(Value::as_str)
            .is_some_and(|algorithm| ALGORITHMS.contains(&algorithm));
        if !is_known {
            return Err("invalid alg");
        }
        if BASE64.decode(signature).is_err() {
            return Err("invalid signature");
        }
        Ok(Self { header, claims, message, signature: signature.trim_end_matches('=') })
    }
}

fn json(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64.decode(part).ok()?).ok()
}

/// A shared secret that is configured in base64, in either alphabet.
pub(crate) fn decode_secret(secret: &str) -> Option<Vec<u8>> {
    let url_safe = secret.replace('+', "-").replace('/', "_");
    BASE64.decode(url_safe).ok()
}
