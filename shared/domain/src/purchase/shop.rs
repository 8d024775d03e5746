//! All that is sold for money, and what must be told beside it.

use std::collections::{BTreeMap, HashMap};

use time::OffsetDateTime;

use super::product::DIALOGUE;
use super::{AllowanceRule, Product};
use crate::{Invalid, ProductId, Store};

/// A text that a shop page must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Its name, such as `payment-services-act`.
    pub disclosure_id: String,
    /// The language, such as `ja`.
    pub language: String,
    /// The heading.
    pub title: String,
    /// The text.
    pub text: String,
}

/// What the shop sells, for how much a month, and what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    allowance: AllowanceRule,
    disclosures: Vec<Disclosure>,
    products: Vec<Product>,
    by_store: HashMap<(Store, String), usize>,
}

/// A version of the shop, which never changes: the SHA-256 of all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShopRevision(pub [u8; 32]);

impl std::fmt::Display for ShopRevision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Which revision of the shop sold from when on: each until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopHistory(Vec<(OffsetDateTime, ShopRevision)>);

impl ShopHistory {
    /// Of the beginnings of the revisions, the oldest first.
    #[must_use]
    pub fn new(mut begun: Vec<(OffsetDateTime, ShopRevision)>) -> Self {
        begun.sort_by_key(|(live_from, _)| *live_from);
        Self(begun)
    }

    /// The revisions by whose rules a purchase of this time may be settled, in groups of
    /// which an earlier one is preferred, each with its oldest first: those that the player
    /// may have seen when the store's dialogue opened; those that came soon after, because
    /// a store's clock is not ours; and the one that sells now.
    #[must_use]
    pub fn sold_at(&self, at: OffsetDateTime) -> Vec<Vec<ShopRevision>> {
        let (first, last) = (at.saturating_sub(DIALOGUE), at.saturating_add(DIALOGUE));
        // What sold at this time, if anything did. Before all there was the first.
        let place = |time: OffsetDateTime| {
            self.0.partition_point(|(from, _)| *from <= time).saturating_sub(1)
        };
        let of = |range: std::ops::RangeInclusive<usize>| -> Vec<ShopRevision> {
            self.0.get(range).unwrap_or_default().iter().map(|(_, revision)| *revision).collect()
        };
        let now = self.0.last().map(|(_, revision)| *revision).into_iter().collect();
        vec![of(place(first)..=place(at)), of(place(at)..=place(last)), now]
    }
}

impl Shop {
    /// Puts products together.
    ///
    /// # Errors
    /// When two have the same name, here or in a store, or one has no price in the
    /// currency of the monthly limits.
    pub fn new(
        allowance: AllowanceRule,
        disclosures: Vec<Disclosure>,
        products: Vec<Product>,
    ) -> Result<Self, Invalid> {
        let mut names = BTreeMap::new();
        let mut by_store = HashMap::new();
        for (index, product) in products.iter().enumerate() {
            if names.insert(product.product_id().clone(), index).is_some() {
                return Err(Invalid("a product is there twice"));
            }
            if product.price_in(allowance.currency()).is_none() {
                return Err(Invalid("a product has no price in the currency of the allowance"));
            }
            for (store, listing) in &product.parts().listings {
                let name = (*store, listing.store_product_id.clone());
                if by_store.insert(name, index).is_some() {
                    return Err(Invalid("two products have one name in a store"));
                }
            }
        }
        Ok(Self { allowance, disclosures, products, by_store })
    }

    /// The monthly limits.
    #[must_use]
    pub const fn allowance(&self) -> &AllowanceRule {
        &self.allowance
    }

    /// The texts that a shop page must show.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }

    /// The products, in the order of the shop.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product with this name.
    #[must_use]
    pub fn product(&self, product_id: &ProductId) -> Option<&Product> {
        self.products.iter().find(|product| product.product_id() == product_id)
    }

    /// The product that a store knows by this name.
    #[must_use]
    pub fn find(&self, store: Store, store_product_id: &str) -> Option<&Product> {
        let index = self.by_store.get(&(store, store_product_id.to_owned()))?;
        self.products.get(*index)
    }

    /// What `next` loses of this shop that stores may still ask for, if anything. A
    /// player may have paid for a product, and only then call.
    #[must_use]
    pub fn lost_in(&self, next: &Self) -> Vec<String> {
        let mut lost = Vec::new();
        for product in &self.products {
            for (store, listing) in &product.parts().listings {
                let name = &listing.store_product_id;
                let found = next.find(*store, name).map(Product::product_id);
                if found != Some(product.product_id()) {
                    let id = product.product_id();
                    lost.push(format!(
                        "product {id} would no longer be {name} of {store}, which players may \
                         have paid for; close it instead"
                    ));
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_purchase_is_settled_by_what_was_sold_then() {
        let [one, two, three] = [1, 2, 3].map(|byte| ShopRevision([byte; 32]));
        let history = ShopHistory::new(vec![
            (datetime!(2026-08-01 12:00 UTC), two), // rows come in any order
            (datetime!(2026-01-01 00:00 UTC), one),
            (datetime!(2026-08-01 12:10 UTC), three),
        ]);
        for (at, seen, soon) in [
            (datetime!(2020-01-01 00:00 UTC), vec![one], vec![one]), // before all
            (datetime!(2026-02-01 00:00 UTC), vec![one], vec![one]),
            (datetime!(2026-08-01 11:44 UTC), vec![one], vec![one]),
            (datetime!(2026-08-01 11:45 UTC), vec![one], vec![one, two]),
            (datetime!(2026-08-01 11:59 UTC), vec![one], vec![one, two, three]),
            (datetime!(2026-08-01 12:00 UTC), vec![one, two], vec![two, three]),
            (datetime!(2026-08-01 12:12 UTC), vec![one, two, three], vec![three]),
            (datetime!(2026-08-01 12:15 UTC), vec![two, three], vec![three]),
            (datetime!(2026-08-01 12:25 UTC), vec![three], vec![three]),
        ] {
            assert_eq!(history.sold_at(at), [seen, soon, vec![three]], "{at}");
        }
        let none: Vec<ShopRevision> = Vec::new();
        let never = ShopHistory::new(Vec::new()).sold_at(datetime!(2026-02-01 00:00 UTC));
        assert_eq!(never, [none.clone(), none.clone(), none]);
    }
}
