use serde::{Deserialize, Serialize};
use tenjo_domain::{Act, Admission, ExchangeId, ExchangeRefusal, ItemMasterId, Most, PoolId};
use tenjo_http::{ApiError, Call, HasDb, Player, Reply};
use tenjo_store::exchange::{self, Exchange, RefusedExchange};
use tenjo_store::pool::{self, Revisions};
use tenjo_store::{BrokenInvariant, Conn, Db, admission, inventory, point, user};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
    /// How many exchanges a player may make in a calendar minute.
    pub(crate) most_per_minute: Most,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Deserialize)]
pub(crate) struct ExchangeRequest {
    pool_id: String,
    item_master_id: String,
}

#[derive(Serialize)]
pub(crate) struct ExchangeView {
    exchange_id: Uuid,
    pool_id: String,
    item_master_id: String,
    is_new: bool,
    points: u64,
    points_left: u64,
}

impl Reply for ExchangeView {}

impl From<Exchange> for ExchangeView {
    fn from(exchange: Exchange) -> Self {
        Self {
            exchange_id: exchange.exchange_id.0,
            pool_id: exchange.pool_id.to_string(),
            item_master_id: exchange.item_master_id.to_string(),
            is_new: exchange.is_new,
            points: exchange.points.amount(),
            points_left: exchange.balance_after.amount(),
        }
    }
}

/// A player's order of an item for points.
struct Order {
    exchange_id: ExchangeId,
    player: Player,
    pool_id: PoolId,
    item_master_id: ItemMasterId,
}

/// What an order came to. Both are answers for good.
enum Outcome {
    Made(Exchange),
    Refused(ExchangeRefusal),
}

/// Turns points into an item of the player's choice, in one transaction.
///
/// The same idempotency key always gets the same answer: the exchange's id is derived
/// from the key, and one exchange, or one refusal, is recorded with that id.
///
/// # Errors
/// - `invalid_request` (400), `user_suspended` (403)
/// - `unauthorized` (401): the session has ended
/// - `not_found` (404): no such pool, or it has no such offer now. Nothing is recorded.
/// - `insufficient_points` (409)
/// - `idempotency_key_reused` (422)
/// - `too_many_requests` (429): the player's minute is full
pub(crate) async fn exchange_points(
    app: &App,
    call: Call<Player, ExchangeRequest>,
) -> Result<ExchangeView, ApiError> {
    let (user_id, now) = (call.user_id(), call.now());
    let exchange_id = match call.idempotency_key()? {
        Some(key) => ExchangeId::derive(user_id, &key),
        None => ExchangeId(Uuid::new_v4()),
    };
    let order = Order {
        exchange_id,
        player: call.player(),
        pool_id: PoolId::new(call.body.pool_id).map_err(ApiError::field("pool_id"))?,
        item_master_id: ItemMasterId::new(call.body.item_master_id)
            .map_err(ApiError::field("item_master_id"))?,
    };
    let mut tx = app.db.begin().await?;
    let outcome = match order.found(&mut tx).await? {
        Some(outcome) => outcome,
        None => order.fill(app, &mut tx, now).await?,
    };
    tx.commit().await?;
    match outcome {
        Outcome::Made(exchange) => Ok(exchange.into()),
        Outcome::Refused(ExchangeRefusal::InsufficientPoints) => Err(ApiError::InsufficientPoints),
        Outcome::Refused(ExchangeRefusal::UserSuspended) => Err(ApiError::UserSuspended),
    }
}

impl Order {
    /// What this order came to before, if it was decided.
    async fn found(&self, conn: &mut Conn) -> Result<Option<Outcome>, ApiError> {
        let asked = (self.player.user_id, &self.pool_id, &self.item_master_id);
        if let Some(done) = exchange::find(conn, self.exchange_id).await? {
            let is_same = asked == (done.user_id, &done.pool_id, &done.item_master_id);
            return if is_same { Ok(Some(Outcome::Made(done))) } else { Err(OTHER_ORDER) };
        }
        let Some(done) = exchange::find_refused(conn, self.exchange_id).await? else {
            return Ok(None);
        };
        let is_same = asked == (done.user_id, &done.pool_id, &done.item_master_id);
        if is_same { Ok(Some(Outcome::Refused(done.reason))) } else { Err(OTHER_ORDER) }
    }

    /// Counts the exchange, also if the game then refuses it.
    async fn admit(&self, app: &App, conn: &mut Conn, now: OffsetDateTime) -> Result<(), ApiError> {
        let Player { user_id, session_id } = self.player;
        let most = app.most_per_minute;
        match admission::admit(conn, user_id, session_id, Act::Exchange, most).await? {
            Admission::Admitted => Ok(()),
            Admission::SessionEnded => Err(ApiError::Unauthorized),
            Admission::TooMany => Err(ApiError::too_many(now, 60)),
        }
    }

    async fn fill(
        &self,
        app: &App,
        conn: &mut Conn,
        now: OffsetDateTime,
    ) -> Result<Outcome, ApiError> {
        self.admit(app, conn, now).await?;
        let revision =
            pool::find_live(conn, &self.pool_id).await?.ok_or(ApiError::NotFound("pool"))?;
        let pool = app.revisions.get(conn, revision).await?;
        let rule = pool.exchange().filter(|_| pool.opens_at() <= now);
        let rule = rule.ok_or(ApiError::NotFound("exchange"))?;
        let offer = rule.offer(&self.item_master_id, now).ok_or(ApiError::NotFound("offer"))?;

        // Other exchanges of the same points wait here. So a concurrent repeat of this
        // request finds what was decided, and no point is spent twice.
        let balance = point::lock(conn, self.player.user_id, &rule.group).await?;
        if let Some(outcome) = self.found(conn).await? {
            return Ok(outcome);
        }
        if user::is_suspended(conn, self.player.user_id).await? != Some(false) {
            return self.refuse(conn, ExchangeRefusal::UserSuspended).await;
        }
        let points = offer.points;
        let Some(balance_after) = balance.checked_sub(points) else {
            return self.refuse(conn, ExchangeRefusal::InsufficientPoints).await;
        };
        let exchange = Exchange {
            exchange_id: self.exchange_id,
            user_id: self.player.user_id,
            pool_id: self.pool_id.clone(),
            pool_revision: revision,
            item_master_id: self.item_master_id.clone(),
            point_group: rule.group.clone(),
            points,
            balance_after,
            is_new: !inventory::has(conn, self.player.user_id, &self.item_master_id).await?,
        };
        if !exchange::record(conn, &exchange).await? {
            // Another request with the same key, at the same time, for other points.
            return Err(OTHER_ORDER);
        }
        if !point::debit(conn, self.player.user_id, &rule.group, points, self.exchange_id).await? {
            let (user_id, group) = (self.player.user_id, rule.group.clone());
            return Err(ApiError::internal(BrokenInvariant::PointsMoved { user_id, group }));
        }
        inventory::grant_exchanged(
            conn,
            self.player.user_id,
            self.exchange_id,
            &self.item_master_id,
        )
        .await?;
        Ok(Outcome::Made(exchange))
    }

    /// Stores that the game refused this order.
    async fn refuse(&self, conn: &mut Conn, reason: ExchangeRefusal) -> Result<Outcome, ApiError> {
        let refused = RefusedExchange {
            exchange_id: self.exchange_id,
            user_id: self.player.user_id,
            pool_id: self.pool_id.clone(),
            item_master_id: self.item_master_id.clone(),
            reason,
        };
        exchange::record_refused(conn, &refused).await?;
        Ok(Outcome::Refused(reason))
    }
}

/// The key stands for another order.
const OTHER_ORDER: ApiError = ApiError::IdempotencyKeyReused;
