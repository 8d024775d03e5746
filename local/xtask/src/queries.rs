//! What the database says of each query, one file for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The names of the files that only one of two folders has, or that say different things.
pub(crate) fn differ(stored: &Path, found: &Path) -> anyhow::Result<Vec<String>> {
    let (stored, found) = (read(stored)?, read(found)?);
    let names = stored.keys().chain(found.keys().filter(|name| !stored.contains_key(*name)));
    Ok(names.filter(|name| stored.get(*name) != found.get(*name)).cloned().collect())
}

/// Puts the files of `found` in the place of those of `stored`.
pub(crate) fn replace(stored: &Path, found: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(stored)?;
    fs::create_dir(stored)?;
    for name in read(found)?.keys() {
        fs::copy(found.join(name), stored.join(name))?;
    }
    Ok(())
}

fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = fs::read(&path)?;
        if let Some(name) = path.file_name() {
            files.insert(name.to_string_lossy().into_owned(), serde_json::from_slice(&text)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use tenjo_stack::scratch::Scratch;

    use super::*;

    #[test]
    fn what_differs_is_named_and_replaced() {
        let root = std::env::temp_dir().join(format!("tenjo-queries-{}", std::process::id()));
        let scratch = Scratch::new(&root);
        let [stored, found] = ["stored", "found"].map(|name| scratch.0.join(name));
        for (folder, files) in [
            (&stored, [("gone", "1"), ("same", "2"), ("other", "3")]),
            (&found, [("new", "1"), ("same", " 2"), ("other", "4")]),
        ] {
            fs::create_dir_all(folder).unwrap();
            for (name, text) in files {
                fs::write(folder.join(name), text).unwrap();
            }
        }
        assert_eq!(differ(&stored, &found).unwrap(), ["gone", "other", "new"]);
        replace(&stored, &found).unwrap();
        assert_eq!(differ(&stored, &found).unwrap(), [""; 0]);
    }
}
