//! The demo game: `up` builds it if Node is there, and serves it beside the gateway.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use tenjo_stack::children::Children;
use tenjo_stack::place;
use tenjo_stack::port;
use tenjo_stack::progress::Step;
use tenjo_stack::stack::Stack;
use tokio::process::Command;

/// What the built page is made of.
const SOURCES: [&str; 11] = [
    "clients/typescript/package.json",
    "clients/typescript/src",
    "clients/typescript/tsconfig.json",
    "openapi.yaml",
    "package-lock.json",
    "web/demo/index.html",
    "web/demo/package.json",
    "web/demo/public",
    "web/demo/src",
    "web/demo/tsconfig.json",
    "web/demo/vite.config.ts",
];

/// What the build itself writes among the sources.
const GENERATED: &str = "schema.ts";

/// Builds and serves the demo. Answers with its address, or with why there is none: the
/// stack is of use without it.
pub(crate) async fn serve(children: &Children, stack: &Stack, port: u16) -> String {
    match start(children, stack, port).await {
        Ok(address) => address,
        Err(error) => format!("not served: {error:#}"),
    }
}

async fn start(children: &Children, stack: &Stack, port: u16) -> anyhow::Result<String> {
    let root = place::root();
    if is_to_be_built(&root, "npm").await? {
        build(children, &root).await?;
    }
    let mut command = Command::new(place::programs()?.join("tenjo-web"));
    command
        .args(["--listen", &port::loopback(port).to_string(), "--folder"])
        .arg(root.join("web/demo/dist"))
        .args(["--store", &stack.backends.store])
        .args(stack.gateways.iter().take(1).flat_map(|gateway| ["--gateway", gateway.as_str()]));
    children.stand_in("demo", command).await
}

/// Whether the page is absent or older than its sources, and Node is there. Without Node
/// an older page is served as it is.
///
/// # Errors
/// There is neither a page nor Node.
async fn is_to_be_built(root: &Path, npm: &str) -> anyhow::Result<bool> {
    let page = root.join("web/demo/dist/index.html");
    if !is_stale(&page, &SOURCES.map(|source| root.join(source))) {
        return Ok(false);
    }
    if has_node(npm).await {
        return Ok(true);
    }
    anyhow::ensure!(
        page.is_file(),
        "it is built with Node 20, which is not installed (web/README.md says how to get it built)"
    );
    Ok(false)
}

/// Whether a file is not there, or something that it is made of is newer.
fn is_stale(made: &Path, of: &[PathBuf]) -> bool {
    let Ok(made_at) = made.metadata().and_then(|made| made.modified()) else { return true };
    of.iter().any(|source| is_newer(source, made_at))
}

fn is_newer(path: &Path, than: SystemTime) -> bool {
    if path.file_name().is_some_and(|name| name == GENERATED) {
        return false;
    }
    if let Ok(entries) = path.read_dir() {
        return entries.flatten().any(|entry| is_newer(&entry.path(), than));
    }
    path.metadata().and_then(|file| file.modified()).is_ok_and(|at| at > than)
}

async fn has_node(npm: &str) -> bool {
    let mut npm = Command::new(npm);
    npm.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    npm.status().await.is_ok_and(|status| status.success())
}

async fn build(children: &Children, root: &Path) -> anyhow::Result<()> {
    let step = Step::begin("Building the demo");
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(root).args(arguments);
        npm
    };
    // npm writes this file when it has installed everything.
    let installed = root.join("node_modules/.package-lock.json");
    if is_stale(&installed, &[root.join("package-lock.json")]) {
        let install = npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        children.logged_task("demo-packages", install, |_| {}).await?;
    }
    let build = npm(&["run", "build", "--workspace", "tenjo-demo"]);
    children.logged_task("demo-build", build, |_| {}).await?;
    step.done();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    /// A program that nobody has, and one that always succeeds.
    const NO_NODE: &str = "npm-that-is-nowhere";
    const NODE: &str = "true";

    fn write(file: &Path, made_at: SystemTime) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
        fs::File::options().append(true).open(file).unwrap().set_modified(made_at).unwrap();
    }

    /// A source that was renamed would be older than every page, for ever.
    #[test]
    fn every_source_is_there() {
        for source in SOURCES {
            assert!(place::root().join(source).exists(), "{source}");
        }
    }

    #[tokio::test]
    async fn without_node_an_older_page_is_served_and_none_is_said_to_be_missing() {
        let root = std::env::temp_dir().join(format!("tenjo-demo-{}", std::process::id()));
        let (page, source) =
            (root.join("web/demo/dist/index.html"), root.join("web/demo/src/main.tsx"));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let before = now - Duration::from_secs(60);

        write(&source, now);
        let missing = is_to_be_built(&root, NO_NODE).await.unwrap_err().to_string();
        assert!(missing.contains("Node 20, which is not installed"), "{missing}");
        assert!(is_to_be_built(&root, NODE).await.unwrap());

        write(&page, before);
        assert!(!is_to_be_built(&root, NO_NODE).await.unwrap());
        assert!(is_to_be_built(&root, NODE).await.unwrap());

        write(&source, before - Duration::from_secs(60));
        assert!(!is_to_be_built(&root, NODE).await.unwrap(), "it is newer than its sources");
        fs::remove_dir_all(root).unwrap();
    }
}
