//! Carries faults out, and ends them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tenjo_stack::children::Children;
use tenjo_stack::database_url::DatabaseUrl;
use tenjo_stack::http::Lambda;
use tenjo_stack::port;
use tenjo_tests::books::Books;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::line::{Cut, Line};
use crate::plan::{Event, FUNCTIONS, Fault, Part, Track};
use crate::tally::Tally;

/// Commits that TiDB has begun are complete after this time, also on an overloaded
/// machine. (With 200 ms, one seed of 35 found half a commit.)
const COMMITTED_WITHIN: Duration = Duration::from_secs(1);

/// How long a part may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// The database may be down or slow when the leases should end; then they do not.
const LEASES_END_WITHIN: Duration = Duration::from_secs(2);

/// What is needed to break things.
pub(crate) struct Saboteur {
    pub(crate) children: Children,
    pub(crate) lambda: Lambda,
    pub(crate) line: Line,
    pub(crate) database_port: u16,
    /// The database, through the same line as the functions.
    pub(crate) by_line: DatabaseUrl,
    pub(crate) tally: Arc<Tally>,
}

impl Saboteur {
    /// Carries a track out. Each fault is over before the next begins, so that
    /// at the end of all tracks every part is up.
    ///
    /// # Errors
    /// A part does not come back. Then the run tests nothing.
    pub(crate) async fn carry_out(
        self: Arc<Self>,
        track: Track,
        began: Instant,
    ) -> anyhow::Result<()> {
        for Event { at, fault } in track {
            sleep_until(began + at).await;
            self.cause(&fault).await?;
        }
        Ok(())
    }

    async fn cause(&self, fault: &Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Calls(plan) => {
                self.count_calls(plan["function"].as_str().unwrap_or_default()).await?;
                self.lambda.set_faults(plan).await?;
            }
            Fault::Kill(function) => {
                if self.lambda.kill(function).await? {
                    self.tally.fault("a function's process killed", 1);
                }
            }
            Fault::Cut(pick) => match self.line.cut(*pick) {
                Cut::AtWork => self.tally.fault("a connection to the database cut, at work", 1),
                Cut::Idle => self.tally.fault("a connection to the database cut, idle", 1),
                Cut::Nothing => {}
            },
            Fault::Leases => {
                let ended = timeout(LEASES_END_WITHIN, self.end_leases()).await;
                if matches!(ended, Ok(Ok(1..))) {
                    self.tally.fault("all leases ended too early", 1);
                }
            }
            Fault::Down { part, lasts } => self.down(*part, *lasts).await?,
            Fault::Slow { part, lasts } => {
                self.children.freeze(part.name())?;
                sleep(*lasts).await;
                self.children.thaw(part.name())?;
                self.tally.fault(format!("{} frozen", part.name()), 1);
            }
        }
        Ok(())
    }

    /// Through the same line as everything that writes during the faults.
    async fn end_leases(&self) -> anyhow::Result<u64> {
        Books::open(&self.by_line.with_password()).await?.end_leases().await
    }

    async fn down(&self, part: Part, lasts: Duration) -> anyhow::Result<()> {
        let name = part.name();
        if part == Part::Database {
            self.kill_database().await?;
        } else {
            self.children.kill(name).await?;
        }
        self.tally.fault(format!("{name} killed"), 1);
        sleep(lasts).await;
        let back = async {
            self.children.start_again(name).await?;
            if part == Part::Database {
                port::greets(self.database_port).await;
            }
            anyhow::Ok(())
        };
        timeout(BACK_WITHIN, back).await.with_context(|| format!("{name} did not come back"))?
    }

    /// Kills TiDB in the middle of its clients' transactions, but never in the
    /// middle of its own commit. Its storage in this one process keeps the locks of a
    /// commit in memory only, so a kill there would lose what TiKV keeps, and would
    /// prove nothing about Tenjo. So first nothing more is passed on to it, and it has
    /// time to finish what it has received.
    async fn kill_database(&self) -> anyhow::Result<()> {
        let _held = self.line.hold().await;
        sleep(COMMITTED_WITHIN).await;
        self.children.kill("tidb").await
    }

    /// Ends the faults that do not end by themselves.
    pub(crate) async fn heal(&self) -> anyhow::Result<()> {
        for function in FUNCTIONS {
            self.count_calls(function).await?;
            self.lambda.set_faults(&json!({ "function": function })).await?;
        }
        Ok(())
    }

    /// Counts the faults that occurred since a function's faults were last set.
    async fn count_calls(&self, function: &str) -> anyhow::Result<()> {
        let faults = self.lambda.faults().await?;
        let counts = faults[function]["counts"].as_object();
        for (kind, count) in counts.into_iter().flatten() {
            let kind = match kind.as_str() {
                "delay" => "a call delayed",
                "drop_request" => "a call lost before the function",
                "duplicate" => "a call doubled",
                "kill" => "a process killed at its call",
                "drop_reply" => "a reply lost after the function",
                other => other,
            };
            self.tally.fault(kind, count.as_u64().unwrap_or_default());
        }
        Ok(())
    }
}
