//! Pages of a list.

use tenjo_domain::Invalid;

/// How many rows a page has at most: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// A page's size.
    ///
    /// # Errors
    /// When it is not 1 to 100.
    pub const fn new(rows: u32) -> Result<Self, Invalid> {
        if rows >= 1 && rows <= 100 { Ok(Self(rows)) } else { Err(Invalid("must be 1 to 100")) }
    }

    /// One row more than the page has. If the query returns it, another page
    /// follows.
    pub(crate) const fn and_one(self) -> u32 {
        self.0 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// One page, and whether another follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Whether more rows follow the last one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were asked for with [`Limit::and_one`].
    pub(crate) fn of(mut rows: Vec<T>, limit: Limit) -> Self {
        let size = limit.0 as usize;
        let has_more = rows.len() > size;
        rows.truncate(size);
        Self { rows, has_more }
    }

    /// The last row if another page follows, to make the next cursor from.
    #[must_use]
    pub fn last_before_more(&self) -> Option<&T> {
        if self.has_more { self.rows.last() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_another_follows() {
        let two = Limit::new(2).unwrap();
        for (rows, last) in [(vec![], None), (vec![1, 2], None), (vec![1, 2, 3], Some(2))] {
            assert_eq!(Page::of(rows.clone(), two).last_before_more().copied(), last, "{rows:?}");
        }
    }
}
