//! Published pools as JSON that anyone can check: the canonical document of a
//! pool, a player's state in it, and its odds.
//!
//! It turns data of `tenjo-domain` into text and back. It knows no database,
//! no YAML, and never decides what a rule means: that is the domain's job.

mod document;
mod odds;
mod presentation;
mod shop;
mod state;
pub mod weekday;

pub use document::{DocumentError, from_document, revision, to_document};
pub use odds::{OddsDocument, PublishedOdds};
pub use presentation::{PresentationError, from_presentation, to_presentation};
pub use shop::{ShopDocumentError, from_shop_document, shop_revision, to_shop_document};
pub use state::StateDocument;
