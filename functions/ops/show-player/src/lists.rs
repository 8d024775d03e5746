//! A player's lists: the newest rows of each, and older ones after a place.

use serde::{Deserialize, Serialize};
use tenjo_domain::{ActId, EntryId, PresentId, PurchaseId, SagaId, SessionId, UserId};
use tenjo_operators::{ApiError, PlaceTime};
use tenjo_store::currency::LedgerPlace;
use tenjo_store::history::HistoryPlace;
use tenjo_store::present::PresentPlace;
use tenjo_store::session::SessionPlace;
use tenjo_store::{
    Conn, Limit, Page, currency, history, lot, operator_log, pending, present, purchase, saga,
    session,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::view::ListsView;

/// A list, and the place in it after which a page begins; none for its newest rows.
///
/// A cursor has it, so the names of the lists are those of the answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum List {
    Lots(Option<u64>),
    Revocations(Option<(u64, u32)>),
    Purchases(Option<Moment>),
    PurchaseChanges(Option<(PlaceTime, Uuid, u32)>),
    RefusedPurchases(Option<Moment>),
    PendingPurchases(Option<Moment>),
    Ledger(Option<(PlaceTime, String, u64)>),
    Sagas(Option<Moment>),
    Draws(Option<(PlaceTime, Uuid, u32)>),
    Proofs(Option<u64>),
    Mailbox(Option<Moment>),
    Received(Option<Moment>),
    Logins(Option<Moment>),
    Acts(Option<Moment>),
}

/// When something happened, and what tells it from others of the same time.
type Moment = (PlaceTime, Uuid);

impl List {
    /// Each of them, from its newest row on.
    pub(crate) const fn all() -> [Self; 14] {
        [
            Self::Lots(None),
            Self::Revocations(None),
            Self::Purchases(None),
            Self::PurchaseChanges(None),
            Self::RefusedPurchases(None),
            Self::PendingPurchases(None),
            Self::Ledger(None),
            Self::Sagas(None),
            Self::Draws(None),
            Self::Proofs(None),
            Self::Mailbox(None),
            Self::Received(None),
            Self::Logins(None),
            Self::Acts(None),
        ]
    }
}

/// What was read of a player's lists.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) view: ListsView,
    pub(crate) older: Older,
}

/// The lists that go on, each with the place of the last row that was read.
#[derive(Default)]
pub(crate) struct Older(pub(crate) Vec<(&'static str, List)>);

impl Older {
    /// The rows of a page, as they are shown.
    fn take<T, V: From<T>>(
        &mut self,
        name: &'static str,
        page: Page<T>,
        place: impl FnOnce(&T) -> List,
    ) -> Option<Vec<V>> {
        if let Some(last) = page.last_before_more() {
            self.0.push((name, place(last)));
        }
        Some(page.rows.into_iter().map(V::from).collect())
    }
}

impl Lists {
    /// Reads a page of a list.
    pub(crate) async fn read(
        &mut self,
        conn: &mut Conn,
        user_id: UserId,
        now: OffsetDateTime,
        list: List,
    ) -> Result<(), ApiError> {
        let limit = Limit::default();
        let Self { view, older } = self;
        match list {
            List::Lots(after) => {
                let page = lot::latest(conn, user_id, after, limit).await?;
                view.lots = older.take("lots", page, |it| List::Lots(Some(it.lot_number.get())));
            }
            List::Revocations(after) => {
                let page = lot::revocations(conn, user_id, after, limit).await?;
                view.revocations = older.take("revocations", page, |it| {
                    List::Revocations(Some((it.lot_number.get(), it.number)))
                });
            }
            List::Purchases(after) => {
                let after = place(after, PurchaseId);
                let page = purchase::of_player(conn, user_id, None, after, limit).await?;
                view.purchases = older.take("purchases", page, |it| {
                    List::Purchases(moment(it.booking.purchased_at, it.booking.purchase_id.0))
                });
            }
            List::PurchaseChanges(after) => {
                let after = after.map(|(at, id, number)| (at.0, PurchaseId(id), number));
                let page = purchase::changes_of_player(conn, user_id, None, after, limit).await?;
                view.purchase_changes = older.take("purchase_changes", page, |(it, at)| {
                    List::PurchaseChanges(Some((PlaceTime(*at), it.purchase_id.0, it.number)))
                });
            }
            List::RefusedPurchases(after) => {
                let after = place(after, PurchaseId);
                let page = purchase::refused_of_player(conn, user_id, None, after, limit).await?;
                view.refused_purchases = older.take("refused_purchases", page, |it| {
                    List::RefusedPurchases(moment(it.refused_at, it.purchase_id.0))
                });
            }
            List::PendingPurchases(after) => {
                let after = place(after, PurchaseId);
                let page = pending::of_player(conn, user_id, None, after, limit).await?;
                view.pending_purchases = older.take("pending_purchases", page, |it| {
                    List::PendingPurchases(moment(it.created_at, it.purchase_id.0))
                });
            }
            List::Ledger(after) => {
                let after = after.map(ledger_place).transpose()?;
                let page = currency::ledger(conn, user_id, after, limit).await?;
                view.ledger = older.take("ledger", page, |it| {
                    let currency_type = it.currency_type.to_string();
                    List::Ledger(Some((PlaceTime(it.created_at), currency_type, it.entry_id.get())))
                });
            }
            List::Sagas(after) => {
                let page = saga::latest(conn, user_id, place(after, SagaId), limit).await?;
                view.sagas = older.take("sagas", page, |it| {
                    List::Sagas(moment(it.created_at, it.saga.saga_id.0))
                });
            }
            List::Draws(after) => {
                let after = after.map(|(at, id, draw_index)| HistoryPlace {
                    drawn_at: at.0,
                    saga_id: SagaId(id),
                    draw_index,
                });
                let page = history::list(conn, user_id, after, limit).await?;
                view.draws = older.take("draws", page, |it| {
                    List::Draws(Some((PlaceTime(it.drawn_at), it.saga_id.0, it.draw_index)))
                });
            }
            List::Proofs(after) => {
                let page = saga::provable(conn, user_id, after, limit).await?;
                view.proofs =
                    older.take("proofs", page, |it| List::Proofs(Some(it.draw.number.get())));
            }
            List::Mailbox(after) => {
                let after = place(after, PresentId)
                    .map(|(ends_at, present_id)| PresentPlace { ends_at, present_id });
                let page = present::mailbox(conn, user_id, now, after, limit).await?;
                view.mailbox = older.take("mailbox", page, |it| {
                    List::Mailbox(moment(it.present.parts().ends_at, it.present_id.0))
                });
            }
            List::Received(after) => {
                let page = present::received(conn, user_id, place(after, PresentId), limit).await?;
                view.received = older.take("received", page, |it| {
                    let present_id = it.mailed.present_id.0;
                    List::Received(it.received_at.map(|at| (PlaceTime(at), present_id)))
                });
            }
            List::Logins(after) => {
                let after = place(after, SessionId)
                    .map(|(began_at, session_id)| SessionPlace { began_at, session_id });
                let page = session::list(conn, user_id, after, limit).await?;
                view.logins = older
                    .take("logins", page, |it| List::Logins(moment(it.began_at, it.session_id.0)));
            }
            List::Acts(after) => {
                let page = operator_log::about(conn, user_id, place(after, ActId), limit).await?;
                view.acts = older
                    .take("acts", page, |it| List::Acts(moment(it.created_at, it.entry.act_id.0)));
            }
        }
        Ok(())
    }
}

/// A place as the store has it.
fn place<I>(after: Option<Moment>, id: fn(Uuid) -> I) -> Option<(OffsetDateTime, I)> {
    after.map(|(at, uuid)| (at.0, id(uuid)))
}

/// A place as a cursor has it.
fn moment(at: OffsetDateTime, id: Uuid) -> Option<Moment> {
    Some((PlaceTime(at), id))
}

fn ledger_place(
    (at, currency_type, entry_id): (PlaceTime, String, u64),
) -> Result<LedgerPlace, ApiError> {
    Ok(LedgerPlace {
        created_at: at.0,
        currency_type: currency_type.parse().map_err(ApiError::field("older"))?,
        entry_id: EntryId::new(entry_id).map_err(ApiError::field("older"))?,
    })
}
