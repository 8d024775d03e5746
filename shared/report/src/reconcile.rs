//! Compares what stores say that they sold with what the books have.
//!
//! Each store has reports of its own, so one plain form is read: a line for each product
//! and currency of a month, `store,product_id,money_code,units,micros`, with refunds as
//! lines of negative units and micros, or taken off already.

use std::collections::BTreeMap;
use std::io::Read;

use crate::{Figures, Month, Product};

/// A mistake in a store's report.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Mistake {
    /// Where, counted from 1 with the line of names.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// What a store sold as one product for one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreLine {
    /// How many, less those that were refunded.
    pub units: i128,
    /// For how much, in millionths, less what was refunded.
    pub micros: i128,
}

/// Where a store's report and the books differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Store, product and currency.
    pub product: (String, String, String),
    /// What the store says.
    pub store: StoreLine,
    /// What the books have.
    pub books: StoreLine,
}

type Lines = BTreeMap<(String, String, String), StoreLine>;

const COLUMNS: [&str; 5] = ["store", "product_id", "money_code", "units", "micros"];

/// Reads a store's report.
///
/// # Errors
/// At the first line that is wrong. Nothing is compared then.
pub fn read_store_report(text: impl Read) -> Result<Lines, Mistake> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let broken = |error: &csv::Error, line| Mistake { line, reason: error.to_string() };
    let headers = reader.headers().map_err(|error| broken(&error, 1))?;
    if headers != COLUMNS.as_slice() {
        let reason = format!("the columns must be {}", COLUMNS.join(","));
        return Err(Mistake { line: 1, reason });
    }
    let mut lines = Lines::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| broken(&error, error.position().map_or(0, csv::Position::line)))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mistake = |reason: String| Mistake { line, reason };
        let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let number = |at: usize| -> Result<i128, Mistake> {
            let text = field(at);
            let number: i64 = text
                .parse()
                .map_err(|_| mistake(format!("{}: {text:?} is no whole number", COLUMNS[at])))?;
            Ok(number.into())
        };
        if !["apple", "google"].contains(&field(0).as_str()) {
            return Err(mistake(format!("store: {:?} is neither apple nor google", field(0))));
        }
        if field(1).is_empty() {
            return Err(mistake("product_id: it is empty".to_owned()));
        }
        if field(2).len() != 3 || !field(2).bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(mistake(format!("money_code: {:?} is not three of A-Z", field(2))));
        }
        let (units, micros) = (number(3)?, number(4)?);
        let sum = lines.entry((field(0), field(1), field(2))).or_default();
        sum.units += units;
        sum.micros += micros;
    }
    Ok(lines)
}

/// What the books have for the stores of a report in a month, compared with it.
#[must_use]
pub fn differences(figures: &Figures, month: Month, store: &Lines) -> Vec<Difference> {
    let mut books = Lines::new();
    for (product, line) in figures.months.get(&month).into_iter().flatten() {
        let Product { store: Some(store), product_id: Some(id), money_code: Some(code), .. } =
            product
        else {
            continue;
        };
        let sum = books.entry((store.clone(), id.clone(), code.clone())).or_default();
        sum.units += line.lots - line.revoked_lots;
        sum.micros += line.sold_micros - line.revoked_micros;
    }
    let named = |name: &str| store.keys().any(|(store, ..)| store == name);
    books.retain(|(store, ..), line| named(store) && *line != StoreLine::default());
    let mut products: Vec<_> = books.keys().chain(store.keys()).cloned().collect();
    products.sort_unstable();
    products.dedup();
    let of = |lines: &Lines, product: &_| lines.get(product).copied().unwrap_or_default();
    products
        .into_iter()
        .map(|product| Difference {
            store: of(store, &product),
            books: of(&books, &product),
            product,
        })
        .filter(|difference| difference.store != difference.books)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let head = "store,product_id,money_code,units,micros\n";
        for (text, line, reason) in [
            ("product,units\n", 1, "the columns must be store,"),
            (&format!("{head}apple,a,JPY,1,2\nsteam,a,JPY,1,2\n"), 3, "\"steam\" is neither"),
            (&format!("{head}apple,,JPY,1,2\n"), 2, "product_id: it is empty"),
            (&format!("{head}apple,a,yen,1,2\n"), 2, "\"yen\" is not three of A-Z"),
            (&format!("{head}apple,a,JPY,1.5,2\n"), 2, "units: \"1.5\" is no whole number"),
            (&format!("{head}apple,a,JPY,1\n"), 2, "found record with 4 fields"),
        ] {
            let mistake = read_store_report(text.as_bytes()).unwrap_err();
            assert_eq!(mistake.line, line, "{text}");
            assert!(mistake.reason.contains(reason), "{mistake}");
        }
    }

    #[test]
    fn only_what_differs_is_told_and_only_of_the_stores_of_the_report() {
        let product = |store: &str, id: &str| Product {
            origin: "purchase".into(),
            store: Some(store.into()),
            product_id: Some(id.into()),
            money_code: Some("JPY".into()),
        };
        let month: Month = "2026-09".parse().unwrap();
        let mut figures = Figures::default();
        for (store, id, lots, revoked) in [
            ("apple", "a", 3, 1),
            ("apple", "b", 1, 0),
            ("apple", "c", 1, 1),
            ("google", "a", 9, 0),
        ] {
            let line = figures.line(month, &product(store, id));
            (line.lots, line.sold_micros) = (lots, lots * 100);
            (line.revoked_lots, line.revoked_micros) = (revoked, revoked * 100);
        }
        let report = "store,product_id,money_code,units,micros\n\
            apple,a,JPY,3,300\napple,a,JPY,-1,-100\napple,b,JPY,2,200\n";
        let report = read_store_report(report.as_bytes()).unwrap();
        let found = differences(&figures, month, &report);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(only.product.1, "b");
        assert_eq!((only.store.units, only.books.units), (2, 1));
    }
}
