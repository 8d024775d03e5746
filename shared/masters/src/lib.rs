//! Master data as code: what the game sells, as files that people write and as
//! documents that anyone can check.
//!
//! It turns texts into checked data of `tenjo-domain` and back. It knows no
//! database, and never decides what a rule means: that is the domain's.

mod document;
mod odds;
mod state;
mod weekday;
pub mod yaml;

pub use document::{DocumentError, from_document, revision, to_document};
pub use odds::{OddsDocument, PublishedOdds};
pub use state::StateDocument;
