//! The TiDB server: found, or built once into the cache.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::process::Command;

use crate::children::Children;
use crate::place;
use crate::progress::Step;
use crate::scratch::Scratch;

/// A program on `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// `tidb-server`: on `PATH`, from tiup, in the cache, or built with Go.
pub async fn server(children: &Children) -> anyhow::Result<PathBuf> {
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
    let step = Step::begin("Building TiDB with Go, once");
    step.say(&format!(
        "No tidb-server was found on PATH, from tiup, or in {}. It takes Go about 4 minutes on 2 \
         cores, 2.5 GB of memory and 3 GB of disk.",
        program.parent().unwrap_or(&program).display()
    ));
    let new = Scratch::new(&program);
    let mut go = Command::new("go");
    go.current_dir(&module)
        // Without debug information, which `-s -w` would remove anyway: it is a
        // seventh of the compiler's work.
        .args(["build", "-v", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags=-s -w", "-o"])
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

/// The version of TiDB that the module requires. A change of its dependencies alone builds no
/// new server.
fn version_of(module: &Path) -> anyhow::Result<String> {
    let required =
        fs::read_to_string(module.join("go.mod")).context("cannot read local/tidb/go.mod")?;
    let version = required_version(&required).context("local/tidb/go.mod requires no TiDB")?;
    Ok(version.to_owned())
}

fn required_version(go_mod: &str) -> Option<&str> {
    let after =
        go_mod.lines().find_map(|line| line.trim().strip_prefix("github.com/pingcap/tidb "))?;
    after.split_whitespace().next()
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
    fn a_server_is_named_by_the_version_that_the_module_requires() {
        let go_mod = fs::read_to_string(place::root().join("local/tidb/go.mod")).unwrap();
        let version = required_version(&go_mod).unwrap();
        assert!(version.starts_with('v') && version.len() > 6, "{version}");
        assert_eq!(required_version("require (\n\tgithub.com/pingcap/tidb/pkg v2\n)"), None);
    }
}
