//! What the shop sells for money.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};

use time::{Duration, OffsetDateTime};

use crate::{Gems, Invalid, MoneyCode, PriceMicros, ProductId, Store};

/// The store shows its dialogue before a sale closes, and the player may take this long
/// with it.
pub(super) const DIALOGUE: Duration = Duration::minutes(15);

/// The most gems of one kind that a product may give.
const MAX_GEMS: u64 = 10_000_000;

/// The most days after which gems may expire: ten years. Longer is for ever.
const MAX_DAYS: u32 = 3650;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorePrice {
    /// Which money.
    pub currency: MoneyCode,
    /// How much, taxes included.
    pub amount: PriceMicros,
}

/// How one store sells a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The store's name of the product, such as `jp.example.game.gems120`.
    pub store_product_id: String,
    /// What it costs there, by currency.
    pub prices: BTreeMap<MoneyCode, PriceMicros>,
}

/// All of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductParts {
    /// Its name in master data.
    pub product_id: ProductId,
    /// Its name for players.
    pub name: String,
    /// How many paid gems it gives.
    pub paid_gems: NonZeroU64,
    /// How many free gems come with it each time.
    pub bonus_free_gems: u64,
    /// How many more free gems come with a player's first purchase of it.
    pub first_bonus_free_gems: u64,
    /// After how many days its paid gems expire, if they do.
    pub expires_after_days: Option<NonZeroU32>,
    /// How often a player may buy it, if that is limited.
    pub limit: Option<NonZeroU32>,
    /// From when it is sold.
    pub opens_at: OffsetDateTime,
    /// Until when, if it ends.
    pub closes_at: Option<OffsetDateTime>,
    /// Where it is sold; at least one store.
    pub listings: BTreeMap<Store, Listing>,
}

/// A product whose rules make sense together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product(ProductParts);

/// Why parts make no product, or products no shop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// It ends before it begins.
    #[error("closes_at must be after opens_at")]
    ClosesBeforeItOpens,
    /// Nobody can buy it.
    #[error("it must be sold by at least one store")]
    NoStore,
    /// A store gives it no price.
    #[error("{0}: prices must have at least one currency")]
    NoPrice(Store),
    /// A mistake, most likely: more than anybody sells.
    #[error("{0} must be at most {MAX_GEMS}")]
    TooManyGems(&'static str),
    /// A mistake too, or a date that no calendar has.
    #[error("expires_after_days must be at most {MAX_DAYS}")]
    ExpiresTooLate,
    /// The store's name of it.
    #[error("{0}: product_id {1}")]
    StoreProductId(Store, Invalid),
}

/// What a player gets for one purchase of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goods {
    /// Into a lot of their own.
    pub paid_gems: Gems,
    /// The bonus, with that of a first purchase if it is one.
    pub free_gems: Gems,
    /// When the paid gems expire, if they do.
    pub expires_at: Option<OffsetDateTime>,
}

impl Product {
    /// Checks the parts.
    ///
    /// # Errors
    /// Every rule that they break.
    pub fn new(parts: ProductParts) -> Result<Self, Vec<ProductError>> {
        let mut errors = Vec::new();
        if parts.closes_at.is_some_and(|closes_at| closes_at <= parts.opens_at) {
            errors.push(ProductError::ClosesBeforeItOpens);
        }
        if parts.listings.is_empty() {
            errors.push(ProductError::NoStore);
        }
        for (store, listing) in &parts.listings {
            if listing.prices.is_empty() {
                errors.push(ProductError::NoPrice(*store));
            }
            if let Err(invalid) = check_store_product_id(&listing.store_product_id) {
                errors.push(ProductError::StoreProductId(*store, invalid));
            }
        }
        for (name, gems) in [
            ("paid_gems", parts.paid_gems.get()),
            ("bonus_free_gems", parts.bonus_free_gems),
            ("first_bonus_free_gems", parts.first_bonus_free_gems),
        ] {
            if gems > MAX_GEMS {
                errors.push(ProductError::TooManyGems(name));
            }
        }
        if parts.expires_after_days.is_some_and(|days| days.get() > MAX_DAYS) {
            errors.push(ProductError::ExpiresTooLate);
        }
        if errors.is_empty() { Ok(Self(parts)) } else { Err(errors) }
    }

    /// All of it.
    #[must_use]
    pub const fn parts(&self) -> &ProductParts {
        &self.0
    }

    /// Its name in master data.
    #[must_use]
    pub const fn product_id(&self) -> &ProductId {
        &self.0.product_id
    }

    /// Whether the shop shows it at this time.
    #[must_use]
    pub fn is_sold_at(&self, now: OffsetDateTime) -> bool {
        self.0.opens_at <= now && self.0.closes_at.is_none_or(|closes_at| now < closes_at)
    }

    /// Whether a purchase that the store made at this time is good. A player who opened
    /// the store's dialogue in time may finish it.
    #[must_use]
    pub fn may_be_bought_at(&self, at: OffsetDateTime) -> bool {
        let closes_at = self.0.closes_at.map(|closes_at| closes_at.saturating_add(DIALOGUE));
        self.0.opens_at <= at && closes_at.is_none_or(|closes_at| at < closes_at)
    }

    /// How often the player may still buy it; `None` without a limit. `bought` is how
    /// often they did.
    #[must_use]
    pub fn left(&self, bought: u32) -> Option<u32> {
        self.0.limit.map(|limit| limit.get().saturating_sub(bought))
    }

    /// What a purchase gives to a player who bought it `bought` times before, or `None`
    /// if that is as often as they may.
    #[must_use]
    pub fn sell(&self, bought: u32, at: OffsetDateTime) -> Option<Goods> {
        (self.left(bought) != Some(0)).then(|| self.goods(bought, at))
    }

    /// The same without its limit: what a store has sold, and a person vouches for.
    #[must_use]
    pub fn goods(&self, bought: u32, at: OffsetDateTime) -> Goods {
        let first = if bought == 0 { self.0.first_bonus_free_gems } else { 0 };
        let gems = |amount| Gems::new(amount).unwrap_or(Gems::MAX); // far below, as checked
        Goods {
            paid_gems: gems(self.0.paid_gems.get()),
            free_gems: gems(self.0.bonus_free_gems.saturating_add(first)),
            expires_at: self
                .0
                .expires_after_days
                .map(|days| at.saturating_add(Duration::days(i64::from(days.get())))),
        }
    }

    /// What it costs in a currency, if a store sells it in that. Of two stores the dearer
    /// one counts, so that no limit on spending is passed by choosing a store.
    #[must_use]
    pub fn price_in(&self, currency: MoneyCode) -> Option<PriceMicros> {
        self.0.listings.values().filter_map(|listing| listing.prices.get(&currency)).max().copied()
    }
}

/// Whether a store can have a product of this name. Apple takes letters, digits, dots,
/// dashes and underscores; Google's are a part of that.
///
/// # Errors
/// When it is empty, too long, or has other characters.
pub fn check_store_product_id(text: &str) -> Result<(), Invalid> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=100).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(Invalid("must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -"))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn parts() -> ProductParts {
        let prices =
            BTreeMap::from([("JPY".parse().unwrap(), PriceMicros::new(160_000_000).unwrap())]);
        ProductParts {
            product_id: ProductId::new("gems-120").unwrap(),
            name: "120 gems".to_owned(),
            paid_gems: NonZeroU64::new(120).unwrap(),
            bonus_free_gems: 10,
            first_bonus_free_gems: 110,
            expires_after_days: None,
            limit: NonZeroU32::new(2),
            opens_at: datetime!(2026-01-01 00:00 UTC),
            closes_at: Some(datetime!(2026-02-01 00:00 UTC)),
            listings: BTreeMap::from([(
                Store::Apple,
                Listing { store_product_id: "jp.example.gems120".to_owned(), prices },
            )]),
        }
    }

    #[test]
    fn the_first_purchase_has_its_bonus_and_the_last_is_the_limit() {
        let product = Product::new(parts()).unwrap();
        let at = datetime!(2026-01-02 00:00 UTC);
        for (bought, gems, left) in
            [(0, Some((120, 120)), 2), (1, Some((120, 10)), 1), (2, None, 0), (9, None, 0)]
        {
            let sale = product.sell(bought, at);
            let sale = sale.map(|sale| (sale.paid_gems.amount(), sale.free_gems.amount()));
            assert_eq!(sale, gems, "{bought}");
            assert_eq!(product.goods(bought, at).paid_gems.amount(), 120);
            assert_eq!(product.left(bought), Some(left));
        }
    }

    #[test]
    fn gems_expire_counted_from_the_purchase() {
        let product =
            Product::new(ProductParts { expires_after_days: NonZeroU32::new(180), ..parts() });
        let sale = product.unwrap().sell(0, datetime!(2026-01-02 00:00 UTC)).unwrap();
        assert_eq!(sale.expires_at, Some(datetime!(2026-07-01 00:00 UTC)));
    }

    #[test]
    fn a_dialogue_that_was_opened_in_time_may_be_finished() {
        let product = Product::new(parts()).unwrap();
        for (at, shown, bought) in [
            (datetime!(2025-12-31 23:59 UTC), false, false),
            (datetime!(2026-01-01 00:00 UTC), true, true),
            (datetime!(2026-01-31 23:59 UTC), true, true),
            (datetime!(2026-02-01 00:00 UTC), false, true),
            (datetime!(2026-02-01 00:14 UTC), false, true),
            (datetime!(2026-02-01 00:15 UTC), false, false),
        ] {
            assert_eq!((product.is_sold_at(at), product.may_be_bought_at(at)), (shown, bought));
        }
    }

    #[test]
    fn parts_that_make_no_sense_are_all_named() {
        let listing = |store_product_id: &str| Listing {
            store_product_id: store_product_id.to_owned(),
            prices: BTreeMap::new(),
        };
        let bad = ProductParts {
            closes_at: Some(datetime!(2025-01-01 00:00 UTC)),
            bonus_free_gems: MAX_GEMS + 1,
            expires_after_days: NonZeroU32::new(MAX_DAYS + 1),
            listings: BTreeMap::from([(Store::Google, listing("a b"))]),
            ..parts()
        };
        let errors = Product::new(bad).unwrap_err();
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "closes_at must be after opens_at",
                "google: prices must have at least one currency",
                "google: product_id must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -",
                "bonus_free_gems must be at most 10000000",
                "expires_after_days must be at most 3650",
            ]
        );
        let none = ProductParts { listings: BTreeMap::new(), ..parts() };
        assert_eq!(Product::new(none), Err(vec![ProductError::NoStore]));
    }

    #[test]
    fn gems_expire_within_ten_years_or_never() {
        for (days, is_good) in [
            (None, true),
            (Some(1), true),
            (Some(3650), true),
            (Some(3651), false),
            (Some(u32::MAX), false),
        ] {
            let expires_after_days = days.and_then(NonZeroU32::new);
            let product = Product::new(ProductParts { expires_after_days, ..parts() });
            assert_eq!(product.is_ok(), is_good, "{days:?}");
        }
    }
}
