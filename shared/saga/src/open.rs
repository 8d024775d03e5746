//! How a saga is opened: once for each id, at a price that holds until it ends.
//!
//! The live key comes first, then the player's state as it is now, then the
//! price. Nothing moves that state while the saga holds the key, so the price
//! need not be checked again.

use tenjo_domain::{DrawCount, PlayerState, Pool, Refusal, SagaId};
use time::OffsetDateTime;

use crate::{Books, Database, NewSaga, OnSale, Order, Saga, Transaction};

/// The outcome of opening a saga.
#[derive(Debug)]
pub enum Opened {
    /// The order's own saga: a new one, or the one that was started before.
    Saga(Box<Saga>),
    /// This other saga of the player has to end first.
    Behind(SagaId),
    /// Another saga had the key or the id, and no longer has it: try again.
    Again,
    /// The order cannot be filled. Nothing was written.
    Refused(Refused),
}

/// Why an order cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such pool, or it does not sell now.
    NotOnSale,
    /// The pool does not sell this draw count. It sells these.
    NotSold(Vec<DrawCount>),
    /// The player would exceed the limit of a day or of the pool.
    LimitReached,
    /// The last step was bought, or fewer copies are left in the box.
    SoldOut,
    /// The price is not the one that the player was shown.
    PriceChanged,
    /// The saga with this id belongs to a different order.
    OtherOrder,
}

/// Why no saga was started.
enum NotStarted {
    Refused(Refused),
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
    let why = match start(&mut books, order, saga_id, now).await {
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
    if !books.take_live_key(order.user_id, pool, saga_id).await? {
        return Ok(Err(NotStarted::Taken(on_sale)));
    }
    let before = books.state(order.user_id, pool).await?;
    let state = before.state(pool);
    let quote = match pool.quote(&state, order.draw_count, now) {
        Ok(quote) => quote,
        Err(refusal) => {
            return Ok(Err(NotStarted::Refused(refused(pool, refusal, &state, now))));
        }
    };
    if order.expected_cost.is_some_and(|cost| cost != quote.cost) {
        return Ok(Err(NotStarted::Refused(Refused::PriceChanged)));
    }
    let saga = NewSaga::of(saga_id, order.user_id, *revision, pool, quote, before);
    let is_started = books.start(&saga).await?;
    Ok(if is_started { Ok(Box::new(saga.started())) } else { Err(NotStarted::Taken(on_sale)) })
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
        NotStarted::Taken(on_sale) => {
            match books.live_saga(order.user_id, &on_sale.pool).await? {
                Some(other) if other != saga_id => Opened::Behind(other),
                // It has ended meanwhile, or a twin of this order has just begun.
                Some(_) | None => Opened::Again,
            }
        }
    })
}

fn refused(pool: &Pool, refusal: Refusal, state: &PlayerState, now: OffsetDateTime) -> Refused {
    match refusal {
        Refusal::NotOpen => Refused::NotOnSale,
        Refusal::LimitReached => Refused::LimitReached,
        Refusal::SoldOut => Refused::SoldOut,
        Refusal::NotSold => {
            let step = pool.step(pool.purchases_at(state, now)).unwrap_or_default();
            let sold = pool.prices_at(step).iter().map(|price| price.draw_count);
            Refused::NotSold(sold.collect())
        }
    }
}
