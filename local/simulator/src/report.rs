//! A simulation as a table, the exact figures beside it.

use std::fmt::Write as _;

use tenjo_domain::{Pool, Rarity};

use crate::exact::{Exact, ExactWait};
use crate::figure::{Figure, PERCENTS, figure_of_percent, figures, float};
use crate::tally::{Tally, WaitTally};

/// The table, ready to be printed.
#[must_use]
pub fn report(pool: &Pool, tally: &Tally, exact: &Exact) -> String {
    let figures = figures(pool, tally, exact);
    let mut text = String::new();
    let waits = ["First SSR", "First pickup"].into_iter().zip(&tally.waits).zip(&exact.waits);
    for ((of, tally), exact) in waits {
        if let Some(exact) = exact {
            of_wait(&mut text, of, tally, exact, &figures);
        }
    }
    of_rarities(&mut text, exact, &figures);
    of_pickups(&mut text, pool, exact, &figures);
    let worst = figures.iter().max_by(|a, b| a.deviation().abs().total_cmp(&b.deviation().abs()));
    if let Some(worst) = worst {
        line(
            &mut text,
            &format!(
                "Of {} figures, {} {} is the furthest from the exact one, by {} standard errors.",
                figures.len(),
                worst.of,
                worst.what,
                sigmas(worst),
            ),
        );
    }
    text
}

fn of_wait(text: &mut String, of: &str, tally: &WaitTally, exact: &ExactWait, figures: &[Figure]) {
    line(text, &columns(of, ["simulated", "exact", "std. errors"]));
    for figure in figures.iter().filter(|figure| figure.of == of && figure.what.contains("mean")) {
        let values = [number(figure.simulated, 2), number(figure.exact, 2), sigmas(figure)];
        line(text, &columns(&format!("  {}", figure.what), values));
    }
    let gems = exact.spend.gems_by_draws(tally.by_draw.len().max(exact.chances.len()));
    for percent in PERCENTS {
        let Some(figure) = figure_of_percent(of, percent, tally, exact) else { continue };
        let draws = [tally.percentile(percent.into()), exact.percentile(percent)];
        let [of_draws, of_gems] = [
            draws.map(|draws| draws.map_or("never".into(), |draws| whole(draws as u128))),
            draws.map(|draws| draws.map_or("never".into(), |draws| whole(gems[draws].into()))),
        ];
        let [simulated, exact] = of_draws;
        line(
            text,
            &columns(&format!("  {percent} % within, draws"), [simulated, exact, sigmas(&figure)]),
        );
        let [simulated, exact] = of_gems;
        line(
            text,
            &columns(&format!("  {percent} % within, gems"), [simulated, exact, String::new()]),
        );
    }
    line(text, "");
}

fn of_rarities(text: &mut String, exact: &Exact, figures: &[Figure]) {
    let what = format!("Share of the first {} draws, %", number(exact.counted_draws, 0));
    line(
        text,
        &format!("{} {:>12}", columns(&what, ["simulated", "exact", "std. errors"]), "in the end"),
    );
    for (rarity, in_the_end) in [Rarity::R, Rarity::Sr, Rarity::Ssr].into_iter().zip(exact.long_run)
    {
        let of = rarity.to_string();
        let Some(figure) = figures.iter().find(|figure| figure.of == of) else { continue };
        let columns = columns(&format!("  {rarity}"), share(figure, exact));
        line(text, &format!("{columns} {:>12}", number(in_the_end * 100.0, 4)));
    }
    line(text, "");
}

fn of_pickups(text: &mut String, pool: &Pool, exact: &Exact, figures: &[Figure]) {
    let pickups: Vec<&str> = pool
        .items()
        .iter()
        .filter(|item| item.is_pickup)
        .map(|item| item.item_master_id.as_str())
        .collect();
    if pickups.is_empty() {
        return;
    }
    line(text, &columns("Pickups, the same", ["simulated", "exact", "std. errors"]));
    for figure in figures.iter().filter(|figure| pickups.contains(&figure.of.as_str())) {
        line(text, &columns(&format!("  {}", figure.of), share(figure, exact)));
    }
    line(text, "");
}

/// A count for each player as a share of their draws.
fn share(figure: &Figure, exact: &Exact) -> [String; 3] {
    let percent = |count: f64| number(count / exact.counted_draws * 100.0, 4);
    [percent(figure.simulated), percent(figure.exact), sigmas(figure)]
}

fn columns(name: &str, [simulated, exact, deviation]: [impl AsRef<str>; 3]) -> String {
    let (simulated, exact, deviation) = (simulated.as_ref(), exact.as_ref(), deviation.as_ref());
    format!("{name:<34} {simulated:>14} {exact:>14} {deviation:>11}")
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

fn sigmas(figure: &Figure) -> String {
    format!("{:+.2}", figure.deviation())
}

/// A number with its thousands separated.
pub(crate) fn whole(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A figure with that many decimals. Figures are never negative.
pub(crate) fn number(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (digits, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    digits.parse().map_or_else(|_| text.clone(), |digits| whole(digits) + rest)
}

/// A part of all, in percent.
pub(crate) fn percent_of(part: u64, all: u64) -> f64 {
    float(part.into()) / float(all.into()) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (999.96, 1, "1 000.0"),
            (1_234_567.0, 0, "1 234 567"),
            (12.5, 2, "12.50"),
        ] {
            assert_eq!(number(value, decimals), text);
        }
    }
}
