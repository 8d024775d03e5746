//! `tenjo report` on the database of the stack: run it with `cargo xtask test`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use serde_json::{Value, json};
use tenjo_tests::player::Player;
use tenjo_tests::shop::Store;
use tenjo_tests::{database, variable};

/// The exit code, and all that was printed.
fn report(until: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenjo"))
        .args(["report", "--database-url", &variable("TENJO_TEST_DATABASE_URL")])
        .args(["--until", until])
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// The figures of what was sold in the month, as JSON.
fn line() -> Value {
    let (code, text) = report(UNTIL, &["--json"]);
    assert_eq!(code, Some(0), "{text}");
    let shown: Value = serde_json::from_str(&text).unwrap();
    let months = shown["months"].as_array().unwrap().iter();
    let mut of_it = months.filter(|line| {
        line["month"] == MONTH
            && line["product"]["store"] == "apple"
            && line["product"]["product_id"] == "gems-330"
    });
    of_it.next().expect("a line").clone()
}

/// So long ago that no other test has entries there.
const MONTH: &str = "2019-05";
const UNTIL: &str = "2019-06-30";

/// A player who bought and drew in the month.
async fn played() -> Player {
    let player = Player::new().await;
    Store::Apple.sell(&player, "gems-330", json!({})).await.book(&player).await.data();
    player.draw("pool-paid-moon-festival", 1, None).await.data();
    for long_ago in [
        "update game_user.currency_ledger set created_at = '2019-05-10' where user_id = ?",
        "update game_user.paid_gem_lots set created_at = '2019-05-10' where user_id = ?",
    ] {
        database::change(long_ago, player.user_id).await;
    }
    player
}

#[tokio::test]
async fn a_report_is_checked_traced_and_compared_with_a_stores() {
    let player = played().await;
    let (code, text) = report(UNTIL, &["--check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("gems-330") && text.contains("draw_cost"), "{text}");

    let line = line();
    let number = |name: &str| line[name].as_str().unwrap().parse::<i128>().unwrap();
    let (code, text) = report(UNTIL, &["--trace", MONTH]);
    assert_eq!(code, Some(0), "{text}");
    let mut rows = text.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let columns = rows.next().unwrap();
    let place = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let rows: Vec<_> = rows.filter(|row| row[place("product_id")] == "gems-330").collect();
    assert!(rows.iter().any(|row| row[place("user_id")] == player.user_id.to_string()), "{text}");
    for name in ["earned_micros", "lots", "sold_micros", "revoked_lots", "revoked_micros"] {
        let sum: i128 = rows.iter().map(|row| row[place(name)].parse::<i128>().unwrap()).sum();
        assert_eq!(sum, number(name), "{name}");
    }
    let (code, text) = report(UNTIL, &["--trace", "2019-04"]);
    assert_eq!((code, text.lines().count()), (Some(0), 1), "only the names of columns: {text}");

    let file = std::env::temp_dir().join(format!("tenjo-report-{}.csv", std::process::id()));
    let head = "store,product_id,money_code,units,micros\r\n";
    let apple = |units: i128| format!("apple,gems-330,JPY,{units},{}\r\n", number("sold_micros"));
    let (right, google) = (apple(number("lots")), "google,gems-60,JPY,1,160000000\r\n");
    for (lines, arguments, expected, says) in [
        (right.clone(), &[] as &[&str], 0, "agree for apple"),
        (apple(number("lots") + 1), &[], 1, "2019-05 apple gems-330 JPY: the store has"),
        (google.to_owned(), &[], 1, "apple: the report has no line of this store"),
        (google.to_owned(), &["--store", "google"], 1, "google gems-60 JPY: the store has 1"),
        (right.clone() + google, &["--store", "apple"], 0, "agree for apple"),
        (right.clone(), &["--store", "google"], 1, "google: the report has no line"),
        (right.clone(), &["--store", "apple", "--check", "--json"], 0, "\"differences\": []"),
        (google.to_owned(), &["--json"], 1, "\"missing_stores\": [\n    \"apple\""),
        (String::new(), &[], 3, "no store sold anything"),
    ] {
        std::fs::write(&file, format!("{head}{lines}")).unwrap();
        let path = file.display().to_string();
        let compare = ["--reconcile", path.as_str(), "--month", MONTH];
        let (code, text) = report(UNTIL, &[&compare[..], arguments].concat());
        assert_eq!(code, Some(expected), "{lines:?} {arguments:?}: {text}");
        assert!(text.contains(says), "{lines:?} {arguments:?}: {text}");
    }
    // The same, in the forms of the stores.
    let masters = concat!(env!("CARGO_MANIFEST_DIR"), "/../masters");
    let price = number("sold_micros") / number("lots") / 1_000_000;
    for (report_of_store, expected, says) in [
        (apples(number("lots"), price, "game"), 0, "agree for apple"),
        (apples(number("lots"), price + 1, "game"), 1, "2019-05 apple gems-330 JPY: the store has"),
        (apples(1, price, "quiz"), 3, "no store sold anything"),
        (googles(price), 1, "2019-05 google gems-330 JPY: the store has 1"),
    ] {
        std::fs::write(&file, &report_of_store).unwrap();
        let path = file.display().to_string();
        let app = if report_of_store.starts_with("Provider") { "game" } else { "com.example" };
        let arguments =
            ["--reconcile", path.as_str(), "--month", MONTH, "--masters", masters, "--app", app];
        let (code, text) = report(UNTIL, &arguments);
        assert_eq!(code, Some(expected), "{report_of_store}: {text}");
        assert!(text.contains(says), "{report_of_store}: {text}");
    }
    std::fs::remove_file(&file).unwrap();
}

/// A month in Apple's summary sales report, with the columns that are read.
fn apples(units: i128, price: i128, app: &str) -> String {
    format!(
        "Provider\tSKU\tProduct Type Identifier\tUnits\tBegin Date\tEnd Date\tCustomer Currency\t\
         Customer Price\tParent Identifier\n\
         APPLE\tgame.tenjo.gems330\tIA1\t{units}\t05/01/2019\t05/31/2019\tJPY\t{price}.00\t{app}\n"
    )
}

/// One sale in Google's estimated sales report, with the columns that are read.
fn googles(price: i128) -> String {
    format!(
        "Order Number,Order Charged Date,Financial Status,Product ID,SKU ID,Currency of Sale,\
         Charged Amount\n\
         GPA.1,2019-05-10,Charged,com.example,gems_330,JPY,{price}.00\n"
    )
}

#[test]
fn a_day_that_has_not_ended_has_no_report() {
    for arguments in [&[] as &[&str], &["--check"], &["--trace", "2030-01"]] {
        let (code, text) = report("2037-01-31", arguments);
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains("this is not final before 2037-01-31 15:10"), "{text}");
    }
}
