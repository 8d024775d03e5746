//! What an operator sees of the game.

use std::collections::BTreeMap;

use serde::Serialize;
use tenjo_domain::{PoolRevision, SagaStatus, SeedPeriod, ServiceStatus, TreeTotals};
use tenjo_operators::Reply;
use tenjo_saga::MAX_ATTEMPTS;
use tenjo_store::Page;
use tenjo_store::audit::AuditPass;
use tenjo_store::catalogue::CatalogueDocument;
use tenjo_store::operator_log::Listed;
use tenjo_store::pool::{PublishedRevision, SoldPool};
use tenjo_store::recovery::Stopped;
use tenjo_store::saga::SagaRecord;
use tenjo_views::{ActView, SagaStoryView};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::figures::Figures;

#[derive(Serialize)]
pub(crate) struct GameView {
    /// By the clock of the function.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    pub(crate) status: StatusView,
    pub(crate) pools: Vec<PoolView>,
    pub(crate) live: LiveView,
    pub(crate) stopped: Vec<StoppedView>,
    pub(crate) running: Option<PeriodView>,
    pub(crate) periods: Vec<PeriodView>,
    pub(crate) audit: AuditView,
    pub(crate) log: LogView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<DocumentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) catalogue: Option<CatalogueDocument>,
}

impl Reply for GameView {}

/// Whether players are let in.
#[derive(Serialize)]
pub(crate) struct StatusView {
    is_open: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    maintenance_starts_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    maintenance_ends_at: Option<OffsetDateTime>,
    least_client_version: Option<String>,
    newest_client_version: Option<String>,
}

impl StatusView {
    pub(crate) fn of(status: ServiceStatus, now: OffsetDateTime) -> Self {
        Self {
            is_open: !status.maintenance.is_some_and(|it| it.is_running(now)),
            maintenance_starts_at: status.maintenance.map(|it| it.starts_at),
            maintenance_ends_at: status.maintenance.and_then(|it| it.ends_at),
            least_client_version: status.least_client_version.map(|it| it.to_string()),
            newest_client_version: status.newest_client_version.map(|it| it.to_string()),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct PoolView {
    pool_id: String,
    name: String,
    /// The hash of the live document.
    revision: String,
    #[serde(with = "time::serde::rfc3339")]
    live_since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    opens_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    paused_at: Option<OffsetDateTime>,
}

impl From<SoldPool> for PoolView {
    fn from(pool: SoldPool) -> Self {
        Self {
            pool_id: pool.pool_id.to_string(),
            name: pool.name,
            revision: pool.revision.to_string(),
            live_since: pool.live_since,
            opens_at: pool.opens_at,
            closes_at: pool.closes_at,
            paused_at: pool.paused_at,
        }
    }
}

/// The sagas that have not ended.
#[derive(Serialize)]
pub(crate) struct LiveView {
    count: usize,
    /// Whether there may be more than were looked at.
    is_at_least: bool,
    statuses: BTreeMap<&'static str, u64>,
}

impl LiveView {
    pub(crate) fn of(statuses: &[SagaStatus], limit: u32) -> Self {
        let mut counts = BTreeMap::new();
        for status in statuses {
            *counts.entry(status.as_str()).or_default() += 1;
        }
        let count = statuses.len();
        let is_at_least = u32::try_from(count).is_ok_and(|count| count >= limit);
        Self { count, is_at_least, statuses: counts }
    }
}

/// A saga that stopped before its end.
#[derive(Serialize)]
pub(crate) struct StoppedView {
    #[serde(flatten)]
    saga: SagaStoryView,
    user_id: Uuid,
    attempt_count: u32,
    /// Whether the last attempt has begun: somebody has to look at it.
    is_stuck: bool,
    #[serde(with = "time::serde::rfc3339")]
    next_attempt_at: OffsetDateTime,
}

impl StoppedView {
    pub(crate) fn of(stopped: Stopped, record: SagaRecord) -> Self {
        Self {
            user_id: record.saga.user_id.0,
            saga: record.into(),
            attempt_count: stopped.attempt_count,
            is_stuck: stopped.attempt_count >= MAX_ATTEMPTS,
            next_attempt_at: stopped.next_attempt_at,
        }
    }
}

/// A period of the draws' seeds, by default a day, with what was drawn in it.
#[derive(Serialize)]
pub(crate) struct PeriodView {
    period_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    ends_at: OffsetDateTime,
    /// Of the one that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<Figures>,
    /// Of one that is over, once its root is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<TotalsView>,
}

/// Exact: what the published root is over.
#[derive(Serialize)]
struct TotalsView {
    purchases: u64,
    voids: u64,
    r: u64,
    sr: u64,
    ssr: u64,
}

impl From<TreeTotals> for TotalsView {
    fn from(TreeTotals { purchases, voids, r, sr, ssr }: TreeTotals) -> Self {
        Self { purchases, voids, r, sr, ssr }
    }
}

impl PeriodView {
    pub(crate) fn running(period: &SeedPeriod, figures: Figures) -> Self {
        Self { figures: Some(figures), ..Self::over(period) }
    }

    pub(crate) fn over(period: &SeedPeriod) -> Self {
        Self {
            period_id: period.period_id.0,
            starts_at: period.starts_at,
            ends_at: period.ends_at,
            figures: None,
            totals: period.root.as_ref().map(|root| root.totals.into()),
        }
    }
}

/// What the audit of all players found.
#[derive(Serialize)]
pub(crate) struct AuditView {
    /// In the pass that runs; nobody is checked yet when the one before has just ended.
    running: Option<PassView>,
    /// In the last pass that ended.
    last: Option<PassView>,
}

#[derive(Serialize)]
struct PassView {
    checked_players: u64,
    violations: u64,
    redrawn_draws: u64,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl AuditView {
    pub(crate) fn of(running: Option<AuditPass>, last: Option<AuditPass>) -> Self {
        Self { running: running.map(PassView::from), last: last.map(PassView::from) }
    }
}

impl From<AuditPass> for PassView {
    fn from(pass: AuditPass) -> Self {
        Self {
            checked_players: pass.player_count,
            violations: pass.violation_count,
            redrawn_draws: pass.redrawn_count,
            updated_at: pass.updated_at,
        }
    }
}

/// A page of the log of operators, newest first.
#[derive(Serialize)]
pub(crate) struct LogView {
    lines: Vec<LineView>,
    /// What to ask for as `log_before` to see older lines.
    older_before: Option<Uuid>,
}

#[derive(Serialize)]
struct LineView {
    #[serde(flatten)]
    act: ActView,
    /// Whether it is a request that another person has approved.
    is_approved: bool,
}

impl From<Page<Listed>> for LogView {
    fn from(page: Page<Listed>) -> Self {
        let older_before = page.last_before_more().map(|line| line.logged.entry.act_id.0);
        let lines = page
            .rows
            .into_iter()
            .map(|line| LineView { act: line.logged.into(), is_approved: line.is_approved });
        Self { lines: lines.collect(), older_before }
    }
}

/// A revision, as players can read it.
#[derive(Serialize)]
pub(crate) struct DocumentView {
    pool_id: String,
    revision: String,
    document: String,
    odds: String,
    #[serde(with = "time::serde::rfc3339")]
    published_at: OffsetDateTime,
}

impl DocumentView {
    pub(crate) fn of(revision: PoolRevision, published: PublishedRevision) -> Self {
        Self {
            pool_id: published.pool_id.to_string(),
            revision: revision.to_string(),
            document: published.document,
            odds: published.odds,
            published_at: published.published_at,
        }
    }
}
