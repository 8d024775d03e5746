//! The report of a publication, for the answer and the log.

use serde::Serialize;

/// What changed, or would change if this were not a dry run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) dry_run: bool,
    pub(crate) pools: Vec<PoolReport>,
    /// What changed in what is sold for money; none if a pool was rolled back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shop: Option<ShopReport>,
    /// What changed beside the rules of pools: in items, in what is sold for money, and in
    /// what players read and see. Each difference as `path: old -> new`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) catalogue: Vec<String>,
}

/// What changed in what is sold for money.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ShopReport {
    pub(crate) change: Change,
    /// The revision that sells from now on.
    pub(crate) revision: String,
    /// The revision that sold until now, if it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaced: Option<String>,
    /// Each difference as `path: old -> new`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) differences: Vec<String>,
}

/// What changed in one pool.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PoolReport {
    pub(crate) pool_id: String,
    pub(crate) change: Change,
    /// The revision that is on sale from now on; none if the pool is retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// The revision that was on sale until now, if it is another one. A rollback
    /// needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaced: Option<String>,
    /// Each difference as `path: old -> new`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) differences: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It goes on sale, for the first time or again.
    New,
    Unchanged,
    Changed,
    /// It goes off sale. Its revisions stay.
    Retired,
}

impl Report {
    /// Logs one line for each pool that changed, and one for the whole publication.
    pub(crate) fn log(&self) {
        let changed = || self.pools.iter().filter(|pool| pool.change != Change::Unchanged);
        for pool in changed() {
            tracing::info!(
                dry_run = self.dry_run,
                pool.id = pool.pool_id,
                pool.revision = pool.revision,
                pool.replaced = pool.replaced,
                differences = pool.differences.join("; "),
                "pool {:?}",
                pool.change,
            );
        }
        if let Some(shop) = self.shop.as_ref().filter(|shop| shop.change != Change::Unchanged) {
            tracing::info!(
                dry_run = self.dry_run,
                shop.revision = shop.revision,
                shop.replaced = shop.replaced,
                differences = shop.differences.join("; "),
                "shop {:?}",
                shop.change
            );
        }
        tracing::info!(
            dry_run = self.dry_run,
            pools = self.pools.len(),
            changed = changed().count(),
            other_differences = self.catalogue.len(),
            "publication finished"
        );
    }
}
