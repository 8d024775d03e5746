//! The server's seeds: how they are committed to, used and revealed.
//!
//! A seed that is not revealed leaves this module only for a draw. The table has it
//! encrypted, with a key that only Draw and the rotation may use.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use tenjo_domain::{Commitment, SeedPeriod, SeedPeriodId, ServerSeed, Span, TreeNode, TreeTotals};
use tenjo_saga::Seed;
use time::OffsetDateTime;

use crate::error::is_duplicate_of;
use crate::{BrokenInvariant, Conn, Db, Limit, Page, corrupt, uuid};

/// A pending use of a [`SeedKey`].
pub type Using<'a, T> = Pin<Box<dyn Future<Output = Result<T, KeyError>> + Send + 'a>>;

/// The key that server seeds are encrypted with. It binds a ciphertext to its period:
/// under another period's id, it cannot be decrypted.
pub trait SeedKey: fmt::Debug + Send + Sync {
    /// Encrypts the seed of a period.
    fn encrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        server_seed: &'a ServerSeed,
    ) -> Using<'a, Vec<u8>>;

    /// Decrypts what [`Self::encrypt`] returned for this period.
    fn decrypt<'a>(
        &'a self,
        period_id: SeedPeriodId,
        ciphertext: &'a [u8],
    ) -> Using<'a, ServerSeed>;
}

/// Why the key could not be used. It never contains a seed.
#[derive(Debug, thiserror::Error)]
#[error("the key of the server seeds cannot be used: {cause}")]
pub struct KeyError {
    /// Whether a retry may succeed.
    pub is_transient: bool,
    /// Why.
    #[source]
    pub cause: Box<dyn Error + Send + Sync>,
}

impl From<KeyError> for sqlx::Error {
    fn from(error: KeyError) -> Self {
        Self::Decode(Box::new(error))
    }
}

/// This process has no key for seeds: only Draw and the rotation have one.
#[derive(Debug, thiserror::Error)]
#[error("this function has no key for server seeds")]
struct NoKey;

/// The seed of the running period, which this process reads and decrypts once for each
/// period.
#[derive(Debug, Default)]
pub struct Seeds {
    key: Option<Arc<dyn SeedKey>>,
    read: RwLock<Option<Seed>>,
}

impl Seeds {
    /// Seeds that are decrypted with this key.
    #[must_use]
    pub fn opened_with(key: Arc<dyn SeedKey>) -> Self {
        Self { key: Some(key), read: RwLock::default() }
    }

    /// The seed of the period that runs at `at`; `None` if none does. `at` must come
    /// from the database's clock, because rotation uses that clock. With another
    /// clock that is behind, a draw could use a seed that is already public. So the
    /// clocks of a cluster's servers must agree within the grace before a reveal.
    ///
    /// # Errors
    /// When the database fails, the key cannot be used, or the seed is not the one that
    /// was committed to.
    pub async fn get(&self, conn: &mut Conn, at: OffsetDateTime) -> sqlx::Result<Option<Seed>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(seed) = read
            && (seed.span.starts_at..seed.span.ends_at).contains(&at)
        {
            return Ok(Some(seed));
        }
        let key = self.key.as_deref().ok_or_else(|| sqlx::Error::Decode(NoKey.into()))?;
        let seed = running(conn, key, at).await?;
        self.read.write().unwrap_or_else(PoisonError::into_inner).clone_from(&seed);
        Ok(seed)
    }
}

/// Periods that this process has read, kept because what records say of them never
/// changes. A kept one does not know whether its seed is revealed.
#[derive(Debug, Default)]
pub struct Periods {
    read: RwLock<HashMap<SeedPeriodId, SeedPeriod>>,
}

impl Periods {
    /// A period that a saga names.
    ///
    /// # Errors
    /// When the database fails, or has no such period.
    pub async fn get(&self, db: &Db, period_id: SeedPeriodId) -> sqlx::Result<SeedPeriod> {
        let read =
            self.read.read().unwrap_or_else(PoisonError::into_inner).get(&period_id).cloned();
        if let Some(period) = read {
            return Ok(period);
        }
        let period = find(&mut *db.acquire().await?, period_id).await?;
        let period = period.ok_or(BrokenInvariant::NoSeedPeriod(period_id))?;
        let period = SeedPeriod { revealed_seed: None, root: None, ..period };
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= KEPT_PERIODS {
            read.clear();
        }
        read.insert(period_id, period.clone());
        Ok(period)
    }
}

/// How many periods a process keeps at most. Purchases are almost always of the last.
const KEPT_PERIODS: usize = 16;

/// A stored seed is not the one that was committed to.
#[derive(Debug, thiserror::Error)]
#[error("the seed of period {0} is not the one that was committed to")]
struct BrokenCommitment(uuid::Uuid);

/// The query names the types of `revealed_seed` and `root_hash`, because the macro takes
/// a nullable binary column for JSON.
struct Row {
    period_id: Vec<u8>,
    commitment: Vec<u8>,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    published_at: OffsetDateTime,
    revealed_seed: Option<Vec<u8>>,
    root_hash: Option<Vec<u8>>,
    purchase_count: u64,
    void_count: u64,
    r_count: u64,
    sr_count: u64,
    ssr_count: u64,
}

impl Row {
    fn root(&self) -> sqlx::Result<Option<TreeNode>> {
        let totals = TreeTotals {
            purchases: self.purchase_count,
            voids: self.void_count,
            r: self.r_count,
            sr: self.sr_count,
            ssr: self.ssr_count,
        };
        let hash = self.root_hash.as_deref().map(bytes).transpose()?;
        Ok(hash.map(|hash| TreeNode { hash, totals }))
    }
}

impl TryFrom<Row> for SeedPeriod {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            period_id: SeedPeriodId(uuid(&row.period_id)?),
            commitment: Commitment(bytes(&row.commitment)?),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            published_at: row.published_at,
            revealed_seed: row.revealed_seed.as_deref().map(seed).transpose()?,
            root: row.root()?,
        })
    }
}

fn bytes(stored: &[u8]) -> sqlx::Result<[u8; 32]> {
    stored.try_into().map_err(corrupt)
}

fn seed(stored: &[u8]) -> sqlx::Result<ServerSeed> {
    bytes(stored).map(ServerSeed::new)
}

/// The time by which periods begin and end: the database's, because draws use it
/// too. With a clock of its own that runs ahead, the rotation could reveal a seed
/// that is still in use.
///
/// # Errors
/// When the database fails.
pub async fn now(conn: &mut Conn) -> sqlx::Result<OffsetDateTime> {
    sqlx::query_scalar!(r#"select current_timestamp(6) as "now!: OffsetDateTime""#)
        .fetch_one(conn)
        .await
}

/// The period with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, period_id: SeedPeriodId) -> sqlx::Result<Option<SeedPeriod>> {
    sqlx::query_as!(
        Row,
        r#"select period_id, commitment, starts_at, ends_at, published_at,
                  revealed_seed as "revealed_seed: Vec<u8>", root_hash as "root_hash: Vec<u8>",
                  purchase_count, void_count, r_count, sr_count, ssr_count
           from game_gacha.seed_periods where period_id = ?"#,
        period_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?
    .map(SeedPeriod::try_from)
    .transpose()
}

/// A page of periods, newest first, starting after the one that begins at `after`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    after: Option<OffsetDateTime>,
    limit: Limit,
) -> sqlx::Result<Page<SeedPeriod>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select period_id, commitment, starts_at, ends_at, published_at,
                  revealed_seed as "revealed_seed: Vec<u8>", root_hash as "root_hash: Vec<u8>",
                  purchase_count, void_count, r_count, sr_count, ssr_count
           from game_gacha.seed_periods
           where ? is null or starts_at < ? order by starts_at desc limit ?"#,
        after,
        after,
        limit.and_one(),
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(SeedPeriod::try_from)
    .collect::<sqlx::Result<_>>()?;
    Ok(Page::of(rows, limit))
}

/// The periods that a rotation needs to see: every one without a seed that is revealed
/// or without a root, and always the last one.
///
/// # Errors
/// When the database fails.
pub async fn unsettled(conn: &mut Conn) -> sqlx::Result<Vec<SeedPeriod>> {
    sqlx::query_as!(
        Row,
        r#"select period_id, commitment, starts_at, ends_at, published_at,
                  revealed_seed as "revealed_seed: Vec<u8>", root_hash as "root_hash: Vec<u8>",
                  purchase_count, void_count, r_count, sr_count, ssr_count
           from game_gacha.seed_periods
           where root_hash is null
              or starts_at = (select max(starts_at) from game_gacha.seed_periods)
           order by starts_at"#,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(SeedPeriod::try_from)
    .collect()
}

/// Commits to a seed for a new period, which is stored encrypted; `false` if a period
/// with this start exists, because another rotation was first. The caller then rolls
/// back.
///
/// # Errors
/// When the database fails.
pub async fn add(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    span: Span,
    commitment: Commitment,
    ciphertext: &[u8],
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into game_gacha.seed_periods (period_id, commitment, starts_at, ends_at)
         values (?, ?, ?, ?)",
        period_id.0.as_bytes().as_slice(),
        commitment.0.as_slice(),
        span.starts_at,
        span.ends_at,
    )
    .execute(&mut *conn)
    .await;
    match done {
        Err(error) if is_duplicate_of(&error, "seed_periods_start") => return Ok(false),
        done => done?,
    };
    sqlx::query!(
        "insert into game_gacha.server_seeds (period_id, ciphertext) values (?, ?)",
        period_id.0.as_bytes().as_slice(),
        ciphertext,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Publishes the seed of a period that is over; `false` if it is published
/// already, or if the period is not over by the database's clock.
///
/// # Errors
/// When the database fails, the key cannot be used, or the seed is not the one that
/// was committed to. Such a seed is not published.
pub async fn reveal(
    conn: &mut Conn,
    key: &dyn SeedKey,
    period_id: SeedPeriodId,
) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select p.commitment, p.starts_at, p.ends_at, s.ciphertext
         from game_gacha.seed_periods p
         join game_gacha.server_seeds s on s.period_id = p.period_id
         where p.period_id = ?",
        period_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(BrokenInvariant::NoSeedPeriod(period_id))?;
    let span = Span { starts_at: row.starts_at, ends_at: row.ends_at };
    let server_seed = key.decrypt(period_id, &row.ciphertext).await?;
    let server_seed = committed(period_id, span, &row.commitment, server_seed)?;
    let done = sqlx::query!(
        "update game_gacha.seed_periods set revealed_seed = ?
         where period_id = ? and revealed_seed is null and ends_at <= current_timestamp(6)",
        server_seed.expose().as_slice(),
        period_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The period that runs at `at`, with its seed; `None` if none runs, or if its seed
/// is public, because nobody may draw with a public seed.
async fn running(
    conn: &mut Conn,
    key: &dyn SeedKey,
    at: OffsetDateTime,
) -> sqlx::Result<Option<Seed>> {
    let row = sqlx::query!(
        "select p.period_id, p.commitment, p.starts_at, p.ends_at, s.ciphertext
         from game_gacha.seed_periods p
         join game_gacha.server_seeds s on s.period_id = p.period_id
         where p.starts_at <= ? and p.ends_at > ? and p.revealed_seed is null
         order by p.starts_at desc limit 1",
        at,
        at,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let period_id = SeedPeriodId(uuid(&row.period_id)?);
    let span = Span { starts_at: row.starts_at, ends_at: row.ends_at };
    let server_seed = key.decrypt(period_id, &row.ciphertext).await?;
    let server_seed = committed(period_id, span, &row.commitment, server_seed)?;
    Ok(Some(Seed { period_id, span, server_seed }))
}

/// The seed, if it is the one that was committed to.
fn committed(
    period_id: SeedPeriodId,
    span: Span,
    commitment: &[u8],
    server_seed: ServerSeed,
) -> sqlx::Result<ServerSeed> {
    if server_seed.commitment(span) == Commitment(bytes(commitment)?) {
        Ok(server_seed)
    } else {
        Err(corrupt(BrokenCommitment(period_id.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_that_was_not_committed_to_is_never_used() {
        let period_id = SeedPeriodId(uuid::Uuid::from_u128(1));
        let starts_at = OffsetDateTime::UNIX_EPOCH;
        let span = Span { starts_at, ends_at: starts_at + time::Duration::DAY };
        let commitment = ServerSeed::new([1; 32]).commitment(span).0;
        let check = |span, seed| committed(period_id, span, &commitment, ServerSeed::new(seed));
        assert!(check(span, [1; 32]).is_ok());
        assert!(check(span, [2; 32]).is_err());
        let moved = Span { ends_at: span.ends_at + time::Duration::DAY, ..span };
        assert!(check(moved, [1; 32]).is_err());
    }
}
