use serde::Deserialize;
use tenjo_domain::{PurchaseId, SagaId, SourceId, Store, TransactionId, UserId};
use tenjo_operators::{ApiError, Call, Operator};
use tenjo_store::{
    Conn, Db, Limit, currency, history, lot, operator_log, pending, present, purchase, saga,
    session, user,
};

use crate::view::PlayerView;

/// By what to find a player: exactly one of these.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    player_id: Option<String>,
    user_id: Option<String>,
    saga_id: Option<String>,
    /// What an entry of a ledger names as its source.
    source_id: Option<String>,
    /// A store's name of a purchase: Apple's transaction id, Google's purchase token.
    transaction_id: Option<String>,
}

/// How many of each list are shown, newest first.
const LATEST: u32 = 50;

/// The player whom an operator looks for: profile, balances, lots of paid gems, purchases,
/// ledger, sagas with their timelines, draws with what proves them, presents, logins, and
/// the acts about them.
///
/// # Errors
/// - `unauthorized` (401): not let in by IAM
/// - `invalid_request` (400)
/// - `not_found` (404)
pub(crate) async fn show_player(
    db: &Db,
    call: Call<Operator, Wanted>,
) -> Result<PlayerView, ApiError> {
    let mut tx = db.begin().await?;
    let user_id = call.body.find(&mut tx).await?.ok_or(ApiError::NotFound("player"))?;
    let user = user::find(&mut tx, user_id).await?.ok_or(ApiError::NotFound("player"))?;
    // Who looked at whose data is a question that somebody may ask.
    tracing::info!(user.id = %user_id, principal = call.principal().as_str(), "shown");
    let limit = Limit::default();
    Ok(PlayerView {
        user: user.into(),
        currencies: views(currency::balances(&mut tx, user_id).await?),
        lots: views(lot::latest(&mut tx, user_id, LATEST).await?),
        revocations: views(lot::revocations(&mut tx, user_id, LATEST).await?),
        purchases: views(purchase::of_player(&mut tx, user_id, LATEST).await?),
        purchase_changes: views(purchase::changes_of_player(&mut tx, user_id, LATEST).await?),
        refused_purchases: views(purchase::refused_of_player(&mut tx, user_id, LATEST).await?),
        pending_purchases: views(pending::of_player(&mut tx, user_id, LATEST).await?),
        ledger: views(currency::ledger(&mut tx, user_id, None, limit).await?.rows),
        sagas: views(saga::latest(&mut tx, user_id, LATEST).await?),
        draws: views(history::list(&mut tx, user_id, None, limit).await?.rows),
        proofs: views(saga::provable(&mut tx, user_id, LATEST).await?),
        mailbox: views(present::mailbox(&mut tx, user_id, call.now(), None, limit).await?.rows),
        received: views(present::received(&mut tx, user_id, LATEST).await?),
        logins: views(session::list(&mut tx, user_id, LATEST).await?),
        acts: views(operator_log::about(&mut tx, user_id, LATEST).await?),
    })
}

/// What is shown of each.
fn views<T, V: From<T>>(rows: Vec<T>) -> Vec<V> {
    rows.into_iter().map(V::from).collect()
}

impl Wanted {
    async fn find(&self, conn: &mut Conn) -> Result<Option<UserId>, ApiError> {
        let one =
            (&self.player_id, &self.user_id, &self.saga_id, &self.source_id, &self.transaction_id);
        match one {
            (Some(id), None, None, None, None) => Ok(user::find_id(conn, id).await?),
            (None, Some(id), None, None, None) => {
                Ok(Some(id.parse().map_err(ApiError::field("user_id"))?))
            }
            (None, None, Some(id), None, None) => {
                let saga_id: SagaId = id.parse().map_err(ApiError::field("saga_id"))?;
                Ok(saga::find(conn, saga_id).await?.map(|record| record.saga.user_id))
            }
            (None, None, None, Some(id), None) => {
                let source_id: SourceId = id.parse().map_err(ApiError::field("source_id"))?;
                Ok(currency::find_user(conn, source_id).await?)
            }
            (None, None, None, None, Some(id)) => {
                let id = TransactionId::new(id).map_err(ApiError::field("transaction_id"))?;
                for store in [Store::Apple, Store::Google] {
                    let purchase_id = PurchaseId::derive(store, &id);
                    if let Some(user_id) = purchase::find_player(conn, purchase_id).await? {
                        return Ok(Some(user_id));
                    }
                }
                Ok(None)
            }
            _ => {
                let why = "give one of player_id, user_id, saga_id, source_id and transaction_id";
                Err(ApiError::InvalidRequest { field: None, reason: why.to_owned() })
            }
        }
    }
}
