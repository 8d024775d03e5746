//! Asks the stores for what they could not tell us.

use tenjo_domain::{Store, StoreChange};
use tenjo_purchases::{Changed, change, receive_apple};
use tenjo_store::pending;
use time::{Duration, OffsetDateTime};

use crate::app::App;
use crate::reconcile::ReconcileError;

/// How often the stores are asked.
const EVERY: Duration = Duration::minutes(10);

/// Each time what was asked for the last time is asked for once more, because a store
/// may list late. What is known has no second effect.
const OVERLAP: Duration = Duration::hours(2);

/// How far back the first question goes. Google keeps 30 days.
const AT_FIRST: Duration = Duration::days(29);

/// The most pages of one question.
const MAX_PAGES: usize = 500;

/// Asks both stores if it is time. Returns how many changes were news.
///
/// # Errors
/// When the database or a store fails.
pub(crate) async fn catch_up(app: &App, at_once: bool) -> Result<usize, ReconcileError> {
    let google = match since(app, Store::Google, at_once).await? {
        Some((start, now)) => voided(app, start, now).await?,
        None => 0,
    };
    let apple = match since(app, Store::Apple, at_once).await? {
        Some((start, now)) => undelivered(app, start, now).await?,
        None => 0,
    };
    Ok(google + apple)
}

/// From when a store is to be asked, and now; `None` if it was asked a short time ago.
async fn since(
    app: &App,
    store: Store,
    at_once: bool,
) -> sqlx::Result<Option<(OffsetDateTime, OffsetDateTime)>> {
    let mut conn = app.db().acquire().await?;
    let (asked_until, now) = pending::asked_until(&mut conn, store).await?;
    Ok(match asked_until {
        None => Some((now - AT_FIRST, now)),
        Some(until) if at_once || now - until >= EVERY => Some((until - OVERLAP, now)),
        Some(_) => None,
    })
}

/// Google's purchases that were taken back.
async fn voided(
    app: &App,
    start: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<usize, ReconcileError> {
    let (mut news, mut page) = (0, None::<String>);
    for _ in 0..MAX_PAGES {
        let answer = app.google.google.voided(start, page.as_deref(), now).await?;
        for voided in answer.voided {
            let mut tx = app.db().begin().await?;
            let (id, at) = (&voided.transaction_id, voided.voided_at);
            let changed = change(&mut tx, Store::Google, id, StoreChange::Revoked, at).await?;
            tx.commit().await?;
            news += usize::from(changed != Changed::Nothing);
        }
        page = answer.next;
        if page.is_none() {
            pending::set_asked_until(&mut *app.db().acquire().await?, Store::Google, now).await?;
            break;
        }
    }
    Ok(news)
}

/// Apple's notifications that did not arrive.
async fn undelivered(
    app: &App,
    start: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<usize, ReconcileError> {
    let (mut news, mut page) = (0, None::<String>);
    for _ in 0..MAX_PAGES {
        let answer = app.history.undelivered(start, now, page.as_deref()).await?;
        for signed in answer.signed_payloads {
            let notification = match app.apple.notification(&signed, now) {
                Ok(notification) => notification,
                Err(error) => {
                    tracing::warn!("a notification of Apple's history is refused: {error}");
                    continue;
                }
            };
            let mut tx = app.db().begin().await?;
            news += usize::from(receive_apple(&mut tx, &notification).await?);
            tx.commit().await?;
        }
        page = answer.next;
        if page.is_none() {
            pending::set_asked_until(&mut *app.db().acquire().await?, Store::Apple, now).await?;
            break;
        }
    }
    Ok(news)
}
