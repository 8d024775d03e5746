//! What is wrong with master files, and where.

use std::cell::RefCell;
use std::fmt;

/// Something in a master file that must be corrected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, from the folder of master data, such as `pools/pool-standard.yaml`.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "masters/{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Every mistake, by file and line. Never none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.0))]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Puts them in order; `None` if there are none.
    pub(crate) fn of(mut mistakes: Vec<Mistake>) -> Option<Self> {
        mistakes.sort();
        (!mistakes.is_empty()).then_some(Self(mistakes))
    }

    /// A single one, of a whole file.
    pub(crate) fn one(file: &str, reason: &str) -> Self {
        Self(vec![Mistake { file: file.to_owned(), line: 1, reason: reason.to_owned() }])
    }

    /// These and others, in order.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self.0.sort();
        self
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

fn list(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Where the readers of one file write its mistakes. What they could not read
/// is then `None`, and reading goes on behind it.
pub(crate) struct Report<'a> {
    file: &'a str,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(file: &'a str) -> Self {
        Self { file, mistakes: RefCell::default() }
    }

    pub(crate) fn add(&self, line: u64, reason: impl fmt::Display) {
        let mistake = Mistake { file: self.file.to_owned(), line, reason: reason.to_string() };
        self.mistakes.borrow_mut().push(mistake);
    }

    pub(crate) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes.into_inner()
    }
}
