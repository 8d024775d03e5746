//! How much processor time the stack has used, from `/proc`.

use std::ops::AddAssign;
use std::path::Path;
use std::time::Duration;

use tenjo_tests::variable;
use url::Url;

/// Linux gives programs the time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Processor time, in user mode and in the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Of the functions, the stand-ins, TiDB, and what calls the scheduled functions.
    pub(crate) stack: Duration,
    /// Of TiDB alone.
    pub(crate) tidb: Duration,
}

impl Cpu {
    /// What the processes that run now have used since they started.
    pub(crate) fn used() -> Self {
        let this = std::env::current_exe().unwrap();
        // Benchmarks are one folder below the programs.
        let programs = this.ancestors().nth(2).unwrap();
        let database = Url::parse(&variable("TENJO_TEST_DATABASE_URL")).unwrap();
        let port = database.port().unwrap().to_string();
        let mut used = Self::default();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let process = process.path();
            let Ok(program) = std::fs::read_link(process.join("exe")) else { continue };
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("tidb-server") && has_argument(&process, &port) {
                used.tidb += time_of(&process);
            } else if program.parent() == Some(programs) {
                used.stack += time_of(&process);
            }
        }
        used.stack += used.tidb;
        used
    }

    /// What was used since then. A process that ended meanwhile is not in it.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            stack: self.stack.saturating_sub(before.stack),
            tidb: self.tidb.saturating_sub(before.tidb),
        }
    }
}

impl AddAssign for Cpu {
    fn add_assign(&mut self, other: Self) {
        self.stack += other.stack;
        self.tidb += other.tidb;
    }
}

fn has_argument(process: &Path, argument: &str) -> bool {
    let arguments = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
    arguments.split('\0').any(|it| it == argument)
}

/// Nothing for a process that has ended.
fn time_of(process: &Path) -> Duration {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    // The name is in brackets and may have blanks; `utime` and `stime` are the twelfth and
    // the thirteenth field after it.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = after_name.split(' ').skip(11).take(2);
    TICK * ticks.map(|ticks| ticks.parse::<u32>().unwrap()).sum::<u32>()
}
