//! Cursors: where the next page of a list begins, in a form that clients pass
//! back and never read.
//!
//! A cursor names its list and the version of its form. So one of another list, or of
//! another release, is refused, and not taken for a place that it does not mean.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;

/// Rises when the places of a list change their form.
const VERSION: u32 = 1;

/// As in `openapi.yaml`.
const MAX_LEN: usize = 512;

/// Writes a place in a list.
pub(crate) fn encode(list: &str, place: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_vec(&(VERSION, list, place)).map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// Reads a place back; `None` if it is not one of this list.
pub(crate) fn decode<P: DeserializeOwned>(list: &str, cursor: &str) -> Option<P> {
    let json = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|_| cursor.len() <= MAX_LEN)?;
    let (version, of, place) = serde_json::from_slice::<(u32, String, P)>(&json).ok()?;
    (version == VERSION && of == list).then_some(place)
}

/// A time inside a cursor, in microseconds since 1970: one that the database's TIMESTAMP
/// can have, from the first second of 1970 to January of 2038.
///
/// So a place that a client made up never reaches the database with a time that it, or
/// its driver, cannot write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceTime(pub OffsetDateTime);

impl PlaceTime {
    /// 1970-01-01 00:00:01 UTC.
    const MIN_US: i64 = 1_000_000;
    /// 2038-01-19 03:14:07.999999 UTC.
    const MAX_US: i64 = 2_147_483_647_999_999;
}

impl Serialize for PlaceTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i128(self.0.unix_timestamp_nanos() / 1000)
    }
}

impl<'de> Deserialize<'de> for PlaceTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let us = i64::deserialize(deserializer)?;
        if !(Self::MIN_US..=Self::MAX_US).contains(&us) {
            return Err(de::Error::custom("out of range"));
        }
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1000);
        time.map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_to_its_own_list() {
        let place = ("gem".to_owned(), PlaceTime(datetime!(2026-11-24 10:40:00.123456 UTC)));
        let cursor = encode("/v1/items", &place).unwrap();
        assert_eq!(decode("/v1/items", &cursor), Some(place));
        assert_eq!(decode::<(String, PlaceTime)>("/v1/pools", &cursor), None);
        assert_eq!(decode::<(String, u64, u64)>("/v1/items", &cursor), None);
    }

    #[test]
    fn what_is_not_ours_is_no_cursor() {
        for json in [
            r#"[0,"l",7]"#,
            r#"[2,"l",7]"#,
            r#"[1,"l"]"#,
            r#"[1,"l",7,8]"#,
            r#"[1,"l",-1]"#,
            "7",
            "{",
        ] {
            assert_eq!(decode::<u64>("l", &URL_SAFE_NO_PAD.encode(json)), None, "{json}");
        }
        for nonsense in ["", "%", "W10=", "bm90IGpzb24"] {
            assert_eq!(decode::<u64>("l", nonsense), None, "{nonsense}");
        }
        let long = encode("l", &"x".repeat(600)).unwrap();
        assert_eq!(decode::<String>("l", &long), None);
    }

    #[test]
    fn a_time_in_a_cursor_is_one_that_the_database_can_have() {
        for (us, good) in [
            ("1000000", true),
            ("1795516800000000", true),
            ("2147483647999999", true),
            ("2147483648000000", false),
            ("999999", false),
            ("9223372036854775807", false),
            ("-1", false),
            ("-62167219200000001", false),
            (r#""9999-12-31T23:59:59-23:59""#, false),
        ] {
            assert_eq!(serde_json::from_str::<PlaceTime>(us).is_ok(), good, "{us}");
        }
    }
}
