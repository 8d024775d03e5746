use std::collections::BTreeMap;

use serde::Deserialize;
use tenjo_domain::{PurchaseId, SagaId, SourceId, Store, TransactionId, UserId};
use tenjo_operators::{ApiError, Call, Operator};
use tenjo_store::{Conn, Db, currency, purchase, saga, user};
use tenjo_views::CurrencyView;

use crate::found::{self, Sought};
use crate::lists::{List, Lists};
use crate::view::{ListsView, PlayerView};

/// By what to find a player: exactly one of these ids. And which rows of theirs to show.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    player_id: Option<String>,
    user_id: Option<String>,
    saga_id: Option<String>,
    /// What an entry of a ledger names as its source.
    source_id: Option<String>,
    /// A store's name of a purchase: Apple's transaction id, Google's purchase token.
    transaction_id: Option<String>,
    /// The older rows of one list instead of the newest of all: what an answer had in
    /// `older` under the name of the list.
    older: Option<String>,
}

/// The player whom an operator looks for: profile, balances, lots of paid gems, purchases,
/// ledger, sagas with their timelines, draws with what proves them, presents, logins, and
/// the acts about them. Of each list, the newest rows and a cursor to the older ones; and
/// what was looked for, however old it is.
///
/// # Errors
/// - `unauthorized` (401): not let in by IAM
/// - `invalid_request` (400)
/// - `not_found` (404)
pub(crate) async fn show_player(
    db: &Db,
    call: Call<Operator, Wanted>,
) -> Result<PlayerView, ApiError> {
    let older = call.body.older.as_deref();
    let older = older.map(|cursor| call.place::<List>("older", cursor)).transpose()?;
    let mut tx = db.begin().await?;
    let (user_id, sought) = call.body.find(&mut tx).await?.ok_or(ApiError::NotFound("player"))?;
    let user = user::find(&mut tx, user_id).await?.ok_or(ApiError::NotFound("player"))?;
    // Who looked at whose data is a question that somebody may ask.
    tracing::info!(user.id = %user_id, principal = call.principal().as_str(), "shown");
    let mut lists = Lists::default();
    let found = match older {
        Some(list) => {
            lists.read(&mut tx, user_id, call.now(), list).await?;
            ListsView::default()
        }
        None => {
            for list in List::all() {
                lists.read(&mut tx, user_id, call.now(), list).await?;
            }
            found::find(&mut tx, user_id, sought).await?
        }
    };
    let currencies = currency::balances(&mut tx, user_id).await?;
    let mut older = BTreeMap::new();
    for (name, list) in lists.older.0 {
        older.insert(name, call.cursor(&list)?);
    }
    Ok(PlayerView {
        user: user.into(),
        currencies: currencies.into_iter().map(CurrencyView::from).collect(),
        found,
        lists: lists.view,
        older,
    })
}

impl Wanted {
    /// Whose what was looked for is, and what that is.
    async fn find(&self, conn: &mut Conn) -> Result<Option<(UserId, Sought)>, ApiError> {
        let one =
            (&self.player_id, &self.user_id, &self.saga_id, &self.source_id, &self.transaction_id);
        let (user_id, sought) = match one {
            (Some(id), None, None, None, None) => (user::find_id(conn, id).await?, Sought::Account),
            (None, Some(id), None, None, None) => {
                let user_id: UserId = id.parse().map_err(ApiError::field("user_id"))?;
                (Some(user_id), Sought::Account)
            }
            (None, None, Some(id), None, None) => {
                let saga_id: SagaId = id.parse().map_err(ApiError::field("saga_id"))?;
                let record = saga::find(conn, saga_id).await?;
                (record.map(|record| record.saga.user_id), Sought::Saga(saga_id))
            }
            (None, None, None, Some(id), None) => {
                let source_id: SourceId = id.parse().map_err(ApiError::field("source_id"))?;
                (currency::find_user(conn, source_id).await?, Sought::Source(source_id))
            }
            (None, None, None, None, Some(id)) => {
                let id = TransactionId::new(id).map_err(ApiError::field("transaction_id"))?;
                for store in [Store::Apple, Store::Google] {
                    let purchase_id = PurchaseId::derive(store, &id);
                    if let Some(user_id) = purchase::find_player(conn, purchase_id).await? {
                        return Ok(Some((user_id, Sought::Purchase(purchase_id))));
                    }
                }
                return Ok(None);
            }
            _ => {
                let why = "give one of player_id, user_id, saga_id, source_id and transaction_id";
                return Err(ApiError::InvalidRequest { field: None, reason: why.to_owned() });
            }
        };
        Ok(user_id.map(|user_id| (user_id, sought)))
    }
}
