//! `tenjo audit`: checks that the books of a whole database balance.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::Connection;
use tenjo_audit::{Checked, Conn, Players, RULES, Slice, Violation, check_slice, next_size};
use tenjo_deploy::counted;
use uuid::Uuid;

use crate::exit;

/// How many players the first slice has.
const FIRST_SIZE: u32 = 100;

/// Checks every rule of the books on all players, a few hundred players at a time,
/// each time on one snapshot. It changes nothing and takes no locks.
#[derive(Default, clap::Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Args {
    /// The database, with a user who may read it: mysql://user:password@host:4000.
    /// By default the one that TENJO_DATABASE_URL names.
    #[arg(long)]
    database_url: Option<String>,
    /// Only the books of this player, by user id.
    #[arg(long, value_name = "USER_ID")]
    player: Option<Uuid>,
}

/// The result for one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Line {
    violations: usize,
    took: Duration,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let options = crate::database::options(args.database_url)?;
    let mut conn = Conn::connect_with(&options).await.context("the database cannot be reached")?;
    let started = Instant::now();
    let mut lines = [Line::default(); RULES.len()];
    let (mut players, mut redrawn, mut all) = (0_u64, 0_u64, Vec::new());
    let (mut next, mut size) = (Some(args.player.unwrap_or(Uuid::nil())), FIRST_SIZE);
    while let Some(first) = next {
        let began = Instant::now();
        let slice = match args.player {
            Some(player) => Slice { players: Players::one(player), count: 1, next: None },
            None => Slice::from(&mut conn, first, size).await?,
        };
        let Checked { violations, draws, times } = check_slice(&mut conn, slice.players).await?;
        for (line, took) in lines.iter_mut().zip(times) {
            line.took += took;
        }
        all.extend(violations);
        all.extend(draws.wrong);
        redrawn += draws.redrawn;
        players += u64::from(slice.count);
        (next, size) = (slice.next, next_size(size, began.elapsed()));
    }
    for (line, rule) in lines.iter_mut().zip(&RULES) {
        line.violations = all.iter().filter(|broken| broken.rule == rule.sentence).count();
    }
    print!("{}", table(&lines));
    all.iter().for_each(|violation| println!("{}", told(violation)));
    let seconds = started.elapsed().as_secs_f32();
    println!(
        "\n{}, {}, {} repeated from their seeds, {seconds:.1} s",
        counted(players, "player"),
        counted(RULES.len(), "rule"),
        counted(redrawn, "draw"),
    );
    if all.is_empty() {
        println!("All books balance.");
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} a rule. (At most 20 for each rule and slice of players are shown.)",
        if all.len() == 1 {
            "1 row breaks".to_owned()
        } else {
            format!("{} rows break", all.len())
        }
    );
    Ok(exit::WRONG.into())
}

fn table(lines: &[Line]) -> String {
    let width = RULES.iter().map(|rule| rule.sentence.len()).max().unwrap_or(0);
    let mut table = format!("{:width$}  broken      ms\n", "rule");
    for (line, rule) in lines.iter().zip(&RULES) {
        let (sentence, ms) = (rule.sentence, line.took.as_millis());
        table += &format!("{sentence:width$}  {:6}  {ms:6}\n", line.violations);
    }
    table
}

fn told(violation: &Violation) -> String {
    format!("\nBROKEN: {}\n  player {}\n  {}", violation.rule, violation.user_id, violation.shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_rule() {
        let broken = Line { violations: 3, took: Duration::from_millis(40) };
        let mut lines = [Line::default(); RULES.len()];
        lines[0] = broken;
        let table = table(&lines);
        assert_eq!(table.lines().count(), RULES.len() + 1);
        let first = table.lines().nth(1).unwrap();
        assert!(first.starts_with(RULES[0].sentence), "{first}");
        assert!(first.ends_with("     3      40"), "{first}");
    }
}
