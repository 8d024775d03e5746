//! Cursors: where the next page of a list begins, in a form that clients pass
//! back and never read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenjo_store::Page;

use crate::ApiError;

/// The cursor to the page after this one, or `None` at the end. `place` says
/// where a row stands in its list.
///
/// # Errors
/// When the place cannot be written, which is our bug.
pub fn next_cursor<T, P: Serialize>(
    page: &Page<T>,
    place: impl Fn(&T) -> P,
) -> Result<Option<String>, ApiError> {
    page.last_before_more().map(|row| encode(&place(row)).map_err(ApiError::internal)).transpose()
}

fn encode(place: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_vec(place).map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// Reads a place back; `None` if it is not one of ours.
pub(crate) fn decode<P: DeserializeOwned>(cursor: &str) -> Option<P> {
    let json = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_nonsense_does_not() {
        let cursor = encode(&("gem", 7u64)).unwrap();
        assert_eq!(decode::<(String, u64)>(&cursor), Some(("gem".to_owned(), 7)));
        for nonsense in ["", "%", "e30", "bm90IGpzb24"] {
            assert_eq!(decode::<(String, u64)>(nonsense), None, "{nonsense}");
        }
    }
}
