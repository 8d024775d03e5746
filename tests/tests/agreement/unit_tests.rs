//! Which functions link a program for unit tests. Linking one that has none costs seconds
//! for each function, and one that has some must not be left out.

use std::fs;

use crate::functions::crates;
use crate::project::path;

#[test]
fn a_function_links_unit_tests_if_it_has_some() {
    let mut seen = 0;
    for function in crates().unwrap() {
        let function = path(&function.folder);
        let manifest = fs::read_to_string(function.join("Cargo.toml")).unwrap();
        let has_tests = fs::read_dir(function.join("src")).unwrap().any(|file| {
            let source = fs::read_to_string(file.unwrap().path()).unwrap_or_default();
            source.contains("#[test]") || source.contains("#[tokio::test]")
        });
        let leaves_out = manifest.contains("\ntest = false\n");
        assert_ne!(has_tests, leaves_out, "{}: Cargo.toml, test = false", function.display());
        seen += 1;
    }
    assert!(seen > 60, "only {seen} functions were found");
}
