//! The programs that a deployment needs, and how old they may be.

use std::sync::LazyLock;

use regex::Regex;

use crate::programs::program;

/// A program, how it says its version, the oldest one, and where to get it.
struct Tool {
    name: &'static str,
    command: &'static [&'static str],
    oldest: [u32; 2],
    source: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool {
        name: "git",
        command: &["git", "--version"],
        oldest: [2, 20],
        source: "your system's packages",
    },
    Tool {
        name: "Python",
        command: &["python3", "--version"],
        oldest: [3, 11],
        source: "your system's packages",
    },
    Tool {
        name: "boto3 and PyYAML",
        command: &["python3", "-c", "import boto3, yaml; print(boto3.__version__)"],
        oldest: [1, 40],
        source: "pip install boto3 PyYAML",
    },
    Tool {
        name: "cargo-lambda",
        command: &["cargo", "lambda", "--version"],
        oldest: [1, 9],
        source: "pip install cargo-lambda==1.9.2",
    },
    Tool {
        name: "decK",
        command: &["deck", "version"],
        oldest: [1, 65],
        source: "https://github.com/Kong/deck/releases",
    },
];

/// Names and versions; an error names every tool that is missing or too old.
pub(crate) async fn check() -> anyhow::Result<Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    // All at once: one of them imports half a second's worth of Python.
    let asked = TOOLS.map(|tool| {
        let mut command = program(tool.command[0]);
        command.args(&tool.command[1..]);
        (tool, tokio::spawn(async move { command.output().await }))
    });
    for (tool, said) in asked {
        let said = match said.await? {
            Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
            _ => String::new(),
        };
        let [major, minor] = tool.oldest;
        match version(&said) {
            Some(version) if version >= tool.oldest => {
                found.push(format!("{} {}.{}", tool.name, version[0], version[1]));
            }
            Some(version) => wrong.push(format!(
                "{} is {}.{}, and {major}.{minor} is needed: {}",
                tool.name, version[0], version[1], tool.source
            )),
            None => wrong.push(format!("{} {major}.{minor} is needed: {}", tool.name, tool.source)),
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(found)
}

/// The first two numbers of a version.
fn version(said: &str) -> Option<[u32; 2]> {
    static VERSION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bv?(\d+)\.(\d+)").expect("the pattern is right"));
    let found = VERSION.captures(said)?;
    Some([found[1].parse().ok()?, found[2].parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_each_tool_says() {
        for (said, expected) in [
            ("git version 2.39.5", Some([2, 39])),
            ("Python 3.11.7", Some([3, 11])),
            ("cargo-lambda 1.9.2 (ca8ec81 2026-02-15Z)", Some([1, 9])),
            ("decK v1.65.1 (7fcd888)", Some([1, 65])),
            ("command not found", None),
        ] {
            assert_eq!(version(said), expected, "{said}");
        }
    }
}
