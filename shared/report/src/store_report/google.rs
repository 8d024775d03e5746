//! Google Play's estimated sales report (`salesreport_202609.csv`, unpacked): a row for each
//! time that an order was charged or refunded, of all apps of the account. Play Console Help,
//! "Download sales and payout reports", says what it is; the names of its columns are those of
//! files that others have published.
//!
//! | Column | Read as |
//! |---|---|
//! | Product ID, or Package ID | the name of the app's package, which `--app` names |
//! | SKU ID | the store's name of the product |
//! | Financial Status | `Charged` is one piece sold, `Refund` (or `Refunded`) one taken back; all else is refused |
//! | Charged Amount | what the buyer paid, with tax: Item Price and Taxes Collected together. Whether it is negative in the row of a refund is not said anywhere, so its sign counts for nothing |
//! | Currency of Sale | in which currency |
//! | Order Charged Date | of what was charged it has to lie in the month. In the row of a refund it may be the day of the sale, so there it is not compared |
//!
//! There is no column of a quantity: the game sells one piece at a time.

use super::number::{millionths, month_of_iso};
use super::row::{Row, place};
use super::{Expected, Mistake, Sold};
use crate::reconcile::StoreLine;

/// The first column, by which the report is known.
pub(super) const FIRST: &str = "Order Number";

pub(super) const COLUMNS: [&str; 5] =
    ["Order Charged Date", "Financial Status", "SKU ID", "Currency of Sale", "Charged Amount"];

/// The name of the app's package, under both of the names that it has had.
const PACKAGE: [&str; 2] = ["Package ID", "Product ID"];

pub(super) fn read(row: &Row<'_>, expected: &Expected<'_>) -> Result<Option<Sold>, Mistake> {
    let column = PACKAGE.into_iter().find(|column| place(row.names, column).is_some());
    let package = column.map(|column| row.field(column));
    if let Some(app) = expected.app {
        let package = package.ok_or_else(|| row.mistake("there is no column Package ID"))?;
        if package != app {
            return Ok(None);
        }
    }
    let units = match row.field("Financial Status") {
        "Charged" => {
            let like = "day such as 2026-09-30";
            row.is_of("Order Charged Date", month_of_iso, like, expected.month)?;
            1
        }
        "Refund" | "Refunded" => -1,
        other => {
            let reason = format!("Financial Status: {other:?} is neither Charged nor Refund");
            return Err(row.mistake(reason));
        }
    };
    let amount = row.read("Charged Amount", millionths, "amount such as 160.00")?;
    Ok(Some(Sold {
        store: "google",
        product_id: row.product("SKU ID", "google", expected)?,
        money_code: row.money_code("Currency of Sale")?,
        line: StoreLine { units, micros: units * amount.abs() },
    }))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::Lines;
    use crate::store_report::tests::{line, read};

    const HEAD: &str = "Order Number,Order Charged Date,Order Charged Timestamp,\
        Financial Status,Device Model,Product Title,Product ID,Product Type,SKU ID,\
        Currency of Sale,Item Price,Taxes Collected,Charged Amount,City of Buyer,State of Buyer,\
        Postal Code of Buyer,Country of Buyer\n";

    /// A made-up row in Google's shape.
    fn row(day: &str, status: &str, app: &str, sku: &str, currency: &str, charged: &str) -> String {
        format!(
            "GPA.3300-0000-0000-00000,{day},1788000000,{status},d2x,\"60 gems, and a bonus (Game)\",\
             {app},inapp,{sku},{currency},145.00,15.00,{charged},Tokyo,,100-0001,JP\n"
        )
    }

    fn sold(sku: &str, currency: &str, charged: &str) -> String {
        row("2026-09-10", "Charged", "com.example.game", sku, currency, charged)
    }

    fn refunded(day: &str, charged: &str) -> String {
        row(day, "Refund", "com.example.game", "gems_60", "JPY", charged)
    }

    #[test]
    fn sales_less_refunds_are_added_up_by_product_and_currency() {
        let rows = [
            sold("gems_60", "JPY", "160.00"),
            sold("gems_60", "JPY", "160"),
            sold("gems_60", "JPY", "150.00"),
            sold("gems_330", "USD", "4.99"),
            sold("gems_330", "JPY", "\"1,204.00\""),
            refunded("2026-09-12", "160.00"),
            // Of a sale in the month before.
            refunded("2026-08-30", "-160.00"),
        ];
        let text = format!("{HEAD}{}", rows.concat());
        let wanted = Lines::from([
            line("google", "gems-60", "JPY", 1, 150_000_000),
            line("google", "gems-330", "USD", 1, 4_990_000),
            line("google", "gems-330", "JPY", 1, 1_204_000_000),
        ]);
        assert_eq!(read(&text, None), Ok(wanted.clone()));
        // Newer files call it a package, and spreadsheets have other ends of lines.
        let text = text.replace("Product ID", "Package ID").replace('\n', "\r\n");
        assert_eq!(read(&format!("\u{feff}{text}"), Some("com.example.game")), Ok(wanted));
    }

    #[test]
    fn other_apps_of_the_account_are_left_out_by_name_only() {
        let other = row("2026-09-10", "Charged", "com.example.quiz", "coins", "JPY", "100");
        let text = format!("{HEAD}{}{other}", sold("gems_60", "JPY", "160"));
        let mistake = read(&text, None).unwrap_err();
        assert_eq!(mistake.line, 3);
        assert!(mistake.reason.contains("no google product \"coins\"; --app"), "{mistake}");
        let wanted = Lines::from([line("google", "gems-60", "JPY", 1, 160_000_000)]);
        assert_eq!(read(&text, Some("com.example.game")), Ok(wanted));
        let nameless = text.replace("Product ID", "Something");
        let mistake = read(&nameless, Some("com.example.game")).unwrap_err();
        assert_eq!(mistake.to_string(), "line 2: there is no column Package ID");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let first = sold("gems_60", "JPY", "160");
        let of = |day: &str, status: &str| row(day, status, "game", "gems_60", "JPY", "160");
        for (bad, reason) in [
            (sold("gems_61", "JPY", "160"), "SKU ID: the masters have no google product"),
            (sold("gems_60", "yen", "160"), "Currency of Sale: \"yen\" is no currency"),
            (sold("gems_60", "JPY", "¥160"), "Charged Amount: \"¥160\" is no amount"),
            (sold("gems_60", "JPY", ""), "Charged Amount: \"\" is no amount"),
            (of("2026-08-31", "Charged"), "Order Charged Date: 2026-08-31 is not in 2026-09"),
            (of("09/10/2026", "Charged"), "Order Charged Date: \"09/10/2026\" is no day such as"),
            (of("2026-09-10", "Partial refund"), "\"Partial refund\" is neither Charged nor"),
            (of("2026-09-10", ""), "Financial Status: \"\" is neither"),
            ("GPA.1,2026-09-10\n".to_owned(), "it has 2 columns, and must have 17"),
        ] {
            let mistake = read(&format!("{HEAD}{first}{bad}"), None).unwrap_err();
            assert_eq!(mistake.line, 3, "{bad:?}");
            assert!(mistake.reason.contains(reason), "{mistake}");
        }
        for column in super::COLUMNS {
            let head = HEAD.replace(&format!(",{column},"), ",Something,");
            let mistake = read(&format!("{head}{first}"), None).unwrap_err();
            assert_eq!(mistake.to_string(), format!("line 1: there is no column {column}"));
        }
    }
}
