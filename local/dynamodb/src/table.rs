//! The items, in memory, and every change of them in a file.
//!
//! A change is in the file before it is answered, so ending the process in the middle
//! of a request loses nothing that was answered. The file is not flushed to the disk,
//! so a machine that loses power may lose changes.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::item::{self, Item, Number};

/// The file is written anew once it has this many changes more than twice its items.
const SPARE_CHANGES: usize = 1000;

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Put(Item),
    Delete(String),
}

/// The items by their keys.
#[derive(Debug)]
pub(crate) struct Table {
    items: HashMap<String, Item>,
    path: PathBuf,
    file: File,
    /// How many lines the file has.
    changes: usize,
}

impl Table {
    /// Reads the items of earlier runs.
    ///
    /// # Errors
    /// The file cannot be read or written, or a line of it is not a change.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("items.jsonl");
        fs::create_dir_all(folder).context("cannot make the data folder")?;
        let items = match fs::read_to_string(&path) {
            Ok(text) => replay(&text).with_context(|| format!("cannot read {}", path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(error).context("cannot read the items"),
        };
        let file = write_all(&items, &path).context("cannot write the items")?;
        Ok(Self { changes: items.len(), items, path, file })
    }

    /// The item with this key.
    pub(crate) fn get(&self, id: &str) -> Option<&Item> {
        self.items.get(id)
    }

    /// Writes an item in place of the one with its key, which it returns.
    ///
    /// # Errors
    /// The file cannot be written. The item is as before then.
    pub(crate) fn put(&mut self, id: String, item: Item) -> io::Result<Option<Item>> {
        let change = Change::Put(item);
        append(&mut self.file, &change)?;
        self.changes += 1;
        let Change::Put(item) = change else { unreachable!("it was just made") };
        Ok(self.items.insert(id, item))
    }

    /// Deletes the item with this key, and returns it.
    ///
    /// # Errors
    /// The file cannot be written. The item is as before then.
    pub(crate) fn delete(&mut self, id: &str) -> io::Result<Option<Item>> {
        if !self.items.contains_key(id) {
            return Ok(None);
        }
        append(&mut self.file, &Change::Delete(id.to_owned()))?;
        self.changes += 1;
        Ok(self.items.remove(id))
    }

    /// Removes the items that have expired by this time, and writes the file anew if
    /// most of it is about items that are gone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn remove_expired(&mut self, now: Number) -> io::Result<()> {
        let expired = self.items.iter().filter(|(_, item)| item::has_expired(item, now));
        let expired: Vec<String> = expired.map(|(id, _)| id.clone()).collect();
        for id in expired {
            self.delete(&id)?;
        }
        if self.changes > 2 * self.items.len() + SPARE_CHANGES {
            self.file = write_all(&self.items, &self.path)?;
            self.changes = self.items.len();
        }
        Ok(())
    }
}

/// The items after all changes. A last line without its end was never answered: the
/// process ended while it wrote it.
fn replay(text: &str) -> serde_json::Result<HashMap<String, Item>> {
    let mut items = HashMap::new();
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        match serde_json::from_str(line)? {
            Change::Put(item) => {
                let id = item::key(&item).map_err(serde::de::Error::custom)?.to_owned();
                items.insert(id, item);
            }
            Change::Delete(id) => {
                items.remove(&id);
            }
        }
    }
    Ok(items)
}

/// Replaces the file by one that has these items alone, and leaves it open for changes.
fn write_all(items: &HashMap<String, Item>, path: &Path) -> io::Result<File> {
    let new = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&new)?);
    for item in items.values() {
        append(&mut file, &Change::Put(item.clone()))?;
    }
    file.flush()?;
    fs::rename(&new, path)?;
    OpenOptions::new().append(true).open(path)
}

/// Writes a change in one piece, so that no line is followed by half of another.
fn append(file: &mut impl Write, change: &Change) -> io::Result<()> {
    let mut line = serde_json::to_vec(change)?;
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(test)]
mod tests;
