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
const SOURCES: [&str; 6] = [
    "clients/typescript/src",
    "openapi.yaml",
    "package-lock.json",
    "web/demo/index.html",
    "web/demo/public",
    "web/demo/src",
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
    let page = root.join("web/demo/dist/index.html");
    if is_stale(&page, &SOURCES.map(|source| root.join(source))) {
        if has_node().await {
            build(children, &root).await?;
        } else {
            anyhow::ensure!(page.is_file(), "it is built with Node 20, which is not installed");
        }
    }
    let mut command = Command::new(place::programs()?.join("tenjo-web"));
    command
        .args(["--listen", &port::loopback(port).to_string(), "--folder"])
        .arg(root.join("web/demo/dist"))
        .args(["--store", &stack.backends.store])
        .args(stack.gateways.iter().take(1).flat_map(|gateway| ["--gateway", gateway.as_str()]));
    children.stand_in("demo", command).await
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

async fn has_node() -> bool {
    let mut npm = Command::new("npm");
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
