//! What is counted of sagas, right after a step has committed: so each is
//! counted once, however often its steps come.

use tenjo_domain::{Effect, FailureReason, Plan, SagaStatus};
use tenjo_metrics::Metrics;

/// Counts what a step has committed: a saga at its end, and a charge that was
/// given back.
pub(crate) fn count(plan: &Plan, status: SagaStatus, reason: Option<FailureReason>) {
    if status.is_final() {
        let reason = reason.map_or("none", FailureReason::as_str);
        let metrics = Metrics::new().of("Status", status.as_str()).of("Reason", reason);
        metrics.count("SagaOutcomes", 1).write();
    }
    if plan.effects.contains(&Effect::GiveBack) {
        Metrics::new().count("Compensations", 1).write();
    }
}
