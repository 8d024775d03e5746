//! What players read and see of something.

use serde::Serialize;
use tenjo_domain::Presentation;
use tenjo_http::Reader;

/// A name, a description and a picture.
#[derive(Serialize)]
pub struct PresentationView {
    name: String,
    /// Null if nothing is said about it.
    description: Option<String>,
    /// Null if it has no picture.
    asset_key: Option<String>,
}

impl PresentationView {
    /// What this reader reads. What was published without a presentation has its plain
    /// name alone.
    pub fn of(presentation: Option<&Presentation>, name: &str, reader: &mut Reader) -> Self {
        let Some(Presentation { name, description, asset_key }) = presentation else {
            return Self { name: name.to_owned(), description: None, asset_key: None };
        };
        Self {
            name: reader.text(name),
            description: description.as_ref().map(|texts| reader.text(texts)),
            asset_key: asset_key.as_ref().map(|key| key.as_str().to_owned()),
        }
    }
}
