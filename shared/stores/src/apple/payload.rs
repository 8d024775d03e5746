//! What Apple signs of a transaction.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tenjo_certificates::Roots;
use tenjo_domain::{
    MoneyCode, PriceMicros, Store, StoreEnvironment, StorePrice, StoreTransaction, TransactionId,
};
use tenjo_settings::{SettingError, Settings};
use time::{Duration, OffsetDateTime};

use super::chain::signer;
use crate::moment;

/// How far Apple's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::minutes(5);

/// How old a signature may be. Apple delivers notifications again for three days, and
/// keeps them for 180 days for whoever asks. A client that has an older transaction asks
/// Apple for it again, and gets it with a new signature.
const MAX_AGE: Duration = Duration::days(200);

/// Verifies what Apple signs, for one app.
#[derive(Debug, Clone)]
pub struct AppleVerifier {
    roots: Roots,
    bundle_id: String,
}

/// A transaction, and the type that Apple gives the product.
pub type Transaction = StoreTransaction;

/// Why something that claims to be Apple's is not believed. The words are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is no JWS with a chain of certificates, or another algorithm signed it.
    #[error("it is not signed as Apple signs")]
    NotSigned,
    /// The chain does not end at a trusted root, was not valid at the time, or is not
    /// one of a signer of receipts.
    #[error("its certificates are not those of the store")]
    Untrusted,
    /// The signature is not that of the certificate.
    #[error("its signature is wrong")]
    Signature,
    /// A field is missing, there twice, or has a value that Apple does not write.
    #[error("it is not a whole transaction")]
    Incomplete,
    /// It was signed in the future, or too long ago.
    #[error("it was signed too long ago, or in the future")]
    Stale,
    /// It is for another app.
    #[error("it is for another app")]
    OtherApp,
    /// It is not something that is bought once and used up, bought by the player.
    #[error("it is not a consumable that the player bought")]
    NotConsumable,
}

/// When something was signed, read before it is believed: it decides at which time the
/// certificates must have been valid.
#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "signedDate")]
    signed_date: i64,
}

/// The payload of a transaction. A field that is there twice is refused, as serde does;
/// fields that are not named here are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payload {
    transaction_id: String,
    bundle_id: String,
    product_id: String,
    purchase_date: i64,
    quantity: u32,
    #[serde(rename = "type")]
    kind: String,
    in_app_ownership_type: String,
    environment: String,
    /// Thousandths of the currency's unit.
    price: i64,
    currency: String,
    app_account_token: Option<String>,
    revocation_date: Option<i64>,
}

impl AppleVerifier {
    /// For the app of this bundle.
    #[must_use]
    pub fn new(roots: Roots, bundle_id: impl Into<String>) -> Self {
        Self { roots, bundle_id: bundle_id.into() }
    }

    /// By `TENJO_APPLE_ROOTS` and `TENJO_APPLE_BUNDLE_ID`.
    ///
    /// # Errors
    /// When one of them is missing or bad.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let roots = settings.read("TENJO_APPLE_ROOTS", Roots::read)?;
        Ok(Self::new(roots, settings.text("TENJO_APPLE_BUNDLE_ID")?))
    }

    /// The transaction that Apple signed.
    ///
    /// # Errors
    /// When it is not Apple's, not for this app, or not a consumable.
    pub fn transaction(
        &self,
        signed: &str,
        now: OffsetDateTime,
    ) -> Result<Transaction, ReceiptError> {
        self.payload::<Payload>(signed, now)?.into_transaction(&self.bundle_id)
    }

    /// What was signed, if Apple signed it.
    pub(super) fn payload<T: DeserializeOwned>(
        &self,
        signed: &str,
        now: OffsetDateTime,
    ) -> Result<T, ReceiptError> {
        let header = decode_header(signed).map_err(|_| ReceiptError::NotSigned)?;
        if header.alg != Algorithm::ES256 {
            return Err(ReceiptError::NotSigned);
        }
        let chain = header.x5c.ok_or(ReceiptError::NotSigned)?;
        let Signed { signed_date } = unverified(signed)?;
        let signed_at = moment(signed_date).ok_or(ReceiptError::Incomplete)?;
        if signed_at > now + CLOCK_SKEW || signed_at < now - MAX_AGE {
            return Err(ReceiptError::Stale);
        }
        let key = signer(&self.roots, &chain, signed_at).map_err(|_| ReceiptError::Untrusted)?;
        let verified = decode::<T>(signed, &DecodingKey::from_ec_der(&key), &signature_only());
        match verified {
            Ok(verified) => Ok(verified.claims),
            Err(error) => Err(match error.kind() {
                jsonwebtoken::errors::ErrorKind::Json(_) => ReceiptError::Incomplete,
                _ => ReceiptError::Signature,
            }),
        }
    }

    /// The app whose transactions these are.
    pub(super) fn bundle_id(&self) -> &str {
        &self.bundle_id
    }
}

/// Apple's payloads have none of the claims of a token.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// The payload as it stands there, which proves nothing.
fn unverified<T: DeserializeOwned>(signed: &str) -> Result<T, ReceiptError> {
    jsonwebtoken::dangerous::insecure_decode::<T>(signed)
        .map(|read| read.claims)
        .map_err(|_| ReceiptError::Incomplete)
}

impl Payload {
    fn into_transaction(self, bundle_id: &str) -> Result<Transaction, ReceiptError> {
        const INCOMPLETE: ReceiptError = ReceiptError::Incomplete;
        if self.bundle_id != bundle_id {
            return Err(ReceiptError::OtherApp);
        }
        if self.kind != "Consumable" || self.in_app_ownership_type != "PURCHASED" {
            return Err(ReceiptError::NotConsumable);
        }
        let environment = environment(&self.environment).ok_or(INCOMPLETE)?;
        let currency: MoneyCode = self.currency.parse().map_err(|_| INCOMPLETE)?;
        let thousandths = u64::try_from(self.price).map_err(|_| INCOMPLETE)?;
        let amount = thousandths.checked_mul(1000).and_then(|micros| PriceMicros::new(micros).ok());
        let account_token = self.app_account_token.map(|token| token.parse()).transpose();
        let revoked_at = self.revocation_date.map(|date| moment(date).ok_or(INCOMPLETE));
        Ok(StoreTransaction {
            store: Store::Apple,
            environment,
            order_id: self.transaction_id.clone(),
            transaction_id: TransactionId::new(self.transaction_id).map_err(|_| INCOMPLETE)?,
            store_product_id: self.product_id,
            quantity: self.quantity,
            price: StorePrice { currency, amount: amount.ok_or(INCOMPLETE)? },
            purchased_at: moment(self.purchase_date).ok_or(INCOMPLETE)?,
            account_token: account_token.map_err(|_| INCOMPLETE)?,
            revoked_at: revoked_at.transpose()?,
        })
    }
}

/// Apple's word for an environment. Xcode's own is signed by no root of Apple.
pub(super) fn environment(word: &str) -> Option<StoreEnvironment> {
    match word {
        "Production" => Some(StoreEnvironment::Production),
        "Sandbox" => Some(StoreEnvironment::Sandbox),
        _ => None,
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("transaction_id", &self.transaction_id).finish()
    }
}
