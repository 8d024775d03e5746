//! Names and amounts of purchases.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Invalid, Store};

/// A purchase in a store, always the same for the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurchaseId(pub Uuid);

impl PurchaseId {
    /// The purchase of a store's transaction: a UUID of version 8, SHA-256 of a tag, the
    /// store and the transaction's id. So a transaction has one purchase, whoever sends it.
    #[must_use]
    pub fn derive(store: Store, transaction_id: &TransactionId) -> Self {
        Self(derive(&[
            b"tenjo.purchase.v1\0",
            store.as_str().as_bytes(),
            b"\0",
            transaction_id.as_str().as_bytes(),
        ]))
    }

    /// The id of one change of this purchase after it was booked: the first
    /// revocation, the first restoration, the second revocation, and so on. Each change
    /// has ledger entries of its own.
    #[must_use]
    pub fn change(self, number: u32) -> Uuid {
        derive(&[b"tenjo.purchase-change.v1\0", self.0.as_bytes(), &number.to_be_bytes()])
    }
}

impl fmt::Display for PurchaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

fn derive(parts: &[&[u8]]) -> Uuid {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::new_v8(bytes)
}

/// What a client gives to a store with a purchase, so that the store says for whom it
/// is. It is not the player's id: a store learns nothing that means anything elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountToken(pub Uuid);

impl fmt::Display for AccountToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for AccountToken {
    type Err = Invalid;

    /// Stores give it back as they got it, but Apple's clients may write it in capitals.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let id = Uuid::try_parse(text).ok().filter(|_| text.len() == uuid::fmt::Hyphenated::LENGTH);
        id.map(Self).ok_or(Invalid("must be a UUID"))
    }
}

/// A store's own name of a transaction: Apple's transaction id, Google's purchase token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransactionId(String);

impl TransactionId {
    /// The longest that is stored. Google's documents speak of up to 1,500 characters.
    pub const MAX_LEN: usize = 1500;

    /// Reads a name of a transaction.
    ///
    /// # Errors
    /// When it is empty, too long, or has other characters than stores use.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        if (1..=Self::MAX_LEN).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text))
        } else {
            Err(Invalid("must be 1 to 1500 of A-Z, a-z, 0-9, ., _, : and -"))
        }
    }

    /// The name as the store writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purchase_id_depends_on_the_store_and_the_transaction_and_never_changes() {
        let id = TransactionId::new("2000000123456789").unwrap();
        let apple = PurchaseId::derive(Store::Apple, &id);
        assert_eq!(apple, PurchaseId::derive(Store::Apple, &id));
        assert_ne!(apple, PurchaseId::derive(Store::Google, &id));
        assert_ne!(apple.change(1), apple.change(2));
        assert_eq!(
            apple.to_string(),
            "3b8c0367-2a34-8e4c-a875-24423a8f3644",
            "booked purchases would no longer be found"
        );
    }

    #[test]
    fn names_of_transactions_are_those_of_the_stores() {
        for (text, good) in [
            ("2000000123456789", true),
            ("opaque.token-AO-J1Oz_x", true),
            ("GPA.3345-1234", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("天", false),
            (&"x".repeat(1500), true),
            (&"x".repeat(1501), false),
        ] {
            assert_eq!(TransactionId::new(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn account_tokens_are_read_in_either_case() {
        let text = "5cdca3eb-0087-4e51-a01b-c1daae46db29";
        let token: AccountToken = text.parse().unwrap();
        assert_eq!(text.to_uppercase().parse(), Ok(token));
        assert_eq!(token.to_string(), text);
        assert!(text.replace('-', "").parse::<AccountToken>().is_err());
    }
}
