//! `up --watch`: builds functions again when their source changes.
//!
//! The compiler has listed the files that each function was made of, so this checks
//! the times of those files and searches no folder. It sends the Lambda service the
//! functions that are being built, so that no call runs the old code meanwhile. The
//! next call after the build runs the new program.
//!
//! A build may have read a file before it is edited. So a file that was written since a
//! build began counts as changed after it, the first build included.

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

/// The time, to be taken before a build begins.
#[expect(clippy::disallowed_methods, reason = "it is compared with the times of files")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Builds what changes, for as long as the stack is up, and what has changed since the
/// first build began.
///
/// # Errors
/// The folder of the build cannot be read.
pub(crate) async fn watch(
    children: &Children,
    lambda: Lambda,
    functions: &[Function],
    first_build_began: SystemTime,
) -> anyhow::Result<Infallible> {
    let (root, programs) = (place::root(), place::programs()?);
    let mut sources = read(functions, &root, &programs)?;
    since(first_build_began, &Sources::new(), &mut sources);
    eprintln!("Watching {} files of {} functions.", sources.len(), functions.len());
    loop {
        let changed = changes(&mut sources).await;
        let affected: BTreeSet<String> =
            changed.iter().flat_map(|path| sources[path].functions.clone()).collect();
        let names: Vec<_> =
            changed.iter().map(|path| path.strip_prefix(&root).unwrap_or(path).display()).collect();
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        eprintln!("\nChanged: {}", names.join(", "));
        let began = now();
        if let Err(error) = serving::build(children, lambda, affected).await {
            eprintln!("{error:#}; the old functions keep serving");
        }
        // The functions may be made of other files now.
        let before = std::mem::replace(&mut sources, read(functions, &root, &programs)?);
        since(began, &before, &mut sources);
    }
}

/// Makes the files count as changed that were written since a build began: those that were
/// known before keep their time from before it, and others lose a later time.
fn since(began: SystemTime, before: &Sources, sources: &mut Sources) {
    for (path, source) in sources {
        source.written = match before.get(path) {
            Some(known) => known.written,
            None => source.written.filter(|written| *written <= began),
        };
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

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// A new folder with files of these times.
    fn folder_of<const N: usize>(folder: &str, files: [(&str, u64); N]) -> (PathBuf, [PathBuf; N]) {
        let folder = std::env::temp_dir().join(format!("tenjo-{folder}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let paths = files.map(|(name, seconds)| {
            let path = folder.join(name);
            fs::write(&path, "1").unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(at(seconds)).unwrap();
            path
        });
        (folder, paths)
    }

    /// The files as they are now.
    fn found(paths: &[PathBuf]) -> Sources {
        let source = |path: &PathBuf| Source { written: written(path), ..Source::default() };
        paths.iter().map(|path| (path.clone(), source(path))).collect()
    }

    #[tokio::test]
    async fn files_that_are_written_anew_have_changed_and_others_have_not() {
        let (folder, paths) = folder_of("watch", [("edited.rs", 1), ("other.rs", 1)]);
        let mut sources = found(&paths);
        let [edited, other] = paths;
        fs::write(&edited, "2").unwrap();
        assert_eq!(changes(&mut sources).await, BTreeSet::from([edited.clone()]));
        fs::remove_file(&other).unwrap();
        assert_eq!(changes(&mut sources).await, BTreeSet::from([other]));
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn an_edit_during_a_build_is_noticed_after_it() {
        let (folder, paths) =
            folder_of("edits", [("before.rs", 1), ("during.rs", 3), ("made-during.rs", 3)]);
        let [before, during, made] = &paths;
        // The first build: nothing was known before it.
        let mut sources = found(&paths);
        since(at(2), &Sources::new(), &mut sources);
        let changed = changes(&mut sources).await;
        assert_eq!(changed, BTreeSet::from([during.clone(), made.clone()]));

        // A later one: two files were known, and one of them was written since.
        let mut known = found(&[before.clone(), during.clone()]);
        known.get_mut(during).unwrap().written = Some(at(1));
        let mut sources = found(&paths);
        since(at(2), &known, &mut sources);
        let changed = changes(&mut sources).await;
        assert_eq!(changed, BTreeSet::from([during.clone(), made.clone()]));
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
