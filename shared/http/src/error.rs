//! Every error that a client can get, and how it is written, in one place.

use std::error::Error;

use http::StatusCode;
use tenjo_domain::Invalid;
use time::OffsetDateTime;

/// What went wrong, for the client to know.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request cannot be served as it is.
    #[error("{}{reason}", field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default())]
    InvalidRequest {
        /// Which field is to blame, if one is.
        field: Option<String>,
        /// Why, in words that a client's developer understands.
        reason: String,
    },
    /// No valid token, or not through the gateway. The answer does not say which.
    #[error("a valid token is required")]
    Unauthorized,
    /// The device has a player, and its secret is missing or another one.
    #[error("this device logs in with its secret, which is missing or wrong")]
    DeviceSecretRequired,
    /// The player plays on another device now.
    #[error("this account was moved to another device")]
    AccountTransferred,
    /// The player ended this device from another one.
    #[error("this device was removed from the account")]
    DeviceRemoved,
    /// The device must be attested before it gets an account, by an answer to this challenge.
    #[error("a new device must be attested here: answer the challenge")]
    AttestationRequired(String),
    /// What is to attest the device is not believed.
    #[error("this attestation is not believed: {0}")]
    AttestationInvalid(String),
    /// No valid code, or another password. The answer does not say which.
    #[error("no valid transfer code has this password")]
    TransferRefused,
    /// An access token alone is not enough, and what was sent is not the refresh token of its
    /// session.
    #[error("this needs the session's refresh token, and the one that was sent is not it")]
    RefreshTokenRequired,
    /// The player is suspended.
    #[error("this player is suspended")]
    UserSuspended,
    /// The account is to be deleted, and a login did not say that the player keeps it.
    #[error("this account is deleted on {}; log in with deletion set to cancel to keep it", .0.date())]
    UserDeleting(OffsetDateTime),
    /// The client is older than the least version that an operator set.
    #[error("this version of the client is not served any more; update it")]
    ClientOutdated,
    /// There is no such thing, or it is not the caller's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// More in a window of time than one player, or one network, may do.
    #[error("too many requests of this kind; wait, and send it again")]
    TooManyRequests {
        /// When the window is over, in seconds from now.
        retry_after_s: u16,
    },
    /// Too few gems; nothing was taken.
    #[error("too few gems; nothing was taken")]
    InsufficientCurrency,
    /// The price takes paid gems, and the player owes some; nothing was taken.
    #[error("paid gems are owed for a purchase that was taken back; nothing was taken")]
    PaidGemsOwed,
    /// Too few exchange points; nothing was taken.
    #[error("too few points; nothing was taken")]
    InsufficientPoints,
    /// The player would draw more than a day, or the pool, allows.
    #[error("this is more than the limits of the pool allow; nothing was taken")]
    LimitReached,
    /// The last step was bought, or too few copies are left in the box.
    #[error("this is sold out for you; nothing was taken")]
    SoldOut,
    /// What the player was shown, or quoted, no longer holds.
    #[error("the price has changed; read the pool again; nothing was taken")]
    PriceChanged,
    /// The pool is sold by other rules than the player was shown.
    #[error("the rules of the pool have changed; read it again; nothing was taken")]
    RevisionChanged,
    /// Another purchase took the draw number that this one was to have.
    #[error("the next draw number has changed; read it again; nothing was taken")]
    DrawNumberChanged,
    /// Another draw on this pity counter is not finished.
    #[error("another draw of this player is still running; wait for it")]
    DrawInProgress,
    /// The player changed their client seed too often today.
    #[error("the client seed was changed 10 times today; it can be changed again after 00:00 UTC")]
    SeedChangedTooOften,
    /// The device that a player is moved to has a player already.
    #[error("this device has a player already; say that it may be replaced")]
    DeviceHasPlayer,
    /// It was changed since it was read.
    #[error("it was changed since you read it; read it again")]
    VersionConflict,
    /// The same request is being served at this moment.
    #[error("a request with this Idempotency-Key is still running; send it again soon")]
    RequestInProgress,
    /// The key belongs to a request that asked for something else.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    IdempotencyKeyReused,
    /// A draw failed for good, and its cost was given back. The same request
    /// again finds the same failed draw.
    #[error("the draw failed and cost nothing; draw again with a new Idempotency-Key")]
    DrawFailed,
    /// What claims to be a store's receipt or notification is not believed.
    #[error("this is not a receipt of the store: {0}")]
    InvalidReceipt(String),
    /// A receipt that is good, of somebody else.
    #[error("this purchase belongs to another player")]
    PurchaseOfAnotherPlayer,
    /// The game gives no gems for a good receipt, now and for ever.
    #[error("this purchase was refused: {0}")]
    PurchaseRefused(&'static str),
    /// The store took it back.
    #[error("the store has taken this purchase back")]
    PurchaseRevoked,
    /// The store has not got the money yet.
    #[error("this purchase is not paid yet; the gems come when it is")]
    PurchasePending,
    /// What claims to be somebody's identity is not believed.
    #[error("this identity token is not believed: {0}")]
    InvalidIdentityToken(String),
    /// The account elsewhere is another player's.
    #[error("this account is another player's; log in as that player, or keep this one")]
    LinkTaken,
    /// The player has another account of this provider.
    #[error("another account of this provider is linked; unlink it first")]
    LinkExists,
    /// Without it the player could not log in any more.
    #[error("without it there is no way to log in; link another account first")]
    LastWayIn,
    /// The player has said another month before.
    #[error("the month of birth was given before, and cannot be changed here")]
    BirthMonthSet,
    /// Players are kept out for a while.
    #[error("the game is closed for maintenance")]
    Maintenance {
        /// When to ask again, in seconds from now.
        retry_after_s: u16,
    },
    /// Something that we need is unavailable or busy at the moment.
    #[error("something is busy; try again with the same request")]
    TryLater(#[source] Box<dyn Error + Send + Sync>),
    /// Our bug.
    #[error("something went wrong on our side")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

/// Seconds after which a client should try again what is only busy.
const RETRY_AFTER_S: u16 = 1;

impl ApiError {
    /// A field that a rule refused.
    pub fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::InvalidRequest { field: Some(field.to_owned()), reason: reason.into() }
    }

    /// For `map_err`: a field that the domain refused.
    pub fn field(field: &str) -> impl FnOnce(Invalid) -> Self {
        move |invalid| Self::invalid(field, invalid.0)
    }

    /// Too many in a calendar window of `window_s` seconds, of which `now` is a time.
    #[must_use]
    pub fn too_many(now: OffsetDateTime, window_s: u16) -> Self {
        let window = i64::from(window_s.max(1));
        let left = window - now.unix_timestamp().rem_euclid(window);
        Self::TooManyRequests { retry_after_s: left.try_into().unwrap_or(window_s) }
    }

    /// Our bug, from any error.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// The status and the code. Codes are part of the API and stay; wording may change.
    pub(crate) const fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            // No `_` arm: a new variant must choose.
            Self::InvalidRequest { .. } => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::DeviceSecretRequired => (StatusCode::UNAUTHORIZED, "device_secret_required"),
            Self::AccountTransferred => (StatusCode::UNAUTHORIZED, "account_transferred"),
            Self::DeviceRemoved => (StatusCode::UNAUTHORIZED, "device_removed"),
            Self::AttestationRequired(_) => (StatusCode::UNAUTHORIZED, "attestation_required"),
            Self::AttestationInvalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "attestation_invalid")
            }
            Self::TransferRefused => (StatusCode::UNAUTHORIZED, "transfer_refused"),
            Self::RefreshTokenRequired => (StatusCode::FORBIDDEN, "refresh_token_required"),
            Self::UserSuspended => (StatusCode::FORBIDDEN, "user_suspended"),
            Self::UserDeleting(_) => (StatusCode::FORBIDDEN, "user_deleting"),
            Self::ClientOutdated => (StatusCode::FORBIDDEN, "client_outdated"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::InsufficientCurrency => (StatusCode::CONFLICT, "insufficient_currency"),
            Self::PaidGemsOwed => (StatusCode::CONFLICT, "paid_gems_owed"),
            Self::InsufficientPoints => (StatusCode::CONFLICT, "insufficient_points"),
            Self::LimitReached => (StatusCode::CONFLICT, "limit_reached"),
            Self::SoldOut => (StatusCode::CONFLICT, "sold_out"),
            Self::PriceChanged => (StatusCode::CONFLICT, "price_changed"),
            Self::RevisionChanged => (StatusCode::CONFLICT, "revision_changed"),
            Self::DrawNumberChanged => (StatusCode::CONFLICT, "draw_number_changed"),
            Self::DrawInProgress => (StatusCode::CONFLICT, "draw_in_progress"),
            Self::SeedChangedTooOften => (StatusCode::CONFLICT, "client_seed_changed_too_often"),
            Self::DeviceHasPlayer => (StatusCode::CONFLICT, "device_has_player"),
            Self::VersionConflict => (StatusCode::CONFLICT, "version_conflict"),
            Self::RequestInProgress => (StatusCode::CONFLICT, "request_in_progress"),
            Self::IdempotencyKeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
            }
            Self::InvalidReceipt(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_receipt"),
            Self::PurchaseOfAnotherPlayer => (StatusCode::CONFLICT, "purchase_of_another_player"),
            Self::PurchaseRefused(_) => (StatusCode::CONFLICT, "purchase_refused"),
            Self::PurchaseRevoked => (StatusCode::CONFLICT, "purchase_revoked"),
            Self::PurchasePending => (StatusCode::CONFLICT, "purchase_pending"),
            Self::InvalidIdentityToken(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_identity_token")
            }
            Self::LinkTaken => (StatusCode::CONFLICT, "link_taken"),
            Self::LinkExists => (StatusCode::CONFLICT, "link_exists"),
            Self::LastWayIn => (StatusCode::CONFLICT, "last_way_in"),
            Self::BirthMonthSet => (StatusCode::CONFLICT, "birth_month_set"),
            Self::DrawFailed => (StatusCode::SERVICE_UNAVAILABLE, "draw_failed"),
            Self::Maintenance { .. } => (StatusCode::SERVICE_UNAVAILABLE, "maintenance"),
            Self::TryLater(_) => (StatusCode::SERVICE_UNAVAILABLE, "try_later"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The field to blame, if one is.
    pub(crate) fn blamed(&self) -> Option<&str> {
        match self {
            Self::InvalidRequest { field, .. } => field.as_deref(),
            _ => None,
        }
    }

    /// What the player can choose now, in words for a client, where it is not plain.
    pub(crate) const fn choices(&self) -> &'static [&'static str] {
        match self {
            Self::UserDeleting(_) => &["keep_account"],
            Self::LinkTaken => &["log_in", "keep_player"],
            _ => &[],
        }
    }

    /// What the client has to answer, if that is missing.
    pub(crate) fn challenge(&self) -> Option<&str> {
        match self {
            Self::AttestationRequired(challenge) => Some(challenge),
            _ => None,
        }
    }

    /// The value of `Retry-After`, where the same request again can help. It
    /// never can after `draw_failed`: that needs a new key.
    pub(crate) const fn retry_after_s(&self) -> Option<u16> {
        match self {
            Self::TryLater(_) | Self::RequestInProgress => Some(RETRY_AFTER_S),
            Self::TooManyRequests { retry_after_s } | Self::Maintenance { retry_after_s } => {
                Some(*retry_after_s)
            }
            _ => None,
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        match tenjo_store::kind(&error) {
            tenjo_store::Kind::Transient => Self::TryLater(error.into()),
            tenjo_store::Kind::BrokenInvariant | tenjo_store::Kind::Permanent => {
                Self::Internal(error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_may_be_sent_again_says_when() {
        for (error, retry_after) in [
            (ApiError::TryLater("busy".into()), Some(1)),
            (ApiError::RequestInProgress, Some(1)),
            (sqlx::Error::PoolTimedOut.into(), Some(1)),
            (ApiError::too_many(datetime!(2026-04-01 12:00 UTC), 60), Some(60)),
            (ApiError::too_many(datetime!(2026-04-01 12:00:59.9 UTC), 60), Some(1)),
            (ApiError::too_many(datetime!(2026-04-01 12:15 UTC), 3600), Some(2700)),
            (ApiError::Maintenance { retry_after_s: 900 }, Some(900)),
            (ApiError::ClientOutdated, None),
            (ApiError::DrawFailed, None),
            (ApiError::DrawInProgress, None),
            (ApiError::Internal("a bug".into()), None),
        ] {
            assert_eq!(error.retry_after_s(), retry_after, "{error}");
        }
    }
}
