//! Whole numbers as JSON Schema means them: `1.0` and `1e0` are 1.

use num_traits::ToPrimitive;
use serde_json::Number;

/// Why a number is no whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotWhole {
    /// It has a fraction, or is no number.
    Broken,
    /// It is far away from every number that a request can need.
    OutOfRange,
}

impl NotWhole {
    /// In words for a client.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Broken => "must be a whole number",
            Self::OutOfRange => "is out of range",
        }
    }
}

/// Reads a JSON number.
pub(crate) fn read(number: &Number) -> Result<i128, NotWhole> {
    if let Some(whole) = number.as_i128() {
        return Ok(whole);
    }
    let number = number.as_f64().ok_or(NotWhole::OutOfRange)?;
    // Exact, for above 2⁵³ floating-point numbers have no fractions.
    if number.fract() == 0.0 {
        number.to_i128().ok_or(NotWhole::OutOfRange)
    } else {
        Err(NotWhole::Broken)
    }
}

/// Reads the text of a parameter, which is written as in JSON.
pub(crate) fn read_text(text: &str) -> Result<i128, NotWhole> {
    // The reader of JSON would also take blanks around it.
    let number = text.parse().ok().filter(|_| text.trim() == text);
    read(&number.ok_or(NotWhole::Broken)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_many_spellings() {
        for (text, expected) in [
            ("10", Ok(10)),
            ("10.0", Ok(10)),
            ("1e1", Ok(10)),
            ("-1", Ok(-1)),
            ("-0", Ok(0)),
            ("-0.0", Ok(0)),
            ("18446744073709551615", Ok(u64::MAX.into())),
            ("9223372036854775807.0", Ok(1 << 63)),
            ("1e300", Err(NotWhole::OutOfRange)),
            ("1e400", Err(NotWhole::Broken)),
            ("1.5", Err(NotWhole::Broken)),
            ("1e-1", Err(NotWhole::Broken)),
            ("", Err(NotWhole::Broken)),
            (" 1", Err(NotWhole::Broken)),
            ("01", Err(NotWhole::Broken)),
            ("+1", Err(NotWhole::Broken)),
            ("1,2", Err(NotWhole::Broken)),
            ("NaN", Err(NotWhole::Broken)),
            ("１", Err(NotWhole::Broken)),
        ] {
            assert_eq!(read_text(text), expected, "{text}");
        }
    }
}
