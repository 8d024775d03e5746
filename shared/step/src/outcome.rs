//! What is counted of sagas, right after a step has committed: each is counted
//! once, however often its steps come.

use tenjo_domain::FailureReason;
use tenjo_metrics::Metrics;
use tenjo_saga::Stepped;

/// Counts what a step has committed: a saga at its end, and a charge that was
/// given back.
pub(crate) fn count(stepped: Stepped) {
    let Stepped::Moved { status, reason, gave_back } = stepped else { return };
    if status.is_final() {
        let reason = reason.map_or("none", FailureReason::as_str);
        let metrics = Metrics::new().of("Status", status.as_str()).of("Reason", reason);
        metrics.count("SagaOutcomes", 1).write();
    }
    if gave_back {
        Metrics::new().count("Compensations", 1).write();
    }
}
