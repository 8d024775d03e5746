use tenjo_domain::{AfterLastStep, BoxReset, PoolKind};
use time::macros::{datetime, offset, time};

use super::*;

const ITEMS: &str = "\
items:
  - { item_master_id: sword, name: Sword, rarity: SSR, kind: weapon }
  - { item_master_id: stick, name: Stick, rarity: R, kind: weapon }
";

/// A standard pool with every rule that it can have.
const STANDARD: &str = "\
pool_id: pool-small
name: Small
opens_at: 2026-09-01T00:00:00+09:00
closes_at: 2026-10-01T00:00:00Z
opening_hours: { utc_offset: \"+09:00\", weekdays: [sunday, saturday], from: \"18:00\", until: 23:00 }
day:
  utc_offset: \"+09:00\"
  begins_at: \"05:00\"
limits:
  per_day: 30
  in_total: 300
free_daily: { draw_count: 1 }
prices:
  - { draw_count: 1, currency_type: any_gem, amount: 300 }
  - { draw_count: 10, currency_type: any_gem, amount: 3000 }
rarity_weights:
  R: 97
  SSR: 3
guarantee:
  draw_count: 10
  rarity: SSR
pity:
  group: small
  max_count: 90
  soft:
    from_count: 75
    weight_step: 6
  rate_up_guarantee: true
exchange:
  group: small
  points_per_draw: 1
  closes_at: 2026-10-08T00:00:00Z
  offers:
    - { item_master_id: sword, points: 200 }
items:
  - { item_master_id: sword, weight: 1, is_pickup: true }
  - { item_master_id: stick, weight: 1 }
";

const STEP_UP: &str = "\
pool_id: pool-small
name: Small
opens_at: 2026-09-01T00:00:00Z
step_up:
  after_last: loop
  steps:
    - price: { draw_count: 3, currency_type: free_gem, amount: 100 }
      rarity_weights: { R: 97, SSR: 3 }
    - price: { draw_count: 10, currency_type: free_gem, amount: 0 }
      rarity_weights: { R: 97, SSR: 3 }
      guarantee: { draw_count: 10, rarity: SSR }
items:
  - { item_master_id: sword, weight: 1 }
  - { item_master_id: stick, weight: 1 }
";

const BOX: &str = "\
pool_id: pool-small
name: Small
opens_at: 2026-09-01T00:00:00Z
prices:
  - { draw_count: 1, currency_type: paid_gem, amount: 100 }
box:
  reset: after_last_pickup
items:
  - { item_master_id: sword, copies: 1, is_pickup: true }
  - { item_master_id: stick, copies: 9 }
";

fn read_one(text: &str) -> Result<Masters, Mistakes> {
    read(ITEMS, &[("pool-small.yaml", text)])
}

#[test]
fn a_standard_pool_is_read_with_all_its_rules() {
    let masters = read_one(STANDARD).unwrap();
    let parts = masters.pools[0].parts();
    assert_eq!(parts.opens_at, datetime!(2026-08-31 15:00 UTC));
    assert_eq!(parts.closes_at, Some(datetime!(2026-10-01 0:00 UTC)));
    let hours = parts.opening_hours.as_ref().unwrap();
    assert_eq!((hours.from, hours.until), (time!(18:00), time!(23:00)));
    assert_eq!(hours.weekdays, [time::Weekday::Saturday, time::Weekday::Sunday]);
    assert_eq!((parts.day.utc_offset, parts.day.begins_at), (offset!(+9), time!(5:00)));
    assert_eq!(parts.limits.per_day.map(std::num::NonZeroU32::get), Some(30));
    assert_eq!(parts.limits.in_total.map(std::num::NonZeroU32::get), Some(300));
    assert_eq!(parts.free_daily.map(tenjo_domain::DrawCount::get), Some(1));
    let pity = parts.pity.as_ref().unwrap();
    assert_eq!((pity.max_count.get(), pity.rate_up_guarantee), (90, true));
    assert_eq!(pity.soft.map(|soft| soft.from_count.get()), Some(75));
    let exchange = parts.exchange.as_ref().unwrap();
    assert_eq!((exchange.offers.len(), exchange.offers[0].points.amount()), (1, 200));
    let PoolKind::Standard(stage) = &parts.kind else { panic!("a standard pool") };
    assert_eq!(stage.prices.len(), 2);
    assert_eq!(stage.guarantee.map(|guarantee| guarantee.draw_count.get()), Some(10));
}

#[test]
fn steps_and_boxes_are_read() {
    let masters = read_one(STEP_UP).unwrap();
    let PoolKind::StepUp { steps, after_last } = &masters.pools[0].parts().kind else {
        panic!("a step-up")
    };
    assert_eq!((steps.len(), *after_last), (2, AfterLastStep::Loop));
    assert_eq!(steps[1].prices[0].cost.amount.amount(), 0);
    assert!(steps[1].guarantee.is_some());

    let masters = read_one(BOX).unwrap();
    let PoolKind::Box { prices, reset } = &masters.pools[0].parts().kind else { panic!("a box") };
    assert_eq!((prices.len(), *reset), (1, BoxReset::AfterLastPickup));
    assert_eq!(masters.pools[0].items()[0].weight.get(), 9);
}

/// What is told of `whole` with `find` replaced: lines with reasons, in which
/// the place that is the same for all of them is left out.
fn mistakes_of(whole: &str, find: &str, replace: &str) -> Vec<String> {
    assert!(whole.contains(find), "nothing to replace: {find}");
    let text = whole.replacen(find, replace, 1);
    let mistakes = read_one(&text).expect_err(&format!("should be refused: {replace}"));
    mistakes
        .to_string()
        .lines()
        .map(|line| line.strip_prefix("masters/pools/pool-small.yaml:").unwrap().to_owned())
        .collect()
}

#[test]
fn a_shape_that_is_wrong_is_told_with_its_line() {
    for (whole, find, replace, told) in [
        (
            STANDARD,
            "pool-small",
            "Pool-small",
            "1: pool_id: must be 1 to 64 of a-z, 0-9 and -, not beginning with -",
        ),
        (STANDARD, "name: Small", "name: \"\"", "2: name: must have 1 to 100 characters"),
        (STANDARD, "name: Small", "name: 7", "2: name: must be text; put it in quotes"),
        (STANDARD, "name: Small\n", "", "1: name is missing"),
        (
            STANDARD,
            "closes_at: ",
            "closes_at: soon # ",
            "4: closes_at: must be a moment such as 2026-09-01T00:00:00Z",
        ),
        (
            STANDARD,
            "closes_at: 2026",
            "closes_at: 2039",
            "4: closes_at: must be between 1970 and 2038-01-19T03:14:07Z",
        ),
        (
            STANDARD,
            "10-01T00:00:00Z",
            "10-01T00:00:00.0000001Z",
            "4: closes_at: must not be finer than microseconds",
        ),
        (
            STANDARD,
            "\"+09:00\"",
            "\"+15:00\"",
            "5: utc_offset: must be an offset from UTC such as \"+09:00\"",
        ),
        (
            STANDARD,
            "sunday, saturday",
            "sunday, caturday",
            "5: weekdays: must be one of monday tuesday wednesday thursday friday saturday sunday",
        ),
        (
            STANDARD,
            "sunday, saturday",
            "sunday, sunday",
            "5: weekdays: must name at least one day, and each once; leave it out for every day",
        ),
        (
            STANDARD,
            "\"05:00\"",
            "\"5:00\"",
            "8: begins_at: must be a time of day such as \"05:00\"",
        ),
        (
            STANDARD,
            "per_day: 30",
            "per_day: 0",
            "10: per_day: must be a whole number, 1 to 4294967295",
        ),
        (
            STANDARD,
            "per_day: 30",
            "per_hour: 30",
            "10: unknown field per_hour; there is per_day, in_total",
        ),
        (
            STANDARD,
            "draw_count: 1 ",
            "draw_count: 101 ",
            "12: draw_count: must be a whole number, 1 to 100",
        ),
        (
            STANDARD,
            "any_gem",
            "any_coin",
            "14: currency_type: must be one of free_gem paid_gem any_gem",
        ),
        (
            STANDARD,
            "amount: 3000",
            "amount: -1",
            "15: amount: must be a whole number, 0 to 9007199254740991",
        ),
        (
            STANDARD,
            "amount: 3000",
            "amount: 0.5",
            "15: amount: must be a whole number, 0 to 9007199254740991",
        ),
        (STANDARD, "  R: 97", "  N: 97", "17: unknown field N; there is R, SR, SSR"),
        (STANDARD, "rarity: SSR", "rarity: SSSR", "21: rarity: must be one of R SR SSR"),
        (
            STANDARD,
            "rate_up_guarantee: true",
            "rate_up_guarantee: maybe",
            "28: rate_up_guarantee: must be true or false",
        ),
        (
            STANDARD,
            "points: 200",
            "points: 0",
            "34: points: must be a whole number, 1 to 9007199254740991",
        ),
        (
            STANDARD,
            "  offers:\n    - { item_master_id: sword",
            "  offers:\n    - { item_master_id: spear",
            "34: item spear is not in items.yaml",
        ),
        (STANDARD, "stick, weight: 1", "spear, weight: 1", "37: item spear is not in items.yaml"),
        (
            STANDARD,
            "stick, weight: 1",
            "stick, copies: 1, weight: 1",
            "37: only a box has copies; write weight instead",
        ),
        (
            STANDARD,
            "items:\n  - { item_master_id: sword, weight: 1, is_pickup: true }\n  - { item_master_id: stick, weight: 1 }",
            "items: none",
            "35: must be a list",
        ),
        (STANDARD, "name: Small", "name: Small\nname: Small", "3: name is there twice"),
        (
            STANDARD,
            "pool_id: pool-small",
            "pool_id: pool-other",
            "1: the file of pool pool-other must be pool-other.yaml",
        ),
        (STANDARD, "name: Small", "name: Small: x", "2: "),
        (
            STEP_UP,
            "name: Small",
            "name: Small\nprices: []",
            "3: a step-up has its prices in each step; take this away",
        ),
        (
            STEP_UP,
            "name: Small",
            "name: Small\nbox: { reset: never }",
            "3: a pool is a step-up or a box, not both",
        ),
        (STEP_UP, "after_last: loop", "after_last: stop", "5: after_last: must be one of loop end"),
        (STEP_UP, "- price: { draw_count: 3, ", "- price: { ", "7: draw_count is missing"),
        (
            BOX,
            "name: Small",
            "name: Small\nrarity_weights: {}",
            "3: a box is drawn by the copies in it and has no rarity_weights; take this away",
        ),
        (
            BOX,
            "name: Small",
            "name: Small\nguarantee: {}",
            "3: a box is drawn by the copies in it and has no guarantee; take this away",
        ),
        (
            BOX,
            "copies: 9",
            "copies: 9, weight: 1",
            "10: a box holds copies of an item; write copies instead of weight",
        ),
        (
            BOX,
            "after_last_pickup",
            "sometimes",
            "7: reset: must be one of never when_empty after_last_pickup",
        ),
        (BOX, "  reset: after_last_pickup", "  - reset", "7: must have fields, `name: value`"),
    ] {
        let mistakes = mistakes_of(whole, find, replace);
        assert_eq!(mistakes.len(), 1, "{replace}: {mistakes:?}");
        assert!(mistakes[0].starts_with(told), "{replace}: {mistakes:?}, not {told}");
    }
}

#[test]
fn a_rule_that_is_broken_is_told_on_the_line_of_its_field() {
    for (whole, find, replace, told) in [
        (STANDARD, "2026-10-01", "2026-08-01", "4: closes_at is not after opens_at"),
        (STANDARD, "per_day: 30", "per_day: 301", "10: limits: per_day is more than in_total"),
        (STANDARD, "per_day: 30", "per_day: 9", "15: draw_count 10 is more than the limits allow"),
        (
            STANDARD,
            "amount: 300 ",
            "amount: 0 ",
            "14: draw_count 1 costs nothing; only a step or free_daily may",
        ),
        (STANDARD, "draw_count: 1, c", "draw_count: 10, c", "15: draw_count 10 has two prices"),
        (
            STANDARD,
            "R: 97",
            "R: 98",
            "16: the rarity weights add up to 101, not to 100 or another power of ten",
        ),
        (STANDARD, "R: 97", "R: 96\n  SR: 1", "18: rarity SR has a weight but no items"),
        (
            STANDARD,
            "  R: 97\n  SSR: 3",
            "  SSR: 10",
            "36: item stick has rarity R, which has no weight",
        ),
        (
            STANDARD,
            "  draw_count: 10\n",
            "  draw_count: 11\n",
            "20: no price has the 11 draws that the guarantee counts",
        ),
        (STANDARD, "max_count: 90", "max_count: 1001", "24: pity: max_count is above 1000"),
        (
            STANDARD,
            "from_count: 75",
            "from_count: 90",
            "26: pity: soft.from_count is not below max_count",
        ),
        (
            STANDARD,
            ", is_pickup: true",
            "",
            "28: pity: rate_up_guarantee promises a pickup SSR, and the pool has none",
        ),
        (
            STANDARD,
            "    - { item_master_id: sword, points: 200 }",
            "    - { item_master_id: sword, points: 200 }\n    - { item_master_id: sword, points: 100 }",
            "35: exchange: item sword is offered twice",
        ),
        (
            STANDARD,
            "\n    - { item_master_id: sword, points: 200 }",
            " []",
            "33: exchange: no offers",
        ),
        (STANDARD, "2026-10-08", "2026-09-08", "32: exchange: closes_at is before the pool's own"),
        (
            STANDARD,
            "weight: 1 }",
            "weight: 1 }\n  - { item_master_id: stick, weight: 2 }",
            "38: item stick is listed twice",
        ),
        (
            STEP_UP,
            "name: Small",
            "name: Small\nfree_daily: { draw_count: 1 }",
            "3: a step-up has no free daily draw; let a step cost nothing",
        ),
        (
            STEP_UP,
            "name: Small",
            "name: Small\npity: { group: small, max_count: 90 }",
            "3: a step-up has no pity; it makes its promises by its steps or its contents",
        ),
        (
            STEP_UP,
            "    - price: { draw_count: 10, currency_type: free_gem, amount: 0 }\n      rarity_weights: { R: 97",
            "    - price: { draw_count: 10, currency_type: free_gem, amount: 0 }\n      rarity_weights: { R: 96",
            "10: step 2: the rarity weights add up to 99, not to 100 or another power of ten",
        ),
        (
            STEP_UP,
            "name: Small",
            "name: Small\nlimits: { in_total: 9 }",
            "10: draw_count 10 is more than the limits allow",
        ),
        (BOX, ", is_pickup: true", "", "7: box: reset after_last_pickup needs a pickup"),
        (BOX, "draw_count: 1,", "draw_count: 11,", "5: draw_count 11 is more than the box holds"),
    ] {
        assert_eq!(mistakes_of(whole, find, replace), [told], "{replace}");
    }
}

#[test]
fn every_mistake_of_every_file_is_told_in_order() {
    let items = ITEMS.replace("rarity: SSR", "rarity: SSSR").replace("stick", "sword");
    let pool =
        STANDARD.replace("any_gem", "gem").replace("name:", "nam:").replace("\"05:00\"", "5");
    let broken = "pool_id: {\n";
    let told = read(&items, &[("pool-small.yaml", &pool), ("broken.yaml", broken)]).unwrap_err();
    let places: Vec<String> =
        told.iter().map(|mistake| format!("{}:{}", mistake.file, mistake.line)).collect();
    assert_eq!(
        places,
        [
            "items.yaml:2",
            "items.yaml:3",
            "pools/broken.yaml:1",
            "pools/pool-small.yaml:1",
            "pools/pool-small.yaml:2",
            "pools/pool-small.yaml:8",
            "pools/pool-small.yaml:14",
            "pools/pool-small.yaml:15",
            "pools/pool-small.yaml:37",
        ],
        "{told}"
    );
}

#[test]
fn a_pool_that_is_there_twice_is_refused() {
    let twice = [("pool-small.yaml", STANDARD), ("pool-small.yaml", STANDARD)];
    let told = read(ITEMS, &twice).unwrap_err().to_string();
    assert_eq!(told, "masters/pools/pool-small.yaml:1: pool pool-small is there twice");
}

#[test]
fn an_empty_file_is_told() {
    let told = read("", &[]).unwrap_err().to_string();
    assert_eq!(told, "masters/items.yaml:1: must have fields, `name: value`");
}
