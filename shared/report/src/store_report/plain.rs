//! The plain form: a line for each product of ours and currency of a month, with refunds as
//! lines of negative units and micros, or taken off already.

use super::row::Row;
use super::{Mistake, Sold};
use crate::reconcile::StoreLine;

pub(super) const COLUMNS: [&str; 5] = ["store", "product_id", "money_code", "units", "micros"];

pub(super) fn read(row: &Row<'_>) -> Result<Sold, Mistake> {
    let store = match row.field("store") {
        "apple" => "apple",
        "google" => "google",
        other => return Err(row.mistake(format!("store: {other:?} is neither apple nor google"))),
    };
    let product_id = row.field("product_id");
    if product_id.is_empty() {
        return Err(row.mistake("product_id: it is empty"));
    }
    let whole = |text: &str| text.parse::<i64>().ok().map(i128::from);
    Ok(Sold {
        store,
        product_id: product_id.to_owned(),
        money_code: row.money_code("money_code")?,
        line: StoreLine {
            units: row.read("units", whole, "whole number")?,
            micros: row.read("micros", whole, "whole number")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use crate::reconcile::Lines;
    use crate::store_report::tests::{line, read};

    const HEAD: &str = "store,product_id,money_code,units,micros\n";

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (rows, line, reason) in [
            ("apple,a,JPY,1,2\nsteam,a,JPY,1,2\n", 3, "\"steam\" is neither"),
            ("apple,,JPY,1,2\n", 2, "product_id: it is empty"),
            ("apple,a,yen,1,2\n", 2, "\"yen\" is no currency"),
            ("apple,a,JPY,1.5,2\n", 2, "units: \"1.5\" is no whole number"),
            ("apple,a,JPY,1\n", 2, "it has 4 columns, and must have 5"),
            ("\n\napple,a,JPY,1,2\n\nsteam,a,JPY,1,2\n", 6, "\"steam\""),
            ("apple,\"a\nb\",JPY,1,2\nsteam,a,JPY,1,2\n", 4, "\"steam\""),
            ("\n\napple,a,JPY,1\n", 4, "it has 4 columns, and must have 5"),
            ("", 1, "no store sold anything"),
            ("\n\n", 1, "no store sold anything"),
        ] {
            // As spreadsheets write it, too.
            let text = format!("{HEAD}{rows}");
            for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                let mistake = read(&text, None).unwrap_err();
                assert_eq!(mistake.line, line, "{text:?}");
                assert!(mistake.reason.contains(reason), "{mistake}");
            }
        }
    }

    #[test]
    fn a_report_may_have_empty_lines_and_a_mark_of_the_byte_order_and_needs_no_masters() {
        let text = format!("\u{feff}{HEAD}\napple,a,JPY,3,300\napple,a,JPY,-1,-100\n");
        let report = read(&text.replace('\n', "\r\n"), None).unwrap();
        assert_eq!(report, Lines::from([line("apple", "a", "JPY", 2, 200)]));
    }
}
