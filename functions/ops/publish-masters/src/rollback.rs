//! Puts an older revision of a pool on sale.

use tenjo_documents::from_document;
use tenjo_domain::{PoolId, PoolRevision};
use tenjo_store::Db;
use tenjo_store::pool;

use crate::plan::{Next, PlanError, plan};
use crate::publish::{PublishError, is_still_live, retired};
use crate::report::Report;

/// Rolls one pool back, or with `dry_run` only reports what would change.
///
/// The master files stay as they are, and the next publication puts their rules on
/// sale again. Correct them before that.
pub(crate) async fn roll_back(
    db: &Db,
    dry_run: bool,
    pool_id: &PoolId,
    revision: PoolRevision,
) -> Result<Report, PublishError> {
    let mut tx = db.begin().await?;
    let before = pool::live(&mut tx).await?;
    if !is_still_live(&mut tx, &before).await? {
        return Err(PublishError::Overtaken);
    }
    let retired = retired(&mut tx, &before, [pool_id].into_iter()).await?;
    if !pool::rollback(&mut tx, pool_id, revision).await? {
        return Err(PublishError::NoSuchRevision { pool_id: pool_id.clone(), revision });
    }
    // This is committed below only if the revision can be read and may be sold.
    let document = pool::document(&mut tx, revision).await?;
    let pool = from_document(&document).map_err(|error| {
        PublishError::Plan(vec![PlanError::Last { pool_id: pool_id.clone(), error }])
    })?;
    let pools = plan(&before, &retired, &[Next::of(&pool)], false).map_err(PublishError::Plan)?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(Report { dry_run, pools, shop: None, catalogue: Vec::new() })
}
