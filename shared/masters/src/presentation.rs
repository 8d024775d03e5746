//! What players read and see of a pool, an item or a product: its name and description,
//! plain or in each language, and the key of its picture.

use std::collections::BTreeMap;

use tenjo_domain::{AssetKey, Language, Presentation, Texts};

use crate::fields::Fields;
use crate::node::{Node, Value};
use crate::values::{self, Reason};

/// The longest name that the database holds.
const MAX_NAME: usize = 100;

/// The longest description.
const MAX_DESCRIPTION: usize = 500;

/// More languages than a game has. The database holds so many of the longest texts.
const MAX_LANGUAGES: usize = 16;

/// The language of texts that do not say theirs, and of readers who want none of those
/// that are there.
pub(crate) fn own_language(fields: &mut Fields<'_>) -> Option<Language> {
    let language = fields.optional("default_language", values::word)?;
    Some(language.unwrap_or_else(Language::usual))
}

/// The field `name`.
pub(crate) fn name(fields: &mut Fields<'_>, own: &Language) -> Option<Texts> {
    fields.required("name", texts(own, MAX_NAME))
}

/// The other fields of what has this name.
pub(crate) fn of(
    fields: &mut Fields<'_>,
    own: &Language,
    name: Option<Texts>,
) -> Option<Presentation> {
    let description = fields.optional("description", texts(own, MAX_DESCRIPTION));
    let asset_key = fields.optional("asset_key", values::slug(AssetKey::new));
    Some(Presentation { name: name?, description: description?, asset_key: asset_key? })
}

/// A text in the game's own language, or fields with one text for each language.
fn texts(own: &Language, most: usize) -> impl FnOnce(&Node) -> Result<Texts, Reason> {
    move |node| match &node.value {
        Value::Fields(fields) => {
            let mut texts = BTreeMap::new();
            for field in fields {
                let language: Language = field.name.parse().map_err(values::refused)?;
                let text = text(&field.node, most)?;
                if texts.insert(language, text).is_some() {
                    return Err(format!("{} is there twice", field.name).into());
                }
            }
            if texts.len() > MAX_LANGUAGES {
                return Err(format!("must have at most {MAX_LANGUAGES} languages").into());
            }
            Texts::new(own.clone(), texts)
                .map_err(|_| format!("must have a text in {own}, the default language").into())
        }
        _ => Ok(Texts::of(own.clone(), text(node, most)?)),
    }
}

fn text(node: &Node, most: usize) -> Result<String, Reason> {
    let text = values::text(node)?;
    if (1..=most).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must have 1 to {most} characters").into())
    }
}
