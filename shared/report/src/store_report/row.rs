//! One row of a report, by the names of its columns.

use csv::StringRecord;

use super::{Expected, Mistake};
use crate::Month;

/// A row, and where it is: at this byte of the whole text.
pub(super) struct Row<'a> {
    pub(super) text: &'a [u8],
    pub(super) byte: u64,
    pub(super) names: &'a StringRecord,
    pub(super) record: &'a StringRecord,
}

/// Where a column is, if it is there. Stores change capitals.
pub(super) fn place(names: &StringRecord, column: &str) -> Option<usize> {
    names.iter().position(|name| name.eq_ignore_ascii_case(column))
}

impl<'a> Row<'a> {
    /// What a column has; nothing if the report does not have the column.
    pub(super) fn field(&self, column: &str) -> &'a str {
        let record: &'a StringRecord = self.record;
        place(self.names, column).and_then(|at| record.get(at)).unwrap_or_default()
    }

    pub(super) fn mistake(&self, reason: impl Into<String>) -> Mistake {
        // Counted only here: to count for each row would take as long as the square of them.
        Mistake { line: line_at(self.text, self.byte), reason: reason.into() }
    }

    /// What `read` makes of a column, or a mistake that says what it should be.
    pub(super) fn read<T>(
        &self,
        column: &str,
        read: impl FnOnce(&str) -> Option<T>,
        should_be: &str,
    ) -> Result<T, Mistake> {
        let text = self.field(column);
        read(text).ok_or_else(|| self.mistake(format!("{column}: {text:?} is no {should_be}")))
    }

    pub(super) fn money_code(&self, column: &str) -> Result<String, Mistake> {
        let is_code =
            |text: &str| text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase());
        let code = |text: &str| is_code(text).then(|| text.to_owned());
        self.read(column, code, "currency of three capital letters")
    }

    /// Our product of the store's name in this column.
    pub(super) fn product(
        &self,
        column: &str,
        store: &str,
        expected: &Expected<'_>,
    ) -> Result<String, Mistake> {
        let theirs = self.field(column);
        let ours = expected.names.get(&(store.to_owned(), theirs.to_owned()));
        ours.cloned().ok_or_else(|| {
            let hint = if expected.app.is_some() { "" } else { "; --app leaves other apps out" };
            self.mistake(format!("{column}: the masters have no {store} product {theirs:?}{hint}"))
        })
    }

    /// Refuses a day of another month than the one that is compared.
    pub(super) fn is_of(
        &self,
        column: &str,
        read: impl FnOnce(&str) -> Option<Month>,
        like: &str,
        month: Month,
    ) -> Result<(), Mistake> {
        let found = self.read(column, read, like)?;
        if found == month {
            return Ok(());
        }
        Err(self.mistake(format!("{column}: {} is not in {month}", self.field(column))))
    }
}

/// The line, counted from 1, of what begins at this byte or after the ends of lines there:
/// the reader counts neither empty lines nor both bytes of Windows' ends of lines.
pub(super) fn line_at(text: &[u8], byte: u64) -> u64 {
    let from = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let (before, rest) = text.split_at(from);
    let ends = rest.iter().take_while(|byte| b"\r\n".contains(*byte)).count();
    let before = text.get(..before.len() + ends).unwrap_or(text);
    let newlines = before.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(newlines).unwrap_or(u64::MAX).saturating_add(1)
}
