//! Puts the master data of this build on sale.

use tenjo_documents::PublishedOdds;
use tenjo_domain::{Pool, PoolId, Shop, ShopRevision};
use tenjo_masters::{ItemEntry, Masters, Mistakes};
use tenjo_store::catalogue::{self, Catalogue};
use tenjo_store::item_master::{self, ItemMaster};
use tenjo_store::pool::{self, LivePool};
use tenjo_store::{Conn, Db, shop};

use crate::diff::diff;
use crate::event::EventError;
use crate::masters;
use crate::plan::{Next, PlanError, Retired, plan, plan_shop};
use crate::report::{Change, PoolReport, Report};

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error("{0}")]
    Event(#[from] EventError),
    #[error("the master data is wrong:\n{0}")]
    Masters(#[from] Mistakes),
    #[error("{}", list(.0))]
    Plan(Vec<PlanError>),
    #[error("{}", .0.join("\n"))]
    Shop(Vec<String>),
    #[error("pool {pool_id} has no revision {revision} that can be sold")]
    NoSuchRevision { pool_id: PoolId, revision: tenjo_domain::PoolRevision },
    #[error("another publication was first: check what is live now, and try again")]
    Overtaken,
    #[error("what is published cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

fn list(errors: &[PlanError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Publishes all master data, or with `dry_run` only reports what would change.
pub(crate) async fn publish(db: &Db, dry_run: bool) -> Result<Report, PublishError> {
    let (masters, (next_shop, products)) = masters::embedded()?;
    let next: Vec<Next> = masters.pools.iter().map(Next::of).collect();
    let next_catalogue = Catalogue {
        items: masters.items.iter().map(item_master).collect(),
        pools: masters.presentations.clone(),
        shop: None, // it is planned by itself
        products,
    };
    let mut conn = db.acquire().await?;
    let live = pool::live(&mut conn).await?;
    let retired = retired(&mut conn, &live, masters.pools.iter().map(Pool::pool_id)).await?;
    let live_shop = shop::live(&mut conn).await?;
    let sold = match live_shop {
        Some(revision) => Some(shop::read(&mut conn, revision).await?),
        None => None,
    };
    let catalogue = compare(catalogue::live(&mut conn).await?, &next_catalogue)?;
    drop(conn);
    let shop = plan_shop(sold.as_ref(), &next_shop).map_err(PublishError::Shop)?;
    let pools = plan(&live, &retired, &next, true).map_err(PublishError::Plan)?;
    if !dry_run {
        // Computed before the transaction begins, because it takes long.
        let odds = odds_of_changed(&masters.pools, &pools)?;
        write(db, (&live, live_shop), (&masters, &next_shop, &next_catalogue), &odds).await?;
    }
    Ok(Report { dry_run, pools, shop: Some(shop), catalogue })
}

/// What changes beside the rules of pools and the shop, whose changes are planned. This is
/// only told: nothing there depends on what was live before.
fn compare(live: Catalogue, next: &Catalogue) -> Result<Vec<String>, serde_json::Error> {
    let live = Catalogue { shop: None, ..live.touched_by(next) };
    Ok(diff(&serde_json::to_value(live.document())?, &serde_json::to_value(next.document())?))
}

/// The pools whose revision is not live yet, each with its odds to publish.
fn odds_of_changed<'a>(
    pools: &'a [Pool],
    reports: &[PoolReport],
) -> Result<Vec<(&'a Pool, String)>, serde_json::Error> {
    let is_unchanged = |pool: &Pool| {
        reports.iter().any(|report| {
            report.change == Change::Unchanged && report.pool_id == pool.pool_id().as_str()
        })
    };
    let changed = pools.iter().filter(|pool| !is_unchanged(pool));
    changed.map(|pool| Ok((pool, serde_json::to_string(&PublishedOdds::of(pool))?))).collect()
}

/// Writes everything in one transaction.
async fn write(
    db: &Db,
    (live, live_shop): (&[LivePool], Option<ShopRevision>),
    (masters, next_shop, catalogue): (&Masters, &Shop, &Catalogue),
    changed: &[(&Pool, String)],
) -> Result<(), PublishError> {
    let mut tx = db.begin().await?;
    if !is_still_live(&mut tx, live).await? || shop::lock_live(&mut tx).await? != live_shop {
        return Err(PublishError::Overtaken);
    }
    shop::publish(&mut tx, next_shop).await?;
    shop::present(&mut tx, &catalogue.products).await?;
    item_master::put(&mut tx, &catalogue.items).await?;
    for (pool, odds) in changed {
        pool::publish(&mut tx, pool, odds).await?;
    }
    // Also of those whose rules stay: a translation is no new revision.
    for (pool_id, presentation) in &catalogue.pools {
        pool::present(&mut tx, pool_id, presentation).await?;
    }
    let sold: Vec<&PoolId> = masters.pools.iter().map(Pool::pool_id).collect();
    pool::retire_all_but(&mut tx, &sold).await?;
    tx.commit().await?;
    Ok(())
}

/// The last rules of those pools that are not live, but were before.
pub(crate) async fn retired<'a>(
    conn: &mut Conn,
    live: &[LivePool],
    pool_ids: impl Iterator<Item = &'a PoolId>,
) -> sqlx::Result<Vec<Retired>> {
    let mut retired = Vec::new();
    for pool_id in pool_ids.filter(|id| !live.iter().any(|live| live.pool_id == **id)) {
        if let Some(document) = pool::last_document(conn, pool_id).await? {
            retired.push(Retired { pool_id: pool_id.clone(), document });
        }
    }
    Ok(retired)
}

/// Whether the plan was made for what is live now. If any pool is live, no other
/// publication can pass this check until the transaction ends.
pub(crate) async fn is_still_live(conn: &mut Conn, seen: &[LivePool]) -> sqlx::Result<bool> {
    let seen = seen.iter().map(|pool| (pool.pool_id.clone(), pool.revision));
    Ok(pool::lock_live(conn).await? == seen.collect::<Vec<_>>())
}

fn item_master(item: &ItemEntry) -> ItemMaster {
    ItemMaster {
        item_master_id: item.item_master_id.clone(),
        name: item.presentation.name.own().to_owned(),
        rarity: item.rarity,
        kind: item.kind.clone(),
        presentation: Some(item.presentation.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next() -> Catalogue {
        let (masters, (_, products)) = masters::embedded().unwrap();
        Catalogue {
            items: masters.items.iter().map(item_master).collect(),
            pools: masters.presentations,
            shop: None,
            products,
        }
    }

    #[test]
    fn a_changed_item_text_or_price_is_told_and_what_publishing_leaves_is_not() {
        let next = next();
        assert_eq!(compare(next.clone(), &next).unwrap(), [""; 0]);

        let mut live = next.clone();
        let kind = std::mem::replace(&mut live.items[0].kind, "beast".to_owned());
        let told = compare(live.clone(), &next).unwrap();
        let item = &next.items[0].item_master_id;
        assert_eq!(told, [format!("items[{item}].kind: \"beast\" -> \"{kind}\"")]);

        // An item and a pool that the next masters do not have any more.
        live = next.clone();
        let mut fewer = next.clone();
        fewer.items.pop();
        fewer.pools.pop_last();
        assert_eq!(compare(live.clone(), &fewer).unwrap(), [""; 0]);

        // What players read of a product is live, and goes.
        live.products.clear();
        let told = compare(live, &next).unwrap();
        assert_eq!(told.len(), next.products.len(), "{told:?}");
        assert!(told.iter().all(|it| it.starts_with("products.")), "{told:?}");
        let told = compare(Catalogue::default(), &next).unwrap();
        assert!(told.iter().any(|it| it.starts_with("items[")), "{told:?}");
        assert!(!told.iter().any(|it| it.starts_with("shop")), "{told:?}");
    }
}
