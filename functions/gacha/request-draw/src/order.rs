//! What a player orders, and the saga that it becomes.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tenjo_domain::{Cost, DrawCount, Gems, Pool, PoolId, Refusal, SagaId, UserId};
use tenjo_http::ApiError;
use tenjo_idempotency::Fingerprint;
use tenjo_state_machine::{Recovered, recover};
use tenjo_store::saga::{self, NewSaga, Saga};
use tenjo_store::{Conn, player_state, pool};
use time::OffsetDateTime;

use crate::app::App;

/// When another saga of the player must have come to its end, if the order's own
/// is to be run in the same call: a run is waited for 20 s, the database for a
/// few, and the call ends at 28 s.
const LEAVE_WITHIN: Duration = Duration::from_secs(4);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrawRequest {
    pool_id: String,
    draw_count: u32,
    expected_cost: Option<ExpectedCost>,
}

/// What the player was shown. Steps go on and free draws are used up, perhaps
/// on another device: whoever sends it never pays another price.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedCost {
    currency_type: String,
    amount: u64,
}

/// So many draws from a pool, by a player.
pub(crate) struct Order {
    pub(crate) user_id: UserId,
    pool_id: PoolId,
    draw_count: DrawCount,
    expected_cost: Option<Cost>,
}

/// What opening a saga comes to.
enum Opened {
    /// The order's own saga.
    Saga(Box<Saga>),
    /// This other saga of the player has to end first.
    Behind(SagaId),
}

impl Opened {
    fn saga(saga: Saga) -> Self {
        Self::Saga(Box::new(saga))
    }
}

impl Order {
    pub(crate) fn read(user_id: UserId, request: DrawRequest) -> Result<Self, ApiError> {
        let expected_cost = request.expected_cost.map(|cost| -> Result<Cost, ApiError> {
            let field = ApiError::field("expected_cost.currency_type");
            let currency_type = cost.currency_type.parse().map_err(field)?;
            let field = ApiError::field("expected_cost.amount");
            Ok(Cost { currency_type, amount: Gems::new(cost.amount).map_err(field)? })
        });
        Ok(Self {
            user_id,
            pool_id: PoolId::new(request.pool_id).map_err(ApiError::field("pool_id"))?,
            draw_count: DrawCount::new(request.draw_count)
                .map_err(ApiError::field("draw_count"))?,
            expected_cost: expected_cost.transpose()?,
        })
    }

    /// What makes two requests the same.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let expected = self.expected_cost.map_or_else(String::new, |cost| {
            format!("{} {}", cost.amount.amount(), cost.currency_type)
        });
        Fingerprint::of(&[self.pool_id.as_str(), &self.draw_count.get().to_string(), &expected])
    }

    /// The saga of this order: the one that was started before, or a new one.
    ///
    /// A draw that was given up in the middle would keep its player from all
    /// others, so one that stands still is run to its end first, as
    /// `recover-sagas` would.
    pub(crate) async fn saga(
        &self,
        app: &App,
        saga_id: SagaId,
        now: OffsetDateTime,
    ) -> Result<Saga, ApiError> {
        let began = Instant::now();
        match self.open(app, saga_id, now).await? {
            Opened::Saga(saga) => Ok(*saga),
            Opened::Behind(other) => {
                match recover(&app.db, &app.state_machine, other).await? {
                    Recovered::Completed | Recovered::Failed => {}
                    Recovered::Unavailable => {
                        let cause = "the state machine cannot be reached, and another draw waits";
                        return Err(ApiError::TryLater(cause.into()));
                    }
                    Recovered::Overtaken | Recovered::StillRunning | Recovered::GivenUp => {
                        return Err(ApiError::DrawInProgress);
                    }
                }
                if began.elapsed() > LEAVE_WITHIN {
                    let cause = "another draw took its time to end";
                    return Err(ApiError::TryLater(cause.into()));
                }
                match self.open(app, saga_id, now).await? {
                    Opened::Saga(saga) => Ok(*saga),
                    Opened::Behind(_) => Err(ApiError::DrawInProgress),
                }
            }
        }
    }

    async fn open(
        &self,
        app: &App,
        saga_id: SagaId,
        now: OffsetDateTime,
    ) -> Result<Opened, ApiError> {
        let mut tx = app.db.begin().await?;
        if let Some(saga) = self.find(&mut tx, saga_id).await? {
            return Ok(Opened::saga(saga)); // a retry, perhaps after the pool closed
        }
        let new = self.price(app, &mut tx, saga_id, now).await?;
        if saga::start(&mut tx, &new).await? {
            let saga = saga::find(&mut tx, saga_id).await?;
            tx.commit().await?;
            return saga
                .map(Opened::saga)
                .ok_or_else(|| ApiError::internal("a saga that was just started is gone"));
        }
        tx.rollback().await?;
        // Either the same request came twice at once and the other was first,
        // or another draw of this player is not finished.
        let mut conn = app.db.acquire().await?;
        if let Some(saga) = self.find(&mut conn, saga_id).await? {
            return Ok(Opened::saga(saga));
        }
        let other =
            saga::find_live(&mut conn, self.user_id, &new.draw_group, &self.pool_id).await?;
        other.map(Opened::Behind).ok_or(ApiError::DrawInProgress)
    }

    async fn find(&self, conn: &mut Conn, saga_id: SagaId) -> Result<Option<Saga>, ApiError> {
        let saga = saga::find(conn, saga_id).await?;
        match saga {
            Some(saga)
                if saga.pool_id != self.pool_id
                    || saga.quote.draw_count != self.draw_count
                    || self.expected_cost.is_some_and(|cost| cost != saga.quote.cost) =>
            {
                Err(ApiError::IdempotencyKeyReused)
            }
            saga => Ok(saga),
        }
    }

    async fn price(
        &self,
        app: &App,
        conn: &mut Conn,
        saga_id: SagaId,
        now: OffsetDateTime,
    ) -> Result<NewSaga, ApiError> {
        let revision =
            pool::find_open(conn, &self.pool_id, now).await?.ok_or(ApiError::NotFound("pool"))?;
        let pool = app.revisions.get(conn, revision).await?;
        let state = player_state::find(conn, self.user_id, &pool).await?.state(&pool);
        let quote = pool
            .quote(&state, self.draw_count, now)
            .map_err(|refusal| Self::refused(&pool, refusal, pool.step(state.purchases)))?;
        if self.expected_cost.is_some_and(|cost| cost != quote.cost) {
            return Err(ApiError::PriceChanged);
        }
        Ok(NewSaga::of(saga_id, self.user_id, revision, &pool, quote))
    }

    fn refused(pool: &Pool, refusal: Refusal, step: Option<u32>) -> ApiError {
        match refusal {
            Refusal::NotOpen => ApiError::NotFound("pool"),
            Refusal::LimitReached => ApiError::LimitReached,
            Refusal::SoldOut => ApiError::SoldOut,
            Refusal::NotSold => {
                let prices = pool.prices_at(step.unwrap_or_default());
                let sold: Vec<String> =
                    prices.iter().map(|price| price.draw_count.get().to_string()).collect();
                let sold = sold.join(" or ");
                ApiError::invalid("draw_count", format!("must be {sold} for this pool"))
            }
        }
    }
}
