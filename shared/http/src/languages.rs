//! Which languages a client reads, and in which ones an answer is.

use std::collections::BTreeSet;

use http::{HeaderMap, header};
use tenjo_domain::{Language, Texts};

use crate::quality::offers;

/// More than a person reads; the others are left out.
const MOST: usize = 16;

/// Chooses the texts of one answer, and keeps in mind in which languages they are.
#[derive(Debug)]
pub struct Reader {
    /// Best first.
    wanted: Vec<Language>,
    used: BTreeSet<Language>,
}

/// The languages that an answer is in.
#[derive(Debug, Default)]
pub struct Languages(BTreeSet<Language>);

impl Reader {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self { wanted: accepted.map(wanted).unwrap_or_default(), used: BTreeSet::new() }
    }

    /// The text in the best of the languages that the client reads, or in the game's own.
    pub fn text(&mut self, texts: &Texts) -> String {
        let (language, text) = texts.best(&self.wanted);
        self.used.insert(language.clone());
        text.to_owned()
    }

    /// The languages of all texts that were chosen.
    #[must_use]
    pub fn languages(self) -> Languages {
        Languages(self.used)
    }
}

impl Languages {
    /// The value of `Content-Language`; `None` if no text said its language.
    pub(crate) fn content_language(&self) -> Option<String> {
        let tags: Vec<_> = self.0.iter().map(Language::as_str).collect();
        (!tags.is_empty()).then(|| tags.join(", "))
    }
}

/// The languages in a value of `Accept-Language`, best first. Anything
/// that is not a language, such as `*`, is left out; then the answer is in the game's own.
fn wanted(accepted: &str) -> Vec<Language> {
    let mut wanted: Vec<(f32, Language)> = offers(accepted)
        .filter(|(_, quality)| *quality > 0.0)
        .filter_map(|(range, quality)| Some((quality, range.parse().ok()?)))
        .take(MOST)
        .collect();
    // Equal ones stay in their order.
    wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    wanted.into_iter().map(|(_, language)| language).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_wanted_in_the_order_of_their_quality() {
        for (accepted, expected) in [
            ("ja", &["ja"][..]),
            ("en;q=0.5, ja", &["ja", "en"]),
            ("ja-JP, ja;q=0.9, en;q=0.8, *;q=0.1", &["ja-jp", "ja", "en"]),
            ("en, ja", &["en", "ja"]),
            ("ja;q=0, en", &["en"]),
            ("ja;q=x, en", &["en"]),
            ("*", &[]),
            ("", &[]),
            ("no language, at all;;;, en_US", &[]),
        ] {
            let wanted = wanted(accepted);
            let wanted: Vec<_> = wanted.iter().map(Language::as_str).collect();
            assert_eq!(wanted, expected, "{accepted:?}");
        }
        assert_eq!(wanted(&"en, ".repeat(100)).len(), MOST);
    }

    #[test]
    fn an_answer_names_the_languages_of_its_texts() {
        let text = |tag: &str| Texts::of(tag.parse().unwrap(), tag.to_owned());
        let mut reader = Reader { wanted: wanted("ja"), used: BTreeSet::new() };
        assert_eq!(reader.text(&text("ja")), "ja");
        assert_eq!(reader.text(&text("en")), "en", "there is no other");
        assert_eq!(reader.languages().content_language().as_deref(), Some("en, ja"));
        assert_eq!(Languages::default().content_language(), None);
    }
}
