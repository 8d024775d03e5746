//! The figures of a report.

use std::collections::BTreeMap;

use crate::Month;

/// What was sold: figures are kept apart by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Product {
    /// What the lots came from.
    pub origin: String,
    /// Who sold them, if anybody did.
    pub store: Option<String>,
    /// As what.
    pub product_id: Option<String>,
    /// For which money (ISO 4217).
    pub money_code: Option<String>,
}

/// How the gems of a product moved in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The sum of the changes, by the reason in the ledger.
    pub gems: BTreeMap<String, i128>,
    /// How many lots came.
    pub lots: i128,
    /// What was paid for them.
    pub sold_micros: i128,
    /// The price of the lots that their store took back, less those that it restored.
    pub revoked_micros: i128,
    /// How many lots these are.
    pub revoked_lots: i128,
    /// What the use of gems earned, less what was earned by lots that were taken back.
    pub earned_micros: i128,
}

/// What is unused of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unused {
    /// How many gems.
    pub gems: i128,
    /// The part of their price that is not earned. Nothing for gems that have no price.
    pub micros: i128,
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// By month and product.
    pub months: BTreeMap<Month, BTreeMap<Product, Line>>,
    /// At the end, by product.
    pub unused: BTreeMap<Product, Unused>,
    /// How many gems players owe at the end for revoked purchases.
    pub owed: i128,
    /// How many entries of the ledger are in it. One of several lots counts for each.
    pub entries: u64,
}

impl Figures {
    pub(crate) fn line(&mut self, month: Month, product: &Product) -> &mut Line {
        self.months.entry(month).or_default().entry(product.clone()).or_default()
    }

    pub(crate) fn unused(&mut self, product: &Product) -> &mut Unused {
        self.unused.entry(product.clone()).or_default()
    }

    /// A month in which nothing of a product moved is not in it.
    pub(crate) fn without_empty_lines(mut self) -> Self {
        for products in self.months.values_mut() {
            products.retain(|_, line| *line != Line::default());
        }
        self.months.retain(|_, products| !products.is_empty());
        self
    }

    /// Adds the figures of other players.
    pub fn add(&mut self, other: Self) {
        for (month, products) in other.months {
            for (product, line) in products {
                let sum = self.line(month, &product);
                for (reason, gems) in line.gems {
                    *sum.gems.entry(reason).or_default() += gems;
                }
                sum.lots += line.lots;
                sum.sold_micros += line.sold_micros;
                sum.revoked_micros += line.revoked_micros;
                sum.revoked_lots += line.revoked_lots;
                sum.earned_micros += line.earned_micros;
            }
        }
        for (product, unused) in other.unused {
            let sum = self.unused(&product);
            sum.gems += unused.gems;
            sum.micros += unused.micros;
        }
        self.owed += other.owed;
        self.entries += other.entries;
    }
}

/// What the use of so many gems of a lot has earned, rounded down.
pub(crate) fn earned(price_micros: i128, used: i128, granted: i128) -> i128 {
    // Both are below 2⁶³, so the product fits.
    if granted == 0 { 0 } else { (price_micros * used).div_euclid(granted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_lot_add_up_to_its_price_exactly() {
        for (price, granted) in [(160_000_000, 3), (1, 7), (999_999, 100), (0, 5)] {
            let steps = (1..=granted)
                .map(|used| earned(price, used, granted) - earned(price, used - 1, granted));
            let parts: Vec<i128> = steps.collect();
            assert_eq!(parts.iter().sum::<i128>(), price);
            assert!(parts.iter().all(|part| *part >= 0));
        }
        let max = i128::from(i64::MAX);
        assert_eq!(earned(max, max, max), max);
    }
}
