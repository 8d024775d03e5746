//! Schedules that are too long to play them all, by lot.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestError, TestRunner};
use tenjo_model::{Event, Guard, Machine, Play, Rule, Scenario, Setting};

/// The longest.
const LENGTH: usize = 60;
/// How often each key comes: a stopped saga is run again and again.
const REQUESTS: u8 = 20;

/// Plays one event for each choice, of those that can happen then, until a rule
/// is broken.
fn play(setting: &Setting, machine: &Machine, choices: &[Index]) -> Vec<Event> {
    let mut play = Play::new(setting, machine);
    let mut schedule = Vec::new();
    for choice in choices {
        let events = play.events();
        if events.is_empty() || play.broken().is_some() {
            break;
        }
        let event = *choice.get(&events);
        play.happen(event);
        schedule.push(event);
    }
    schedule
}

/// The rule that a schedule breaks, if it breaks one. Events that cannot happen
/// when their time comes do not.
fn broken(setting: &Setting, machine: &Machine, schedule: &[Event]) -> Option<Rule> {
    let mut play = Play::new(setting, machine);
    for event in schedule {
        if play.events().contains(event) {
            play.happen(*event);
        }
        if let Some(rule) = play.broken() {
            return Some(rule);
        }
    }
    play.broken_from_here().map(|(rule, _)| rule)
}

/// Leaves out events for as long as a rule is broken. Proptest shortens the list
/// of choices, but each one less gives all behind it another meaning.
fn shorten(setting: &Setting, machine: &Machine, mut schedule: Vec<Event>) -> Vec<Event> {
    let mut place = 0;
    while place < schedule.len() {
        let mut shorter = schedule.clone();
        shorter.remove(place);
        if broken(setting, machine, &shorter).is_some() {
            (schedule, place) = (shorter, 0);
        } else {
            place += 1;
        }
    }
    schedule
}

/// What is short for a schedule that was drawn by lot and then cut down event by
/// event. The shortest ones, of 2 to 4 events, are those of `guards.rs`.
const SHORT: usize = 12;

/// A short schedule that breaks a rule, if one of so many does.
fn find(setting: &Setting, cases: u32) -> Option<(usize, String)> {
    let machine = Machine::read().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let choices = vec(any::<Index>(), 0..=LENGTH);
    let outcome = TestRunner::new(config).run(&choices, |choices| {
        let schedule = play(setting, &machine, &choices);
        broken(setting, &machine, &schedule)
            .map_or(Ok(()), |rule| Err(TestCaseError::fail(rule.to_string())))
    });
    let choices = match outcome {
        Ok(()) => return None,
        Err(TestError::Fail(_, choices)) => choices,
        Err(abort) => panic!("{abort}"),
    };
    let schedule = shorten(setting, &machine, play(setting, &machine, &choices));
    let rule = broken(setting, &machine, &schedule).unwrap();
    let lines: Vec<_> = schedule.iter().map(|event| format!("  {event}\n")).collect();
    Some((schedule.len(), format!("broken: {rule}\n{}", lines.concat())))
}

#[test]
fn no_long_schedule_breaks_a_rule() {
    for scenario in [Scenario::OnePool, Scenario::TwoPools, Scenario::SharedPity, Scenario::Lots] {
        if let Some((_, broken)) = find(&Setting::new(scenario).requests(REQUESTS), 200_000) {
            panic!("{broken}");
        }
    }
}

#[test]
fn a_schedule_that_breaks_a_rule_is_found_and_made_short() {
    for guard in [Guard::Turn, Guard::OneTransaction, Guard::DerivedId] {
        let setting = Setting::new(Scenario::OnePool).without(&[guard]);
        let (length, broken) = find(&setting, 200_000).unwrap();
        println!("without {guard}: {broken}");
        assert!(length <= SHORT, "without {guard}: {broken}");
    }
}

#[test]
fn most_schedules_are_as_long_as_can_be() {
    let machine = Machine::read().unwrap();
    let setting = Setting::new(Scenario::OnePool).requests(REQUESTS);
    let (all, long) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(any::<Index>(), LENGTH), |choices| {
        let is_long = play(&setting, &machine, &choices).len() == LENGTH;
        all.update(|count| count + 1);
        long.update(|count| count + u32::from(is_long));
        Ok(())
    });
    outcome.unwrap();
    assert!(long.get() * 2 > all.get(), "{} of {}", long.get(), all.get());
}
