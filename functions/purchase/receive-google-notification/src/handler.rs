use tenjo_http::{Anyone, ApiError, Call};
use tenjo_purchases::{NotificationView, receive_google};
use tenjo_store::Db;
use tenjo_stores::google::{PublisherKeys, Push, PushError};

use crate::request::PushRequest;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) keys: PublisherKeys,
    /// The app whose notifications these are.
    pub(crate) package_name: String,
}

/// Takes what Google tells through Pub/Sub: a voided purchase takes gems back, and one
/// that no client sends is booked soon.
///
/// # Errors
/// - `invalid_request` (400)
/// - `unauthorized` (401): no token of the account that pushes
/// - `invalid_receipt` (422): not a notification of this app. Nothing is recorded.
/// - `try_later` (503): Google's keys cannot be had
pub(crate) async fn receive_google_notification(
    app: &App,
    call: Call<Anyone, PushRequest>,
) -> Result<NotificationView, ApiError> {
    let token = call.bearer().ok_or(ApiError::Unauthorized)?;
    app.keys.check(token, call.now()).await.map_err(refused)?;
    let PushRequest { data, message_id } = &call.body;
    let push = Push::read(data, message_id, &app.package_name).map_err(refused)?;
    let mut tx = app.db.begin().await?;
    receive_google(&mut tx, &push).await?;
    tx.commit().await?;
    Ok(NotificationView::RECEIVED)
}

fn refused(error: PushError) -> ApiError {
    match error {
        PushError::Stranger => ApiError::Unauthorized,
        PushError::NotOurs => ApiError::InvalidReceipt(error.to_string()),
        PushError::Call(error) => ApiError::TryLater(error.into()),
    }
}
