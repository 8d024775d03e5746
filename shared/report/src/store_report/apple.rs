//! Apple's summary sales report: tab separated, a row for each product, price, currency and
//! country, of all apps of the account. What the columns mean is Apple's page "Summary Sales
//! Report" (version 1_3) in App Store Connect Help, and its page "Product type identifiers".
//!
//! | Column | Read as |
//! |---|---|
//! | Product Type Identifier | `IA1`, `IA1-M` and `FI1` are in-app purchases. Apps, updates and downloads are passed over. Subscriptions and what was restored are refused: the game sells none |
//! | Parent Identifier | the SKU of the app, which `--app` names |
//! | SKU | the store's name of the product: for an in-app purchase its Product ID |
//! | Units | how many; negative for refunds |
//! | Customer Price | what was billed for one, with tax. Apple's example has it negative in the row of a refund, so its sign counts for nothing |
//! | Customer Currency | in which currency |
//! | Begin Date, End Date | of the report, which has to lie in the month |

use super::number::{millionths, month_of_american, whole};
use super::row::Row;
use super::{Expected, Mistake, Sold};
use crate::reconcile::StoreLine;

/// The first column, by which the report is known.
pub(super) const FIRST: &str = "Provider";

pub(super) const COLUMNS: [&str; 8] = [
    "SKU",
    "Product Type Identifier",
    "Units",
    "Begin Date",
    "End Date",
    "Customer Currency",
    "Customer Price",
    "Parent Identifier",
];

/// Apps, bundles of them, downloads and updates: no gems.
const APPS: [&str; 15] =
    ["1", "1-B", "F1-B", "1E", "1EP", "1EU", "1F", "1T", "3", "3F", "7", "7F", "7T", "F1", "F7"];

pub(super) fn read(row: &Row<'_>, expected: &Expected<'_>) -> Result<Option<Sold>, Mistake> {
    let kind = row.field("Product Type Identifier");
    let is_of_another = expected.app.is_some_and(|app| app != row.field("Parent Identifier"));
    if APPS.contains(&kind) || is_of_another {
        return Ok(None);
    }
    if !["IA1", "IA1-M", "FI1"].contains(&kind) {
        let reason = format!("Product Type Identifier: the game sells nothing that is {kind:?}");
        return Err(row.mistake(reason));
    }
    for column in ["Begin Date", "End Date"] {
        row.is_of(column, month_of_american, "day such as 09/30/2026", expected.month)?;
    }
    let units = row.read("Units", whole, "whole number")?;
    let price = row.read("Customer Price", millionths, "amount such as 160.00")?;
    Ok(Some(Sold {
        store: "apple",
        product_id: row.product("SKU", "apple", expected)?,
        money_code: row.money_code("Customer Currency")?,
        line: StoreLine { units, micros: units * price.abs() },
    }))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::Lines;
    use crate::store_report::tests::{line, read};

    /// The columns of version 1_3, in their order.
    const HEAD: &str = "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tVersion\t\
        Product Type Identifier\tUnits\tDeveloper Proceeds\tBegin Date\tEnd Date\t\
        Customer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\t\
        Promo Code\tParent Identifier\tSubscription\tPeriod\tCategory\tCMB\tDevice\t\
        Supported Platforms\tProceeds Reason\tPreserved Pricing\tClient\tOrder Type\n";

    /// A made-up row in Apple's shape.
    fn row(
        sku: &str,
        kind: &str,
        units: &str,
        price: &str,
        currency: &str,
        days: &str,
        parent: &str,
    ) -> String {
        format!(
            "APPLE\tUS\t{sku}\tStudio\t60 \"gems\"\t\t{kind}\t{units}\t112.00\t{days}\t{currency}\t\
             JP\t{currency}\t1234567890\t{price}\t \t{parent}\t \t \tGames\t\tiPhone\tiOS\t \t \t \t \n"
        )
    }

    const SEPTEMBER: &str = "09/01/2026\t09/30/2026";

    fn sold(sku: &str, units: &str, price: &str, currency: &str) -> String {
        row(sku, "IA1", units, price, currency, SEPTEMBER, "game")
    }

    #[test]
    fn sales_less_refunds_are_added_up_by_product_and_currency() {
        let rows = [
            sold("game.gems60", "3", "160.00", "JPY"),
            sold("game.gems60", "2", "150.00", "JPY"),
            sold("game.gems60", "-1", "-160.00", "JPY"),
            sold("game.gems60", "1.00", ".99", "USD"),
            sold("game.gems330", "-1", "4.99", "USD"),
            row("game.gems330", "IA1-M", "1", "4.99", "USD", "09/07/2026\t09/07/2026", "game"),
            // The app itself: downloads and updates.
            row("game", "1F", "500", "0", "JPY", SEPTEMBER, " "),
            row("game", "7F", "900", "0", "JPY", SEPTEMBER, " "),
        ];
        let text = format!("{HEAD}{}", rows.concat());
        let wanted = Lines::from([
            line("apple", "gems-60", "JPY", 4, 620_000_000),
            line("apple", "gems-60", "USD", 1, 990_000),
            line("apple", "gems-330", "USD", 0, 0),
        ]);
        assert_eq!(read(&text, None), Ok(wanted.clone()));
        assert_eq!(read(&text.replace('\n', "\r\n"), Some("game")), Ok(wanted));
    }

    #[test]
    fn other_apps_of_the_account_are_left_out_by_name_only() {
        let other = row("quiz.coins", "IA1", "5", "100", "JPY", SEPTEMBER, "quiz");
        let text = format!("{HEAD}{}{other}", sold("game.gems60", "1", "160", "JPY"));
        let mistake = read(&text, None).unwrap_err();
        assert_eq!(mistake.line, 3);
        assert!(mistake.reason.contains("no apple product \"quiz.coins\"; --app"), "{mistake}");
        let wanted = Lines::from([line("apple", "gems-60", "JPY", 1, 160_000_000)]);
        assert_eq!(read(&text, Some("game")), Ok(wanted));
        // With the name of an app that is not there, nothing was sold, which is said.
        assert!(read(&text, Some("gmae")).unwrap_err().reason.contains("no store sold anything"));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let first = sold("game.gems60", "1", "160", "JPY");
        let of = |days: &str| row("game.gems60", "IA1", "1", "160", "JPY", days, "game");
        for (bad, reason) in [
            (sold("game.gems61", "1", "160", "JPY"), "SKU: the masters have no apple product"),
            (sold("game.gems60", "1.5", "160", "JPY"), "Units: \"1.5\" is no whole number"),
            (sold("game.gems60", "", "160", "JPY"), "Units: \"\" is no whole number"),
            (sold("game.gems60", "1", "free", "JPY"), "Customer Price: \"free\" is no amount"),
            (sold("game.gems60", "1", "160", "yen"), "Customer Currency: \"yen\" is no currency"),
            (of("08/31/2026\t09/06/2026"), "Begin Date: 08/31/2026 is not in 2026-09"),
            (of("09/28/2026\t10/04/2026"), "End Date: 10/04/2026 is not in 2026-09"),
            (of("2026-09-01\t2026-09-30"), "Begin Date: \"2026-09-01\" is no day such as"),
            (
                row("game.pass", "IAY", "1", "500", "JPY", SEPTEMBER, "game"),
                "Product Type Identifier: the game sells nothing that is \"IAY\"",
            ),
            (
                row("game.gems60", "XX9", "1", "160", "JPY", SEPTEMBER, "game"),
                "Product Type Identifier: the game sells nothing that is \"XX9\"",
            ),
            ("APPLE\tUS\tgame.gems60\n".to_owned(), "it has 3 columns, and must have 28"),
        ] {
            let mistake = read(&format!("{HEAD}{first}{bad}"), None).unwrap_err();
            assert_eq!(mistake.line, 3, "{bad:?}");
            assert!(mistake.reason.contains(reason), "{mistake}");
        }
        for column in super::COLUMNS {
            let head = HEAD.replace(&format!("\t{column}\t"), "\tSomething\t");
            let mistake = read(&format!("{head}{first}"), None).unwrap_err();
            assert_eq!(mistake.to_string(), format!("line 1: there is no column {column}"));
        }
    }
}
