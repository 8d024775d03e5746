//! Lists the differences between two documents, for people to read.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Fields that identify the elements of a list. A list whose elements have none of
/// them, or one twice, is compared position by position.
const NAMES: [&str; 6] =
    ["item_master_id", "draw_count", "rarity", "product_id", "disclosure_id", "under_age"];

/// Each difference as `path: old -> new`, with `none` for a missing value. Elements
/// of lists are named by their identifying field, as in
/// `items[character-kaguya].weight`, or counted from 1.
pub(crate) fn diff(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(old), Some(new), &mut found);
    found
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            compare_fields(path, old, new, found);
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            compare_lists(path, old, new, found);
        }
        _ => {
            let text = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
            found.push(format!("{path}: {} -> {}", text(old), text(new)));
        }
    }
}

fn compare_fields(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    found: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&path, old.get(name), new.get(name), found);
    }
}

fn compare_lists(path: &str, old: &[Value], new: &[Value], found: &mut Vec<String>) {
    let name = NAMES.into_iter().find(|name| [old, new].iter().all(|list| identifies(list, name)));
    let Some(name) = name else {
        for place in 0..old.len().max(new.len()) {
            let path = format!("{path}[{}]", place + 1);
            compare(&path, old.get(place), new.get(place), found);
        }
        return;
    };
    let find = |list: &'_ [Value], of: &Value| {
        list.iter().position(|element| element.get(name) == Some(of))
    };
    let added = new.iter().filter(|element| find(old, &element[name]).is_none());
    for element in old.iter().chain(added) {
        let of = &element[name];
        let text = of.as_str().map_or_else(|| of.to_string(), str::to_owned);
        let at = |list| find(list, of).map(|place| &list[place]);
        compare(&format!("{path}[{text}]"), at(old), at(new), found);
    }
}

/// Whether each element of a list has this field, and no two the same.
fn identifies(list: &[Value], name: &str) -> bool {
    let found: BTreeSet<String> =
        list.iter().filter_map(|element| element.get(name)).map(Value::to_string).collect();
    found.len() == list.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_difference_is_told_with_its_path() {
        for (old, new, told) in [
            (json!({ "name": "a" }), json!({ "name": "a" }), vec![]),
            (json!({ "name": "a" }), json!({ "name": "b" }), vec!["name: \"a\" -> \"b\""]),
            (
                json!({ "limits": { "per_day": 30 } }),
                json!({ "limits": { "in_total": 300, "per_day": 40 } }),
                vec!["limits.in_total: none -> 300", "limits.per_day: 30 -> 40"],
            ),
            (
                json!({ "pity": { "max_count": 90 } }),
                json!({}),
                vec!["pity: {\"max_count\":90} -> none"],
            ),
            (
                json!({ "items": [
                    { "item_master_id": "stick", "rarity": "R", "weight": 1 },
                    { "item_master_id": "sword", "rarity": "SSR", "weight": 1 },
                ] }),
                json!({ "items": [
                    { "item_master_id": "spear", "rarity": "SSR", "weight": 1 },
                    { "item_master_id": "sword", "rarity": "SSR", "weight": 2 },
                ] }),
                vec![
                    "items[stick]: {\"item_master_id\":\"stick\",\"rarity\":\"R\",\"weight\":1} -> none",
                    "items[sword].weight: 1 -> 2",
                    "items[spear]: none -> {\"item_master_id\":\"spear\",\"rarity\":\"SSR\",\"weight\":1}",
                ],
            ),
            (
                json!({ "prices": [{ "draw_count": 10, "amount": 3000 }] }),
                json!({ "prices": [{ "draw_count": 10, "amount": 2800 }] }),
                vec!["prices[10].amount: 3000 -> 2800"],
            ),
            (
                json!({ "steps": [{ "weights": [{ "rarity": "R", "weight": 97 }] }] }),
                json!({ "steps": [{ "weights": [{ "rarity": "R", "weight": 95 }] }, 7] }),
                vec!["steps[1].weights[R].weight: 97 -> 95", "steps[2]: none -> 7"],
            ),
            (
                json!({ "products": [{ "product_id": "gems-60", "paid_gems": 60 }] }),
                json!({ "products": [{ "product_id": "gems-60", "paid_gems": 600 }] }),
                vec!["products[gems-60].paid_gems: 60 -> 600"],
            ),
            (
                json!({ "disclosures": [
                    { "disclosure_id": "law", "language": "ja", "title": "a" },
                    { "disclosure_id": "law", "language": "en", "title": "b" },
                ] }),
                json!({ "disclosures": [
                    { "disclosure_id": "law", "language": "ja", "title": "a" },
                    { "disclosure_id": "law", "language": "en", "title": "c" },
                ] }),
                vec!["disclosures[2].title: \"b\" -> \"c\""],
            ),
            (
                json!({ "weekdays": ["saturday"] }),
                json!({ "weekdays": [] }),
                vec!["weekdays[1]: \"saturday\" -> none"],
            ),
        ] {
            assert_eq!(diff(&old, &new), told);
        }
    }
}
