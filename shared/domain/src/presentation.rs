//! What players read and see of pools, items and products: names and descriptions in
//! several languages, and the key of a picture. No rule depends on any of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// A language, such as `en`, `ja` or `zh-hant`: a tag of BCP 47 in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// The language of texts that do not say theirs.
    #[must_use]
    pub fn usual() -> Self {
        Self("en".to_owned())
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language that this one is a kind of: `zh` of `zh-hant`.
    fn wider(&self) -> Option<Self> {
        self.0.rsplit_once('-').map(|(wider, _)| Self(wider.to_owned()))
    }
}

impl FromStr for Language {
    type Err = Invalid;

    /// Reads a tag in letters of any size.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split('-');
        let is_language = |part: &str| {
            (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        let is_more = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if text.len() <= 16 && parts.next().is_some_and(is_language) && parts.all(is_more) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Invalid("must be a language such as en, ja or zh-hant"))
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One text in one or more languages. It always has one in the game's own language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    own: Language,
    texts: BTreeMap<Language, String>,
}

impl Texts {
    /// The text in several languages, of which `own` is the game's.
    ///
    /// # Errors
    /// When it has none in the game's language.
    pub fn new(own: Language, texts: BTreeMap<Language, String>) -> Result<Self, Invalid> {
        if texts.contains_key(&own) {
            Ok(Self { own, texts })
        } else {
            Err(Invalid("must have a text in the game's own language"))
        }
    }

    /// The text in the game's language alone.
    #[must_use]
    pub fn of(own: Language, text: String) -> Self {
        Self { texts: BTreeMap::from([(own.clone(), text)]), own }
    }

    /// The game's language.
    #[must_use]
    pub const fn own_language(&self) -> &Language {
        &self.own
    }

    /// The text in the game's language.
    #[must_use]
    pub fn own(&self) -> &str {
        self.texts.get(&self.own).map_or("", String::as_str) // see `new`
    }

    /// Every text, by its language.
    pub fn all(&self) -> impl Iterator<Item = (&Language, &str)> {
        self.texts.iter().map(|(language, text)| (language, text.as_str()))
    }

    /// The text for a reader who wants these languages, best first, and its language. A
    /// language is as good as a kind of it that is wanted: `zh` for `zh-hant`. The game's
    /// own language serves whoever wants none of those that are there.
    #[must_use]
    pub fn best(&self, wanted: &[Language]) -> (&Language, &str) {
        let known = wanted.iter().find_map(|wanted| {
            std::iter::successors(Some(wanted.clone()), Language::wider)
                .find_map(|language| self.texts.get_key_value(&language))
        });
        known.map_or((&self.own, self.own()), |(language, text)| (language, text.as_str()))
    }
}

/// The key of a picture, by which a client finds it where the game keeps its pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetKey(String);

impl AssetKey {
    /// Reads a key: a path of small letters, digits, `-`, `_`, `.` and `/`.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let is_part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
                && part.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
                })
        };
        if text.len() <= 128 && text.split('/').all(is_part) {
            Ok(Self(text))
        } else {
            Err(Invalid(
                "must be a path such as pools/moon-festival.webp, with 128 characters at most",
            ))
        }
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What players read and see of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    /// Its name.
    pub name: Texts,
    /// What is said about it.
    pub description: Option<Texts>,
    /// Its picture.
    pub asset_key: Option<AssetKey>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().unwrap()
    }

    #[test]
    fn a_language_is_a_tag() {
        for (tag, is_one) in [
            ("en", true),
            ("JA", true),
            ("zh-Hant-TW", true),
            ("de-1996", true),
            ("e", false),
            ("engl", false),
            ("12", false),
            ("en-", false),
            ("en_US", false),
            ("*", false),
            ("", false),
            ("en-a-b-c-d-e-f-g", true),
            ("en-a-b-c-d-e-f-g-h", false),
        ] {
            assert_eq!(tag.parse::<Language>().is_ok(), is_one, "{tag:?}");
        }
        assert_eq!(language("zh-Hant").as_str(), "zh-hant");
    }

    #[test]
    fn a_reader_gets_the_first_wanted_language_that_is_there_or_the_games_own() {
        let texts = ["en", "ja", "zh-hant"].map(|tag| (language(tag), tag.to_owned()));
        let texts = Texts::new(language("ja"), texts.into()).unwrap();
        for (wanted, expected) in [
            (&[][..], "ja"),
            (&["en"], "en"),
            (&["en-GB"], "en"),
            (&["fr", "en"], "en"),
            (&["fr"], "ja"),
            (&["zh-Hant-TW"], "zh-hant"),
            (&["zh", "en"], "en"), // any kind of Chinese will not do
        ] {
            let wanted: Vec<_> = wanted.iter().map(|tag| language(tag)).collect();
            assert_eq!(texts.best(&wanted), (&language(expected), expected), "{wanted:?}");
        }
    }

    #[test]
    fn a_text_has_the_games_own_language() {
        let only = BTreeMap::from([(language("ja"), "月".to_owned())]);
        assert!(Texts::new(language("en"), only.clone()).is_err());
        assert_eq!(Texts::new(language("ja"), only).unwrap().own(), "月");
    }

    #[test]
    fn an_asset_key_is_a_path_that_leads_nowhere_else() {
        for (key, is_one) in [
            ("pools/moon-festival.webp", true),
            ("kaguya", true),
            ("a/b_c/d.e-1", true),
            ("", false),
            ("/a", false),
            ("a/", false),
            ("a//b", false),
            ("../a", false),
            ("a/../b", false),
            ("A", false),
            ("a b", false),
            ("https://a", false),
        ] {
            assert_eq!(AssetKey::new(key).is_ok(), is_one, "{key:?}");
        }
        assert!(AssetKey::new("a".repeat(129)).is_err());
    }
}
