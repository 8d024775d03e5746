use serde::Deserialize;
use tenjo_domain::PurchaseId;
use tenjo_http::{ApiError, Call, HasDb, Player, may_pay};
use tenjo_purchases::{PurchaseRegister, PurchaseView, ROUTE_TAKES_S, Settled, decided};
use tenjo_store::Db;
use tenjo_store::pending::{self, Pending};
use tenjo_stores::apple::AppleVerifier;

/// Far above what Apple signs for one transaction.
const MAX_SIGNED: usize = 16_384;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) register: PurchaseRegister,
    pub(crate) apple: AppleVerifier,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct ApplePurchaseRequest {
    signed_transaction: String,
}

/// Books a transaction that Apple signed, once for ever.
///
/// # Errors
/// - `invalid_request` (400)
/// - `unauthorized` (401): the session has ended
/// - `user_suspended` (403)
/// - `invalid_receipt` (422): not Apple's, or not of this app. Nothing is recorded.
/// - `purchase_of_another_player`, `purchase_refused`, `purchase_revoked` (409)
pub(crate) async fn book_apple_purchase(
    app: &App,
    call: Call<Player, ApplePurchaseRequest>,
) -> Result<PurchaseView, ApiError> {
    let (player, user_id, now) = (call.player(), call.user_id(), call.now());
    let signed = call.body.signed_transaction;
    if signed.is_empty() || signed.chars().count() > MAX_SIGNED {
        return Err(ApiError::invalid("signed_transaction", "must have 1 to 16384 characters"));
    }
    let mut conn = app.db.acquire().await?;
    // First: who has logged out begins nothing.
    let may_change = may_pay(&mut conn, player).await?;
    let transaction = match app.apple.transaction(&signed, now) {
        Ok(transaction) => transaction,
        Err(error) => {
            may_change?;
            return Err(ApiError::InvalidReceipt(error.to_string()));
        }
    };
    let purchase_id = PurchaseId::derive(transaction.store, &transaction.transaction_id);
    if let Some(settled) = decided(&mut conn, purchase_id, user_id).await? {
        may_change?;
        return settled.try_into();
    }
    // From here on a kill loses nothing: the reconciliation finds what was begun, also
    // of a suspended player, who has paid.
    let begun = Pending {
        purchase_id,
        store: transaction.store,
        transaction_id: transaction.transaction_id.clone(),
        store_product_id: transaction.store_product_id.clone(),
        user_id: Some(user_id),
        is_told: false,
        signed_transaction: Some(signed),
    };
    pending::begin(&mut conn, &begun, ROUTE_TAKES_S).await?;
    may_change?;
    drop(conn);
    let mut tx = app.db.begin().await?;
    let settled = app.register.settle(&mut tx, &transaction, Some(user_id)).await?;
    // What a stranger sends may still be booked for its owner.
    if settled != Settled::OfAnother {
        pending::finish(&mut tx, purchase_id).await?;
    }
    tx.commit().await?;
    settled.try_into()
}
