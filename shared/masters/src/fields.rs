//! Reads the fields of a node one by one, and reports those that are missing,
//! there twice, or unknown.

use std::collections::BTreeSet;

use crate::Report;
use crate::node::{Field, Node, Value};
use crate::values::Reason;

pub(crate) struct Fields<'a> {
    line: u64,
    fields: &'a [Field],
    known: Vec<&'static str>,
    report: &'a Report<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(node: &'a Node, report: &'a Report<'a>) -> Option<Self> {
        let Value::Fields(fields) = &node.value else {
            report.add(node.line, "must have fields, `name: value`");
            return None;
        };
        let mut seen = BTreeSet::new();
        for field in fields {
            if !seen.insert(&field.name) {
                report.add(field.line, format!("{} is there twice", field.name));
            }
        }
        Some(Self { line: node.line, fields, known: Vec::new(), report })
    }

    /// A value that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Node) -> Result<T, Reason>,
    ) -> Option<T> {
        self.required_part(name, |node, report| named(name, read(node), node, report))
    }

    /// A value that may be left out. The outer `None` is a mistake, the inner
    /// one a field that is not there.
    #[expect(clippy::option_option, reason = "two different absences")]
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Node) -> Result<T, Reason>,
    ) -> Option<Option<T>> {
        self.optional_part(name, |node, report| named(name, read(node), node, report))
    }

    /// Like `required`, for a node with fields or a list of its own, whose
    /// reader reports its mistakes itself.
    pub(crate) fn required_part<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Node, &'a Report<'a>) -> Option<T>,
    ) -> Option<T> {
        if let Some(field) = self.find(name) {
            read(&field.node, self.report)
        } else {
            self.report.add(self.line, format!("{name} is missing"));
            None
        }
    }

    /// Like `optional`, for a reader that reports its mistakes itself.
    #[expect(clippy::option_option, reason = "two different absences")]
    pub(crate) fn optional_part<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Node, &'a Report<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.find(name) {
            Some(field) => read(&field.node, self.report).map(Some),
            None => Some(None),
        }
    }

    /// A field that has no place beside others. `reason` says which.
    pub(crate) fn misplaced(&mut self, name: &'static str, reason: &str) {
        if let Some(field) = self.find(name) {
            self.report.add(field.line, reason);
        }
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// All that is there must have been asked for by now. `None` if something
    /// was not: it may be a field, misspelt, that another rule depends on.
    #[must_use]
    pub(crate) fn end(self) -> Option<()> {
        let mut all_known = Some(());
        for field in self.fields {
            if !self.known.contains(&field.name.as_str()) {
                let known = self.known.join(", ");
                let reason = format!("unknown field {}; there is {known}", field.name);
                self.report.add(field.line, reason);
                all_known = None;
            }
        }
        all_known
    }

    fn find(&mut self, name: &'static str) -> Option<&'a Field> {
        self.known.push(name);
        self.fields.iter().find(|field| field.name == name)
    }
}

fn named<T>(name: &str, read: Result<T, Reason>, node: &Node, report: &Report<'_>) -> Option<T> {
    read.map_err(|reason| report.add(node.line, format!("{name}: {reason}"))).ok()
}

/// Reads each element of a list; `None` if one of them has a mistake.
pub(crate) fn each<'a, T>(
    node: &'a Node,
    report: &'a Report<'a>,
    mut read: impl FnMut(&'a Node, &'a Report<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let Value::List(list) = &node.value else {
        report.add(node.line, "must be a list");
        return None;
    };
    // All are read before one that failed makes the list fail.
    let all: Vec<Option<T>> = list.iter().map(|node| read(node, report)).collect();
    all.into_iter().collect()
}
