//! What is told of a publication: in the answer, and in the log.

use serde::Serialize;

/// What changed, or with a dry run would change.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) dry_run: bool,
    pub(crate) pools: Vec<PoolReport>,
}

/// What changed of one pool.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PoolReport {
    pub(crate) pool_id: String,
    pub(crate) change: Change,
    /// What is sold from now on; nothing if it is retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// What was sold until now, if that is something else. A rollback to it
    /// names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaced: Option<String>,
    /// Each difference as `path: old -> new`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) differences: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// It is sold again, or for the first time.
    New,
    Unchanged,
    Changed,
    /// It is no longer sold. Its revisions stay.
    Retired,
}

impl Report {
    /// One line for each pool that changed, and one for all of it.
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
        tracing::info!(
            dry_run = self.dry_run,
            pools = self.pools.len(),
            changed = changed().count(),
            "the masters are published"
        );
    }
}
