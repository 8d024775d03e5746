//! Whether a client has an answer already, and whether it takes a shorter form of it.
//!
//! The tag of an answer is a hash of its text, so it cannot be wrong: whatever the text
//! was made from, another text has another tag. What a tag saves is bytes and the
//! client's work, and not the reads that the text is made from.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::event::Answer;
use crate::quality::offers;

/// Who may keep an answer, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Nobody: it holds only for now, or has a secret.
    Never,
    /// The player's client, which asks each time whether it still holds.
    Checked,
    /// Everybody, for ever: it will never be another one.
    ForEver,
}

impl Caching {
    pub(crate) const fn cache_control(self) -> &'static str {
        match self {
            Self::Never => "no-store",
            Self::Checked => "private, no-cache",
            Self::ForEver => "public, max-age=31536000, immutable",
        }
    }
}

/// Shorter bodies fit into one packet as they are.
const LEAST_TO_SHORTEN: usize = 1000;

/// Of 1 to 9. Beyond it, the CPU time grows faster than the bytes shrink.
const EFFORT: u32 = 6;

/// What ends the tag of the shortened form, which is another one in HTTP.
const SHORTENED: &str = "-gzip";

/// What a client says of the answers that it takes.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    /// The tags of answers that it has.
    known: Option<String>,
    takes_gzip: bool,
}

impl Wishes {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            known: text(header::IF_NONE_MATCH).map(str::to_owned),
            takes_gzip: text(header::ACCEPT_ENCODING).is_some_and(takes_gzip),
        }
    }

    /// Whether the client has an answer with this tag, in either form. HTTP compares
    /// here as for weak tags.
    fn know(&self, tag: &str) -> bool {
        let is_it = |known: &str| {
            let known = known.trim();
            let known = known.strip_prefix("W/").unwrap_or(known);
            let known = known.strip_prefix('"').and_then(|known| known.strip_suffix('"'));
            known.is_some_and(|known| known.strip_suffix(SHORTENED).unwrap_or(known) == tag)
        };
        let known = self.known.as_deref().unwrap_or_default();
        known.trim() == "*" || known.split(',').any(is_it)
    }
}

/// The value of `Accept-Encoding`: gzip is in it, and not with the quality 0.
fn takes_gzip(accepted: &str) -> bool {
    let quality = |coding: &str| {
        let offer = offers(accepted).find(|(name, _)| name.eq_ignore_ascii_case(coding));
        offer.map(|(_, quality)| quality)
    };
    quality("gzip").or_else(|| quality("*")).is_some_and(|quality| quality > 0.0)
}

/// The answer as this client takes it: nothing if it has it already, and shortened if it
/// can read that.
pub(crate) fn fit(mut answer: Answer, caching: Caching, wishes: &Wishes) -> Answer {
    let can_shorten = answer.body.len() >= LEAST_TO_SHORTEN;
    let shorten = can_shorten && wishes.takes_gzip;
    if can_shorten {
        let vary = answer.headers.entry("vary").or_default();
        let others = if vary.is_empty() { "" } else { ", " };
        *vary = format!("Accept-Encoding{others}{vary}").into();
    }
    if caching != Caching::Never {
        // 128 bits are more than enough to tell texts apart.
        let tag = hex::encode(&Sha256::digest(&answer.body)[..16]);
        let form = if shorten { SHORTENED } else { "" };
        answer.headers.insert("etag", format!("\"{tag}{form}\"").into());
        if wishes.know(&tag) {
            answer.status_code = StatusCode::NOT_MODIFIED.as_u16();
            answer.headers.remove("content-type");
            answer.body.clear();
            return answer;
        }
    }
    if shorten && let Some(bytes) = gzip(answer.body.as_bytes()) {
        answer.headers.insert("content-encoding", "gzip".into());
        answer.body = STANDARD.encode(bytes);
        answer.is_base64_encoded = true;
    }
    answer
}

/// `None` never happens: memory does not refuse bytes.
fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(EFFORT));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn answer(body: &str) -> Answer {
        let headers = [("content-type", "application/json".into())].into();
        Answer { status_code: 200, headers, body: body.to_owned(), is_base64_encoded: false }
    }

    fn wishes(if_none_match: &str, accept_encoding: &str) -> Wishes {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, if_none_match.parse().unwrap());
        headers.insert(header::ACCEPT_ENCODING, accept_encoding.parse().unwrap());
        Wishes::of(&headers)
    }

    fn tag(answer: &Answer) -> String {
        answer.headers["etag"].to_string()
    }

    #[test]
    fn who_has_an_answer_is_told_so_and_gets_no_body() {
        let first = fit(answer("{}"), Caching::Checked, &Wishes::default());
        let tag = tag(&first);
        assert_eq!(tag.len(), 34, "{tag}");
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\" , {tag}"),
            format!("{}-gzip\"", tag.trim_end_matches('"')),
            "*".to_owned(),
        ] {
            let again = fit(answer("{}"), Caching::Checked, &wishes(&known, ""));
            assert_eq!((again.status_code, again.body.as_str()), (304, ""), "{known}");
            assert_eq!(self::tag(&again), tag);
            assert!(!again.headers.contains_key("content-type"));
        }
        for other in ["", "\"other\"", tag.trim_matches('"'), "W/", "\""] {
            let again = fit(answer("{}"), Caching::Checked, &wishes(other, ""));
            assert_eq!((again.status_code, again.body.as_str()), (200, "{}"), "{other}");
        }
        let changed = fit(answer("[]"), Caching::Checked, &wishes(&tag, ""));
        assert_eq!(changed.status_code, 200);
        assert_ne!(self::tag(&changed), tag);
    }

    #[test]
    fn what_nobody_may_keep_has_no_tag() {
        let answer = fit(answer("{}"), Caching::Never, &wishes("*", ""));
        assert_eq!(answer.status_code, 200);
        assert!(!answer.headers.contains_key("etag"));
    }

    #[test]
    fn a_long_answer_is_shortened_for_whoever_takes_that() {
        let long = "odds ".repeat(1000);
        let plain = fit(answer(&long), Caching::Checked, &wishes("", "identity"));
        assert_eq!(plain.body, long);
        assert_eq!(plain.headers["vary"], "Accept-Encoding");
        let short = fit(answer(&long), Caching::Checked, &wishes("", "br, gzip;q=0.5"));
        assert!(short.is_base64_encoded && short.body.len() < 200);
        assert_eq!(short.headers["content-encoding"], "gzip");
        assert_eq!(short.headers["vary"], "Accept-Encoding");
        assert_ne!(tag(&short), tag(&plain), "each form has a tag of its own");
        let bytes = STANDARD.decode(&short.body).unwrap();
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, long);
        // Either tag is good for either form.
        for (known, accepted) in [(tag(&short), ""), (tag(&plain), "gzip")] {
            let again = fit(answer(&long), Caching::Checked, &wishes(&known, accepted));
            assert_eq!(again.status_code, 304);
        }
        let little = fit(answer("{}"), Caching::Never, &wishes("", "gzip"));
        assert!(!little.is_base64_encoded && !little.headers.contains_key("vary"));
    }

    #[test]
    fn gzip_is_taken_where_it_is_offered_and_not_refused() {
        for (accepted, takes) in [
            ("gzip", true),
            ("GZIP", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("*", true),
            ("br", false),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000, *", false),
            ("*;q=0", false),
            ("gzip;q=x", false),
        ] {
            assert_eq!(takes_gzip(accepted), takes, "{accepted:?}");
        }
    }
}
