//! What stores say that they sold, in the files that they give.
//!
//! Three forms are read, and the line of names says which one it is: Apple's summary sales
//! report (`apple`), Google Play's estimated sales report (`google`), and a plain one of
//! ours (`plain`). Whatever a form does not have is refused with its line: a row that is
//! passed over in silence would be a difference that nobody sees.

mod apple;
mod google;
mod number;
mod plain;
mod row;

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::Month;
use crate::reconcile::{Lines, StoreLine};
use row::{Row, line_at};

/// A mistake in a store's report.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Mistake {
    /// Where, counted from 1 with the line of names.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// Our product of a store's name of it, by the store and that name.
pub type Names = BTreeMap<(String, String), String>;

/// What a report is expected to be of. The plain form needs nothing of it.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The month that is compared.
    pub month: Month,
    /// Only the rows of this app, because a report has all apps of an account: the SKU of the
    /// app with Apple, the name of its package with Google.
    pub app: Option<&'a str>,
    /// Our products.
    pub names: &'a Names,
}

/// Who made a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Somebody by hand, with our names of products.
    Plain,
    /// Apple: the summary sales report.
    Apple,
    /// Google Play: the estimated sales report.
    Google,
}

/// What one row says.
struct Sold {
    store: &'static str,
    product_id: String,
    money_code: String,
    line: StoreLine,
}

impl Form {
    /// The store whose sales alone it can have; a report made by hand may have any.
    #[must_use]
    pub const fn store(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Apple => Some("apple"),
            Self::Google => Some("google"),
        }
    }

    /// Who made this report, by its line of names.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn of(text: &[u8]) -> Result<Self, Mistake> {
        let text = without_mark(text);
        if Self::Plain.names_in(text)?.iter().eq(plain::COLUMNS) {
            return Ok(Self::Plain);
        }
        for (form, first) in [(Self::Google, google::FIRST), (Self::Apple, apple::FIRST)] {
            let names = form.names_in(text)?;
            if names.len() > 1 && names.get(0) == Some(first) {
                return Ok(form);
            }
        }
        let reason = format!(
            "the columns must be {}, or those of Apple's summary sales report or of Google \
             Play's estimated sales report",
            plain::COLUMNS.join(",")
        );
        Err(Mistake { line: line_at(text, 0), reason })
    }

    fn reader(self, text: &[u8]) -> csv::Reader<&[u8]> {
        let mut builder = csv::ReaderBuilder::new();
        builder.trim(csv::Trim::All);
        if self == Self::Apple {
            // A name of a product may have a quotation mark, and nothing is quoted.
            builder.delimiter(b'\t').quoting(false);
        }
        builder.from_reader(text)
    }

    fn names_in(self, text: &[u8]) -> Result<StringRecord, Mistake> {
        let mut reader = self.reader(text);
        reader.headers().cloned().map_err(|error| broken(text, &error))
    }

    /// The columns that are read.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &plain::COLUMNS,
            Self::Apple => &apple::COLUMNS,
            Self::Google => &google::COLUMNS,
        }
    }

    /// What a row says; `None` if it has nothing to do with gems of this app.
    fn read(self, row: &Row<'_>, expected: &Expected<'_>) -> Result<Option<Sold>, Mistake> {
        match self {
            Self::Plain => plain::read(row).map(Some),
            Self::Apple => apple::read(row, expected),
            Self::Google => google::read(row, expected),
        }
    }
}

/// Reads a store's report of a form, which may begin with a mark of the byte order, as
/// spreadsheets write it.
///
/// # Errors
/// At the first line that is wrong, or when no row says that something was sold: a report of
/// nothing would agree with anything. Nothing is compared then.
pub fn read_store_report(
    form: Form,
    text: &[u8],
    expected: &Expected<'_>,
) -> Result<Lines, Mistake> {
    let text = without_mark(text);
    let mut reader = form.reader(text);
    let names = reader.headers().cloned().map_err(|error| broken(text, &error))?;
    for column in form.columns() {
        if row::place(&names, column).is_none() {
            let reason = format!("there is no column {column}");
            return Err(Mistake { line: line_at(text, 0), reason });
        }
    }
    let mut lines = Lines::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(text, &error))?;
        let byte = record.position().map_or(0, csv::Position::byte);
        let row = Row { text, byte, names: &names, record: &record };
        if let Some(Sold { store, product_id, money_code, line }) = form.read(&row, expected)? {
            let sum = lines.entry((store.to_owned(), product_id, money_code)).or_default();
            sum.units += line.units;
            sum.micros += line.micros;
        }
    }
    if lines.is_empty() {
        let reason = "no store sold anything: no row after the names of columns says so".to_owned();
        return Err(Mistake { line: line_at(text, 0), reason });
    }
    Ok(lines)
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

fn line_of(text: &[u8], place: Option<&csv::Position>) -> u64 {
    line_at(text, place.map_or(0, csv::Position::byte))
}

/// Why a line cannot be read. The reader's own words name a line too, and another one.
fn broken(text: &[u8], error: &csv::Error) -> Mistake {
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} columns, and must have {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    Mistake { line: line_of(text, error.position()), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// September 2026, two products of ours.
    pub(super) fn read(text: &str, app: Option<&str>) -> Result<Lines, Mistake> {
        let name = |store: &str, theirs: &str, ours: &str| {
            ((store.to_owned(), theirs.to_owned()), ours.to_owned())
        };
        let names = Names::from([
            name("apple", "game.gems60", "gems-60"),
            name("apple", "game.gems330", "gems-330"),
            name("google", "gems_60", "gems-60"),
            name("google", "gems_330", "gems-330"),
        ]);
        let month = Month { year: 2026, month: 9 };
        let text = text.as_bytes();
        read_store_report(Form::of(text)?, text, &Expected { month, app, names: &names })
    }

    pub(super) fn line(
        store: &str,
        product_id: &str,
        money_code: &str,
        units: i128,
        micros: i128,
    ) -> ((String, String, String), StoreLine) {
        let key = (store.to_owned(), product_id.to_owned(), money_code.to_owned());
        (key, StoreLine { units, micros })
    }

    #[test]
    fn a_file_that_is_none_of_the_three_is_refused() {
        for text in [
            "",
            "product,units\n",
            "Provider,SKU,Units\n",
            "Provider\n",
            "Order Number\tFinancial Status\n",
            // Apple's financial report, and Google's earnings.
            "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\n",
            "Description,Transaction Date,Transaction Time,Tax Type,Transaction Type\n",
        ] {
            let mistake = read(text, None).unwrap_err();
            assert_eq!(mistake.line, 1, "{text:?}");
            assert!(mistake.reason.contains("the columns must be store,"), "{text:?}: {mistake}");
        }
        let utf_16 = b"\xff\xfeO\0r\0d\0e\0r\0";
        assert_eq!(Form::of(utf_16).unwrap_err().reason, "it is not UTF-8");
    }
}
