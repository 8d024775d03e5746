//! Values that must not be printed.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Mutex;

use anyhow::Context;

/// Every secret that this process knows, so that what it prints can be searched.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Too short to be a secret, and likely to be a part of other words.
const SHORTEST: usize = 6;

/// A secret. It does not print, and [`redacted`] takes it out of other texts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Of a PEM or a list, any line or part is too much.
        for part in value.split(['\n', ',']).chain([value.as_str()]).map(str::trim) {
            if part.len() >= SHORTEST && !known.iter().any(|one| one == part) {
                known.push(part.to_owned());
            }
        }
        Self(value)
    }

    /// The value, for those who need it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Takes a secret from the environment, or asks for it at the terminal.
    pub(crate) fn ask(variable: &str, what: &str) -> anyhow::Result<Self> {
        if let Some(value) = std::env::var(variable).ok().filter(|value| !value.is_empty()) {
            return Ok(Self::new(value));
        }
        anyhow::ensure!(
            std::io::stdin().is_terminal(),
            "{what} is needed: set {variable}, or run this at a terminal, which asks for it"
        );
        let value = rpassword::prompt_password(format!("{what}: "))
            .with_context(|| format!("{what} could not be read"))?;
        anyhow::ensure!(!value.is_empty(), "{what} is empty");
        Ok(Self::new(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The text without any secret that this process knows.
pub(crate) fn redacted(text: &str) -> String {
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    // A part of a longer one must not leave the rest behind.
    known.sort_by_key(|one| std::cmp::Reverse(one.len()));
    let mut text = text.to_owned();
    for secret in known {
        if text.contains(&secret) {
            text = text.replace(&secret, "…");
        }
    }
    text
}

/// The variables that hold a secret. No other program gets them.
pub(crate) const VARIABLES: [&str; 2] = [DATABASE_PASSWORD, KONNECT_TOKEN];
/// The password of the database's administrator.
pub(crate) const DATABASE_PASSWORD: &str = "TENJO_DATABASE_PASSWORD";
/// An access token of Konnect.
pub(crate) const KONNECT_TOKEN: &str = "TENJO_KONNECT_TOKEN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_is_left_in_a_text() {
        let secret = Secret::new("first-of-two,second-of-two");
        for text in ["first-of-two,second-of-two", "x second-of-two.", "first-of-two"] {
            let shown = redacted(text);
            assert!(!shown.contains("of-two"), "{shown}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(redacted("nothing here"), "nothing here");
    }
}
