//! How code says that a row is missing which must be there.

use regex::Regex;

use crate::functions::{code, folders};
use crate::project::path;

/// Errors of sqlx that would hide a broken invariant: nothing counts them, and the second
/// passes for a lost connection, which is tried again.
const HIDING: &str = r"\bRowNotFound\b|\bError::Protocol\(\s*[^_\s]";

#[test]
fn a_broken_invariant_is_an_error_of_its_own() {
    let hiding = Regex::new(HIDING).unwrap();
    let mut crates = folders(&path("shared")).unwrap();
    for service in folders(&path("functions")).unwrap() {
        crates.extend(folders(&service).unwrap());
    }
    assert!(crates.len() > 90, "only {} crates were found", crates.len());
    for folder in crates {
        let code = code(&folder.join("src")).unwrap();
        let found = hiding.find(&code).map(|found| found.as_str());
        assert_eq!(found, None, "{}: use BrokenInvariant", folder.display());
    }
}
