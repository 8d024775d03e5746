//! Identity tokens in requests, and what a client is told of those that are not believed.

use tenjo_http::ApiError;
use tenjo_identity::{Shown, TokenError};

/// Reads what a client shows.
///
/// # Errors
/// - `invalid_request`: the token or the nonce has not the form of one
pub fn shown(identity_token: String, nonce: String) -> Result<Shown, ApiError> {
    Shown::new(identity_token, nonce).map_err(|(field, why)| ApiError::field(field)(why))
}

/// What a client is told.
pub fn refused(error: TokenError) -> ApiError {
    match error {
        TokenError::Refused(refused) => ApiError::InvalidIdentityToken(refused.to_string()),
        TokenError::Keys(error) => ApiError::TryLater(error.into()),
    }
}
