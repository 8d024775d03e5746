//! The document of a pool: all that it is, as one JSON text, for ever the same
//! for the same pool. Its SHA-256 is the pool's revision.
//!
//! A draw can be checked by anyone, in any language, who has the document: the
//! hash says that it is the one that the draw names, and all that the quote and
//! the draw read is in it. So its form is a promise of `docs/fairness.md`:
//!
//! - JSON without blanks, in UTF-8, fields in the order of `shape.rs`;
//! - what a pool does not have is left out, and nothing is null;
//! - lists are in the order in which a draw reads them;
//! - moments are `2026-09-01T00:00:00.000000Z`, times of day
//!   `05:00:00.000000`, and offsets from UTC `+09:00:00`, always that long.
//!
//! A change of the form is a new `format`, and old formats are read for ever.

mod pool;
mod shape;
mod times;

use sha2::{Digest, Sha256};
use tenjo_domain::{Invalid, Pool, PoolError, PoolRevision};

use shape::{Document, FORMAT, Format};

/// Why a text is not the document of a pool.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON of this shape.
    #[error("not a pool's document: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of a later release.
    #[error("its format is {0}; this release reads format {FORMAT}")]
    Format(u32),
    /// A value is out of its range.
    #[error("{field}: {invalid}")]
    Value {
        /// Where.
        field: &'static str,
        /// Why.
        invalid: Invalid,
    },
    /// Its rules make no sense together.
    #[error("its rules make no pool: {}", list(.0))]
    Pool(Vec<PoolError>),
    /// It says the same as a document, but not in the one way to say it. Its
    /// hash is no revision.
    #[error("not in canonical form")]
    NotCanonical,
}

fn list(errors: &[PoolError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The document of a pool. Times are cut to microseconds, as the database
/// keeps them.
#[must_use]
pub fn to_document(pool: &Pool) -> String {
    // JSON could refuse only a map whose keys are no text, and there is none.
    serde_json::to_string(&Document::of(pool.parts())).unwrap_or_default()
}

/// The pool of a document.
///
/// # Errors
/// When the text is not exactly what [`to_document`] writes for a pool.
pub fn from_document(text: &str) -> Result<Pool, DocumentError> {
    let Format { format } = serde_json::from_str(text)?;
    if format != FORMAT {
        return Err(DocumentError::Format(format));
    }
    let document: Document<'_> = serde_json::from_str(text)?;
    let pool = Pool::new(document.into_parts()?).map_err(DocumentError::Pool)?;
    if to_document(&pool) != text {
        return Err(DocumentError::NotCanonical);
    }
    Ok(pool)
}

/// The revision that a document is: the SHA-256 of its bytes.
#[must_use]
pub fn revision(document: &str) -> PoolRevision {
    PoolRevision(Sha256::digest(document).into())
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
