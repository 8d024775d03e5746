//! How a saga that stopped before its end is completed or ended.
//!
//! A live saga has a lease: a time before which nobody takes it. Starting or
//! taking a saga sets the lease longer than the longest run that may follow, so a
//! saga that can be taken normally has no run left. If there is one all the same,
//! two runs do no harm, because every step locks and reads the saga first.

use tenjo_domain::{SagaId, SagaStatus};

/// The lease of a new saga, in seconds: longer than `request-draw` may take to
/// begin its run and the run may last, together.
pub const FIRST_RUN_SECONDS: u32 = 180;

/// The lease of a saga that is taken, in seconds: longer than `recover-sagas` may
/// take to begin a run and the run may last, together.
pub const LEASE_SECONDS: u32 = 240;

/// After this many attempts a saga is given up: an alarm goes off, and it is tried
/// again only once every [`GIVEN_UP_SECONDS`].
pub const MAX_ATTEMPTS: u32 = 5;

/// How long a saga that was given up waits for another attempt. Most of these
/// attempts fail while the cause lasts; once it is fixed, the saga ends by itself.
pub const GIVEN_UP_SECONDS: u32 = 3600;

/// How long a saga waits after an attempt that could not begin.
pub const POSTPONED_SECONDS: u32 = 30;

/// The leases of live sagas. Each call is a transaction of its own.
pub trait Leases: Sync {
    /// Why the database failed.
    type Error;

    /// Takes a saga whose lease is over, and returns the number of this attempt;
    /// `None` if another caller has it, or it has ended.
    fn take(
        &self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<u32>, Self::Error>> + Send;

    /// Gives back a saga whose attempt could not begin. The attempt does not
    /// count.
    fn give_back(
        &self,
        saga_id: SagaId,
        attempt: u32,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The status of a saga; `None` if there is no such saga.
    fn status(
        &self,
        saga_id: SagaId,
    ) -> impl Future<Output = Result<Option<SagaStatus>, Self::Error>> + Send;
}

/// Why the end of a run was not seen. The database has the status of the saga.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run takes longer than the caller waits, and continues.
    #[error("the state machine is still running")]
    StillRunning,
    /// It is not known whether it runs at all.
    #[error("the state machine could not be started")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What runs the state machine.
pub trait Runs: Sync {
    /// Runs a saga, and returns when the run has ended, with success or not.
    fn run(&self, saga_id: SagaId) -> impl Future<Output = Result<(), RunError>> + Send;
}

/// What became of a saga that had stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// It had not stopped: another caller was first, or it has ended.
    Overtaken,
    /// It is complete.
    Completed,
    /// It failed, and cost nothing.
    Failed,
    /// Its run continues, or ended before the saga did. It is tried again.
    StillRunning,
    /// The same, after the last of its attempts.
    GivenUp,
    /// Its run could not begin, and the next one could not either. The attempt
    /// does not count.
    Unavailable,
}

/// Takes a saga and runs it, unless another caller has taken it. The sweeper calls
/// this, and so does a player's next draw when the saga blocks it.
///
/// Crashing here is safe at any point: once the lease is over, the next sweep
/// takes the saga again.
///
/// # Errors
/// When the database fails.
pub async fn recover<L: Leases>(
    leases: &L,
    runs: &impl Runs,
    saga_id: SagaId,
) -> Result<Recovered, L::Error> {
    let Some(attempt) = leases.take(saga_id).await? else { return Ok(Recovered::Overtaken) };
    tracing::warn!(saga.id = %saga_id, attempt, "the saga stopped and is run again");

    let run = runs.run(saga_id).await;
    // The database has the outcome, whatever the run answered.
    let status = leases.status(saga_id).await?;
    let outcome = match (status, run) {
        (Some(SagaStatus::Completed), _) => Recovered::Completed,
        (Some(SagaStatus::Failed), _) => Recovered::Failed,
        (_, Err(RunError::Unavailable(cause))) => {
            tracing::warn!(saga.id = %saga_id, cause, "the run could not begin");
            leases.give_back(saga_id, attempt).await?;
            Recovered::Unavailable
        }
        _ if attempt >= MAX_ATTEMPTS => Recovered::GivenUp,
        _ => Recovered::StillRunning,
    };
    let status = status.map_or("none", SagaStatus::as_str);
    if outcome == Recovered::GivenUp {
        tracing::error!(
            saga.id = %saga_id, attempt, status,
            "saga given up after {MAX_ATTEMPTS} attempts: fix the cause in the log of its \
             steps, then invoke recover-sagas with its id"
        );
    } else {
        tracing::info!(saga.id = %saga_id, attempt, status, outcome = ?outcome, "recovered");
    }
    Ok(outcome)
}
