//! What the files hold: answers of the API as they come, what is in their `data`, or
//! lists of these. Fields that are not known are ignored.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenjo_proof::{DrawnItem, Part, Period, Proof, ReceiptKey, Record};
use uuid::Uuid;

/// All that the files hold, each with the file that it is from.
#[derive(Default)]
pub(super) struct Input {
    pub(super) proofs: Vec<(PathBuf, Proof)>,
    /// Of `POST /v1/gacha/draw`.
    pub(super) draws: Vec<(PathBuf, Draw)>,
    pub(super) periods: Vec<Period>,
    /// Whether there was a list of periods, if only an empty one.
    pub(super) has_periods: bool,
    pub(super) receipt_keys: Vec<ReceiptKey>,
    /// Of `GET /v1/gacha/draw-numbers`.
    pub(super) listed: Vec<Listed>,
    /// Of `GET /v1/gacha/revisions/{revision}`.
    pub(super) revisions: Vec<(PathBuf, Revision)>,
}

/// An answer to a draw. Whoever keeps the receipt alone has nothing else of it.
#[derive(Deserialize)]
pub(super) struct Draw {
    /// None while the draw runs.
    pub(super) receipt: Option<String>,
    saga_id: Option<Uuid>,
    results: Option<Vec<DrawnItem>>,
    cost: Option<Cost>,
}

#[derive(Deserialize)]
struct Cost {
    currency_type: String,
    amount: u64,
    breakdown: Vec<Part>,
}

impl Draw {
    /// What this answer showed the player otherwise than its receipt.
    pub(super) fn contradicts(&self, signed: &Record) -> Option<&'static str> {
        let purchase = &signed.purchase;
        let is_other_cost = |cost: &Cost| {
            (&cost.currency_type, cost.amount, &cost.breakdown)
                != (&purchase.currency_type, purchase.amount, &purchase.breakdown)
        };
        if self.saga_id.is_some_and(|saga_id| saga_id != signed.saga_id) {
            Some("the receipt is of another purchase than the answer")
        } else if self.results.is_some() && self.results != signed.results {
            Some("the receipt has other items than the answer")
        } else if self.cost.as_ref().is_some_and(is_other_cost) {
            Some("the receipt has another cost than the answer")
        } else {
            None
        }
    }
}

/// A purchase in the list of a player's draw numbers.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) draw_number: u64,
    pub(super) saga_id: Uuid,
    pub(super) state: String,
}

impl Listed {
    /// Whether a record says something else. What still ran may have ended either way.
    pub(super) fn contradicts(&self, record: &Record) -> bool {
        let state = if record.is_void { "void" } else { "valid" };
        (self.draw_number, self.saga_id) != (record.draw_number, record.saga_id)
            || self.state != "running" && self.state != state
    }
}

/// A published revision of a pool.
#[derive(Deserialize)]
pub(super) struct Revision {
    pub(super) revision: String,
    pub(super) document: String,
}

impl Input {
    /// Adds what a file holds: one answer after another. `-` is standard input.
    pub(super) fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        let text = if path == Path::new("-") {
            std::io::read_to_string(std::io::stdin())
        } else {
            fs::read_to_string(path)
        };
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let mut is_empty = true;
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let value = value.with_context(|| format!("{} is not JSON", path.display()))?;
            self.add(path, value)?;
            is_empty = false;
        }
        anyhow::ensure!(!is_empty, "{} is empty", path.display());
        Ok(())
    }

    fn add(&mut self, path: &Path, value: Value) -> anyhow::Result<()> {
        let mut object = match value {
            Value::Array(values) => {
                return values.into_iter().try_for_each(|value| self.add(path, value));
            }
            Value::Object(object) => object,
            _ => bail!("{} holds nothing that can be checked", path.display()),
        };
        for envelope in ["data", "proof"] {
            if let Some(inner) = object.remove(envelope) {
                return self.add(path, inner);
            }
        }
        if object.contains_key("record") {
            self.proofs.push((path.to_owned(), read(path, Value::Object(object))?));
        } else if object.contains_key("seed_periods") {
            let mut take = |name: &str| object.remove(name).unwrap_or(Value::Array(Vec::new()));
            let (periods, keys) = (take("seed_periods"), take("receipt_keys"));
            self.has_periods = true;
            self.periods.extend(read::<Vec<Period>>(path, periods)?);
            self.receipt_keys.extend(read::<Vec<ReceiptKey>>(path, keys)?);
        } else if object.contains_key("receipt") {
            self.draws.push((path.to_owned(), read(path, Value::Object(object))?));
        } else if let Some(listed) = object.remove("draw_numbers") {
            self.listed.extend(read::<Vec<Listed>>(path, listed)?);
        } else if object.contains_key("document") {
            self.revisions.push((path.to_owned(), read(path, Value::Object(object))?));
        } else {
            bail!("{} holds nothing that can be checked", path.display());
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(path: &Path, value: Value) -> anyhow::Result<T> {
    serde_json::from_value(value)
        .with_context(|| format!("{} is not an answer that can be checked", path.display()))
}
