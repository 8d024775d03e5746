//! Asks the stores for what they could not tell us.

use std::time::{Duration as StdDuration, Instant};

use tenjo_domain::{Store, StoreChange};
use tenjo_purchases::{Changed, change, receive_apple};
use tenjo_store::{BrokenInvariant, pending};
use tenjo_stores::apple::ReceiptError;
use time::{Duration, OffsetDateTime};

use crate::app::App;
use crate::reconcile::ReconcileError;

/// How often the stores are asked.
const EVERY: Duration = Duration::minutes(10);

/// Each run asks once more for what was asked for the last time, because a store may
/// list late. What is known has no second effect.
const OVERLAP: Duration = Duration::hours(2);

/// How far back the first question goes.
const AT_FIRST: Duration = Duration::days(29);

/// Google refuses a question about more than 30 days ago. A run's own time is left out.
const GOOGLE_KEEPS: Duration = Duration::minutes(30 * 24 * 60 - 10);

/// A question is about this much time, so that what one run cannot finish, the next runs
/// go on with.
const WINDOW: Duration = Duration::hours(1);

/// The same as long as a store was never asked: an installation that is new has little.
const WINDOW_AT_FIRST: Duration = Duration::days(1);

/// The most pages of one question.
const MAX_PAGES: usize = 500;

/// No page is asked for after this time of a run. The function's timeout is 60 s.
const ASK_WITHIN: StdDuration = StdDuration::from_secs(45);

/// What a question came to.
#[derive(Default)]
struct Answered {
    /// Changes that were news.
    news: usize,
    /// Notifications whose signature is not believed. They may be good, and the roots in
    /// the settings too old.
    doubtful: usize,
    /// Every page was read in time.
    is_whole: bool,
}

/// From when to when a store is asked.
struct Window {
    start: OffsetDateTime,
    end: OffsetDateTime,
    now: OffsetDateTime,
}

/// Asks both stores if it is time, in a run that began at `begun`. Returns how many
/// changes were news. One store's failure does not keep the other from being asked.
///
/// # Errors
/// When the database or a store fails.
pub(crate) async fn catch_up(
    app: &App,
    at_once: bool,
    begun: Instant,
) -> Result<usize, ReconcileError> {
    let (google, apple) = tokio::join!(
        Box::pin(ask(app, Store::Google, at_once, begun)),
        Box::pin(ask(app, Store::Apple, at_once, begun)),
    );
    if google.is_err()
        && let Err(error) = &apple
    {
        BrokenInvariant::report_among_causes(error);
        tracing::error!("neither store could be asked; Apple: {error}");
    }
    Ok(google? + apple?)
}

/// Asks a store for one window after the other, up to now. Each that is finished is not
/// asked for again, but for the overlap.
async fn ask(
    app: &App,
    store: Store,
    at_once: bool,
    begun: Instant,
) -> Result<usize, ReconcileError> {
    let (asked_until, now) = pending::asked_until(&mut *app.db().acquire().await?, store).await?;
    if asked_until.is_some_and(|until| !at_once && now - until < EVERY) {
        return Ok(0);
    }
    let width = if asked_until.is_some() { WINDOW } else { WINDOW_AT_FIRST };
    let mut done = asked_until.unwrap_or(now - AT_FIRST);
    let mut start = done - OVERLAP;
    if store == Store::Google {
        done = done.max(now - GOOGLE_KEEPS);
        start = start.max(now - GOOGLE_KEEPS);
    }
    let (mut news, mut doubtful, mut finished) = (0, 0, 0_usize);
    loop {
        let window = Window { start, end: (done + width).min(now), now };
        let answered = match store {
            Store::Google => voided(app, &window, begun).await?,
            Store::Apple => undelivered(app, &window, begun).await?,
        };
        news += answered.news;
        doubtful += answered.doubtful;
        if !answered.is_whole {
            tracing::warn!(store = %store, finished, "not caught up yet: the next run goes on");
            break;
        }
        finished += 1;
        // A doubtful notification is asked for again until it is believed.
        if doubtful == 0 {
            pending::set_asked_until(&mut *app.db().acquire().await?, store, window.end).await?;
        }
        if window.end >= now {
            break;
        }
        done = window.end;
        start = done;
    }
    if doubtful > 0 { Err(ReconcileError::Doubtful(doubtful)) } else { Ok(news) }
}

/// Google's purchases that were taken back.
async fn voided(app: &App, window: &Window, begun: Instant) -> Result<Answered, ReconcileError> {
    let (mut answered, mut page) = (Answered::default(), None::<String>);
    let Window { start, end, now } = *window;
    for _ in 0..MAX_PAGES {
        if begun.elapsed() > ASK_WITHIN {
            return Ok(answered);
        }
        let answer = app.google.google.voided(start, end, page.as_deref(), now).await?;
        for voided in answer.voided {
            let mut tx = app.db().begin().await?;
            let (id, at) = (&voided.transaction_id, voided.voided_at);
            let (store, revoked) = (Store::Google, StoreChange::Revoked);
            let changed = change(&mut tx, store, id, revoked, at, None).await?;
            tx.commit().await?;
            answered.news += usize::from(changed != Changed::Nothing);
        }
        page = answer.next;
        if page.is_none() {
            return Ok(Answered { is_whole: true, ..answered });
        }
    }
    Err(ReconcileError::TooManyPages(Store::Google))
}

/// Apple's notifications that did not arrive.
async fn undelivered(
    app: &App,
    window: &Window,
    begun: Instant,
) -> Result<Answered, ReconcileError> {
    let (mut answered, mut page) = (Answered::default(), None::<String>);
    let Window { start, end, now } = *window;
    for _ in 0..MAX_PAGES {
        if begun.elapsed() > ASK_WITHIN {
            return Ok(answered);
        }
        let answer = app.history.undelivered(start, end, page.as_deref(), now).await?;
        for signed in answer.signed_payloads {
            let notification = match app.apple.notification(&signed, now) {
                Ok(notification) => notification,
                Err(error) => {
                    tracing::warn!("a notification of Apple's history is refused: {error}");
                    answered.doubtful += usize::from(is_doubtful(error));
                    continue;
                }
            };
            let mut tx = app.db().begin().await?;
            answered.news += usize::from(receive_apple(&mut tx, &notification).await?);
            tx.commit().await?;
        }
        page = answer.next;
        if page.is_none() {
            return Ok(Answered { is_whole: true, ..answered });
        }
    }
    Err(ReconcileError::TooManyPages(Store::Apple))
}

/// Whether our settings may be why a notification is refused, and not what it says.
const fn is_doubtful(error: ReceiptError) -> bool {
    matches!(
        error,
        ReceiptError::NotSigned
            | ReceiptError::Untrusted
            | ReceiptError::Signature
            | ReceiptError::OtherApp
    )
}
