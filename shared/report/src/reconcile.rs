//! Compares what stores say that they sold with what the books have.
//!
//! Each store has reports of its own, so one plain form is read: a line for each product
//! and currency of a month, `store,product_id,money_code,units,micros`, with refunds as
//! lines of negative units and micros, or taken off already.

use std::collections::{BTreeMap, BTreeSet};

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

/// Reads a store's report, which may begin with a mark of the byte order, as spreadsheets
/// write it.
///
/// # Errors
/// At the first line that is wrong, or when there is nothing after the names of columns:
/// a report of nothing would agree with anything. Nothing is compared then.
pub fn read_store_report(text: &[u8]) -> Result<Lines, Mistake> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let line_of =
        |place: Option<&csv::Position>| line_at(text, place.map_or(0, csv::Position::byte));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let broken =
        |error: &csv::Error| Mistake { line: line_of(error.position()), reason: reason(error) };
    let headers = reader.headers().map_err(|error| broken(&error))?;
    if headers != COLUMNS.as_slice() {
        let reason = format!("the columns must be {}", COLUMNS.join(","));
        return Err(Mistake { line: line_at(text, 0), reason });
    }
    let mut lines = Lines::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let line = line_of(record.position());
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
    if lines.is_empty() {
        let reason = "no store sold anything: there are only the names of columns".to_owned();
        return Err(Mistake { line: line_at(text, 0), reason });
    }
    Ok(lines)
}

/// Why a line cannot be read. The reader's own words name a line too, and another one.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} columns, and must have {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// The line, counted from 1, of what begins at this byte or after the ends of lines there:
/// the reader counts neither empty lines nor both bytes of Windows' ends of lines.
fn line_at(text: &[u8], byte: u64) -> u64 {
    let from = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let (before, rest) = text.split_at(from);
    let ends = rest.iter().take_while(|byte| b"\r\n".contains(*byte)).count();
    let before = text.get(..before.len() + ends).unwrap_or(text);
    let newlines = before.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(newlines).unwrap_or(u64::MAX).saturating_add(1)
}

/// What the books have of stores in a month.
fn books(figures: &Figures, month: Month) -> Lines {
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
    books.retain(|_, line| *line != StoreLine::default());
    books
}

/// The stores that sold or took back anything in a month, by the books.
#[must_use]
pub fn stores(figures: &Figures, month: Month) -> BTreeSet<String> {
    books(figures, month).into_keys().map(|(store, ..)| store).collect()
}

/// What the books have for these stores in a month, compared with what a report has.
#[must_use]
pub fn differences(
    figures: &Figures,
    month: Month,
    store: &Lines,
    stores: &BTreeSet<String>,
) -> Vec<Difference> {
    let books = books(figures, month);
    let products: BTreeSet<_> = books.keys().chain(store.keys()).cloned().collect();
    let of = |lines: &Lines, product: &_| lines.get(product).copied().unwrap_or_default();
    products
        .into_iter()
        .filter(|(store, ..)| stores.contains(store))
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
            (&format!("{head}apple,a,JPY,1\n"), 2, "it has 4 columns, and must have 5"),
            (&format!("\n{head}\n\napple,a,JPY,1,2\n\nsteam,a,JPY,1,2\n"), 7, "\"steam\""),
            (&format!("{head}apple,\"a\nb\",JPY,1,2\nsteam,a,JPY,1,2\n"), 4, "\"steam\""),
            (&format!("{head}\n\napple,a,JPY,1\n"), 4, "it has 4 columns, and must have 5"),
            (head, 1, "no store sold anything"),
            (&format!("{head}\n\n"), 1, "no store sold anything"),
            ("", 1, "the columns must be store,"),
        ] {
            // As spreadsheets write it, too.
            for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                let mistake = read_store_report(text.as_bytes()).unwrap_err();
                assert_eq!(mistake.line, line, "{text:?}");
                assert!(mistake.reason.contains(reason), "{mistake}");
            }
        }
    }

    #[test]
    fn a_report_may_have_empty_lines_and_a_mark_of_the_byte_order() {
        let text = "\u{feff}store,product_id,money_code,units,micros\r\n\r\napple,a,JPY,1,2\r\n";
        let report = read_store_report(text.as_bytes()).unwrap();
        let line = StoreLine { units: 1, micros: 2 };
        assert_eq!(report, Lines::from([(("apple".into(), "a".into(), "JPY".into()), line)]));
    }

    #[test]
    fn only_what_differs_is_told_and_only_of_the_stores_that_are_compared() {
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
        let apple = BTreeSet::from(["apple".to_owned()]);
        let found = differences(&figures, month, &report, &apple);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(only.product.1, "b");
        assert_eq!((only.store.units, only.books.units), (2, 1));

        // The other store is in the books, and a report without it does not agree.
        let all = stores(&figures, month);
        assert_eq!(all, BTreeSet::from(["apple".to_owned(), "google".to_owned()]));
        let found = differences(&figures, month, &report, &all);
        let of: Vec<_> = found.iter().map(|it| (it.product.0.as_str(), it.store.units)).collect();
        assert_eq!(of, [("apple", 2), ("google", 0)]);
    }
}
