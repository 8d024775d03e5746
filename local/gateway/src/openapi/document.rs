//! The whole specification, for what points from one place to another.

use anyhow::{Context as _, Result};
use serde_json::Value;

pub(super) struct Document<'a> {
    root: &'a Value,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    pub(super) fn components(&self) -> Value {
        self.root.get("components").cloned().unwrap_or_default()
    }

    /// Follows `$ref` until there is none.
    pub(super) fn resolve(&self, mut value: &'a Value) -> Result<&'a Value> {
        // Longer chains than this run in a circle.
        for _ in 0..16 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(value);
            };
            value = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer))
                .with_context(|| format!("$ref {reference} points nowhere in this file"))?;
        }
        anyhow::bail!("$ref runs in a circle")
    }
}
