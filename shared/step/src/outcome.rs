//! Counts sagas that ended and charges that were given back, right after a step
//! has committed. Each is counted at most once, however often its steps are called:
//! if the process dies after the commit, it is not counted.

use tenjo_domain::FailureReason;
use tenjo_metrics::Metrics;
use tenjo_saga::Stepped;

/// Counts what a step has committed: a saga that ended, or a charge that was given
/// back.
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
