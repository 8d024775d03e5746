//! Purchases in a store: what was paid for, and what becomes of it.

mod allowance;
mod identity;
mod product;
mod shop;
mod state;

pub use allowance::{AgeGroup, Allowance, AllowanceRule, BirthMonth};
pub use identity::{AccountToken, PurchaseId, TransactionId};
pub use product::{
    Goods, Listing, Product, ProductError, ProductParts, StorePrice, check_store_product_id,
};
pub use shop::{Disclosure, Shop, ShopHistory, ShopRevision};
pub use state::{
    ByHandChange, Claim, PurchaseRefusal, PurchaseStatus, Standing, StoreChange, StoreEnvironment,
    StoreTransaction, Turn, Vouched,
};
