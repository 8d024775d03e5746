//! The Merkle trees over the purchases of periods.
//!
//! The leaves of a tree are the sagas of its period that drew, by their ids. Every
//! [`BLOCK`] nodes of a level have one node of the level above, which is stored. So a
//! tree is made and read in blocks, and takes little memory however large it is. A
//! level that fits into one block has no level above it: the root of the tree is the
//! root over that block.

use tenjo_domain::{
    SagaId, SeedPeriod, SeedPeriodId, TreeNode, TreeStep, TreeTotals, tree_path, tree_root,
};
use tenjo_proof::Record;
use uuid::Uuid;

use crate::saga::ended_in;
use crate::{BrokenInvariant, Conn, corrupt, uuid};

/// How many nodes make a block: a power of two, so that blocks of nodes are parts of
/// the tree.
pub const BLOCK: u32 = 256;

/// What became of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grown {
    /// A purchase of the period has not ended.
    Waits,
    /// There is more to read.
    Partly,
    /// Its root is published.
    Rooted,
}

/// A node, and the first and the last saga under it.
#[derive(Debug, Clone, Copy)]
struct Placed {
    node: TreeNode,
    first: SagaId,
    last: SagaId,
}

/// Makes more of the tree of a period that is over and whose draws are no longer in
/// flight, as long as `may_go_on` says so, and publishes its root at the end. What is
/// made of it is the same whoever makes it, also if two do at once.
///
/// # Errors
/// When the database fails, or a saga of the period is not as one at its end.
pub async fn grow(
    conn: &mut Conn,
    period: &SeedPeriod,
    mut may_go_on: impl FnMut() -> bool,
) -> sqlx::Result<Grown> {
    if has_live(conn, period.period_id).await? {
        return Ok(Grown::Waits);
    }
    let mut last = last_of(conn, period.period_id).await?;
    loop {
        if !may_go_on() {
            return Ok(Grown::Partly);
        }
        let leaves = leaves(conn, period, after(last), SagaId(Uuid::max())).await?;
        let Some(block) = above(&leaves)? else { break };
        add(conn, period.period_id, 1, &block).await?;
        last = Some(block.last);
    }
    let mut level = 1;
    let top = loop {
        let mut below = block_of(conn, period.period_id, level, None).await?;
        if below.len() < BLOCK as usize {
            break below;
        }
        let first_block = below.clone();
        let mut blocks = 0;
        while let Some(block) = above(&below)? {
            blocks += 1;
            let next = block_of(conn, period.period_id, level, Some(block.last)).await?;
            if blocks > 1 || !next.is_empty() {
                add(conn, period.period_id, level + 1, &block).await?;
            }
            below = next;
        }
        if blocks == 1 {
            break first_block;
        }
        level += 1;
    };
    let root = root(&top)?;
    publish(conn, period.period_id, &root).await?;
    Ok(Grown::Rooted)
}

/// The way from the leaf of a saga to the root of its period's tree.
///
/// # Errors
/// When the database fails, or the tree does not have the saga.
pub async fn path(
    conn: &mut Conn,
    period: &SeedPeriod,
    saga_id: SagaId,
) -> sqlx::Result<Vec<TreeStep>> {
    let mut steps = Vec::new();
    for level in 0_u8.. {
        let block = block_above(conn, period.period_id, level + 1, saga_id).await?;
        let (first, last) = block.unwrap_or((SagaId(Uuid::nil()), SagaId(Uuid::max())));
        let nodes = if level == 0 {
            leaves(conn, period, first, last).await?
        } else {
            within(conn, period.period_id, level, first, last).await?
        };
        let is_under = |placed: &Placed| (placed.first..=placed.last).contains(&saga_id);
        let position = nodes.iter().position(is_under);
        let position = position.ok_or(BrokenInvariant::NotInTree(saga_id))?;
        let nodes: Vec<TreeNode> = nodes.iter().map(|placed| placed.node).collect();
        steps.extend(tree_path(&nodes, position).map_err(corrupt)?);
        if block.is_none() {
            break;
        }
    }
    Ok(steps)
}

fn after(last: Option<SagaId>) -> SagaId {
    SagaId(Uuid::from_u128(last.map_or(0, |last| last.0.as_u128() + 1)))
}

fn root(nodes: &[Placed]) -> sqlx::Result<TreeNode> {
    let nodes: Vec<TreeNode> = nodes.iter().map(|placed| placed.node).collect();
    tree_root(&nodes).map_err(corrupt)
}

/// The node above a block; `None` above nothing.
fn above(block: &[Placed]) -> sqlx::Result<Option<Placed>> {
    let (Some(first), Some(last)) = (block.first(), block.last()) else { return Ok(None) };
    Ok(Some(Placed { node: root(block)?, first: first.first, last: last.last }))
}

/// The next leaves from one saga to another, a block at most.
async fn leaves(
    conn: &mut Conn,
    period: &SeedPeriod,
    first: SagaId,
    last: SagaId,
) -> sqlx::Result<Vec<Placed>> {
    let sagas = ended_in(conn, period.period_id, first, last, BLOCK).await?;
    sagas
        .iter()
        .map(|saga| {
            let draw = saga.draw.as_ref().filter(|_| saga.status.is_final());
            let draw = draw.ok_or(BrokenInvariant::NotEnded(saga.saga_id))?;
            let record = Record::of(saga, draw, period);
            let text = record.text().map_err(corrupt)?;
            let node = tenjo_proof::leaf(&record, &text).map_err(corrupt)?;
            Ok(Placed { node, first: saga.saga_id, last: saga.saga_id })
        })
        .collect()
}

async fn has_live(conn: &mut Conn, period_id: SeedPeriodId) -> sqlx::Result<bool> {
    let live = sqlx::query!(
        "select 1 as found
         from game_gacha.live_sagas l join game_gacha.sagas s on s.saga_id = l.saga_id
         where s.seed_period_id = ? limit 1",
        period_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(live.is_some())
}

/// The last saga that is under a node already.
async fn last_of(conn: &mut Conn, period_id: SeedPeriodId) -> sqlx::Result<Option<SagaId>> {
    let last = sqlx::query!(
        "select last_saga_id from game_gacha.tree_nodes
         where period_id = ? and level = 1 order by first_saga_id desc limit 1",
        period_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    last.map(|last| Ok(SagaId(uuid(&last.last_saga_id)?))).transpose()
}

/// Stores a node, unless another rotation has.
async fn add(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    level: u8,
    placed: &Placed,
) -> sqlx::Result<()> {
    let totals = placed.node.totals;
    sqlx::query!(
        "insert ignore into game_gacha.tree_nodes
           (period_id, level, first_saga_id, last_saga_id, hash, purchase_count, void_count,
            r_count, sr_count, ssr_count)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        period_id.0.as_bytes().as_slice(),
        level,
        placed.first.0.as_bytes().as_slice(),
        placed.last.0.as_bytes().as_slice(),
        placed.node.hash.as_slice(),
        totals.purchases,
        totals.voids,
        totals.r,
        totals.sr,
        totals.ssr,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Publishes the root of a period, if it has none yet.
async fn publish(conn: &mut Conn, period_id: SeedPeriodId, root: &TreeNode) -> sqlx::Result<()> {
    sqlx::query!(
        "update game_gacha.seed_periods
         set root_hash = ?, purchase_count = ?, void_count = ?, r_count = ?, sr_count = ?,
             ssr_count = ?
         where period_id = ? and root_hash is null and revealed_seed is not null",
        root.hash.as_slice(),
        root.totals.purchases,
        root.totals.voids,
        root.totals.r,
        root.totals.sr,
        root.totals.ssr,
        period_id.0.as_bytes().as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    first_saga_id: Vec<u8>,
    last_saga_id: Vec<u8>,
    hash: Vec<u8>,
    purchase_count: u64,
    void_count: u64,
    r_count: u64,
    sr_count: u64,
    ssr_count: u64,
}

impl TryFrom<Row> for Placed {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let totals = TreeTotals {
            purchases: row.purchase_count,
            voids: row.void_count,
            r: row.r_count,
            sr: row.sr_count,
            ssr: row.ssr_count,
        };
        let hash = row.hash.as_slice().try_into().map_err(corrupt)?;
        Ok(Self {
            node: TreeNode { hash, totals },
            first: SagaId(uuid(&row.first_saga_id)?),
            last: SagaId(uuid(&row.last_saga_id)?),
        })
    }
}

/// The next nodes of a level after a saga, a block at most.
async fn block_of(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    level: u8,
    last: Option<SagaId>,
) -> sqlx::Result<Vec<Placed>> {
    within(conn, period_id, level, after(last), SagaId(Uuid::max())).await
}

/// The nodes of a level from one saga to another, a block at most.
async fn within(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    level: u8,
    first: SagaId,
    last: SagaId,
) -> sqlx::Result<Vec<Placed>> {
    sqlx::query_as!(
        Row,
        "select first_saga_id, last_saga_id, hash, purchase_count, void_count, r_count, sr_count,
                ssr_count
         from game_gacha.tree_nodes
         where period_id = ? and level = ? and first_saga_id >= ? and first_saga_id <= ?
         order by first_saga_id limit ?",
        period_id.0.as_bytes().as_slice(),
        level,
        first.0.as_bytes().as_slice(),
        last.0.as_bytes().as_slice(),
        BLOCK,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Placed::try_from)
    .collect()
}

/// The first and the last saga under the node of a level that a saga is under.
async fn block_above(
    conn: &mut Conn,
    period_id: SeedPeriodId,
    level: u8,
    saga_id: SagaId,
) -> sqlx::Result<Option<(SagaId, SagaId)>> {
    let block = sqlx::query!(
        "select first_saga_id, last_saga_id from game_gacha.tree_nodes
         where period_id = ? and level = ? and first_saga_id <= ?
         order by first_saga_id desc limit 1",
        period_id.0.as_bytes().as_slice(),
        level,
        saga_id.0.as_bytes().as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    block
        .map(|block| Ok((SagaId(uuid(&block.first_saga_id)?), SagaId(uuid(&block.last_saga_id)?))))
        .transpose()
}
