//! `products.yaml`: what is sold for money, monthly limits, and texts of the shop.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;

use tenjo_domain::{
    AgeGroup, AllowanceRule, Disclosure, Language, Listing, MoneyCode, Presentation, PriceMicros,
    Product, ProductId, ProductParts, Shop, Store,
};

use crate::fields::{Fields, each};
use crate::mistake::Mistakes;
use crate::node::{Node, Value};
use crate::{Report, presentation, values};

/// The file.
pub(crate) const FILE: &str = "products.yaml";

/// The longest text that a shop page shows.
const MAX_TEXT: usize = 4000;

/// What players read and see of each product.
pub type ProductPresentations = BTreeMap<ProductId, Presentation>;

/// Reads the text of `products.yaml`, without what players read and see of it.
///
/// # Errors
/// Every mistake in it.
pub fn read_shop(text: &str) -> Result<Shop, Mistakes> {
    read_products(text).map(|(shop, _)| shop)
}

/// Reads the text of `products.yaml`.
///
/// # Errors
/// Every mistake in it.
pub fn read_products(text: &str) -> Result<(Shop, ProductPresentations), Mistakes> {
    let report = Report::new(FILE);
    let parts = Node::parse(text, &report).as_ref().and_then(|root| read(root, &report));
    let shop = parts.and_then(|(allowance, disclosures, products)| {
        let (products, presentations): (Vec<_>, Vec<_>) = products.into_iter().unzip();
        let ids = products.iter().map(|product: &Product| product.product_id().clone());
        let presentations = ids.zip(presentations).collect();
        // What could still be wrong was reported with its line, below.
        let shop = Shop::new(allowance, disclosures, products);
        Some((shop.map_err(|invalid| report.add(1, invalid)).ok()?, presentations))
    });
    match (Mistakes::of(report.into_mistakes()), shop) {
        (None, Some(shop)) => Ok(shop),
        (Some(mistakes), _) => Err(mistakes),
        (None, None) => Err(Mistakes::one(FILE, "cannot be read")),
    }
}

type Parts = (AllowanceRule, Vec<Disclosure>, Vec<(Product, Presentation)>);

fn read(root: &Node, report: &Report<'_>) -> Option<Parts> {
    let mut fields = Fields::of(root, report)?;
    let own = presentation::own_language(&mut fields).unwrap_or_else(Language::usual);
    let allowance = fields.required_part("allowance", read_allowance);
    let disclosures =
        fields.required_part("disclosures", |node, report| each(node, report, read_disclosure));
    let mut seen =
        Seen { currency: allowance.as_ref().map(AllowanceRule::currency), ..Seen::default() };
    let products = fields.required_part("products", |node, report| {
        each(node, report, |node, report| read_product(node, &own, &mut seen, report))
    });
    fields.end()?;
    Some((allowance?, disclosures?, products?))
}

fn read_allowance(node: &Node, report: &Report<'_>) -> Option<AllowanceRule> {
    let mut fields = Fields::of(node, report)?;
    let currency = fields.required("currency", values::word);
    let utc_offset = fields.required("utc_offset", values::utc_offset);
    let groups = fields.required_part("groups", |node, report| each(node, report, read_group));
    fields.end()?;
    AllowanceRule::new(currency?, utc_offset?, groups?)
        .map_err(|invalid| report.add(node.line, invalid))
        .ok()
}

fn read_group(node: &Node, report: &Report<'_>) -> Option<AgeGroup> {
    let mut fields = Fields::of(node, report)?;
    let under_age = fields.required("under_age", values::count);
    let monthly = fields.required("monthly", |node| {
        let micros = values::money(node)?;
        NonZeroU64::new(micros.get()).ok_or_else(|| "must be more than nothing".into())
    });
    fields.end()?;
    Some(AgeGroup { under_age: under_age?.get(), monthly: monthly? })
}

fn read_disclosure(node: &Node, report: &Report<'_>) -> Option<Disclosure> {
    let mut fields = Fields::of(node, report)?;
    let disclosure_id = fields.required("disclosure_id", values::slug(ProductId::new));
    let language = fields.required("language", |node| {
        let text = values::text(node)?;
        let is_tag = (2..=16).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_tag { Ok(text.to_owned()) } else { Err("must be a language such as ja".into()) }
    });
    let title = fields.required("title", values::name);
    let text = fields.required("text", |node| {
        let text = values::text(node)?.trim_end();
        if (1..=MAX_TEXT).contains(&text.chars().count()) {
            Ok(text.to_owned())
        } else {
            Err(format!("must have 1 to {MAX_TEXT} characters").into())
        }
    });
    fields.end()?;
    Some(Disclosure {
        disclosure_id: disclosure_id?.as_str().to_owned(),
        language: language?,
        title: title?,
        text: text?,
    })
}

/// What later products are compared with.
#[derive(Default)]
struct Seen {
    currency: Option<MoneyCode>,
    products: HashMap<ProductId, u64>,
    names: HashMap<(Store, String), u64>,
}

fn read_product(
    node: &Node,
    own: &Language,
    seen: &mut Seen,
    report: &Report<'_>,
) -> Option<(Product, Presentation)> {
    let mut fields = Fields::of(node, report)?;
    let product_id = fields.required("product_id", values::slug(ProductId::new));
    let name = presentation::name(&mut fields, own);
    let paid_gems = fields.required("paid_gems", values::amount);
    let bonus = fields.optional("bonus_free_gems", values::whole);
    let first_bonus = fields.optional("first_bonus_free_gems", values::whole);
    let expires_after_days = fields.optional("expires_after_days", values::count);
    let limit = fields.optional("limit", values::count);
    let opens_at = fields.required("opens_at", values::moment);
    let closes_at = fields.optional("closes_at", values::moment);
    let mut listings = BTreeMap::new();
    let mut all_read = Some(());
    for (field, store) in [("apple", Store::Apple), ("google", Store::Google)] {
        match fields.optional_part(field, read_listing) {
            Some(Some(listing)) => {
                let key = (store, listing.store_product_id.clone());
                if let Some(line) = seen.names.insert(key, node.line) {
                    let name = &listing.store_product_id;
                    let reason = format!("{field}: {name} is a product of line {line} already");
                    report.add(node.line, reason);
                }
                listings.insert(store, listing);
            }
            Some(None) => {}
            None => all_read = None,
        }
    }
    let presentation = presentation::of(&mut fields, own, name);
    fields.end()?;
    if let Some(product_id) = &product_id
        && seen.products.insert(product_id.clone(), node.line).is_some()
    {
        report.add(node.line, format!("product {product_id} is there twice"));
    }
    all_read?;
    let presentation = presentation?;
    let parts = ProductParts {
        product_id: product_id?,
        // In the game's own language, so that a translation is no new revision.
        name: presentation.name.own().to_owned(),
        paid_gems: paid_gems?,
        bonus_free_gems: bonus?.unwrap_or_default(),
        first_bonus_free_gems: first_bonus?.unwrap_or_default(),
        expires_after_days: expires_after_days?,
        limit: limit?,
        opens_at: opens_at?,
        closes_at: closes_at?,
        listings,
    };
    let product = match Product::new(parts) {
        Ok(product) => product,
        Err(errors) => {
            errors.iter().for_each(|error| report.add(node.line, error));
            return None;
        }
    };
    if let Some(currency) = seen.currency
        && product.price_in(currency).is_none()
    {
        let reason = format!("has no price in {currency}, the currency of the allowance");
        report.add(node.line, reason);
    }
    Some((product, presentation))
}

fn read_listing(node: &Node, report: &Report<'_>) -> Option<Listing> {
    let mut fields = Fields::of(node, report)?;
    let store_product_id =
        fields.required("product_id", |node| values::text(node).map(str::to_owned));
    let prices = fields.required_part("prices", read_prices);
    fields.end()?;
    Some(Listing { store_product_id: store_product_id?, prices: prices? })
}

fn read_prices(node: &Node, report: &Report<'_>) -> Option<BTreeMap<MoneyCode, PriceMicros>> {
    let Value::Fields(fields) = &node.value else {
        report.add(node.line, "prices: must have fields, `JPY: 160`");
        return None;
    };
    let mut prices = BTreeMap::new();
    let mut all_read = Some(());
    for field in fields {
        let price = field.name.parse::<MoneyCode>().map_err(|invalid| invalid.to_string());
        let price = price.and_then(|currency| {
            values::money(&field.node).map(|amount| (currency, amount)).map_err(Into::into)
        });
        match price {
            Ok((currency, amount)) => {
                if prices.insert(currency, amount).is_some() {
                    report.add(field.line, format!("{currency} is there twice"));
                }
            }
            Err(reason) => {
                report.add(field.line, format!("{}: {reason}", field.name));
                all_read = None;
            }
        }
    }
    all_read.map(|()| prices)
}

#[cfg(test)]
mod tests {
    use tenjo_documents::{from_shop_document, shop_revision, to_shop_document};

    use super::*;

    const SHOP: &str = "\
allowance:
  currency: JPY
  utc_offset: \"+09:00\"
  groups:
    - { under_age: 16, monthly: 5000 }
    - { under_age: 18, monthly: 20000 }
disclosures:
  - { disclosure_id: law, language: ja, title: Law, text: All of it. }
products:
  - product_id: gems-60
    name: 60 gems
    paid_gems: 60
    opens_at: 2026-01-01T00:00:00Z
    apple: { product_id: game.gems60, prices: { JPY: 120, USD: \"0.99\" } }
    google: { product_id: gems60, prices: { JPY: 120 } }
  - product_id: gems-first
    name: First
    paid_gems: 100
    bonus_free_gems: 10
    first_bonus_free_gems: 90
    expires_after_days: 180
    limit: 1
    opens_at: 2026-01-01T00:00:00Z
    closes_at: 2026-02-01T00:00:00Z
    google: { product_id: gems_first, prices: { JPY: 160 } }
";

    #[test]
    fn a_shop_is_read_and_says_the_same_as_its_document() {
        let shop = read_shop(SHOP).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let sixty = shop.find(Store::Apple, "game.gems60").unwrap();
        let dollars = sixty.parts().listings[&Store::Apple].prices[&"USD".parse().unwrap()];
        assert_eq!(dollars.get(), 990_000);
        assert_eq!(shop.allowance().groups()[0].monthly.get(), 5_000_000_000);
        assert!(shop.find(Store::Google, "game.gems60").is_none());
        let document = to_shop_document(&shop);
        let read = from_shop_document(&document).unwrap();
        assert_eq!(read, shop);
        assert_eq!(to_shop_document(&read), document);
        let dearer = read_shop(&SHOP.replace("JPY: 160", "JPY: 161")).unwrap();
        assert_ne!(shop_revision(&to_shop_document(&dearer)), shop_revision(&document));
        assert!(from_shop_document(&document.replace("\"format\":1", "\"format\":2")).is_err());
    }

    #[test]
    fn a_product_that_players_may_have_paid_for_must_stay() {
        let shop = read_shop(SHOP).unwrap();
        for (find, replace, lost) in [
            ("name: First", "name: Last", 0),
            ("product_id: gems_first", "product_id: gems_last", 1),
            ("product_id: gems-60", "product_id: gems-61", 2),
        ] {
            let next = read_shop(&SHOP.replace(find, replace)).unwrap();
            assert_eq!(shop.lost_in(&next).len(), lost, "{replace}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        const WHOLE: &str = "must be an amount such as 160, or \"0.99\" with at most six decimals";
        for (find, replace, told) in [
            ("currency: JPY", "currency: yen", "2: currency: must be three capital letters, such as JPY".to_owned()),
            ("monthly: 5000", "monthly: 0", "5: monthly: must be more than nothing".to_owned()),
            ("under_age: 16", "under_age: 19", "2: groups must be in order of age, and an older group may spend no less".to_owned()),
            ("language: ja", "language: j", "8: language: must be a language such as ja".to_owned()),
            ("text: All of it.", "text: \"\"", "8: text: must have 1 to 4000 characters".to_owned()),
            ("product_id: gems-60", "product_id: Gems", "10: product_id: must be 1 to 64 of a-z, 0-9 and -, not beginning with -".to_owned()),
            ("paid_gems: 60", "paid_gems: 0", "12: paid_gems: must be a whole number, 1 to 9007199254740991".to_owned()),
            ("paid_gems: 60", "paid_gems: 10000001", "10: paid_gems must be at most 10000000".to_owned()),
            ("JPY: 120, USD", "JPY: -1, USD", format!("14: JPY: {WHOLE}")),
            ("\"0.99\"", "0.99", format!("14: USD: {WHOLE}")),
            ("\"0.99\"", "\"0.9999999\"", format!("14: USD: {WHOLE}")),
            ("\"0.99\"", "\".99\"", format!("14: USD: {WHOLE}")),
            ("USD", "usd", "14: usd: must be three capital letters, such as JPY".to_owned()),
            ("USD", "JPY", "14: JPY is there twice".to_owned()),
            ("game.gems60", "game gems60", "10: apple: product_id must be 1 to 100 of A-Z, a-z, 0-9, ., _ and -".to_owned()),
            ("gems_first", "gems60", "16: google: gems60 is a product of line 10 already".to_owned()),
            ("gems-first", "gems-60", "16: product gems-60 is there twice".to_owned()),
            ("limit: 1", "limit: 0", "22: limit: must be a whole number, 1 to 4294967295".to_owned()),
            ("closes_at: 2026-02-01", "closes_at: 2025-02-01", "16: closes_at must be after opens_at".to_owned()),
            ("JPY: 160", "EUR: 160", "16: has no price in JPY, the currency of the allowance".to_owned()),
            ("    google: { product_id: gems_first, prices: { JPY: 160 } }\n", "", "16: it must be sold by at least one store".to_owned()),
            ("limit: 1", "limits: 1", "22: unknown field limits; there is product_id, name, paid_gems, bonus_free_gems, first_bonus_free_gems, expires_after_days, limit, opens_at, closes_at, apple, google, description, asset_key".to_owned()),
            ("prices: { JPY: 160 }", "prices: {}", "16: google: prices must have at least one currency".to_owned()),
            ("prices: { JPY: 160 }", "prices: 160", "25: prices: must have fields, `JPY: 160`".to_owned()),
        ] {
            let text = SHOP.replacen(find, replace, 1);
            assert_ne!(text, SHOP, "{find}");
            let mistakes = read_shop(&text).unwrap_err();
            let found: Vec<String> =
                mistakes.iter().map(|it| format!("{}: {}", it.line, it.reason)).collect();
            assert!(found.contains(&told), "{replace}: {found:?}");
            assert!(mistakes.iter().all(|it| it.file == "products.yaml"));
        }
    }
}
