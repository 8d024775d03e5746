//! What is counted of sagas at their end: after the commit, in the step that
//! brought them there. So each saga is counted once, however often steps come.

use tenjo_domain::{FailureReason, SagaStatus};
use tenjo_metrics::Metrics;

/// Counts what moving a saga along `path` comes to.
pub(crate) fn count(path: &[SagaStatus], reason: Option<FailureReason>) {
    if path.contains(&SagaStatus::CurrencyRefunded) {
        Metrics::new().count("Compensations", 1).write();
    }
    if let Some(status) = path.last().filter(|status| status.is_final()) {
        let reason = reason.map_or("none", FailureReason::as_str);
        let metrics = Metrics::new().of("Status", status.as_str()).of("Reason", reason);
        metrics.count("SagaOutcomes", 1).write();
    }
}
