//! `${Name}` in a definition, as SAM's `DefinitionSubstitutions` fills it in.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

/// Replaces every `${Name}` by its value.
///
/// # Errors
/// Names the first one that has no value, or that does not end.
pub(crate) fn substitute(text: &str, values: &BTreeMap<String, String>) -> Result<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) =
            after.split_once('}').context("a `${` in the definition has no closing `}`")?;
        let value = values
            .get(name)
            .with_context(|| format!("`${{{name}}}` in the definition has no value"))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}
