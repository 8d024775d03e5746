//! Tools that are not part of the workspace: found, or installed once into the
//! cache. Nothing here needs to be root.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::child::Children;
use crate::place;
use crate::progress::Step;

const SQLX_CLI: &str = "0.9.0";

/// Cargo, at the root of the checkout.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(cargo_program());
    cargo.current_dir(place::root());
    cargo
}

/// The Cargo that runs this command.
pub(crate) fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A program on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// `cargo-sqlx`, built once.
pub(crate) async fn cargo_sqlx(children: &Children) -> anyhow::Result<PathBuf> {
    let folder = place::cache()?.join(format!("sqlx-cli-{SQLX_CLI}"));
    let program = folder.join("bin/cargo-sqlx");
    if program.is_file() {
        return Ok(program);
    }
    let mut step = Step::begin("Building sqlx-cli, once (some minutes)");
    let new = Scratch::new(&folder);
    let mut install = cargo();
    install
        .args(["install", "--locked", "sqlx-cli", "--version", SQLX_CLI])
        .args(["--no-default-features", "--features", "mysql,rustls", "--root"])
        .arg(&new.0);
    children.logged_task("install-sqlx-cli", install, |line| step.at(line.trim())).await?;
    new.keep(&folder)?;
    step.done();
    Ok(program)
}

/// `tidb-server`: on `PATH`, from tiup, in the cache, or built with Go.
pub(crate) async fn tidb_server(children: &Children) -> anyhow::Result<PathBuf> {
    if let Some(found) = on_path("tidb-server").or_else(from_tiup) {
        return Ok(found);
    }
    let module = place::root().join("local/tidb");
    let program = place::cache()?.join(format!("tidb-server-{}", version_of(&module)?));
    if program.is_file() {
        return Ok(program);
    }
    anyhow::ensure!(
        on_path("go").is_some(),
        "there is no TiDB server: install one (`tiup install tidb`), or install Go 1.25 or newer \
         (https://go.dev/dl) to have one built, or set TENJO_DATABASE_URL to a TiDB that runs"
    );
    eprintln!(
        "No tidb-server was found on PATH, from tiup, or in {}.",
        program.parent().unwrap_or(&program).display()
    );
    let mut step = Step::begin(
        "Building TiDB with Go, once: 5 to 8 minutes on 2 cores, 2.5 GB of memory, 3 GB of disk",
    );
    let new = Scratch::new(&program);
    let mut go = Command::new("go");
    go.current_dir(&module)
        .args(["build", "-v", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&new.0)
        .arg("github.com/pingcap/tidb/cmd/tidb-server");
    let mut packages = 0_u32;
    let built = children.logged_task("build-tidb", go, |line| {
        if !line.starts_with("go: ") {
            packages += 1;
        }
        step.at(&format!("{packages} of about 1750 packages"));
    });
    built.await.context("cannot build TiDB")?;
    new.keep(&program)?;
    step.done();
    Ok(program)
}

/// The newest TiDB that tiup has installed.
fn from_tiup() -> Option<PathBuf> {
    let versions = std::env::home_dir()?.join(".tiup/components/tidb");
    let newest = versions
        .read_dir()
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|folder| folder.join("tidb-server").is_file())
        .max_by_key(|folder| folder.file_name().map(version_key))?;
    Some(newest.join("tidb-server"))
}

/// The numbers of a version such as `v8.5.10`, to compare by.
fn version_key(version: &OsStr) -> Vec<u64> {
    let version = version.to_string_lossy();
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// Changes when the module's dependencies do.
fn version_of(module: &Path) -> anyhow::Result<String> {
    let sums = fs::read(module.join("go.sum")).context("cannot read local/tidb/go.sum")?;
    Ok(Sha256::digest(sums).iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

/// Something half made, under a name of its own until it is whole: what is in
/// the cache under its real name is complete.
struct Scratch(PathBuf);

impl Scratch {
    fn new(target: &Path) -> Self {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}", std::process::id()));
        Self(name.into())
    }

    fn keep(self, target: &Path) -> anyhow::Result<()> {
        match fs::rename(&self.0, target) {
            // Another made the same thing meanwhile.
            Err(_) if target.exists() => Ok(()),
            renamed => renamed.with_context(|| format!("cannot write {}", target.display())),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It is gone already if it was kept.
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let mut versions = ["v8.5.2", "v8.5.10", "v7.1.0", "v8.4.0"];
        versions.sort_by_key(|version| version_key(OsStr::new(version)));
        assert_eq!(versions, ["v7.1.0", "v8.4.0", "v8.5.2", "v8.5.10"]);
    }

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
