//! Compares what stores say that they sold with what the books have.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Figures, Month, Product};

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

/// What a store's report has, by store, product of ours, and currency.
pub type Lines = BTreeMap<(String, String, String), StoreLine>;

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
        let sold = |id: &str, units: i128| {
            let key = ("apple".to_owned(), id.to_owned(), "JPY".to_owned());
            (key, StoreLine { units, micros: units * 100 })
        };
        let report = Lines::from([sold("a", 2), sold("b", 2)]);
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
