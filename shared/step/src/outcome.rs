//! What is counted of sagas at their end. A step counts after it has committed,
//! so that each saga is counted once, however often its steps come.

use tenjo_domain::{FailureReason, SagaStatus};
use tenjo_metrics::Metrics;

/// Counts a saga that this step has completed.
pub fn count_completed() {
    count(SagaStatus::Completed, "none");
}

/// Counts a saga that this step has failed.
pub fn count_failed(reason: FailureReason) {
    count(SagaStatus::Failed, reason.as_str());
}

/// Counts a charge that this step has given back.
pub fn count_compensation() {
    Metrics::new().count("Compensations", 1).write();
}

fn count(status: SagaStatus, reason: &'static str) {
    let metrics = Metrics::new().of("Status", status.as_str()).of("Reason", reason);
    metrics.count("SagaOutcomes", 1).write();
}
