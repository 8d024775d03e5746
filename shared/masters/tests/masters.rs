//! The master files of this repository, and the schemas that editors check
//! them with while they are written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tenjo_documents::{from_document, to_document};
use tenjo_domain::{Pool, PoolId, PoolKind};
use tenjo_masters::Masters;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../masters"))
}

fn masters() -> Masters {
    tenjo_masters::read_folder(&folder()).unwrap_or_else(|error| panic!("{error}"))
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn schema(name: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&text(name)).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Every mistake that a schema finds in a YAML text.
fn refusals(schema: &jsonschema::Validator, yaml: &str) -> Vec<String> {
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    schema.iter_errors(&value).map(|error| error.to_string()).collect()
}

/// The names and texts of all pools.
fn pool_files() -> Vec<(String, String)> {
    fs::read_dir(folder().join("pools"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn every_file_fits_its_schema_and_names_it() {
    let items = text("items.yaml");
    assert_eq!(refusals(&schema("items.schema.json"), &items), [""; 0]);
    assert!(items.starts_with("# yaml-language-server: $schema=items.schema.json\n"));
    let schema = schema("pool.schema.json");
    for (name, text) in pool_files() {
        assert_eq!(refusals(&schema, &text), [""; 0], "{name}");
        let named = text.starts_with("# yaml-language-server: $schema=../pool.schema.json\n");
        assert!(named, "{name} does not name its schema in its first line");
    }
}

#[test]
fn everything_has_a_name_in_english_and_japanese_and_a_picture() {
    let masters = masters();
    let (_, products) = tenjo_masters::read_products(&text("products.yaml")).unwrap();
    assert_eq!(masters.presentations.len(), masters.pools.len());
    let items = masters.items.iter().map(|item| &item.presentation);
    for presentation in items.chain(masters.presentations.values()).chain(products.values()) {
        let named: Vec<_> =
            presentation.name.all().map(|(language, _)| language.to_string()).collect();
        assert_eq!(named, ["en", "ja"], "{:?}", presentation.name);
        assert!(presentation.asset_key.is_some(), "{:?}", presentation.name);
    }
}

#[test]
fn a_translation_makes_no_revision() {
    let (items, name) = (text("items.yaml"), "pool-standard.yaml");
    let written = text(&format!("pools/{name}"));
    let japanese = written.replace("常開の門", "開かれた門");
    let english = written.replace("en: \"Ever-open Gate\"", "en: \"The Gate\"");
    let read = |text: &str| {
        let masters = tenjo_masters::read(&items, &[(name, text)]).unwrap();
        to_document(&masters.pools[0])
    };
    assert_ne!(written, japanese);
    assert_eq!(read(&written), read(&japanese));
    assert_ne!(read(&written), read(&english), "the name in the game's own language is in it");
}

#[test]
fn every_pool_says_the_same_as_its_document() {
    for pool in masters().pools {
        let document = to_document(&pool);
        let read = from_document(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
        assert_eq!(read.parts(), pool.parts());
    }
}

#[test]
fn each_rule_is_shown_by_a_pool() {
    let masters = masters();
    let pool = |name: &str| -> &Pool {
        let pool_id = PoolId::new(name).unwrap();
        masters.pools.iter().find(|pool| *pool.pool_id() == pool_id).expect(name)
    };
    let festival = pool("pool-moon-festival");
    let pity = festival.pity().unwrap();
    assert!(pity.rate_up_guarantee && pity.soft.is_some());
    assert!(matches!(&festival.parts().kind, PoolKind::Standard(s) if s.guarantee.is_some()));
    let paid = pool("pool-paid-moon-festival");
    assert_eq!(paid.draw_group(), festival.draw_group());
    assert_eq!(paid.exchange(), festival.exchange());
    assert!(pool("pool-new-year-2026").closes_at().is_some());
    assert_eq!(pool("pool-step-up-autumn").stage_count(), 3);
    assert!(matches!(pool("pool-treasure-box").parts().kind, PoolKind::Box { .. }));
    assert!(pool("pool-daily-gate").parts().free_daily.is_some());
    assert!(pool("pool-daily-gate").parts().limits.in_total.is_some());
    assert!(pool("pool-weekend-market").parts().opening_hours.is_some());
}

/// Sets, or with `null` takes away, what a JSON pointer points at.
fn set(value: &mut Value, pointer: &str, to: &Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (value.pointer_mut(parent).expect(pointer), to) {
        (Value::Object(fields), Value::Null) => {
            fields.remove(name).expect(pointer);
        }
        (Value::Object(fields), _) => {
            fields.insert(name.to_owned(), to.clone());
        }
        (Value::Array(list), _) => list[name.parse::<usize>().unwrap()] = to.clone(),
        _ => panic!("nothing at {pointer}"),
    }
}

#[test]
fn a_pool_of_the_wrong_shape_is_refused_by_the_schema_and_by_the_reader() {
    let schema = schema("pool.schema.json");
    let items = text("items.yaml");
    let too_large = json!(9_007_199_254_740_992_u64);
    for (file, pointer, to) in [
        ("pool-moon-festival", "/pool_id", json!("Moon")),
        ("pool-moon-festival", "/pool_id", json!("moon-festival")),
        ("pool-moon-festival", "/pool_id", json!("pool-")),
        ("pool-moon-festival", "/pool_id", json!(7)),
        ("pool-moon-festival", "/pool_id", json!(null)),
        ("pool-moon-festival", "/name", json!("")),
        ("pool-moon-festival", "/name", json!("x".repeat(101))),
        ("pool-moon-festival", "/name", json!({})),
        ("pool-moon-festival", "/name", json!(["Moon"])),
        ("pool-moon-festival", "/name", json!({ "en": "Moon", "japanese": "月" })),
        ("pool-moon-festival", "/name/ja", json!("x".repeat(101))),
        ("pool-moon-festival", "/name/ja", json!(1)),
        ("pool-moon-festival", "/description", json!("")),
        ("pool-moon-festival", "/description/ja", json!("x".repeat(501))),
        ("pool-moon-festival", "/asset_key", json!("../moon")),
        ("pool-moon-festival", "/asset_key", json!("x".repeat(129))),
        ("pool-moon-festival", "/opens_at", json!("2026-09-01")),
        ("pool-moon-festival", "/opens_at", json!("2026-09-01T00:00:00")),
        ("pool-moon-festival", "/opens_at", json!("2026-09-01T00:00:00.1234567Z")),
        ("pool-moon-festival", "/opens_at", json!(null)),
        ("pool-moon-festival", "/luck", json!(1)),
        ("pool-moon-festival", "/prices", json!([])),
        ("pool-moon-festival", "/prices", json!({})),
        ("pool-moon-festival", "/prices", json!(null)),
        ("pool-moon-festival", "/prices/0/draw_count", json!(101)),
        ("pool-moon-festival", "/prices/0/currency_type", json!("coin")),
        ("pool-moon-festival", "/prices/0/amount", json!(-1)),
        ("pool-moon-festival", "/prices/0/amount", json!(1.5)),
        ("pool-moon-festival", "/prices/0/amount", too_large.clone()),
        ("pool-moon-festival", "/prices/0/luck", json!(1)),
        ("pool-moon-festival", "/rarity_weights", json!(null)),
        ("pool-moon-festival", "/rarity_weights", json!({})),
        ("pool-moon-festival", "/rarity_weights/N", json!(1)),
        ("pool-moon-festival", "/rarity_weights/R", json!(0)),
        ("pool-moon-festival", "/guarantee/rarity", json!("N")),
        ("pool-moon-festival", "/guarantee/draw_count", json!(null)),
        ("pool-moon-festival", "/pity/group", json!("Festival")),
        ("pool-moon-festival", "/pity/max_count", json!(1_001)),
        ("pool-moon-festival", "/pity/soft/weight_step", json!(0)),
        ("pool-moon-festival", "/pity/soft/from_count", json!(null)),
        ("pool-moon-festival", "/pity/rate_up_guarantee", json!("yes")),
        ("pool-moon-festival", "/exchange/points_per_draw", json!(0)),
        ("pool-moon-festival", "/exchange/offers", json!([])),
        ("pool-moon-festival", "/exchange/offers/0/points", too_large),
        ("pool-moon-festival", "/exchange/group", json!(null)),
        ("pool-moon-festival", "/items", json!([])),
        ("pool-moon-festival", "/items/0/weight", json!(4_294_967_296_u64)),
        ("pool-moon-festival", "/items/0/weight", json!(null)),
        ("pool-moon-festival", "/items/0/copies", json!(1)),
        ("pool-moon-festival", "/items/0/is_pickup", json!(1)),
        ("pool-daily-gate", "/day/begins_at", json!("5:00")),
        ("pool-daily-gate", "/day/utc_offset", json!("+15:00")),
        ("pool-daily-gate", "/day/utc_offset", json!(null)),
        ("pool-daily-gate", "/limits/per_day", json!(0)),
        ("pool-daily-gate", "/limits/per_hour", json!(1)),
        ("pool-daily-gate", "/free_daily/draw_count", json!(0)),
        ("pool-weekend-market", "/opening_hours/from", json!("24:00")),
        ("pool-weekend-market", "/opening_hours/until", json!(null)),
        ("pool-weekend-market", "/opening_hours/weekdays", json!([])),
        ("pool-weekend-market", "/opening_hours/weekdays", json!(["sunday", "sunday"])),
        ("pool-weekend-market", "/opening_hours/weekdays/0", json!("Saturday")),
        ("pool-step-up-autumn", "/prices", json!([])),
        ("pool-step-up-autumn", "/rarity_weights", json!({ "R": 100 })),
        ("pool-step-up-autumn", "/guarantee", json!({ "draw_count": 10, "rarity": "SR" })),
        ("pool-step-up-autumn", "/box", json!({ "reset": "never" })),
        ("pool-step-up-autumn", "/free_daily", json!({ "draw_count": 1 })),
        ("pool-step-up-autumn", "/pity", json!({ "group": "autumn", "max_count": 90 })),
        ("pool-step-up-autumn", "/step_up/after_last", json!("stop")),
        ("pool-step-up-autumn", "/step_up/steps", json!([])),
        ("pool-step-up-autumn", "/step_up/steps/0/price", json!(null)),
        ("pool-step-up-autumn", "/step_up/steps/0/prices", json!([])),
        ("pool-treasure-box", "/prices", json!(null)),
        ("pool-treasure-box", "/rarity_weights", json!({ "R": 100 })),
        ("pool-treasure-box", "/guarantee", json!({ "draw_count": 10, "rarity": "SR" })),
        ("pool-treasure-box", "/pity", json!({ "group": "box", "max_count": 90 })),
        ("pool-treasure-box", "/box/reset", json!("sometimes")),
        ("pool-treasure-box", "/box/reset", json!(null)),
        ("pool-treasure-box", "/items/0/weight", json!(1)),
        ("pool-treasure-box", "/items/0/copies", json!(null)),
    ] {
        let name = format!("{file}.yaml");
        let mut pool: Value = serde_saphyr::from_str(&text(&format!("pools/{name}"))).unwrap();
        set(&mut pool, pointer, &to);
        // JSON is YAML too.
        let changed = pool.to_string();
        assert!(!refusals(&schema, &changed).is_empty(), "by the schema: {name} {pointer} {to}");
        let read = tenjo_masters::read(&items, &[(&name, &changed)]);
        assert!(read.is_err(), "by the reader: {name} {pointer} {to}");
    }
}

#[test]
fn items_of_the_wrong_shape_are_refused_by_the_schema_and_by_the_reader() {
    let schema = schema("items.schema.json");
    for (pointer, to) in [
        ("/items", json!(null)),
        ("/items", json!({})),
        ("/luck", json!(1)),
        ("/items/0/item_master_id", json!("Sword")),
        ("/items/0/item_master_id", json!(null)),
        ("/items/0/name", json!("")),
        ("/items/0/name", json!(7)),
        ("/items/0/name/ja", json!("")),
        ("/items/0/description", json!(7)),
        ("/items/0/asset_key", json!("A")),
        ("/default_language", json!("english")),
        ("/items/0/rarity", json!("N")),
        ("/items/0/kind", json!("Weapon")),
        ("/items/0/kind", json!("x".repeat(33))),
        ("/items/0/luck", json!(1)),
    ] {
        let mut items: Value = serde_saphyr::from_str(&text("items.yaml")).unwrap();
        set(&mut items, pointer, &to);
        let changed = items.to_string();
        assert!(!refusals(&schema, &changed).is_empty(), "by the schema: {pointer} {to}");
        assert!(tenjo_masters::read(&changed, &[]).is_err(), "by the reader: {pointer} {to}");
    }
}

#[test]
fn the_products_fit_their_schema_and_what_the_schema_refuses_the_reader_refuses() {
    let schema = schema("products.schema.json");
    let products = text("products.yaml");
    assert_eq!(refusals(&schema, &products), [""; 0]);
    assert!(products.starts_with("# yaml-language-server: $schema=products.schema.json\n"));
    tenjo_masters::read_shop(&products).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for (pointer, to) in [
        ("/allowance", json!(null)),
        ("/allowance/currency", json!("yen")),
        ("/allowance/groups", json!([])),
        ("/allowance/groups/0/under_age", json!(0)),
        ("/allowance/groups/0/monthly", json!(-1)),
        ("/disclosures/0/text", json!("")),
        ("/disclosures/0/language", json!("j")),
        ("/products/0/product_id", json!("Gems")),
        ("/products/0/name", json!("x".repeat(101))),
        ("/products/0/name/ja", json!("")),
        ("/products/3/description/ja", json!("")),
        ("/products/0/asset_key", json!("/a")),
        ("/default_language", json!(1)),
        ("/products/0/paid_gems", json!(0)),
        ("/products/0/paid_gems", json!(10_000_001)),
        ("/products/1/bonus_free_gems", json!(-1)),
        ("/products/0/expires_after_days", json!(0)),
        ("/products/0/expires_after_days", json!(3651)),
        ("/products/0/opens_at", json!("2026-01-01")),
        ("/products/0/opens_at", json!(null)),
        ("/products/0/luck", json!(1)),
        ("/products/0/apple/product_id", json!("a b")),
        ("/products/0/apple/prices", json!({})),
        ("/products/0/apple/prices/JPY", json!(0.5)),
        ("/products/0/apple/prices/JPY", json!("0.9999999")),
        ("/products/0/apple/prices/yen", json!(1)),
    ] {
        let mut changed: Value = serde_saphyr::from_str(&products).unwrap();
        set(&mut changed, pointer, &to);
        assert!(!schema.is_valid(&changed), "by the schema: {pointer} {to}");
        let changed = changed.to_string();
        assert!(tenjo_masters::read_shop(&changed).is_err(), "by the reader: {pointer} {to}");
    }
}
