//! The key by which a client says "this is the same request again".

use crate::Invalid;

/// An `Idempotency-Key`: 1 to 255 visible ASCII characters, without blanks, that the
/// client chooses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads a key.
    ///
    /// # Errors
    /// When it is empty, longer than 255 characters, or holds anything but
    /// visible ASCII characters. A blank is none: at an end it would be lost.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(Invalid("must be 1 to 255 visible ASCII characters, without blanks"))
        }
    }

    /// The key as the client sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_1_to_255_visible_characters() {
        for (text, good) in [
            ("a", true),
            ("draw-1", true),
            ("draw 1", false),
            (" draw", false),
            ("", false),
            ("line\nbreak", false),
            ("天井", false),
            (&"k".repeat(255), true),
            (&"k".repeat(256), false),
        ] {
            assert_eq!(IdempotencyKey::new(text).is_ok(), good, "{text:?}");
        }
    }
}
