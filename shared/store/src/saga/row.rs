//! Reads a row of `game_gacha.sagas` into its types.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use tenjo_documents::StateDocument;
use tenjo_domain::{
    Charge, ClientSeed, ClientSeedOrigin, Cost, DrawCount, DrawNumber, Fingerprint, ItemMasterId,
    PityGroup, PointGroup, Points, PoolId, PoolRevision, Quote, SagaId, SagaStatus, SeedPeriodId,
    UsedClientSeed, UserId,
};
use tenjo_saga::{DrawRecord, DrawnItem, Saga, SagaPity, SagaPoints, Salt};
use time::OffsetDateTime;

use super::seal::Seals;
use super::{Event, SagaRecord};
use crate::{Conn, Limit, corrupt, gems, uuid, word};

/// The query for sagas, with `$tail` at its end.
macro_rules! select_saga {
    ($tail:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"select saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count,
                      rate_up_guarantee as "rate_up_guarantee: bool", draw_count, step, is_free as "is_free: bool", quoted_at,
                      cost_currency_type, cost_amount, point_group, points, status,
                      failure_reason, charged_free_gems, charged_paid_gems,
                      expected_draw_number, draw_number, client_seed, client_seed_origin,
                      client_seed_set_at, seed_period_id as "seed_period_id: Vec<u8>",
                      state_before as "state_before!: Json<StateDocument>",
                      state_after as "state_after: Json<StateDocument>",
                      results as "results: Json<Vec<ResultDocument>>",
                      salt as "salt: Vec<u8>", is_new as "is_new: Json<Vec<bool>>",
                      reserve_seal as "reserve_seal: Vec<u8>", draw_seal as "draw_seal: Vec<u8>",
                      reserve_before <= current_timestamp(6) as "is_overdue!: bool",
                      current_timestamp(6) as "read_at!: OffsetDateTime",
                      created_at, updated_at, currency_reserved_at, draw_completed_at,
                      item_granted_at, completed_at, compensating_at, currency_refunded_at,
                      failed_at
               from game_gacha.sagas "#
                + $tail,
            $($value),+
        )
    };
}

/// The row of a saga.
pub(super) async fn read(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<Row>> {
    select_saga!("where saga_id = ?", saga_id.0.as_bytes().as_slice()).fetch_optional(conn).await
}

/// The same, locked until the transaction ends.
pub(super) async fn lock(conn: &mut Conn, saga_id: SagaId) -> sqlx::Result<Option<Row>> {
    select_saga!("where saga_id = ? for update", saga_id.0.as_bytes().as_slice())
        .fetch_optional(conn)
        .await
}

/// Those of a player, newest first, starting after the one that was priced at this time
/// with this id.
pub(super) async fn latest(
    conn: &mut Conn,
    user_id: UserId,
    after: Option<(OffsetDateTime, SagaId)>,
    limit: Limit,
) -> sqlx::Result<Vec<Row>> {
    let created_at = after.map(|(created_at, _)| created_at);
    let saga_id = after.map(|(_, saga_id)| saga_id.0.as_bytes().to_vec());
    select_saga!(
        "where user_id = ? and (? is null or (created_at, saga_id) < (?, ?))
               order by created_at desc, saga_id desc limit ?",
        user_id.0.as_bytes().as_slice(),
        created_at,
        created_at,
        saga_id,
        limit.and_one()
    )
    .fetch_all(conn)
    .await
}

/// Those that drew in a period, from one id to another.
pub(super) async fn of_period(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    first: SagaId,
    last: SagaId,
    limit: u32,
) -> sqlx::Result<Vec<Row>> {
    select_saga!(
        "where seed_period_id = ? and saga_id >= ? and saga_id <= ? order by saga_id limit ?",
        period_id.0.as_bytes().as_slice(),
        first.0.as_bytes().as_slice(),
        last.0.as_bytes().as_slice(),
        limit
    )
    .fetch_all(conn)
    .await
}

pub(super) struct Row {
    saga_id: Vec<u8>,
    user_id: Vec<u8>,
    fingerprint: Vec<u8>,
    pool_id: String,
    pool_revision: Vec<u8>,
    pity_group: Option<String>,
    pity_max_count: Option<u32>,
    rate_up_guarantee: bool,
    draw_count: u32,
    step: u32,
    is_free: bool,
    quoted_at: OffsetDateTime,
    cost_currency_type: String,
    cost_amount: u64,
    point_group: Option<String>,
    points: u64,
    status: String,
    failure_reason: Option<String>,
    charged_free_gems: u64,
    charged_paid_gems: u64,
    expected_draw_number: Option<u64>,
    draw_number: Option<u64>,
    client_seed: Option<String>,
    client_seed_origin: Option<String>,
    client_seed_set_at: Option<OffsetDateTime>,
    seed_period_id: Option<Vec<u8>>,
    state_before: Json<StateDocument>,
    state_after: Option<Json<StateDocument>>,
    results: Option<Json<Vec<ResultDocument>>>,
    salt: Option<Vec<u8>>,
    is_new: Option<Json<Vec<bool>>>,
    reserve_seal: Option<Vec<u8>>,
    draw_seal: Option<Vec<u8>>,
    is_overdue: bool,
    read_at: OffsetDateTime,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    currency_reserved_at: Option<OffsetDateTime>,
    draw_completed_at: Option<OffsetDateTime>,
    item_granted_at: Option<OffsetDateTime>,
    completed_at: Option<OffsetDateTime>,
    compensating_at: Option<OffsetDateTime>,
    currency_refunded_at: Option<OffsetDateTime>,
    failed_at: Option<OffsetDateTime>,
}

/// A drawn item in the column `results`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ResultDocument {
    item_master_id: String,
    rarity: String,
    is_pickup: bool,
}

impl From<&DrawnItem> for ResultDocument {
    fn from(item: &DrawnItem) -> Self {
        Self {
            item_master_id: item.item_master_id.to_string(),
            rarity: item.rarity.to_string(),
            is_pickup: item.is_pickup,
        }
    }
}

impl TryFrom<ResultDocument> for DrawnItem {
    type Error = sqlx::Error;

    fn try_from(document: ResultDocument) -> sqlx::Result<Self> {
        Ok(Self {
            item_master_id: ItemMasterId::new(document.item_master_id).map_err(corrupt)?,
            rarity: word(&document.rarity)?,
            is_pickup: document.is_pickup,
        })
    }
}

impl Row {
    pub(super) fn into_record(self) -> sqlx::Result<SagaRecord> {
        let (created_at, updated_at) = (self.created_at, self.updated_at);
        let timeline = self.timeline();
        Ok(SagaRecord { saga: self.into_saga()?.shown(), timeline, created_at, updated_at })
    }

    pub(super) fn seals(&self) -> Seals {
        Seals { reserve: self.reserve_seal.clone(), draw: self.draw_seal.clone() }
    }

    pub(super) fn into_saga(mut self) -> sqlx::Result<Saga> {
        Ok(Saga {
            saga_id: SagaId(uuid(&self.saga_id)?),
            user_id: UserId(uuid(&self.user_id)?),
            fingerprint: Fingerprint(self.fingerprint.as_slice().try_into().map_err(corrupt)?),
            client_seed: self.own_seed()?,
            expected_draw_number: self
                .expected_draw_number
                .map(DrawNumber::new)
                .transpose()
                .map_err(corrupt)?,
            pity: self.pity()?,
            quote: self.quote()?,
            points: self.points()?,
            before: std::mem::take(&mut self.state_before.0),
            draw: self.draw()?,
            pool_id: PoolId::new(self.pool_id).map_err(corrupt)?,
            pool_revision: PoolRevision(self.pool_revision.as_slice().try_into().map_err(corrupt)?),
            status: word(&self.status)?,
            charge: Charge {
                free_gems: gems(self.charged_free_gems)?,
                paid_gems: gems(self.charged_paid_gems)?,
            },
            failure_reason: self.failure_reason.as_deref().map(word).transpose()?,
            is_new: self.is_new.map(|is_new| is_new.0).unwrap_or_default(),
            is_overdue: self.is_overdue,
            read_at: self.read_at,
        })
    }

    /// Every saga reaches its statuses in this order, and skips some of them.
    fn timeline(&self) -> Vec<Event> {
        let reached = |status, at: Option<OffsetDateTime>| at.map(|at| Event { status, at });
        [
            reached(SagaStatus::Started, Some(self.created_at)),
            reached(SagaStatus::CurrencyReserved, self.currency_reserved_at),
            reached(SagaStatus::DrawCompleted, self.draw_completed_at),
            reached(SagaStatus::ItemGranted, self.item_granted_at),
            reached(SagaStatus::Completed, self.completed_at),
            reached(SagaStatus::Compensating, self.compensating_at),
            reached(SagaStatus::CurrencyRefunded, self.currency_refunded_at),
            reached(SagaStatus::Failed, self.failed_at),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn pity(&self) -> sqlx::Result<Option<SagaPity>> {
        let Some((group, max_count)) = self.pity_group.as_ref().zip(self.pity_max_count) else {
            return Ok(None);
        };
        let group = PityGroup::new(group).map_err(corrupt)?;
        Ok(Some(SagaPity { group, max_count, rate_up_guarantee: self.rate_up_guarantee }))
    }

    fn quote(&self) -> sqlx::Result<Quote> {
        Ok(Quote {
            draw_count: DrawCount::new(self.draw_count).map_err(corrupt)?,
            cost: Cost {
                currency_type: word(&self.cost_currency_type)?,
                amount: gems(self.cost_amount)?,
            },
            step: self.step,
            is_free: self.is_free,
            at: self.quoted_at,
        })
    }

    fn points(&self) -> sqlx::Result<Option<SagaPoints>> {
        let Some(group) = &self.point_group else { return Ok(None) };
        let group = PointGroup::new(group).map_err(corrupt)?;
        Ok(Some(SagaPoints { group, amount: Points::new(self.points).map_err(corrupt)? }))
    }

    /// The client seed that the purchase brought, if it did.
    fn own_seed(&self) -> sqlx::Result<Option<ClientSeed>> {
        let used = self.used_seed()?.filter(|used| used.origin == ClientSeedOrigin::Draw);
        Ok(used.map(|used| used.client_seed))
    }

    fn used_seed(&self) -> sqlx::Result<Option<UsedClientSeed>> {
        let Some((seed, origin)) = self.client_seed.as_ref().zip(self.client_seed_origin.as_ref())
        else {
            return Ok(None);
        };
        Ok(Some(UsedClientSeed {
            client_seed: ClientSeed::new(seed.as_str()).map_err(corrupt)?,
            origin: word(origin)?,
            set_at: self.client_seed_set_at,
        }))
    }

    fn draw(&mut self) -> sqlx::Result<Option<DrawRecord>> {
        let parts = (
            self.draw_number,
            self.used_seed()?,
            self.seed_period_id.as_deref(),
            self.state_after.take(),
            self.results.take(),
            self.salt.as_deref(),
        );
        let (Some(number), Some(client_seed), Some(period), Some(after), Some(results), Some(salt)) =
            parts
        else {
            return Ok(None);
        };
        Ok(Some(DrawRecord {
            number: DrawNumber::new(number).map_err(corrupt)?,
            client_seed,
            period_id: SeedPeriodId(uuid(period)?),
            after: after.0,
            results: results.0.into_iter().map(DrawnItem::try_from).collect::<sqlx::Result<_>>()?,
            salt: Salt(salt.try_into().map_err(corrupt)?),
        }))
    }
}
