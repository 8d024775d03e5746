//! The program file of a function, and which build of it that is.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::{sleep, timeout};

/// How long a program may be absent while the linker writes it.
const LONGEST_ABSENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// A build of a program. Another build is another file, or the same file with
/// another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Build {
    inode: u64,
    length: u64,
    modified_s: i64,
    modified_ns: i64,
}

impl Build {
    /// The build that is there now; `None` if there is none.
    pub(crate) fn now(program: &Path) -> Option<Self> {
        let file = std::fs::metadata(program).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self {
            inode: file.ino(),
            length: file.len(),
            modified_s: file.mtime(),
            modified_ns: file.mtime_nsec(),
        })
    }

    /// The build that is there now, or appears within seconds.
    pub(crate) async fn wait(program: &Path) -> Option<Self> {
        // One system call, so it is cheap enough for every invocation.
        if let Some(build) = Self::now(program) {
            return Some(build);
        }
        let written = async {
            loop {
                sleep(PAUSE).await;
                if let Some(build) = Self::now(program) {
                    return build;
                }
            }
        };
        timeout(LONGEST_ABSENCE, written).await.ok()
    }
}

#[cfg(test)]
impl Build {
    /// A build for tests.
    pub(crate) fn number(inode: u64) -> Self {
        Self { inode, length: 1, modified_s: 1, modified_ns: 1 }
    }
}
