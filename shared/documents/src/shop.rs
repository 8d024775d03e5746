//! The document of the shop: all that is sold for money, as one JSON text. The same
//! shop always has the same text, and its SHA-256 is the shop's revision. A booked
//! purchase names the revision that it was booked by.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenjo_domain::{
    AgeGroup, AllowanceRule, Disclosure, Invalid, Listing, PriceMicros, Product, ProductId,
    ProductParts, Shop, ShopRevision,
};

use crate::document::times;

const FORMAT: u32 = 1;

/// Why a text is not the document of a shop.
#[derive(Debug, thiserror::Error)]
pub enum ShopDocumentError {
    /// It is not JSON of this shape.
    #[error("not a shop's document: {0}")]
    Json(#[from] serde_json::Error),
    /// It is from a later release.
    #[error("its format is {0}; this release reads format {FORMAT}")]
    Format(u32),
    /// A value is out of its range, or values make no sense together.
    #[error("{0}")]
    Value(#[from] Invalid),
    /// A product makes no sense.
    #[error("product {0}: its rules make no product")]
    Product(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    allowance: AllowanceShape,
    disclosures: Vec<DisclosureShape>,
    products: Vec<ProductShape>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowanceShape {
    currency: String,
    utc_offset: String,
    groups: Vec<GroupShape>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupShape {
    under_age: u32,
    monthly_micros: NonZeroU64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureShape {
    disclosure_id: String,
    language: String,
    title: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductShape {
    product_id: String,
    name: String,
    paid_gems: NonZeroU64,
    bonus_free_gems: u64,
    first_bonus_free_gems: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_after_days: Option<NonZeroU32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<NonZeroU32>,
    opens_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
    listings: BTreeMap<String, ListingShape>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListingShape {
    product_id: String,
    prices_micros: BTreeMap<String, u64>,
}

/// The document of a shop.
#[must_use]
pub fn to_shop_document(shop: &Shop) -> String {
    // It could fail only for a map whose keys are not text, and there is none.
    serde_json::to_string(&Document::of(shop)).unwrap_or_default()
}

/// The shop of a document.
///
/// # Errors
/// When the text is not what [`to_shop_document`] writes for a shop.
pub fn from_shop_document(text: &str) -> Result<Shop, ShopDocumentError> {
    let document: Document = serde_json::from_str(text)?;
    if document.format != FORMAT {
        return Err(ShopDocumentError::Format(document.format));
    }
    document.into_shop()
}

/// The revision that a document is: the SHA-256 of its bytes.
#[must_use]
pub fn shop_revision(document: &str) -> ShopRevision {
    ShopRevision(Sha256::digest(document).into())
}

impl Document {
    fn of(shop: &Shop) -> Self {
        let allowance = shop.allowance();
        let groups = allowance.groups().iter();
        let disclosures = shop.disclosures().iter().cloned();
        Self {
            format: FORMAT,
            allowance: AllowanceShape {
                currency: allowance.currency().to_string(),
                utc_offset: times::offset(allowance.utc_offset()),
                groups: groups
                    .map(|group| GroupShape {
                        under_age: group.under_age,
                        monthly_micros: group.monthly,
                    })
                    .collect(),
            },
            disclosures: disclosures
                .map(|Disclosure { disclosure_id, language, title, text }| DisclosureShape {
                    disclosure_id,
                    language,
                    title,
                    text,
                })
                .collect(),
            products: shop.products().iter().map(ProductShape::of).collect(),
        }
    }

    fn into_shop(self) -> Result<Shop, ShopDocumentError> {
        let groups = self.allowance.groups.into_iter();
        let groups = groups
            .map(|group| AgeGroup { under_age: group.under_age, monthly: group.monthly_micros })
            .collect();
        let allowance = AllowanceRule::new(
            self.allowance.currency.parse()?,
            times::read_offset(&self.allowance.utc_offset)?,
            groups,
        )?;
        let disclosures = self.disclosures.into_iter().map(|shape| Disclosure {
            disclosure_id: shape.disclosure_id,
            language: shape.language,
            title: shape.title,
            text: shape.text,
        });
        let products = self.products.into_iter().map(ProductShape::into_product);
        let products = products.collect::<Result<_, _>>()?;
        Ok(Shop::new(allowance, disclosures.collect(), products)?)
    }
}

impl ProductShape {
    fn of(product: &Product) -> Self {
        let parts = product.parts();
        let listings = parts.listings.iter().map(|(store, listing)| {
            let prices = listing.prices.iter();
            let prices = prices.map(|(currency, amount)| (currency.to_string(), amount.get()));
            let shape = ListingShape {
                product_id: listing.store_product_id.clone(),
                prices_micros: prices.collect(),
            };
            (store.to_string(), shape)
        });
        Self {
            product_id: parts.product_id.to_string(),
            name: parts.name.clone(),
            paid_gems: parts.paid_gems,
            bonus_free_gems: parts.bonus_free_gems,
            first_bonus_free_gems: parts.first_bonus_free_gems,
            expires_after_days: parts.expires_after_days,
            limit: parts.limit,
            opens_at: times::moment(parts.opens_at),
            closes_at: parts.closes_at.map(times::moment),
            listings: listings.collect(),
        }
    }

    fn into_product(self) -> Result<Product, ShopDocumentError> {
        let product_id = ProductId::new(self.product_id)?;
        let listings = self.listings.into_iter().map(|(store, shape)| {
            let prices = shape.prices_micros.into_iter();
            let prices =
                prices.map(|(currency, micros)| Ok((currency.parse()?, PriceMicros::new(micros)?)));
            let prices = prices.collect::<Result<_, Invalid>>()?;
            let listing = Listing { store_product_id: shape.product_id, prices };
            Ok((store.parse()?, listing))
        });
        let parts = ProductParts {
            name: self.name,
            paid_gems: self.paid_gems,
            bonus_free_gems: self.bonus_free_gems,
            first_bonus_free_gems: self.first_bonus_free_gems,
            expires_after_days: self.expires_after_days,
            limit: self.limit,
            opens_at: times::read_moment(&self.opens_at)?,
            closes_at: self.closes_at.as_deref().map(times::read_moment).transpose()?,
            listings: listings.collect::<Result<_, Invalid>>()?,
            product_id: product_id.clone(),
        };
        Product::new(parts).map_err(|_| ShopDocumentError::Product(product_id.to_string()))
    }
}
