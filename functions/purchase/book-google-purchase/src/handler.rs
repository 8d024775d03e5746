use serde::Deserialize;
use tenjo_domain::{PurchaseId, Store, TransactionId, check_store_product_id};
use tenjo_http::{ApiError, Call, Player, may_pay};
use tenjo_purchases::{
    AskError, Asked, GoogleSettings, PurchaseView, ROUTE_TAKES_S, ask_and_settle, decided,
};
use tenjo_store::pending::{self, Pending};

#[derive(Deserialize)]
pub(crate) struct GooglePurchaseRequest {
    product_id: String,
    purchase_token: String,
}

/// Asks Google for a purchase, and books it, once for ever.
///
/// # Errors
/// - `invalid_request` (400)
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `invalid_receipt` (422): Google knows no such purchase. Nothing is recorded.
/// - `purchase_of_another_player`, `purchase_refused`, `purchase_revoked` (409)
/// - `purchase_pending` (409): it is not paid yet. Nothing is recorded.
/// - `try_later` (503): Google does not answer. The reconciliation goes on.
pub(crate) async fn book_google_purchase(
    app: &GoogleSettings,
    call: Call<Player, GooglePurchaseRequest>,
) -> Result<PurchaseView, ApiError> {
    let (player, user_id, now) = (call.player(), call.user_id(), call.now());
    let transaction_id =
        TransactionId::new(call.body.purchase_token).map_err(ApiError::field("purchase_token"))?;
    let store_product_id = call.body.product_id;
    check_store_product_id(&store_product_id).map_err(ApiError::field("product_id"))?;
    let purchase_id = PurchaseId::derive(Store::Google, &transaction_id);
    let mut conn = app.db.acquire().await?;
    // First: who has logged out begins nothing.
    let may_change = may_pay(&mut conn, player).await?;
    if let Some(settled) = decided(&mut conn, purchase_id, user_id).await? {
        may_change?;
        return settled.try_into();
    }
    // From here on a kill loses nothing: the reconciliation finds what was begun, also
    // of a suspended player, who has paid.
    let begun = Pending {
        purchase_id,
        store: Store::Google,
        transaction_id,
        store_product_id,
        user_id: Some(user_id),
        is_told: false,
        signed_transaction: None,
    };
    pending::begin(&mut conn, &begun, ROUTE_TAKES_S).await?;
    may_change?;
    drop(conn);
    match ask_and_settle(app, &begun, Some(user_id), now).await {
        Ok(Asked::Settled(settled)) => settled.try_into(),
        Ok(Asked::Pending) => Err(ApiError::PurchasePending),
        Ok(Asked::Cancelled) => Err(ApiError::PurchaseRevoked),
        Ok(Asked::Unknown) => {
            Err(ApiError::InvalidReceipt("Google knows no such purchase of this app".to_owned()))
        }
        Err(AskError::Database(error)) => Err(error.into()),
        Err(AskError::Call(error)) => Err(ApiError::TryLater(error.into())),
    }
}
