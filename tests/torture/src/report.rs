//! The results of a run, as tables.

use std::fmt::Write;
use std::time::Duration;

use crate::tally::{Counts, percentile};

/// Results that are not in the tally.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) sagas: Vec<(String, i64)>,
    pub(crate) to_rest: Option<Duration>,
    pub(crate) proved: u64,
    /// What the logs say of requests that were answered 500.
    pub(crate) logged: Vec<String>,
}

/// The tables of a run.
pub(crate) fn report(counts: &Counts, facts: &Facts) -> String {
    let mut text = String::new();
    let requests: u64 = counts.outcomes.values().sum();
    let outcomes = counts.outcomes.iter();
    let outcomes =
        outcomes.map(|((asked, outcome), count)| (format!("{asked}: {outcome}"), *count));
    table(&mut text, &format!("{requests} requests"), outcomes);
    let faults: u64 = counts.faults.values().sum();
    let kinds = counts.faults.iter().map(|(kind, count)| (kind.clone(), *count));
    table(&mut text, &format!("{faults} faults"), kinds);
    let sagas: i64 = facts.sagas.iter().map(|(_, count)| count).sum();
    table(&mut text, &format!("{sagas} sagas"), facts.sagas.iter().cloned());

    let waits = draw_waits(counts);
    let [p50, p99, most] = [50, 99, 100].map(|percent| percentile(&waits, percent).as_millis());
    let to_rest = match facts.to_rest {
        Some(took) => format!("{:.1} s", took.as_secs_f32()),
        None => "never".to_owned(),
    };
    let figures = [
        ("a draw waits, p50", format!("{p50} ms")),
        ("a draw waits, p99", format!("{p99} ms")),
        ("a draw waits, at most", format!("{most} ms")),
        ("requests that waited over 30 s", counts.too_slow.to_string()),
        ("from healing to rest", to_rest),
        ("draws proved from their seeds", facts.proved.to_string()),
        ("violations", counts.violation_count.to_string()),
    ];
    table(
        &mut text,
        "figures",
        figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)),
    );
    for violation in &counts.violations {
        let _ = writeln!(text, "\nVIOLATION: {violation}");
    }
    for line in &facts.logged {
        let _ = writeln!(text, "\nLOGGED: {line}");
    }
    text
}

/// How long each draw waited, the shortest first.
pub(crate) fn draw_waits(counts: &Counts) -> Vec<Duration> {
    let mut waits = counts.draws.clone();
    waits.sort();
    waits
}

fn table<T: ToString>(text: &mut String, title: &str, rows: impl Iterator<Item = (String, T)>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{title}");
    for (name, figure) in rows {
        let _ = writeln!(text, "  {:<44} {:>10}", name.trim_end(), figure.to_string());
    }
}
