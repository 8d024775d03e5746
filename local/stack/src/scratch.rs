//! A file or folder that is not complete yet, under a temporary name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A file or folder under a temporary name until it is complete, so that everything
/// in the cache under its real name is complete.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// A temporary name next to the target.
    pub fn new(target: &Path) -> Self {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}", std::process::id()));
        Self(name.into())
    }

    /// It is complete now: gives it its real name.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn keep(self, target: &Path) -> anyhow::Result<()> {
        match fs::rename(&self.0, target) {
            // Another process made the same thing meanwhile.
            Err(_) if target.exists() => Ok(()),
            renamed => renamed.with_context(|| format!("cannot write {}", target.display())),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If it was kept, it is no longer here.
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_made_is_never_found_under_its_name() {
        let target = std::env::temp_dir().join(format!("tenjo-scratch-{}", std::process::id()));
        let abandoned = Scratch::new(&target);
        fs::write(&abandoned.0, "half").unwrap();
        let left = abandoned.0.clone();
        drop(abandoned);
        assert!(!left.exists() && !target.exists());

        let finished = Scratch::new(&target);
        fs::write(&finished.0, "whole").unwrap();
        finished.keep(&target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        fs::remove_file(target).unwrap();
    }
}
