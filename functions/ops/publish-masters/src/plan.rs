//! Plans a publication: what it changes, and whether each change is allowed. Nothing
//! is committed before that is known.

use std::collections::BTreeMap;

use serde_json::Value;
use tenjo_documents::{
    DocumentError, from_document, revision, shop_revision, to_document, to_shop_document,
};
use tenjo_domain::{DrawGroup, Pool, PoolId, PoolKind, PoolRevision, Shop};
use tenjo_store::pool::LivePool;

use crate::diff::diff;
use crate::report::{Change, PoolReport, ShopReport};

/// The next version of a pool: its revision, and the text of its rules.
pub(crate) struct Next {
    pool_id: PoolId,
    revision: PoolRevision,
    document: String,
    lasting: Lasting,
}

/// The properties of a pool that must never change, because players' state depends
/// on them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lasting {
    /// Players' pity, and the key of their live saga, belong to the group.
    draw_group: DrawGroup,
    /// Players have a position in its steps, or a partly emptied box.
    kind: &'static str,
    /// Players have points of this group. A pool without points may start to give some.
    point_group: Option<String>,
}

impl Lasting {
    fn of(pool: &Pool) -> Self {
        Self {
            draw_group: pool.draw_group(),
            kind: match pool.parts().kind {
                PoolKind::Standard(_) => "standard pool",
                PoolKind::StepUp { .. } => "step-up",
                PoolKind::Box { .. } => "box",
            },
            point_group: pool.exchange().map(|rule| rule.group.as_str().to_owned()),
        }
    }

    /// What is wrong with changing a pool from these properties to `next`, if
    /// anything.
    fn lost_in(&self, next: &Self) -> Option<String> {
        if self.draw_group != next.draw_group {
            let (from, to) = (&self.draw_group, &next.draw_group);
            return Some(format!(
                "move from draw group {from} to {to}, away from its players' pity"
            ));
        }
        if self.kind != next.kind {
            return Some(format!("become a {}, but was a {}", next.kind, self.kind));
        }
        let from = self.point_group.as_ref()?;
        (next.point_group.as_ref() != Some(from))
            .then(|| format!("no longer give points of the group {from}, which its players have"))
    }
}

impl Next {
    pub(crate) fn of(pool: &Pool) -> Self {
        let document = to_document(pool);
        Self {
            pool_id: pool.pool_id().clone(),
            revision: revision(&document),
            document,
            lasting: Lasting::of(pool),
        }
    }
}

/// Why a pool must not be changed as planned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("pool {pool_id} would {what}; sell a new pool instead")]
    Lasting { pool_id: PoolId, what: String },
    #[error("the last rules of pool {pool_id} cannot be read: {error}")]
    Last { pool_id: PoolId, error: DocumentError },
}

/// The last rules of a pool that is not on sale now.
pub(crate) struct Retired {
    pub(crate) pool_id: PoolId,
    pub(crate) document: String,
}

/// Compares the live pools with the next ones. `retired` are pools among the next
/// ones that are not live, but were before. `retires` decides whether live pools that
/// are not among the next ones go off sale, or stay as they are.
///
/// # Errors
/// Every pool that must not be changed as planned.
pub(crate) fn plan(
    live: &[LivePool],
    retired: &[Retired],
    next: &[Next],
    retires: bool,
) -> Result<Vec<PoolReport>, Vec<PlanError>> {
    let mut live: BTreeMap<&PoolId, &LivePool> =
        live.iter().map(|pool| (&pool.pool_id, pool)).collect();
    let mut reports = Vec::new();
    let mut errors = Vec::new();
    for next in next {
        let planned = match live.remove(&next.pool_id) {
            Some(live) => change(live, next),
            None => back(retired, next),
        };
        match planned {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
    }
    if retires {
        reports.extend(live.into_values().map(retire));
    }
    reports.sort_by(|a, b| a.pool_id.cmp(&b.pool_id));
    if errors.is_empty() { Ok(reports) } else { Err(errors) }
}

fn new(next: &Next) -> PoolReport {
    PoolReport {
        pool_id: next.pool_id.to_string(),
        change: Change::New,
        revision: Some(next.revision.to_string()),
        replaced: None,
        differences: Vec::new(),
    }
}

/// Plans a pool that is not on sale now: a new one, or one that returns.
fn back(retired: &[Retired], next: &Next) -> Result<PoolReport, PlanError> {
    if let Some(last) = retired.iter().find(|last| last.pool_id == next.pool_id) {
        check_lasting(&last.document, next)?;
    }
    Ok(new(next))
}

fn check_lasting(last: &str, next: &Next) -> Result<(), PlanError> {
    let pool_id = &next.pool_id;
    let last =
        from_document(last).map_err(|error| PlanError::Last { pool_id: pool_id.clone(), error })?;
    match Lasting::of(&last).lost_in(&next.lasting) {
        Some(what) => Err(PlanError::Lasting { pool_id: pool_id.clone(), what }),
        None => Ok(()),
    }
}

fn retire(live: &LivePool) -> PoolReport {
    PoolReport {
        pool_id: live.pool_id.to_string(),
        change: Change::Retired,
        revision: None,
        replaced: Some(live.revision.to_string()),
        differences: Vec::new(),
    }
}

fn change(live: &LivePool, next: &Next) -> Result<PoolReport, PlanError> {
    if live.revision == next.revision {
        return Ok(PoolReport { change: Change::Unchanged, ..new(next) });
    }
    check_lasting(&live.document, next)?;
    let differences = diff(&value(&live.document), &value(&next.document));
    let replaced = Some(live.revision.to_string());
    Ok(PoolReport { change: Change::Changed, replaced, differences, ..new(next) })
}

/// Compares the live shop with the next one, which must not lose anything that players may
/// have paid for.
///
/// # Errors
/// Everything that it would lose.
pub(crate) fn plan_shop(live: Option<&Shop>, next: &Shop) -> Result<ShopReport, Vec<String>> {
    let document = to_shop_document(next);
    let report = |change| ShopReport {
        change,
        revision: shop_revision(&document).to_string(),
        replaced: None,
        differences: Vec::new(),
    };
    let Some(live) = live else { return Ok(report(Change::New)) };
    let before = to_shop_document(live);
    if before == document {
        return Ok(report(Change::Unchanged));
    }
    let lost = live.lost_in(next);
    if !lost.is_empty() {
        return Err(lost);
    }
    Ok(ShopReport {
        replaced: Some(shop_revision(&before).to_string()),
        differences: diff(&value(&before), &value(&document)),
        ..report(Change::Changed)
    })
}

/// Parses a document, which is always JSON.
fn value(document: &str) -> Value {
    serde_json::from_str(document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = "
items:
  - { item_master_id: sword, name: Sword, rarity: SSR, kind: weapon }
";

    fn pool(pool_id: &str, group: &str, amount: u64) -> Pool {
        let text = format!(
            "
pool_id: {pool_id}
name: Small
opens_at: 2026-01-01T00:00:00Z
prices: [{{ draw_count: 1, currency_type: free_gem, amount: {amount} }}]
pity: {{ group: {group}, max_count: 90 }}
rarity_weights: {{ SSR: 1 }}
items: [{{ item_master_id: sword, weight: 1 }}]
"
        );
        tenjo_masters::read(ITEMS, &[(&format!("{pool_id}.yaml"), &text)]).unwrap().pools.remove(0)
    }

    fn live(pool: &Pool) -> LivePool {
        let Next { pool_id, revision, document, .. } = Next::of(pool);
        LivePool { pool_id, revision, document }
    }

    #[test]
    fn each_pool_is_told_with_what_changes() {
        let before = ["pool-changed", "pool-retired", "pool-same"]
            .map(|name| live(&pool(name, "group", 300)));
        let next = [
            pool("pool-changed", "group", 250),
            pool("pool-new", "group", 1),
            pool("pool-same", "group", 300),
        ];
        let next = next.each_ref().map(Next::of);
        let reports = plan(&before, &[], &next, true).unwrap();
        let told: Vec<_> =
            reports.iter().map(|report| (report.pool_id.as_str(), report.change)).collect();
        assert_eq!(
            told,
            [
                ("pool-changed", Change::Changed),
                ("pool-new", Change::New),
                ("pool-retired", Change::Retired),
                ("pool-same", Change::Unchanged),
            ]
        );
        assert_eq!(reports[0].differences, ["rules.prices[1].amount: 300 -> 250"]);
        assert_eq!(reports[0].replaced, Some(before[0].revision.to_string()));
        assert_eq!(reports[2].revision, None);

        let kept = plan(&before, &[], &next[..1], false).unwrap();
        assert_eq!(kept.len(), 1, "a rollback concerns one pool: {kept:?}");
    }

    /// A shop that sells so many gems by a name of Google's.
    fn shop(paid_gems: u64, name: &str, closes_at: &str) -> Shop {
        let text = format!(
            "
allowance:
  currency: JPY
  utc_offset: \"+09:00\"
  groups: [{{ under_age: 16, monthly: 5000 }}]
disclosures:
  - {{ disclosure_id: law, language: ja, title: Law, text: All of it. }}
products:
  - product_id: gems
    name: Gems
    paid_gems: {paid_gems}
    opens_at: 2026-01-01T00:00:00Z
    {closes_at}
    google: {{ product_id: {name}, prices: {{ JPY: 160 }} }}
"
        );
        tenjo_masters::read_shop(&text).unwrap()
    }

    #[test]
    fn each_difference_of_the_shop_is_told_and_what_it_would_lose_is_refused() {
        let live = shop(60, "gems_60", "");
        let new = plan_shop(None, &live).unwrap();
        assert_eq!((new.change, new.replaced, new.differences.len()), (Change::New, None, 0));
        let same = plan_shop(Some(&live), &live).unwrap();
        assert_eq!((same.change, same.differences.len()), (Change::Unchanged, 0));
        assert_eq!(same.revision, new.revision);

        let more = shop(600, "gems_60", "closes_at: 2027-01-01T00:00:00Z");
        let changed = plan_shop(Some(&live), &more).unwrap();
        assert_eq!(changed.change, Change::Changed);
        assert_eq!(
            changed.differences,
            [
                "products[gems].closes_at: none -> \"2027-01-01T00:00:00.000000Z\"",
                "products[gems].paid_gems: 60 -> 600",
            ]
        );
        assert_eq!(changed.replaced, Some(same.revision));

        let lost = plan_shop(Some(&live), &shop(60, "gems_61", "")).unwrap_err();
        assert_eq!(
            lost,
            ["product gems would no longer be gems_60 of google, which players may have paid \
              for; close it instead"]
        );
    }

    #[test]
    fn a_pool_that_would_leave_its_draw_group_is_refused() {
        let before = live(&pool("pool-moon", "festival", 300));
        let next = [Next::of(&pool("pool-moon", "moon", 300))];
        let told = "pool pool-moon would move from draw group festival to moon, away from its \
                    players' pity; sell a new pool instead";
        let retired =
            Retired { pool_id: before.pool_id.clone(), document: before.document.clone() };
        let errors = plan(&[before], &[], &next, true).unwrap_err();
        assert_eq!(errors[0].to_string(), told);
        let errors = plan(&[], &[retired], &next, true).unwrap_err();
        assert_eq!(errors[0].to_string(), told, "also after it was retired");
    }

    #[test]
    fn a_pool_keeps_its_kind_and_its_points() {
        let of = |kind: &'static str, point_group: Option<&str>| Lasting {
            draw_group: "group".parse().unwrap(),
            kind,
            point_group: point_group.map(str::to_owned),
        };
        for (last, next, what) in [
            (of("box", None), of("box", None), None),
            (of("box", None), of("step-up", None), Some("become a step-up, but was a box")),
            (of("box", None), of("box", Some("moon")), None), // it begins to give points
            (
                of("box", Some("moon")),
                of("box", None),
                Some("no longer give points of the group moon, which its players have"),
            ),
            (
                of("box", Some("moon")),
                of("box", Some("sun")),
                Some("no longer give points of the group moon, which its players have"),
            ),
        ] {
            assert_eq!(last.lost_in(&next).as_deref(), what, "{last:?} {next:?}");
        }
    }
}
