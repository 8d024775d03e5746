//! The document of a pool: all of its rules as one JSON text. The same pool
//! always has the same text, and its SHA-256 is the pool's revision.
//!
//! Anyone who has the document can check a draw, in any language: the hash shows
//! that it is the one that the draw names, and it holds everything that the
//! quote and the draw read. So `docs/fairness.md` promises its form:
//!
//! - JSON without blanks, in UTF-8, fields in the order of `shape.rs`;
//! - rules that a pool does not have are left out, and nothing is null;
//! - lists are in the order in which a draw reads them;
//! - moments are `2026-09-01T00:00:00.000000Z`, times of day
//!   `05:00:00.000000`, and offsets from UTC `+09:00:00`, always that long.
//!
//! A change of the form needs a new `format`, and old formats stay readable.

mod pool;
mod shape;
pub(crate) mod times;

use sha2::{Digest, Sha256};
use tenjo_domain::{Invalid, Pool, PoolError, PoolRevision};

use shape::{Document, FORMAT, Format};

/// Why a text is not the document of a pool.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON of this shape.
    #[error("not a pool's document: {0}")]
    Json(#[from] serde_json::Error),
    /// It is from a later release.
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
    /// It has the content of a document in another form. Its hash is no
    /// revision.
    #[error("not in canonical form")]
    NotCanonical,
}

fn list(errors: &[PoolError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The document of a pool. Times are cut to microseconds, the precision of the
/// database.
#[must_use]
pub fn to_document(pool: &Pool) -> String {
    // It could fail only for a map whose keys are not text, and there is none.
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
