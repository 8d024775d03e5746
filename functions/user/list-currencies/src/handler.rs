use serde::Serialize;
use tenjo_http::{ApiError, Call, Player, Reply, active_user};
use tenjo_store::{Db, currency};
use tenjo_views::CurrencyView;

#[derive(Serialize)]
pub(crate) struct CurrenciesView {
    currencies: Vec<CurrencyView>,
}

impl Reply for CurrenciesView {}

/// The caller's balance in each currency.
///
/// # Errors
/// - `user_suspended` (403)
pub(crate) async fn list_currencies(
    db: &Db,
    call: Call<Player>,
) -> Result<CurrenciesView, ApiError> {
    let mut conn = db.acquire().await?;
    active_user(&mut conn, call.user_id()).await?;
    let balances = currency::balances(&mut conn, call.user_id()).await?;
    Ok(CurrenciesView { currencies: balances.into_iter().map(CurrencyView::from).collect() })
}
