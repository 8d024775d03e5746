use serde::Deserialize;
use tenjo_http::{Anyone, ApiError, Call};
use tenjo_purchases::{NotificationView, receive_apple};
use tenjo_store::Db;
use tenjo_stores::apple::AppleVerifier;

/// Far above what Apple signs for one notification.
const MAX_SIGNED: usize = 49_152;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) apple: AppleVerifier,
}

#[derive(Deserialize)]
pub(crate) struct AppleNotificationRequest {
    #[serde(rename = "signedPayload")]
    signed_payload: String,
}

/// Takes what Apple tells: a refund takes gems back, a reversed refund gives them again,
/// and a purchase that no client sends is booked soon. Apple's signature says that it is
/// Apple, so there is no other login.
///
/// # Errors
/// - `invalid_request` (400)
/// - `invalid_receipt` (422): not Apple's, or not of this app. Nothing is recorded.
pub(crate) async fn receive_apple_notification(
    app: &App,
    call: Call<Anyone, AppleNotificationRequest>,
) -> Result<NotificationView, ApiError> {
    let signed = &call.body.signed_payload;
    if signed.is_empty() || signed.chars().count() > MAX_SIGNED {
        return Err(ApiError::invalid("signedPayload", "must have 1 to 49152 characters"));
    }
    let notification = app
        .apple
        .notification(signed, call.now())
        .map_err(|error| ApiError::InvalidReceipt(error.to_string()))?;
    let mut tx = app.db.begin().await?;
    receive_apple(&mut tx, &notification).await?;
    tx.commit().await?;
    Ok(NotificationView::RECEIVED)
}
