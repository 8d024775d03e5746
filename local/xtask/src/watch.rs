//! `up --watch`: builds functions again when their source changes.
//!
//! The compiler has listed the files that each function was made of, so this checks
//! the times of those files and searches no folder. It sends the Lambda service the
//! functions that are being built, so that no call runs the old code meanwhile. The
//! next call after the build runs the new program.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tenjo_stack::children::Children;
use tenjo_stack::function::Function;
use tenjo_stack::http::Lambda;
use tenjo_stack::place;
use tokio::time::sleep;

use crate::serving;

/// How often the files are checked: rarely enough to cost almost nothing, and often
/// enough that nobody notices the wait.
const EVERY: Duration = Duration::from_millis(100);

/// What every function depends on.
const OF_ALL: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// For each file, the functions that are made of it, and when it was last written.
type Sources = BTreeMap<PathBuf, Source>;

#[derive(Debug, Default)]
struct Source {
    functions: BTreeSet<String>,
    written: Option<SystemTime>,
}

/// Builds what changes, for as long as the stack is up.
///
/// # Errors
/// The folder of the build cannot be read.
pub(crate) async fn watch(children: &Children, lambda: Lambda) -> anyhow::Result<Infallible> {
    let (root, programs) = (place::root(), place::programs()?);
    let functions = Function::all(&root)?;
    let mut sources = read(&functions, &root, &programs)?;
    eprintln!("Watching {} files of {} functions.", sources.len(), functions.len());
    loop {
        let changed = changes(&mut sources).await;
        let affected: BTreeSet<String> =
            changed.iter().flat_map(|path| sources[path].functions.clone()).collect();
        let names: Vec<_> =
            changed.iter().map(|path| path.strip_prefix(&root).unwrap_or(path).display()).collect();
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        eprintln!("\nChanged: {}", names.join(", "));
        if let Err(error) = serving::build(children, lambda, affected).await {
            eprintln!("{error:#}; the old functions keep serving");
        }
        // The functions may be made of other files now. Files that were written during
        // the build keep the time from before it, so their functions are built again.
        let before = std::mem::replace(&mut sources, read(&functions, &root, &programs)?);
        for (path, source) in before {
            sources.entry(path).and_modify(|now| now.written = source.written);
        }
    }
}

/// Waits until files have changed, and then until they stop changing.
async fn changes(sources: &mut Sources) -> BTreeSet<PathBuf> {
    let mut changed = BTreeSet::new();
    loop {
        sleep(EVERY).await;
        let before = changed.len();
        let mut is_quiet = true;
        for (path, source) in sources.iter_mut() {
            let now = written(path);
            if now != source.written {
                source.written = now;
                is_quiet = false;
                changed.insert(path.clone());
            }
        }
        if is_quiet && before > 0 {
            return changed;
        }
    }
}

/// When a file was last written; `None` if it does not exist.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

/// The files of all functions, from the lists that the compiler wrote next to their
/// programs, and the manifests of their crates.
fn read(functions: &[Function], root: &Path, programs: &Path) -> anyhow::Result<Sources> {
    let mut sources = Sources::new();
    for function in functions {
        let list = programs.join(format!("{}.d", function.name));
        let text =
            fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
        let files = listed(&text);
        let manifests: BTreeSet<PathBuf> = files.iter().filter_map(|file| manifest(file)).collect();
        let of_all = OF_ALL.iter().map(|name| root.join(name));
        for path in files.into_iter().chain(manifests).chain(of_all) {
            let source = sources.entry(path).or_default();
            source.functions.insert(function.name.clone());
        }
    }
    for (path, source) in &mut sources {
        source.written = written(path);
    }
    Ok(sources)
}

/// The manifest of the crate that a file belongs to.
fn manifest(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file())
}

/// The files of a rule in Make's syntax: `program: file file…`, where a space in a
/// name is written `\ `.
fn listed(rule: &str) -> Vec<PathBuf> {
    let Some((_, files)) = rule.split_once(": ") else { return Vec::new() };
    let files = files.trim_end().replace("\\ ", "\0");
    files
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(|name| name.replace('\0', " ").into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_program_are_listed() {
        let rule = "/target/get-user: /a/main.rs /my\\ files/b.rs /shared/c.rs\n";
        let files: Vec<PathBuf> =
            ["/a/main.rs", "/my files/b.rs", "/shared/c.rs"].map(Into::into).into();
        assert_eq!(listed(rule), files);
        assert_eq!(listed("/target/get-user:\n"), Vec::<PathBuf>::new());
    }

    #[tokio::test]
    async fn files_that_are_written_anew_have_changed_and_others_have_not() {
        let folder = std::env::temp_dir().join(format!("tenjo-watch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [edited, other] = ["edited.rs", "other.rs"].map(|name| folder.join(name));
        let mut sources = Sources::new();
        for path in [&edited, &other] {
            fs::write(path, "1").unwrap();
            // As if it had been written some time ago.
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
            let source = Source { written: written(path), ..Source::default() };
            sources.insert(path.clone(), source);
        }
        fs::write(&edited, "2").unwrap();
        assert_eq!(changes(&mut sources).await, BTreeSet::from([edited.clone()]));
        fs::remove_file(&other).unwrap();
        assert_eq!(changes(&mut sources).await, BTreeSet::from([other]));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_belongs_to_the_crate_around_it() {
        let root = place::root();
        let handler = root.join("functions/user/get-user/src/handler.rs");
        let expected = root.join("functions/user/get-user/Cargo.toml");
        assert_eq!(manifest(&handler), Some(expected));
    }
}
