use std::collections::HashMap;

use serde::Serialize;
use tenjo_domain::{Disclosure, Listing, Presentation, Product, ProductId, Store};
use tenjo_http::{ApiError, Caching, Call, HasDb, Languages, Player, Reader, Reply};
use tenjo_store::shop::{LiveShop, Shops};
use tenjo_store::{Db, purchase};
use tenjo_views::PresentationView;
use time::OffsetDateTime;

pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) shops: Shops,
}

impl HasDb for App {
    fn db(&self) -> &Db {
        &self.db
    }
}

#[derive(Serialize)]
pub(crate) struct ShopView {
    revision: String,
    products: Vec<ProductView>,
    disclosures: Vec<DisclosureView>,
    #[serde(skip)]
    languages: Languages,
}

impl Reply for ShopView {
    fn caching(&self) -> Caching {
        Caching::Checked
    }

    fn languages(&self) -> Option<&Languages> {
        Some(&self.languages)
    }
}

#[derive(Serialize)]
struct ProductView {
    product_id: String,
    #[serde(flatten)]
    presentation: PresentationView,
    paid_gems: u64,
    bonus_free_gems: u64,
    /// What comes on top with the player's next purchase, because it is the first.
    first_bonus_free_gems: u64,
    expires_after_days: Option<u32>,
    left: Option<u32>,
    #[serde(with = "time::serde::rfc3339::option")]
    closes_at: Option<OffsetDateTime>,
    apple: Option<ListingView>,
    google: Option<ListingView>,
}

#[derive(Serialize)]
struct ListingView {
    product_id: String,
    prices: Vec<PriceView>,
}

#[derive(Serialize)]
struct PriceView {
    currency: String,
    amount_micros: u64,
}

#[derive(Serialize)]
struct DisclosureView {
    disclosure_id: String,
    language: String,
    title: String,
    text: String,
}

impl ProductView {
    fn of(
        product: &Product,
        presentation: Option<&Presentation>,
        bought: u32,
        reader: &mut Reader,
    ) -> Self {
        let parts = product.parts();
        let listing = |store| parts.listings.get(&store).map(ListingView::of);
        Self {
            product_id: parts.product_id.to_string(),
            presentation: PresentationView::of(presentation, &parts.name, reader),
            paid_gems: parts.paid_gems.get(),
            bonus_free_gems: parts.bonus_free_gems,
            first_bonus_free_gems: if bought == 0 { parts.first_bonus_free_gems } else { 0 },
            expires_after_days: parts.expires_after_days.map(Into::into),
            left: product.left(bought),
            closes_at: parts.closes_at,
            apple: listing(Store::Apple),
            google: listing(Store::Google),
        }
    }
}

impl ListingView {
    fn of(listing: &Listing) -> Self {
        let prices = listing.prices.iter().map(|(currency, amount)| PriceView {
            currency: currency.to_string(),
            amount_micros: amount.get(),
        });
        Self { product_id: listing.store_product_id.clone(), prices: prices.collect() }
    }
}

impl From<&Disclosure> for DisclosureView {
    fn from(disclosure: &Disclosure) -> Self {
        let Disclosure { disclosure_id, language, title, text } = disclosure.clone();
        Self { disclosure_id, language, title, text }
    }
}

/// What the shop sells now, for this player, and the texts that its page must show.
pub(crate) async fn get_shop(app: &App, call: Call<Player>) -> Result<ShopView, ApiError> {
    let mut conn = app.db.acquire().await?;
    let live = app.shops.live(&mut conn).await?;
    let LiveShop { revision, shop, presentations } = live.ok_or(ApiError::NotFound("shop"))?;
    let bought: HashMap<ProductId, u32> = purchase::bought(&mut conn, call.user_id()).await?;
    let sold = shop.products().iter().filter(|product| product.is_sold_at(call.now()));
    let mut reader = call.reader();
    let view = |product: &Product| {
        let product_id = product.product_id();
        let bought = bought.get(product_id).copied().unwrap_or(0);
        ProductView::of(product, presentations.get(product_id), bought, &mut reader)
    };
    Ok(ShopView {
        revision: revision.to_string(),
        products: sold.map(view).collect(),
        disclosures: shop.disclosures().iter().map(DisclosureView::from).collect(),
        languages: reader.languages(),
    })
}
