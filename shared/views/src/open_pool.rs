//! A pool in short, with a player's standing.

use serde::Serialize;
use tenjo_domain::{PlayerState, Points, Pool};
use tenjo_http::Reader;
use tenjo_store::pool::OpenPool;
use time::OffsetDateTime;

use crate::pool::kind_of;
use crate::{PityView, PresentationView, StandingView};

/// What a first screen shows of a pool. The rules are in the pool's detail.
#[derive(Serialize)]
pub struct OpenPoolView {
    pool_id: String,
    #[serde(flatten)]
    presentation: PresentationView,
    kind: &'static str,
    revision: String,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    is_open: bool,
    pity: Option<PityView>,
    standing: StandingView,
}

impl OpenPoolView {
    /// A pool as it is sold at `now` to a player in this state.
    pub fn of(
        (open, pool): (&OpenPool, &Pool),
        (state, points): (&PlayerState, Option<Points>),
        reader: &mut Reader,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            pool_id: open.pool_id.to_string(),
            presentation: PresentationView::of(open.presentation.as_ref(), pool.name(), reader),
            kind: kind_of(&pool.parts().kind),
            revision: open.revision.to_string(),
            closes_at: pool.closes_at(),
            is_open: pool.is_open(now),
            pity: PityView::now(pool, state.pity),
            standing: StandingView::of(pool, state, points, now),
        }
    }
}
