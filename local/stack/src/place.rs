//! Folders: the checkout, its `.tenjo/`, and the cache.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of the programs of this build: that of this one.
pub fn programs() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("cannot find this program")?;
    Ok(this.parent().context("a program is in a folder")?.to_path_buf())
}

/// The folder of what is downloaded or built once for all checkouts.
pub fn cache() -> anyhow::Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(base) => PathBuf::from(base),
        None => std::env::home_dir().context("HOME is not set")?.join(".cache"),
    };
    let cache = base.join("tenjo");
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    Ok(cache)
}

/// A folder that belongs to one running stack: its data, secrets and logs. Other
/// users cannot read it.
pub struct Place {
    folder: PathBuf,
    /// Held while the stack runs. The system releases it, however this process ends.
    _lock: File,
}

impl Place {
    /// Takes the folder, making it if it is absent.
    ///
    /// # Errors
    /// Another stack has it; the message names `command`.
    pub fn take(folder: PathBuf, command: &str) -> anyhow::Result<Self> {
        make(&folder)?;
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.read_to_string(&mut holder)?;
                anyhow::bail!(
                    "`{command}` runs already in this checkout (process {})",
                    holder.trim()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock .tenjo"),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { folder, _lock: lock })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// A folder in it, made if it is absent.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        make(&folder)?;
        Ok(folder)
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Empties a folder in it.
    pub fn empty(&self, name: &str) -> anyhow::Result<()> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        make(&folder)
    }
}

/// Makes a folder that only its owner can read.
fn make(folder: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_by_one_at_a_time() {
        let folder = std::env::temp_dir().join(format!("tenjo-place-{}", std::process::id()));
        let first = Place::take(folder.clone(), "cargo xtask up").unwrap();
        let refusal = Place::take(folder.clone(), "cargo xtask up").err().unwrap().to_string();
        let own = std::process::id();
        assert_eq!(
            refusal,
            format!("`cargo xtask up` runs already in this checkout (process {own})")
        );
        drop(first);
        Place::take(folder.clone(), "cargo xtask up").unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn emptying_leaves_all_else_as_it_is() {
        let folder = std::env::temp_dir().join(format!("tenjo-empty-{}", std::process::id()));
        let place = Place::take(folder.clone(), "test").unwrap();
        fs::write(place.folder("data").unwrap().join("row"), "1").unwrap();
        fs::write(place.file("secrets.json"), "{}").unwrap();
        place.empty("data").unwrap();
        assert_eq!(fs::read_dir(folder.join("data")).unwrap().count(), 0);
        assert!(place.file("secrets.json").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
