//! How a saga is opened: once for each id, at a price that holds until it ends.
//!
//! The live key comes first, then the player's state as it is now, then the
//! price. Nothing moves that state while the saga holds the key, so the price
//! holds. Reserve quotes again all the same, because whoever can insert a saga
//! can write any price.
//!
//! If the game refuses the order (a limit, a box without copies, another price, other
//! rules, another draw number), the refusal is recorded as a saga that has failed. So the
//! id stands for that answer, as it would for a draw, and the same request can never draw
//! later.

use tenjo_domain::{
    Admission, Cost, DrawCount, FailureReason, Gems, Payment, PlayerState, Pool, PoolRevision,
    Quote, Refusal, SagaId,
};
use time::OffsetDateTime;

use crate::{Books, Database, NewSaga, OnSale, Order, Saga, Transaction};

/// The outcome of opening a saga.
#[derive(Debug)]
pub enum Opened {
    /// The order's own saga: a new one, or the one that was recorded before. It has
    /// failed if the game refused the order.
    Saga(Box<Saga>),
    /// This other saga of the player has to end first. Nothing was written.
    Behind(SagaId),
    /// Another saga had the key or the id, and no longer has it: try again.
    Again,
    /// The request is not accepted as an order. Nothing was written: the same request may
    /// be accepted later.
    Refused(Refused),
}

/// Why a request is not accepted as an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such pool, or it does not sell now.
    NotOnSale,
    /// The pool does not sell this draw count. It sells these.
    NotSold(Vec<DrawCount>),
    /// The saga with this id belongs to a different order.
    OtherOrder,
    /// The session that orders has ended.
    SessionEnded,
    /// The player has opened as many draws in this minute as they may.
    TooMany,
}

/// Why no saga was started.
enum NotStarted {
    Refused(Refused),
    /// The game refuses the order. This is to be recorded.
    Failed(Box<NewSaga>),
    /// The key or the id is taken.
    Taken(OnSale),
}

/// Opens the saga of an order, or finds the one that was opened before.
///
/// It inserts first, and reads what exists only if the insert fails, because
/// almost every order is new.
///
/// # Errors
/// When the database fails.
pub async fn open<D: Database>(
    database: &D,
    order: &Order,
    saga_id: SagaId,
    now: OffsetDateTime,
) -> Result<Opened, D::Error> {
    let mut books = database.begin().await?;
    let mut why = match start(&mut books, order, saga_id, now).await {
        Ok(Ok(saga)) => {
            books.commit().await?;
            return Ok(Opened::Saga(saga));
        }
        Ok(Err(why)) => {
            books.rollback().await?;
            why
        }
        Err(error) => {
            books.rollback().await?;
            return Err(error);
        }
    };
    if let NotStarted::Failed(saga) = &why {
        // Without the live key: the saga never runs, so it is in nobody's way.
        let mut books = database.begin().await?;
        let refused = admit(&mut books, order).await?;
        if refused.is_none() && books.record(saga).await? {
            books.commit().await?;
            return Ok(Opened::Saga(Box::new(saga.as_ref().clone().recorded())));
        }
        books.rollback().await?;
        why = refused.map_or(why, NotStarted::Refused);
    }
    // A new transaction, to see which saga has the key or the id.
    let mut books = database.begin().await?;
    let opened = look(&mut books, order, saga_id, why).await;
    books.rollback().await?;
    opened
}

async fn start<B: Books>(
    books: &mut B,
    order: &Order,
    saga_id: SagaId,
    now: OffsetDateTime,
) -> Result<Result<Box<Saga>, NotStarted>, B::Error> {
    let Some(on_sale) = books.on_sale(&order.pool_id, now).await? else {
        return Ok(Err(NotStarted::Refused(Refused::NotOnSale)));
    };
    let OnSale { revision, pool } = &on_sale;
    // The tables have microseconds, and Reserve quotes again by what they have.
    let now = now.truncate_to_microsecond();
    if !books.take_live_key(order.user_id, pool, saga_id).await? {
        return Ok(Err(NotStarted::Taken(on_sale)));
    }
    let before = books.state(order.user_id, pool).await?;
    let mut quoted = quote(pool, &before.state(pool), order, now);
    // What the pool does not sell is answered as such. Otherwise a changed revision or draw
    // number is named before a changed price, which may only follow from it.
    if !matches!(quoted, Err(No::Order(_)))
        && let Some(reason) = changed(books, order, *revision).await?
    {
        quoted = Err(No::Game(reason));
    }
    let new = |quote| NewSaga::of(saga_id, order, *revision, pool, quote, before);
    let saga = match quoted {
        Ok(quote) => new(quote),
        Err(No::Game(reason)) => {
            let failed = new(unpriced(order, now)).refused(reason);
            return Ok(Err(NotStarted::Failed(Box::new(failed))));
        }
        Err(No::Order(refused)) => return Ok(Err(NotStarted::Refused(refused))),
    };
    if let Some(refused) = admit(books, order).await? {
        return Ok(Err(NotStarted::Refused(refused)));
    }
    let is_started = books.record(&saga).await?;
    Ok(if is_started { Ok(Box::new(saga.recorded())) } else { Err(NotStarted::Taken(on_sale)) })
}

/// Counts the order, or says why its player may order nothing now.
async fn admit<B: Books>(books: &mut B, order: &Order) -> Result<Option<Refused>, B::Error> {
    Ok(match books.admit(order).await? {
        Admission::Admitted => None,
        Admission::SessionEnded => Some(Refused::SessionEnded),
        Admission::TooMany => Some(Refused::TooMany),
    })
}

/// What is no longer as the player was shown it, besides the price.
async fn changed<B: Books>(
    books: &mut B,
    order: &Order,
    revision: PoolRevision,
) -> Result<Option<FailureReason>, B::Error> {
    if order.expected_revision.is_some_and(|expected| expected != revision) {
        return Ok(Some(FailureReason::RevisionChanged));
    }
    if let Some(expected) = order.expected_draw_number
        && books.next_draw_number(order.user_id).await? != expected
    {
        return Ok(Some(FailureReason::DrawNumberChanged));
    }
    Ok(None)
}

/// Why there is no quote.
enum No {
    /// The game refuses the order. This is to be recorded.
    Game(FailureReason),
    /// The pool does not sell this at all.
    Order(Refused),
}

fn quote(
    pool: &Pool,
    state: &PlayerState,
    order: &Order,
    now: OffsetDateTime,
) -> Result<Quote, No> {
    let quote = pool.quote(state, order.draw_count, now).map_err(|refusal| match refusal {
        Refusal::LimitReached => No::Game(FailureReason::LimitReached),
        Refusal::SoldOut => No::Game(FailureReason::SoldOut),
        Refusal::NotOpen => No::Order(Refused::NotOnSale),
        Refusal::NotSold => {
            let step = pool.step(pool.purchases_at(state, now)).unwrap_or_default();
            let sold = pool.prices_at(step).iter().map(|price| price.draw_count);
            No::Order(Refused::NotSold(sold.collect()))
        }
    })?;
    if order.expected_cost.is_some_and(|cost| cost != quote.cost) {
        return Err(No::Game(FailureReason::PriceChanged));
    }
    Ok(quote)
}

/// What a refused order has in place of a price.
fn unpriced(order: &Order, now: OffsetDateTime) -> Quote {
    let cost = Cost { currency_type: Payment::FreeGem, amount: Gems::ZERO };
    Quote { draw_count: order.draw_count, cost, step: 0, is_free: false, at: now }
}

/// A retry finds its saga, perhaps after the pool closed or the price changed.
async fn look<B: Books>(
    books: &mut B,
    order: &Order,
    saga_id: SagaId,
    why: NotStarted,
) -> Result<Opened, B::Error> {
    if let Some(saga) = books.find(saga_id).await? {
        return Ok(if order.is_of(&saga) {
            Opened::Saga(Box::new(saga))
        } else {
            Opened::Refused(Refused::OtherOrder)
        });
    }
    Ok(match why {
        NotStarted::Refused(refused) => Opened::Refused(refused),
        // Its id was taken, and now nobody has it: sagas are not deleted.
        NotStarted::Failed(_) => Opened::Again,
        NotStarted::Taken(on_sale) => {
            match books.live_saga(order.user_id, &on_sale.pool).await? {
                Some(other) if other != saga_id => Opened::Behind(other),
                // It has ended meanwhile, or a twin of this order has just begun.
                Some(_) | None => Opened::Again,
            }
        }
    })
}
