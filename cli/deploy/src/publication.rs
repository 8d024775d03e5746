//! What `publish-masters` says that it changes, or would change.

use serde_json::Value;

/// How many differences of items and texts are told: a first publication has hundreds.
const MOST_OTHERS: usize = 20;

/// Each pool that changes, and the shop if it does, with what is different below it. Then
/// what else players see.
pub(crate) fn changed(report: &Value) -> Vec<String> {
    let pools = report["pools"].as_array().into_iter().flatten();
    let pools = pools.map(|pool| (pool["pool_id"].as_str().unwrap_or_default(), pool));
    let shop = report["shop"].is_object().then_some(("shop", &report["shop"]));
    let changed = pools.chain(shop).filter(|(_, it)| it["change"] != "unchanged");
    let mut lines = Vec::new();
    for (name, it) in changed {
        lines.push(format!("{name} {}", it["change"].as_str().unwrap_or_default()));
        let differences = it["differences"].as_array().into_iter().flatten();
        let differences = differences.filter_map(Value::as_str);
        lines.extend(differences.map(|difference| format!("  {difference}")));
    }
    let others = report["catalogue"].as_array().map_or(&[][..], Vec::as_slice);
    let told = others.iter().take(MOST_OTHERS).filter_map(Value::as_str);
    lines.extend(told.map(str::to_owned));
    if others.len() > MOST_OTHERS {
        lines.push(format!("and {} more", others.len() - MOST_OTHERS));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_changes_is_told_with_each_difference_and_what_stays_is_not() {
        let report = json!({
            "dry_run": true,
            "pools": [
                { "pool_id": "pool-moon", "change": "changed", "differences": [
                    "rules.prices[10].amount: 3000 -> 2800",
                ] },
                { "pool_id": "pool-new", "change": "new" },
                { "pool_id": "pool-same", "change": "unchanged" },
            ],
            "shop": { "change": "changed", "differences": [
                "products[gems-60].paid_gems: 60 -> 600",
            ] },
        });
        assert_eq!(
            changed(&report),
            [
                "pool-moon changed",
                "  rules.prices[10].amount: 3000 -> 2800",
                "pool-new new",
                "shop changed",
                "  products[gems-60].paid_gems: 60 -> 600",
            ]
        );
        let others: Vec<String> = (1..=22).map(|at| format!("items[{at}]: none -> 1")).collect();
        let told = changed(&json!({ "pools": [], "catalogue": others }));
        assert_eq!((told.len(), told[0].as_str()), (21, "items[1]: none -> 1"));
        assert_eq!(told[20], "and 2 more");
        let same = json!({ "pools": [], "shop": { "change": "unchanged" } });
        assert_eq!(changed(&same), [""; 0]);
        // A rollback says nothing of the shop.
        assert_eq!(changed(&json!({ "pools": [] })), [""; 0]);
    }
}
