//! Events that must occur in a run, or it proves nothing.

use std::time::Duration;

use crate::Run;
use crate::plan::Faults;
use crate::report::Facts;
use crate::tally::Counts;

/// Shorter runs need not have all of them.
const LONG: Duration = Duration::from_secs(20);

/// What the names of faults begin with, one of each kind.
const KINDS: [&str; 9] = [
    "a call",
    "a connection",
    "a function's process",
    "a reply",
    "all leases",
    "dynamodb",
    "gateway",
    "step-functions",
    "tidb",
];

pub(crate) fn lacks(run: &Run, counts: &Counts, facts: &Facts) -> Vec<String> {
    let mut lacks = Vec::new();
    if !facts.sagas.iter().any(|(name, _)| name.starts_with("COMPLETED")) {
        lacks.push("no draw was completed".to_owned());
    }
    if run.length >= LONG && facts.proved == 0 {
        lacks.push("no draw was proved".to_owned());
    }
    let kinds = match run.faults {
        Faults::All if run.length >= LONG => &KINDS[..],
        Faults::Kills if run.length >= LONG => &["a function's process"],
        _ => &[],
    };
    let has = |kind: &str| counts.faults.keys().any(|name| name.starts_with(kind));
    let missing = kinds.iter().filter(|kind| !has(kind));
    lacks.extend(missing.map(|kind| format!("no fault of the kind \"{kind} …\" came about")));
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_which_nothing_happened_is_not_good() {
        let run = |faults| Run { seed: 1, length: LONG, players: 1, faults };
        let (mut counts, mut facts) = (Counts::default(), Facts::default());
        assert_eq!(lacks(&run(Faults::All), &counts, &facts).len(), 2 + KINDS.len());
        assert_eq!(lacks(&run(Faults::Kills), &counts, &facts).len(), 3);
        facts.sagas = vec![("COMPLETED ".to_owned(), 1)];
        facts.proved = 1;
        assert_eq!(lacks(&run(Faults::None), &counts, &facts).len(), 0);
        counts.faults = KINDS.map(|kind| (format!("{kind} killed"), 1)).into();
        assert_eq!(lacks(&run(Faults::All), &counts, &facts).len(), 0);
    }
}
