//! Calls of the Android Publisher API, as a service account.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenjo_domain::{
    MoneyCode, PriceMicros, Store, StoreEnvironment, StorePrice, StoreTransaction, TransactionId,
};
use tenjo_google::{GoogleApi, ServiceAccount, half};
use tenjo_https::CallError;
use tenjo_settings::{SettingError, Settings};
use time::OffsetDateTime;

use crate::{milliseconds, moment};

/// The right that tokens are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/androidpublisher";

/// What may stand in a path as it is.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');

/// Asks Google Play, for one app.
pub struct Google {
    api: GoogleApi,
    url: String,
    package_name: String,
}

/// What Google says of a purchase token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GooglePurchase {
    /// It was paid; whether it was consumed already.
    Paid(Box<StoreTransaction>, bool),
    /// The player has still to pay, in a shop for example.
    Pending,
    /// It was cancelled, or refunded.
    Cancelled,
    /// Google knows no such token of this product in this app.
    Unknown,
}

/// A purchase that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided {
    /// Which.
    pub transaction_id: TransactionId,
    /// When it was taken back.
    pub voided_at: OffsetDateTime,
}

/// One page of purchases that were taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidedPage {
    /// Each.
    pub voided: Vec<Voided>,
    /// How to ask for the next page; `None` at the end.
    pub next: Option<String>,
}

/// `ProductPurchase`. Google writes 64-bit numbers as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductPurchase {
    purchase_time_millis: String,
    purchase_state: i32,
    consumption_state: i32,
    order_id: Option<String>,
    purchase_type: Option<i32>,
    product_id: Option<String>,
    quantity: Option<u32>,
    obfuscated_external_account_id: Option<String>,
}

/// `Order`: what was paid.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    purchase_token: Option<String>,
    total: Money,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    currency_code: String,
    #[serde(default)]
    units: Option<String>,
    #[serde(default)]
    nanos: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoidedAnswer {
    #[serde(default)]
    voided_purchases: Vec<VoidedItem>,
    #[serde(default)]
    token_pagination: Option<Pagination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoidedItem {
    purchase_token: String,
    voided_time_millis: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    next_page_token: Option<String>,
}

impl Google {
    /// By `TENJO_GOOGLE_API_URL`, `TENJO_GOOGLE_PACKAGE_NAME` and
    /// `TENJO_GOOGLE_SERVICE_ACCOUNT`, the JSON file of the account's key.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let account = settings.read("TENJO_GOOGLE_SERVICE_ACCOUNT", ServiceAccount::read)?;
        Ok(Self {
            api: GoogleApi::new(account, SCOPE),
            url: settings.text("TENJO_GOOGLE_API_URL")?.trim_end_matches('/').to_owned(),
            package_name: settings.text("TENJO_GOOGLE_PACKAGE_NAME")?.to_owned(),
        })
    }

    /// What Google knows of a purchase token for a product.
    ///
    /// # Errors
    /// When Google does not answer, refuses, or answers half of it.
    pub async fn purchase(
        &self,
        store_product_id: &str,
        transaction_id: &TransactionId,
        now: OffsetDateTime,
    ) -> Result<GooglePurchase, CallError> {
        let path = token_path(store_product_id, transaction_id);
        let Some(purchase) = self.get::<ProductPurchase>(&path, now).await? else {
            return Ok(GooglePurchase::Unknown);
        };
        if purchase.product_id.as_ref().is_some_and(|named| named != store_product_id) {
            return Ok(GooglePurchase::Unknown);
        }
        match purchase.purchase_state {
            0 => {}
            1 => return Ok(GooglePurchase::Cancelled),
            2 => return Ok(GooglePurchase::Pending),
            other => return Err(half(format!("the purchase state {other}"))),
        }
        let price = match &purchase.order_id {
            Some(order_id) => self.paid(order_id, transaction_id, now).await?,
            None => return Err(half("a paid purchase without an order")),
        };
        let is_consumed = purchase.consumption_state != 0;
        let transaction = purchase.into_transaction(store_product_id, transaction_id, price)?;
        Ok(GooglePurchase::Paid(Box::new(transaction), is_consumed))
    }

    /// Tells Google that the player has what they paid for, so that Google does not give
    /// the money back, and the product can be bought again. Safe to repeat.
    ///
    /// # Errors
    /// When Google does not answer, or refuses.
    pub async fn consume(
        &self,
        store_product_id: &str,
        transaction_id: &TransactionId,
        now: OffsetDateTime,
    ) -> Result<(), CallError> {
        let path = format!("{}:consume", token_path(store_product_id, transaction_id));
        let (status, _) = self.api.post(&self.address(&path), "{}".to_owned(), now).await?;
        if status.is_success() {
            Ok(())
        } else {
            Err(CallError::Refused(format!("{status} when a purchase was consumed")))
        }
    }

    /// A page of the purchases that were taken back from `start` to `end`. `page` is what
    /// the page before gave as its next. Google goes back 30 days at most.
    ///
    /// # Errors
    /// When Google does not answer, refuses, or answers half of it.
    pub async fn voided(
        &self,
        start: OffsetDateTime,
        end: OffsetDateTime,
        page: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<VoidedPage, CallError> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("startTime", &milliseconds(start).to_string());
        query.append_pair("endTime", &milliseconds(end).to_string());
        if let Some(page) = page {
            query.append_pair("token", page);
        }
        let path = format!("purchases/voidedpurchases?{}", query.finish());
        let answer = self.get::<VoidedAnswer>(&path, now).await?;
        let answer = answer.ok_or_else(|| half("no list of voided purchases"))?;
        let voided = answer.voided_purchases.into_iter().map(|item| {
            Ok(Voided {
                transaction_id: TransactionId::new(item.purchase_token).map_err(half)?,
                voided_at: millis(&item.voided_time_millis)?,
            })
        });
        Ok(VoidedPage {
            voided: voided.collect::<Result<_, CallError>>()?,
            next: answer.token_pagination.and_then(|pages| pages.next_page_token),
        })
    }

    /// What was paid for an order, which must be that of the purchase.
    async fn paid(
        &self,
        order_id: &str,
        transaction_id: &TransactionId,
        now: OffsetDateTime,
    ) -> Result<StorePrice, CallError> {
        let path = format!("orders/{}", utf8_percent_encode(order_id, IN_PATH));
        let order = self.get::<Order>(&path, now).await?.ok_or_else(|| half("no such order"))?;
        let is_other_token =
            order.purchase_token.as_deref().is_some_and(|token| token != transaction_id.as_str());
        if order.order_id != order_id || is_other_token {
            return Err(half("another order than asked for"));
        }
        order.total.into_price()
    }

    /// `GET` below the app; `None` if there is no such thing.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        now: OffsetDateTime,
    ) -> Result<Option<T>, CallError> {
        let (status, body) = self.api.get(&self.address(path), now).await?;
        match status.as_u16() {
            200 => serde_json::from_slice(&body).map(Some).map_err(half),
            // A token that is none is 400, one of another product or app 404, and one
            // that ended long ago 410.
            400 | 404 | 410 => Ok(None),
            _ => Err(CallError::Refused(format!(
                "{status} for {}",
                path.split('/').next().unwrap_or_default()
            ))),
        }
    }

    fn address(&self, path: &str) -> String {
        let Self { url, package_name, .. } = self;
        format!("{url}/androidpublisher/v3/applications/{package_name}/{path}")
    }
}

impl ProductPurchase {
    fn into_transaction(
        self,
        store_product_id: &str,
        transaction_id: &TransactionId,
        price: StorePrice,
    ) -> Result<StoreTransaction, CallError> {
        let account_token = self.obfuscated_external_account_id.as_deref();
        Ok(StoreTransaction {
            store: Store::Google,
            environment: match self.purchase_type {
                // A licence tester, who paid nothing.
                Some(0) => StoreEnvironment::Sandbox,
                _ => StoreEnvironment::Production,
            },
            transaction_id: transaction_id.clone(),
            order_id: self.order_id.unwrap_or_default(),
            store_product_id: store_product_id.to_owned(),
            quantity: self.quantity.unwrap_or(1),
            price,
            purchased_at: millis(&self.purchase_time_millis)?,
            // Another game's way of naming accounts names none of ours.
            account_token: account_token.and_then(|token| token.parse().ok()),
            revoked_at: None,
        })
    }
}

impl Money {
    fn into_price(self) -> Result<StorePrice, CallError> {
        let currency: MoneyCode = self.currency_code.parse().map_err(half)?;
        let units: u64 = self.units.as_deref().unwrap_or("0").parse().map_err(half)?;
        let nanos = u64::try_from(self.nanos).map_err(half)?;
        let micros = units.checked_mul(1_000_000).and_then(|whole| whole.checked_add(nanos / 1000));
        let amount = micros.and_then(|micros| PriceMicros::new(micros).ok());
        Ok(StorePrice { currency, amount: amount.ok_or_else(|| half("a price out of range"))? })
    }
}

fn token_path(store_product_id: &str, transaction_id: &TransactionId) -> String {
    let product = utf8_percent_encode(store_product_id, IN_PATH);
    let token = utf8_percent_encode(transaction_id.as_str(), IN_PATH);
    format!("purchases/products/{product}/tokens/{token}")
}

fn millis(text: &str) -> Result<OffsetDateTime, CallError> {
    let millis = text.parse().ok().and_then(moment);
    millis.ok_or_else(|| half("a time that is none"))
}
