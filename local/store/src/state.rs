//! What was sold here, kept in a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All that was sold, and what became of it.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Payloads of Apple's transactions, by id.
    pub(crate) apple: BTreeMap<String, Value>,
    /// Apple's notifications that could not be delivered, oldest first.
    pub(crate) undelivered: Vec<Undelivered>,
    /// Google's purchases, by token.
    pub(crate) google: BTreeMap<String, GoogleSale>,
    /// What Google says of integrity tokens.
    #[serde(default)]
    pub(crate) verdicts: BTreeMap<String, Value>,
    /// The next of Apple's transaction ids.
    pub(crate) next: u64,
}

/// A notification of Apple's that could not be delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Undelivered {
    /// When it was to be sent, in milliseconds.
    pub(crate) at: i64,
    pub(crate) signed: String,
}

/// A purchase in Google Play.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GoogleSale {
    pub(crate) product_id: String,
    /// What `purchases.products.get` answers.
    pub(crate) purchase: Value,
    /// What `orders.get` answers.
    pub(crate) order: Value,
    /// When it was taken back, if it was, in milliseconds.
    pub(crate) voided_at: Option<i64>,
}

/// The file that the state is kept in.
#[derive(Debug, Clone)]
pub(crate) struct File(pub(crate) Option<PathBuf>);

impl File {
    pub(crate) fn read(&self) -> State {
        let text = self.0.as_deref().and_then(|path: &Path| std::fs::read_to_string(path).ok());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// A file that cannot be written loses what was sold at the next start, no more.
    pub(crate) fn write(&self, state: &State) {
        if let Some(path) = &self.0
            && let Ok(text) = serde_json::to_string(state)
        {
            let _ = std::fs::write(path, text);
        }
    }
}
