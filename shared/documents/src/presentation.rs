//! What players read and see of something, as it is stored beside it.
//!
//! It is no part of a pool's or a shop's document, whose hash is a revision: a new
//! translation changes no rule, so it makes no revision, and a proof needs none of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenjo_domain::{AssetKey, Invalid, Language, Presentation, Texts};

#[derive(Serialize, Deserialize)]
struct Shape {
    /// The game's own language.
    language: String,
    name: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_key: Option<String>,
}

/// Why a text is no presentation.
#[derive(Debug, thiserror::Error)]
pub enum PresentationError {
    /// It is not JSON of this shape.
    #[error("not a presentation: {0}")]
    Json(#[from] serde_json::Error),
    /// A value is out of its range.
    #[error("not a presentation: {0}")]
    Value(#[from] Invalid),
}

/// A presentation as JSON, always the same for the same.
#[must_use]
pub fn to_presentation(presentation: &Presentation) -> String {
    let shape = Shape {
        language: presentation.name.own_language().to_string(),
        name: by_tag(&presentation.name),
        description: presentation.description.as_ref().map(by_tag),
        asset_key: presentation.asset_key.as_ref().map(|key| key.as_str().to_owned()),
    };
    // It could fail only for a map whose keys are not text, and there is none.
    serde_json::to_string(&shape).unwrap_or_default()
}

/// The presentation that [`to_presentation`] wrote.
///
/// # Errors
/// When it did not.
pub fn from_presentation(text: &str) -> Result<Presentation, PresentationError> {
    let shape: Shape = serde_json::from_str(text)?;
    let own: Language = shape.language.parse()?;
    Ok(Presentation {
        name: texts(&own, shape.name)?,
        description: shape.description.map(|description| texts(&own, description)).transpose()?,
        asset_key: shape.asset_key.map(AssetKey::new).transpose()?,
    })
}

fn by_tag(texts: &Texts) -> BTreeMap<String, String> {
    texts.all().map(|(language, text)| (language.to_string(), text.to_owned())).collect()
}

fn texts(own: &Language, by_tag: BTreeMap<String, String>) -> Result<Texts, Invalid> {
    let texts = by_tag.into_iter().map(|(tag, text)| Ok((tag.parse()?, text)));
    Texts::new(own.clone(), texts.collect::<Result<_, Invalid>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presentation_is_read_as_it_was_written() {
        let language = |tag: &str| tag.parse::<Language>().unwrap();
        let name =
            [("en", "Moon"), ("ja", "月")].map(|(tag, name)| (language(tag), name.to_owned()));
        let name = Texts::new(language("en"), name.into()).unwrap();
        let plain = Presentation { name: name.clone(), description: None, asset_key: None };
        let whole = Presentation {
            name,
            description: Some(Texts::of(language("en"), "Bright.".to_owned())),
            asset_key: AssetKey::new("pools/moon.webp").ok(),
        };
        for presentation in [plain, whole] {
            let text = to_presentation(&presentation);
            assert_eq!(from_presentation(&text).unwrap(), presentation, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_presentation_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"language":"en","name":{"ja":"月"}}"#,
            r#"{"language":"english","name":{"english":"Moon"}}"#,
            r#"{"language":"en","name":{"en":"Moon"},"asset_key":"../moon"}"#,
        ] {
            assert!(from_presentation(text).is_err(), "{text}");
        }
    }
}
