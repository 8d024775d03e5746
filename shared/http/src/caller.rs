//! Who calls: a handler's signature says which callers it serves.
//!
//! Players and strangers come through the gateway, with its secret. Operators do not:
//! IAM lets them in at a function URL of their own.

use http::{HeaderMap, header};
use tenjo_domain::{Principal, SessionId, UserId};
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;

use crate::ApiError;
use crate::token::TokenVerifier;

/// A kind of caller that a handler serves.
pub trait Caller: Sized + Send {
    /// Whether such callers come through the gateway.
    const BY_GATEWAY: bool = true;

    /// What is needed to recognise such a caller.
    type Gate: Send + Sync + 'static;

    /// Prepares to recognise callers, once, when the function starts.
    ///
    /// # Errors
    /// When a setting is missing or bad.
    fn gate(settings: &Settings) -> Result<Self::Gate, SettingError>;

    /// Recognises the caller of one request.
    ///
    /// # Errors
    /// When it is not such a caller.
    fn identify(
        gate: &Self::Gate,
        sent: Credentials<'_>,
        now: OffsetDateTime,
    ) -> Result<Self, ApiError>;
}

/// What a request says of its caller.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    pub(crate) headers: &'a HeaderMap,
    /// The ARN of the caller whom IAM let in.
    pub(crate) iam_caller: Option<&'a str>,
}

/// Anyone at all.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Caller for Anyone {
    type Gate = ();

    fn gate(_: &Settings) -> Result<(), SettingError> {
        Ok(())
    }

    fn identify((): &(), _: Credentials<'_>, _: OffsetDateTime) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// An operator, whom IAM let in at a function URL with the type `AWS_IAM`. A public URL
/// has no such callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Who, as IAM knows them.
    pub principal: Principal,
}

impl Caller for Operator {
    const BY_GATEWAY: bool = false;

    type Gate = ();

    fn gate(_: &Settings) -> Result<(), SettingError> {
        Ok(())
    }

    fn identify((): &(), sent: Credentials<'_>, _: OffsetDateTime) -> Result<Self, ApiError> {
        let arn = sent.iam_caller.ok_or(ApiError::Unauthorized)?;
        let principal = Principal::new(arn).map_err(|_| ApiError::Unauthorized)?;
        Ok(Self { principal })
    }
}

/// A player with a valid access token. The gateway has verified it, and the
/// function verifies it again: neither relies on the other.
///
/// A token stays valid until it expires, whatever happens meanwhile. So whoever changes
/// something asks the database first whether the session has ended and whether the
/// player is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// Who.
    pub user_id: UserId,
    /// By which login.
    pub session_id: SessionId,
}

impl Caller for Player {
    type Gate = TokenVerifier;

    fn gate(settings: &Settings) -> Result<TokenVerifier, SettingError> {
        TokenVerifier::from_settings(settings)
    }

    fn identify(
        verifier: &TokenVerifier,
        sent: Credentials<'_>,
        now: OffsetDateTime,
    ) -> Result<Self, ApiError> {
        let token = sent
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(ApiError::Unauthorized)?;
        verifier.verify(token, now).ok_or(ApiError::Unauthorized)
    }
}
