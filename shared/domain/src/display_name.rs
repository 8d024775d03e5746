//! The name that other players see.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EmojiComponent, EmojiModifier, EmojiPresentation,
    ExtendedPictographic, GeneralCategory as Category, GeneralCategoryGroup as Group,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::Invalid;

/// The name that other players see: 1 to 20 characters that show, by the categories of
/// Unicode.
///
/// It holds letters, marks, numbers, punctuation, symbols and single inner blanks, of the
/// usual two widths. It begins with something that shows alone, so not with a mark. It
/// has nothing that a reader cannot see: no controls, no formats (zero width, direction),
/// no fillers, nothing unassigned or private. Otherwise one could look like none, or like
/// another with something invisible added.
///
/// One exception: a joiner between emoji, as in 👩‍🚀, and a variation selector after one
/// that is a text without it, as in ❤️. So flags of regions (England, Scotland, Wales),
/// which are written with invisible tags, are refused, and so are joiners and variants of
/// letters. Emoji that a device cannot join look as without the joiner.
///
/// It is kept in the composed form of Unicode (NFC), so é is the same name whether it was
/// sent as one character or as two, and a compatibility ideograph is the usual one. A
/// variation selector that changes nothing is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// Makes one emoji of the two beside it.
const JOINER: char = '\u{200D}';
/// Asks for the colourful form of the emoji before it. Keyboards also send it after one
/// that is colourful anyway, where nobody sees it.
const EMOJI_FORM: char = '\u{FE0F}';
/// Makes a key of the digit, # or * before it.
const KEYCAP: char = '\u{20E3}';
/// Letters, marks and symbols by their categories, which nothing shows: braille without
/// dots, blanks of hieroglyphs, a joiner of numbers, a filler, a note without a head, and
/// the place of an object.
const EMPTY: [char; 7] =
    ['\u{2800}', '\u{FFFC}', '\u{1107F}', '\u{13441}', '\u{13442}', '\u{16FE4}', '\u{1D159}'];
/// How many characters it has at most.
const MOST: usize = 20;
/// The only blanks: the others look like one of these.
const BLANKS: [char; 2] = [' ', '\u{3000}'];

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is empty, too long, blank at an end, or has what does not show.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if !(1..=MOST).contains(&text.chars().count()) {
            return Err(Invalid("must have 1 to 20 characters"));
        }
        // A few characters have no composed form, and become two or three.
        let text = ComposingNormalizerBorrowed::new_nfc().normalize(&text);
        let text = without_idle_forms(&text);
        if text.chars().count() > MOST {
            return Err(Invalid("must not have more than 20 characters once it is composed"));
        }
        if text.trim() != text {
            return Err(Invalid("must not begin or end with a blank"));
        }
        if text.chars().next().is_some_and(|first| Group::Mark.contains(category(first))) {
            return Err(Invalid("must not begin with a mark that joins the character before it"));
        }
        let mut before = None;
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            if BLANKS.contains(&character) && before.is_some_and(|it| BLANKS.contains(&it)) {
                return Err(Invalid("must not have two blanks in a row"));
            }
            if !is_shown(character) && !is_of_emoji(before, character, rest.peek().copied()) {
                return Err(Invalid("must have only characters that show"));
            }
            before = Some(character);
        }
        Ok(Self(text))
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a reader sees it, or the gap that it makes.
fn is_shown(character: char) -> bool {
    const SHOWN: Group = Group::Letter
        .union(Group::Mark)
        .union(Group::Number)
        .union(Group::Punctuation)
        .union(Group::Symbol);
    BLANKS.contains(&character)
        || SHOWN.contains(category(character))
            && !has::<DefaultIgnorableCodePoint>(character)
            && !EMPTY.contains(&character)
}

/// Leaves out a sign for colour after what is colourful anyway.
fn without_idle_forms(text: &str) -> String {
    let mut before = None;
    let is_kept = |&character: &char| {
        let is_idle = character == EMOJI_FORM && before.is_some_and(has::<EmojiPresentation>);
        before = Some(character);
        !is_idle
    };
    text.chars().filter(is_kept).collect()
}

/// Whether it is an invisible part of an emoji.
fn is_of_emoji(before: Option<char>, character: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let is_picture = has::<ExtendedPictographic>(before);
    match character {
        // Digits, # and *, the components of emoji in ASCII, are as without it, unless they
        // become a key.
        EMOJI_FORM => {
            is_picture && !has::<EmojiPresentation>(before)
                || has::<EmojiComponent>(before) && before.is_ascii() && after == Some(KEYCAP)
        }
        JOINER => {
            (is_picture || before == EMOJI_FORM || has::<EmojiModifier>(before))
                && after.is_some_and(has::<ExtendedPictographic>)
        }
        _ => false,
    }
}

fn category(character: char) -> Category {
    CodePointMapData::<Category>::new().get(character)
}

fn has<P: BinaryProperty>(character: char) -> bool {
    CodePointSetData::new::<P>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_show_are_accepted() {
        for text in [
            "Aoi",
            "天井さん",
            "Ann von B.",
            "x\u{3000}y",
            "e\u{301}le\u{300}ve",
            "สวัสดี",
            "नमस्ते",
            "(^_^)v",
            "¥€$",
            "👩‍🚀",
            "👩🏽‍🚀",
            "❤️",
            "🏳️‍🌈",
            "1️⃣",
            "🇯🇵",
            &"あ".repeat(20),
        ] {
            assert!(DisplayName::new(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn names_of_a_wrong_length_or_with_blanks_outside_are_refused() {
        for text in
            ["", " Aoi", "Aoi ", "\u{3000}Aoi", "\u{a0}", "A  b", "A \u{3000}b", &"あ".repeat(21)]
        {
            assert!(DisplayName::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_reader_cannot_see_is_refused_alone_and_inside() {
        for hidden in [
            "\0",
            "\n",
            "\u{7f}",
            "\u{85}", // controls
            "\u{ad}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{2060}",
            "\u{feff}", // no width
            "\u{200e}",
            "\u{202a}",
            "\u{202e}",
            "\u{2066}",
            "\u{2069}",
            "\u{61c}", // direction
            "\u{115f}",
            "\u{1160}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{2800}",
            "\u{1107f}",
            "\u{13441}",
            "\u{13442}",
            "\u{16fe4}",
            "\u{1d159}", // fillers
            "\u{a0}",
            "\u{1680}",
            "\u{2003}",
            "\u{200a}",
            "\u{202f}",
            "\u{205f}", // blanks that look like others
            "\u{34f}",
            "\u{17b4}",
            "\u{180b}",
            "\u{180e}",
            "\u{fe00}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{e0067}",
            "\u{e0001}", // tags
            "\u{2028}",
            "\u{2029}", // separators of lines
            "\u{e000}",
            "\u{f0000}",
            "\u{378}",
            "\u{fdd0}",
            "\u{ffff}",
            "\u{10ffff}",
            "\u{fff9}",
            "\u{fffc}",
        ] {
            for text in [hidden.to_owned(), format!("A{hidden}b"), hidden.repeat(3)] {
                assert!(DisplayName::new(text.as_str()).is_err(), "{text:?}");
            }
        }
    }

    #[test]
    fn a_name_is_more_than_marks_and_parts_of_emoji() {
        for text in
            ["\u{301}", "\u{301}\u{302}", "\u{20dd}", "👩\u{200d}", "\u{200d}👩", "a\u{200d}👩"]
        {
            assert!(DisplayName::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_emoji_that_is_colourful_anyway_is_kept_without_a_sign_for_colour() {
        for (sent, kept) in [
            ("🚀\u{fe0f}", "🚀"),
            ("A⭐\u{fe0f}B", "A⭐B"),
            ("👩\u{fe0f}\u{200d}🚀", "👩\u{200d}🚀"),
        ] {
            assert_eq!(DisplayName::new(sent).unwrap().as_str(), kept, "{sent:?}");
        }
        for text in ["🚀\u{fe0f}\u{fe0f}", "❤\u{fe0f}\u{fe0f}"] {
            assert!(DisplayName::new(text).is_err(), "{text:?}");
        }
        for text in ["🚀", "❤", "❤\u{fe0f}", "☀\u{fe0f}", "👩\u{200d}❤\u{fe0f}\u{200d}👩"]
        {
            assert!(DisplayName::new(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_the_same_however_its_characters_were_sent() {
        for (sent, kept) in [
            ("e\u{301}le\u{300}ve", "\u{e9}l\u{e8}ve"),
            ("\u{304b}\u{3099}", "\u{304c}"),         // が
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"), // 한
            ("\u{fa19}", "\u{795e}"),                 // 神
            ("\u{212b}", "\u{c5}"),                   // Å
        ] {
            assert_eq!(DisplayName::new(sent).unwrap().as_str(), kept, "{sent:?}");
        }
        // Without a composed form, each of these is two.
        let longer = "\u{958}".repeat(11);
        let refused = DisplayName::new(longer).unwrap_err();
        assert_eq!(refused.0, "must not have more than 20 characters once it is composed");
    }

    #[test]
    fn a_digit_that_does_not_become_a_key_has_no_form() {
        for text in ["Aoi1\u{fe0f}", "#\u{fe0f}", "*\u{fe0f}x", "1\u{fe0f}\u{fe0f}\u{20e3}"] {
            assert!(DisplayName::new(text).is_err(), "{text:?}");
        }
        assert!(DisplayName::new("#\u{fe0f}\u{20e3}").is_ok());
    }
}
