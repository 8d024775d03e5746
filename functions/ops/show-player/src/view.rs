//! What an operator sees of a player.

use serde::Serialize;
use tenjo_operators::Reply;
use tenjo_store::history::History;
use tenjo_store::lot::StoredLot;
use tenjo_store::present::{MailedPresent, OwnPresent};
use tenjo_store::session::Login;
use tenjo_store::user::User;
use tenjo_views::{ActView, CurrencyView, LedgerEntryView, SagaStoryView};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Serialize)]
pub(crate) struct PlayerView {
    pub(crate) user: UserView,
    pub(crate) currencies: Vec<CurrencyView>,
    pub(crate) lots: Vec<LotView>,
    pub(crate) ledger: Vec<LedgerEntryView>,
    pub(crate) sagas: Vec<SagaStoryView>,
    pub(crate) draws: Vec<DrawView>,
    pub(crate) mailbox: Vec<PresentView>,
    pub(crate) received: Vec<PresentView>,
    pub(crate) logins: Vec<LoginView>,
    pub(crate) acts: Vec<ActView>,
}

impl Reply for PlayerView {}

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
    #[serde(with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    restored_at: Option<OffsetDateTime>,
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
            revoked_at: lot.revoked_at,
            restored_at: lot.restored_at,
            created_at: lot.created_at,
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
