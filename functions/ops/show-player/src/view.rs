//! What an operator sees of a player.

use std::collections::BTreeMap;

use serde::Serialize;
use tenjo_domain::SagaStatus;
use tenjo_operators::Reply;
use tenjo_store::history::History;
use tenjo_store::lot::{StoredLot, StoredRevocation};
use tenjo_store::pending::Waiting;
use tenjo_store::present::{MailedPresent, OwnPresent};
use tenjo_store::purchase::{BookingChange, OwnPurchase, RefusedPurchase};
use tenjo_store::saga::ProvableDraw;
use tenjo_store::session::Login;
use tenjo_store::user::User;
use tenjo_views::{ActView, CurrencyView, LedgerEntryView, SagaStoryView};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct PlayerView {
    pub(crate) user: UserView,
    pub(crate) currencies: Vec<CurrencyView>,
    /// The rows that the search named, however old they are; none if it named the player.
    pub(crate) found: ListsView,
    #[serde(flatten)]
    pub(crate) lists: ListsView,
    /// What to ask for as `older` to see the rows that follow, for each list that goes on.
    pub(crate) older: BTreeMap<&'static str, String>,
}

impl Reply for PlayerView {}

/// Rows of a player's lists, newest first; a list that was not read is left out. The
/// mailbox alone begins with what ends first.
#[derive(Default, Serialize)]
pub(crate) struct ListsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lots: Option<Vec<LotView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revocations: Option<Vec<RevocationView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purchases: Option<Vec<PurchaseView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purchase_changes: Option<Vec<PurchaseChangeView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused_purchases: Option<Vec<RefusedPurchaseView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending_purchases: Option<Vec<PendingPurchaseView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ledger: Option<Vec<LedgerEntryView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sagas: Option<Vec<SagaStoryView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) draws: Option<Vec<DrawView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proofs: Option<Vec<ProofView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mailbox: Option<Vec<PresentView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received: Option<Vec<PresentView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logins: Option<Vec<LoginView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acts: Option<Vec<ActView>>,
}

#[derive(Serialize)]
pub(crate) struct UserView {
    user_id: Uuid,
    player_id: String,
    display_name: String,
    is_guest: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    suspended_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    suspended_until: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            user_id: user.user_id.0,
            player_id: user.player_id,
            display_name: user.display_name,
            is_guest: user.is_guest,
            suspended_at: user.suspension.map(|it| it.since),
            suspended_until: user.suspension.and_then(|it| it.until),
            created_at: user.created_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct LotView {
    lot_number: u64,
    source_id: Uuid,
    origin: &'static str,
    granted: u64,
    remaining: u64,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    is_taken_back: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<StoredLot> for LotView {
    fn from(lot: StoredLot) -> Self {
        Self {
            lot_number: lot.lot_number.get(),
            source_id: lot.source_id.0,
            origin: lot.origin.as_str(),
            granted: lot.granted.amount(),
            remaining: lot.remaining.amount(),
            expires_at: lot.expires_at,
            is_taken_back: lot.is_taken_back,
            created_at: lot.created_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct RevocationView {
    lot_number: u64,
    revocation_number: u32,
    taken: u64,
    owed: u64,
    #[serde(with = "time::serde::rfc3339")]
    revoked_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    restored_at: Option<OffsetDateTime>,
}

impl From<StoredRevocation> for RevocationView {
    fn from(revocation: StoredRevocation) -> Self {
        let StoredRevocation { lot_number, number, taken, owed, revoked_at, restored_at } =
            revocation;
        Self {
            lot_number: lot_number.get(),
            revocation_number: number,
            taken: taken.amount(),
            owed: owed.amount(),
            revoked_at,
            restored_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct PurchaseView {
    purchase_id: Uuid,
    store: &'static str,
    transaction_id: String,
    order_id: String,
    status: &'static str,
    product_id: String,
    currency: String,
    price_micros: u64,
    paid_gems: u64,
    bonus_free_gems: u64,
    /// How often its gems were taken back or given again.
    change_count: u32,
    #[serde(with = "time::serde::rfc3339::option")]
    store_changed_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    purchased_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    booked_at: OffsetDateTime,
    /// The act of an operator that booked it, if one did.
    act_id: Option<Uuid>,
}

impl From<OwnPurchase> for PurchaseView {
    fn from(own: OwnPurchase) -> Self {
        let OwnPurchase { booking, transaction_id, status, change_count, changed_at, booked_at } =
            own;
        Self {
            purchase_id: booking.purchase_id.0,
            store: booking.store.as_str(),
            transaction_id,
            order_id: booking.order_id,
            status: status.as_str(),
            product_id: booking.product_id.to_string(),
            currency: booking.price.currency.to_string(),
            price_micros: booking.price.amount.get(),
            paid_gems: booking.paid_gems.amount(),
            bonus_free_gems: booking.bonus_free_gems.amount(),
            change_count,
            store_changed_at: changed_at,
            purchased_at: booking.purchased_at,
            booked_at,
            act_id: booking.act_id.map(|act_id| act_id.0),
        }
    }
}

/// What was taken back or given again of a booked purchase.
#[derive(Serialize)]
pub(crate) struct PurchaseChangeView {
    purchase_id: Uuid,
    number: u32,
    change: &'static str,
    /// What of the bonus was taken or given.
    free_gems: u64,
    /// When the store did it.
    #[serde(with = "time::serde::rfc3339")]
    store_at: OffsetDateTime,
    /// When it was done here.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// The act of an operator that did it, if one did.
    act_id: Option<Uuid>,
}

impl From<(BookingChange, OffsetDateTime)> for PurchaseChangeView {
    fn from((change, created_at): (BookingChange, OffsetDateTime)) -> Self {
        Self {
            purchase_id: change.purchase_id.0,
            number: change.number,
            change: change.change.as_str(),
            free_gems: change.free_gems.amount(),
            store_at: change.store_at,
            created_at,
            act_id: change.act_id.map(|act_id| act_id.0),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct RefusedPurchaseView {
    purchase_id: Uuid,
    store: &'static str,
    transaction_id: String,
    order_id: String,
    reason: &'static str,
    status: &'static str,
    #[serde(with = "time::serde::rfc3339::option")]
    store_changed_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    refused_at: OffsetDateTime,
}

impl From<RefusedPurchase> for RefusedPurchaseView {
    fn from(refused: RefusedPurchase) -> Self {
        Self {
            purchase_id: refused.purchase_id.0,
            store: refused.store.as_str(),
            transaction_id: refused.transaction_id,
            order_id: refused.order_id,
            reason: refused.reason.as_str(),
            status: refused.status.as_str(),
            store_changed_at: refused.changed_at,
            refused_at: refused.refused_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct PendingPurchaseView {
    purchase_id: Uuid,
    store: &'static str,
    transaction_id: String,
    store_product_id: String,
    step: String,
    attempt_count: u32,
    #[serde(with = "time::serde::rfc3339")]
    next_attempt_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<Waiting> for PendingPurchaseView {
    fn from(waiting: Waiting) -> Self {
        Self {
            purchase_id: waiting.purchase_id.0,
            store: waiting.store.as_str(),
            transaction_id: waiting.transaction_id,
            store_product_id: waiting.store_product_id,
            step: waiting.step,
            attempt_count: waiting.attempt_count,
            next_attempt_at: waiting.next_attempt_at,
            created_at: waiting.created_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct DrawView {
    saga_id: Uuid,
    draw_index: u32,
    pool_id: String,
    item_master_id: String,
    rarity: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    drawn_at: OffsetDateTime,
}

impl From<History> for DrawView {
    fn from(drawn: History) -> Self {
        Self {
            saga_id: drawn.saga_id.0,
            draw_index: drawn.draw_index,
            pool_id: drawn.pool_id.to_string(),
            item_master_id: drawn.item_master_id.to_string(),
            rarity: drawn.rarity.as_str(),
            drawn_at: drawn.drawn_at,
        }
    }
}

/// What an operator needs to have a draw proved. The proof itself is its player's to
/// fetch.
#[derive(Serialize)]
pub(crate) struct ProofView {
    draw_number: u64,
    saga_id: Uuid,
    pool_id: String,
    is_void: bool,
    seed_period_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    seed_period_ends_at: OffsetDateTime,
    is_seed_revealed: bool,
    is_in_tree: bool,
}

impl From<ProvableDraw> for ProofView {
    fn from(provable: ProvableDraw) -> Self {
        let ProvableDraw { draw, period_id, period_ends_at, is_seed_revealed, has_root } = provable;
        Self {
            draw_number: draw.number.get(),
            saga_id: draw.saga_id.0,
            pool_id: draw.pool_id.to_string(),
            is_void: draw.status == SagaStatus::Failed,
            seed_period_id: period_id.0,
            seed_period_ends_at: period_ends_at,
            is_seed_revealed,
            is_in_tree: has_root,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct PresentView {
    present_id: Uuid,
    title: String,
    free_gems: u64,
    paid_gems: u64,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    received_at: Option<OffsetDateTime>,
}

impl From<MailedPresent> for PresentView {
    fn from(mailed: MailedPresent) -> Self {
        let parts = mailed.present.parts();
        Self {
            present_id: mailed.present_id.0,
            title: parts.title.clone(),
            free_gems: parts.free_gems.amount(),
            paid_gems: parts.paid_gems.amount(),
            ends_at: parts.ends_at,
            received_at: None,
        }
    }
}

impl From<OwnPresent> for PresentView {
    fn from(own: OwnPresent) -> Self {
        Self { received_at: own.received_at, ..Self::from(own.mailed) }
    }
}

#[derive(Serialize)]
pub(crate) struct LoginView {
    session_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    began_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl From<Login> for LoginView {
    fn from(login: Login) -> Self {
        let Login { session_id, began_at, ended_at, expires_at } = login;
        Self { session_id: session_id.0, began_at, ended_at, expires_at }
    }
}
