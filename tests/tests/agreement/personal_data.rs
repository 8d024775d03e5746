//! `docs/personal-data.md` lists every column of `shared/store/schema.sql`, and says which
//! of them the player's export has.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use tenjo_store::export::SECTIONS;

use crate::project::text;

/// Table and column.
type Column = (String, String);

/// The columns of the schema.
fn columns(schema: &str) -> BTreeSet<Column> {
    let mut table = String::new();
    let mut found = BTreeSet::new();
    for line in schema.lines() {
        if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            table = name.trim_end_matches(" (").replace('`', "");
        } else if let Some((column, _)) =
            line.strip_prefix("  `").and_then(|line| line.split_once('`'))
        {
            found.insert((table.clone(), column.to_owned()));
        }
    }
    found
}

/// The columns that tell whose a row is: the player's id, and those of what is theirs.
const NAMING: [&str; 3] = ["user_id", "purchase_id", "family_id"];

/// How the page writes for how long TTL leaves a row, and since when, by table.
fn times(schema: &str) -> BTreeMap<String, (String, String)> {
    let ttl = Regex::new(r" TTL=`(\w+)` \+ INTERVAL (\d+) ([A-Z]+) ").unwrap();
    let mut table = String::new();
    let mut found = BTreeMap::new();
    for line in schema.lines() {
        if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            table = name.trim_end_matches(" (").replace('`', "");
        } else if let Some(ttl) = ttl.captures(line) {
            let long = match (&ttl[2], &ttl[3]) {
                ("1", "DAY") => "a day after ".to_owned(),
                (days, "DAY") => format!("{days} days after "),
                (count, unit) => format!("{count} {unit} after "),
            };
            let since = match &ttl[1] {
                "expires_at" => "expires",
                "updated_at" => "the last of them",
                column => column,
            };
            found.insert(table.clone(), (long, since.to_owned()));
        }
    }
    found
}

/// What the page says of a column: personal, kept, why, and in the export.
fn rows(page: &str) -> Vec<(Column, Vec<&str>)> {
    let mut table = String::new();
    let mut found = Vec::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("### `") {
            table = name.trim_end_matches('`').to_owned();
        } else if let Some(row) = line.strip_prefix("| `") {
            let mut cells = row.trim_end_matches(" |").split(" | ");
            let column = cells.next().unwrap_or_default().trim_end_matches('`');
            found.push(((table.clone(), column.to_owned()), cells.collect()));
        }
    }
    found
}

/// Every disagreement, a sentence each.
fn disagreements(schema: &str, page: &str) -> Vec<String> {
    let (columns, deleted) = (columns(schema), times(schema));
    let shown: BTreeSet<Column> = SECTIONS
        .iter()
        .flat_map(|section| {
            section.columns().map(|column| (section.table.to_owned(), column.to_owned()))
        })
        .collect();
    let rows = rows(page);
    let mut found = Vec::new();
    let mut times: BTreeMap<&Column, u32> = BTreeMap::new();
    for (column, cells) in &rows {
        let name = format!("{}.{}", column.0, column.1);
        *times.entry(column).or_default() += 1;
        if !columns.contains(column) {
            found.push(format!("{name} is on the page, and not in the schema"));
        }
        let is_shown = if shown.contains(column) { "yes" } else { "no" };
        match cells.as_slice() {
            ["yes" | "no", kept, why, export] if !kept.is_empty() && !why.is_empty() => {
                if *export != is_shown {
                    found.push(format!("{name} is in the export: {is_shown}, not {export}"));
                }
            }
            _ => found.push(format!("{name} has not all its cells: {cells:?}")),
        }
        if NAMING.contains(&column.1.as_str()) && cells.first() != Some(&"yes") {
            found.push(format!("{name} tells whose the row is, and is not personal"));
        }
        let kept = cells.get(1).copied().unwrap_or_default();
        match deleted.get(&column.0) {
            Some((long, since)) if !(kept.starts_with(long) && kept.contains(since)) => {
                found.push(format!("{name} goes {long}{since}, not {kept}"));
            }
            None if kept.contains("day after ") || kept.contains("days after ") => {
                found.push(format!("{name} is said to go {kept}, and nothing deletes it"));
            }
            Some(_) | None => {}
        }
    }
    for column in &columns {
        match times.get(column) {
            None => found.push(format!("{}.{} is not on the page", column.0, column.1)),
            Some(1) => {}
            Some(_) => found.push(format!("{}.{} is on the page twice", column.0, column.1)),
        }
    }
    found.extend(shown.difference(&columns).map(|(table, column)| {
        format!("{table}.{column} is in the export, and not in the schema")
    }));
    found
}

fn read() -> (String, String) {
    (text("shared/store/schema.sql").unwrap(), text("docs/personal-data.md").unwrap())
}

#[test]
fn the_page_on_personal_data_has_every_column_and_no_other() {
    let (schema, page) = read();
    assert!(columns(&schema).len() > 300, "the schema was not read");
    assert_eq!(disagreements(&schema, &page), [""; 0]);
}

#[test]
fn a_column_that_the_page_does_not_know_is_found() {
    let (schema, page) = read();
    let known = disagreements(&schema, &page);
    for (from, to, expect) in [
        ("| `device_type` | yes |", "| `device_kind` | yes |", "devices.device_type is not on"),
        ("| `device_type` | yes |", "| `device_kind` | yes |", "devices.device_kind is on the"),
        ("| `device_type` | yes |", "| `device_type` | maybe |", "devices.device_type has not all"),
        (
            "to log in | yes |\n| `secret_hash`",
            "to log in | no |\n| `secret_hash`",
            "devices.device_type is in the export: yes, not no",
        ),
        ("| `purchase_id` | yes |", "| `purchase_id` | no |", "purchase_id tells whose the row is"),
        (
            "| `family_id` | yes | 30 days",
            "| `family_id` | yes | 60 days",
            "family_id goes 30 days",
        ),
        (
            "| `family_id` | yes | 30 days after",
            "| `family_id` | yes | 30 days in",
            "not 30 days in",
        ),
        (
            "| `device_type` | yes | until",
            "| `device_type` | yes | a day after the login, until",
            "device_type is said to go",
        ),
    ] {
        let planted = page.replacen(from, to, 1);
        assert_ne!(planted, page, "{from} is not there");
        let found = disagreements(&schema, &planted);
        let is_found = found.iter().any(|it| !known.contains(it) && it.contains(expect));
        assert!(is_found, "{expect}: {found:?}");
    }
    let more = schema.replacen("`device_hash` ", "`device_mail` text,\n  `device_hash` ", 1);
    let found = disagreements(&more, &page);
    assert!(found.iter().any(|it| it == "game_user.devices.device_mail is not on the page"));
    let later = schema.replace("+ INTERVAL 1 DAY", "+ INTERVAL 12 HOUR");
    let found = disagreements(&later, &page);
    assert!(found.iter().any(|it| it.contains("game_user.network_hours.act goes 12 HOUR after")));
}

#[test]
fn the_page_on_tidb_names_every_table_whose_rows_ttl_deletes() {
    let (schema, _) = read();
    let page = text("docs/tidb.md").unwrap();
    let line = page.lines().find(|line| line.starts_with("- TTL for seven tables")).unwrap();
    let named: BTreeSet<&str> =
        line.split('`').skip(1).step_by(2).filter(|word| !word.contains('.')).collect();
    let times = times(&schema);
    let deleted = times.keys().map(|table| table.split('.').next_back().unwrap_or_default());
    assert_eq!(named, deleted.collect::<BTreeSet<&str>>());
    assert_eq!(named.len(), 7);
}
