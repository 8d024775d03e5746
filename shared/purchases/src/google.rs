//! A purchase of Google's, from its token to consumed. The route and the reconciliation
//! do the same.

use tenjo_domain::{StoreTransaction, UserId};
use tenjo_http::HasDb;
use tenjo_settings::{SettingError, Settings};
use tenjo_store::Db;
use tenjo_store::pending::{self, Pending};
use tenjo_stores::CallError;
use tenjo_stores::google::{Google, GooglePurchase};
use time::OffsetDateTime;

use crate::{PurchaseRegister, ROUTE_TAKES_S, Settled};

/// What is needed to book purchases of Google's.
pub struct GoogleSettings {
    /// The database, READ COMMITTED.
    pub db: Db,
    /// Books them.
    pub register: PurchaseRegister,
    /// Is asked.
    pub google: Google,
}

impl HasDb for GoogleSettings {
    fn db(&self) -> &Db {
        &self.db
    }
}

/// What came of asking Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Google vouches for it, and this came of it.
    Settled(Settled),
    /// The player has still to pay.
    Pending,
    /// Google cancelled it, or gave the money back.
    Cancelled,
    /// Google knows no such purchase of this app.
    Unknown,
}

/// Why nothing came of it yet. The pending purchase stays.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The store.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl GoogleSettings {
    /// Reads them, with the database of this setting.
    ///
    /// # Errors
    /// When a setting is missing or bad.
    pub fn from_settings(settings: &Settings, database: &str) -> Result<Self, SettingError> {
        Ok(Self {
            db: settings.database(database, tenjo_store::connect_read_committed)?,
            register: PurchaseRegister::from_settings(settings)?,
            google: Google::from_settings(settings)?,
        })
    }
}

/// Asks Google for a pending purchase, books it, and tells Google so.
///
/// A kill before the booking leaves the pending purchase; one after it leaves it with the
/// step 'consume'. The reconciliation goes on from either.
///
/// # Errors
/// When Google or the database fails. The same again may succeed.
pub async fn ask_and_settle(
    with: &GoogleSettings,
    pending: &Pending,
    asked_by: Option<UserId>,
    now: OffsetDateTime,
) -> Result<Asked, AskError> {
    let Pending { store_product_id, transaction_id, .. } = pending;
    let found = with.google.purchase(store_product_id, transaction_id, now).await?;
    let (transaction, is_consumed) = match found {
        GooglePurchase::Paid(transaction, is_consumed) => (transaction, is_consumed),
        GooglePurchase::Pending => {
            // Google tells us when it is paid.
            pending::withdraw(&mut *with.db.acquire().await?, pending).await?;
            return Ok(Asked::Pending);
        }
        GooglePurchase::Cancelled => {
            pending::withdraw(&mut *with.db.acquire().await?, pending).await?;
            return Ok(Asked::Cancelled);
        }
        GooglePurchase::Unknown if pending.is_told => {
            let problem = "Google told of a purchase that it does not know".to_owned();
            return Err(CallError::Unavailable(problem).into());
        }
        GooglePurchase::Unknown => {
            pending::withdraw(&mut *with.db.acquire().await?, pending).await?;
            return Ok(Asked::Unknown);
        }
    };
    let settled = settle(with, pending, &transaction, asked_by, is_consumed).await?;
    if matches!(settled, Settled::Booked(_)) && !is_consumed {
        consume(with, pending, now).await?;
    }
    Ok(Asked::Settled(settled))
}

async fn settle(
    with: &GoogleSettings,
    pending: &Pending,
    transaction: &StoreTransaction,
    asked_by: Option<UserId>,
    is_consumed: bool,
) -> sqlx::Result<Settled> {
    let mut tx = with.db.begin().await?;
    let settled = with.register.settle(&mut tx, transaction, asked_by).await?;
    match &settled {
        Settled::Booked(_) if !is_consumed => {
            pending::booked(&mut tx, pending, ROUTE_TAKES_S).await?;
        }
        // A stranger's request must not end what the owner's, or the store's, began.
        Settled::OfAnother => {}
        _ => pending::finish(&mut tx, pending.purchase_id).await?,
    }
    tx.commit().await?;
    Ok(settled)
}

/// Tells Google that a booked purchase is consumed. A failure is only logged, because
/// the player has their gems; the reconciliation tries again.
async fn consume(
    with: &GoogleSettings,
    pending: &Pending,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let Pending { store_product_id, transaction_id, purchase_id, .. } = pending;
    match with.google.consume(store_product_id, transaction_id, now).await {
        Ok(()) => pending::finish(&mut *with.db.acquire().await?, *purchase_id).await,
        Err(error) => {
            tracing::warn!(purchase.id = %purchase_id, "not consumed yet: {error}");
            Ok(())
        }
    }
}

/// Tells Google of a booked purchase, for the reconciliation. If Google refuses, because
/// it is consumed, taken back or forgotten, there is nothing left to tell.
///
/// # Errors
/// When Google or the database fails.
pub async fn consume_booked(
    with: &GoogleSettings,
    pending: &Pending,
    now: OffsetDateTime,
) -> Result<(), AskError> {
    let Pending { store_product_id, transaction_id, purchase_id, .. } = pending;
    match with.google.consume(store_product_id, transaction_id, now).await {
        Ok(()) => {}
        Err(CallError::Refused(problem)) => {
            match with.google.purchase(store_product_id, transaction_id, now).await? {
                GooglePurchase::Paid(_, true)
                | GooglePurchase::Cancelled
                | GooglePurchase::Unknown => {
                    tracing::warn!(purchase.id = %purchase_id, "nothing to consume: {problem}");
                }
                GooglePurchase::Paid(_, false) | GooglePurchase::Pending => {
                    return Err(CallError::Refused(problem).into());
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    pending::finish(&mut *with.db.acquire().await?, *purchase_id).await?;
    Ok(())
}
