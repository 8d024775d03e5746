use serde::Serialize;
use tenjo_domain::PoolRevision;
use tenjo_http::{ApiError, Call, HasDb, Languages, Player, Reply, active};
use tenjo_store::home::{Household, counter, household};
use tenjo_store::pool::Revisions;
use tenjo_store::{Db, Limit};
use tenjo_views::{CurrencyView, OpenPoolView, StatusView, UserView};

/// A game has far fewer pools on sale. `list-pools` has all of them.
const MOST_POOLS: u32 = 100;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) revisions: Revisions,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Serialize)]
pub(crate) struct HomeView {
    #[serde(flatten)]
    status: StatusView,
    user: UserView,
    currencies: Vec<CurrencyView>,
    pools: Vec<OpenPoolView>,
    has_more_pools: bool,
    unread_presents: u64,
    #[serde(skip)]
    languages: Languages,
}

impl Reply for HomeView {
    fn languages(&self) -> Option<&Languages> {
        Some(&self.languages)
    }
}

/// All that a game's first screen needs.
///
/// It costs two statements on tables. The edge reads the service's status once in two
/// seconds, which is the third, and a process that meets a new revision of a pool reads
/// the rules of all that are new to it in a fourth.
///
/// # Errors
/// - `unauthorized` (401): there is no such player any more
/// - `user_suspended`, `user_deleting` (403)
pub(crate) async fn get_home(app: &App, call: Call<Player>) -> Result<HomeView, ApiError> {
    let (user_id, now, mut reader) = (call.user_id(), call.now(), call.reader());
    let mut conn = app.db.acquire().await?;
    let found = household(&mut conn, user_id, now).await?;
    let Household { user, balances, presents } = found.ok_or(ApiError::Unauthorized)?;
    let user = active(user)?;
    let limit = Limit::new(MOST_POOLS).map_err(ApiError::field("limit"))?;
    let counter = counter(&mut conn, user_id, now, limit).await?;
    let revisions: Vec<PoolRevision> = counter.pools.rows.iter().map(|it| it.revision).collect();
    let rules = app.revisions.get_all(&mut conn, &revisions).await?;
    let mut pools = Vec::with_capacity(rules.len());
    for (open, pool) in counter.pools.rows.iter().zip(&rules) {
        let standing = (&counter.state(pool).state(pool), counter.points(pool)?);
        pools.push(OpenPoolView::of((open, pool.as_ref()), standing, &mut reader, now));
    }
    Ok(HomeView {
        status: StatusView::of(call.service_status()?, now),
        user: user.into(),
        currencies: balances.into_iter().map(CurrencyView::from).collect(),
        pools,
        has_more_pools: counter.pools.has_more,
        unread_presents: presents,
        languages: reader.languages(),
    })
}
