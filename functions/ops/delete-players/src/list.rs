//! The players of one shard who are due, page by page.

use tenjo_domain::UserId;
use tenjo_store::Db;
use tenjo_store::deletion::{self, Due, LastSeen, Why};

/// How many players one page has at most.
const PAGE: u32 = 64;

/// Those who are due, and how far they were read.
pub(crate) enum List {
    Asked { shard: u8, after: Option<Due> },
    NotSeenFor { days: u16, shard: u8, after: Option<LastSeen> },
}

impl List {
    pub(crate) const fn of(why: Why, shard: u8) -> Self {
        match why {
            Why::Asked => Self::Asked { shard, after: None },
            Why::NotSeenFor(days) => Self::NotSeenFor { days, shard, after: None },
        }
    }

    /// The next page; empty at the end.
    pub(crate) async fn next_page(&mut self, db: &Db) -> sqlx::Result<Vec<UserId>> {
        let mut conn = db.acquire().await?;
        Ok(match self {
            Self::Asked { shard, after } => {
                let page = deletion::due(&mut conn, *shard, *after, PAGE).await?;
                *after = page.last().copied().or(*after);
                page.into_iter().map(|due| due.user_id).collect()
            }
            Self::NotSeenFor { days, shard, after } => {
                let page = deletion::not_seen_for(&mut conn, *days, *shard, *after, PAGE).await?;
                *after = page.last().copied().or(*after);
                page.into_iter().map(|seen| seen.user_id).collect()
            }
        })
    }
}
