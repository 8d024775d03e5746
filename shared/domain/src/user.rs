//! What players say about themselves: names and kinds of devices.

use std::fmt;
use std::str::FromStr;

use crate::Invalid;
use crate::money::words;

/// The name that other players see: 1 to 20 characters, no control characters,
/// no blanks at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is empty, too long, blank at an end, or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if !(1..=20).contains(&text.chars().count()) {
            Err(Invalid("must have 1 to 20 characters"))
        } else if text.chars().any(char::is_control) {
            Err(Invalid("must not have control characters"))
        } else if text.trim() != text {
            Err(Invalid("must not begin or end with a blank"))
        } else {
            Ok(Self(text))
        }
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The kind of device that a guest plays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceType {
    /// An iPhone or iPad.
    Ios,
    /// An Android device.
    Android,
    /// A browser.
    Web,
    /// Anything else.
    Other,
}

words!(DeviceType { Ios = "ios", Android = "android", Web = "web", Other = "other" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_are_short_and_visible() {
        for (text, good) in [
            ("Aoi", true),
            ("天井さん", true),
            ("", false),
            (" Aoi", false),
            ("Ao\ni", false),
            (&"あ".repeat(20), true),
            (&"あ".repeat(21), false),
        ] {
            assert_eq!(DisplayName::new(text).is_ok(), good, "{text:?}");
        }
    }
}
