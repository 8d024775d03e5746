//! With every guard, no schedule breaks a rule.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Instant;

use tenjo_domain::SagaStatus;
use tenjo_model::{Event, Fate, Key, Machine, Play, Scenario, Setting, explore};

/// How long the schedules are. `TENJO_SCHEDULE_LENGTH` makes them longer.
fn length() -> usize {
    std::env::var("TENJO_SCHEDULE_LENGTH").map_or(10, |length| length.parse().unwrap())
}

fn nothing_breaks(scenario: Scenario) {
    nothing_breaks_in(scenario, length());
}

fn nothing_breaks_in(scenario: Scenario, length: usize) {
    let machine = Machine::read().unwrap();
    let started = Instant::now();
    let explored = explore(&Setting::new(scenario), &machine, length);
    println!(
        "{scenario:?}: {} schedules of up to {} events lead to {} worlds; {:.1?}",
        explored.total(),
        explored.schedules.len() - 1,
        explored.worlds,
        started.elapsed(),
    );
    if let Some(broken) = explored.broken {
        panic!("{broken}");
    }
}

#[test]
fn no_schedule_breaks_a_rule_of_one_pool() {
    nothing_breaks(Scenario::OnePool);
}

#[test]
fn no_schedule_breaks_a_rule_of_two_pools() {
    nothing_breaks(Scenario::TwoPools);
}

#[test]
fn no_schedule_breaks_a_rule_of_two_pools_that_share_their_pity() {
    nothing_breaks(Scenario::SharedPity);
}

#[test]
fn no_schedule_breaks_a_rule_of_a_pool_that_changes_its_pity_group() {
    nothing_breaks(Scenario::NewPityGroup);
}

#[test]
fn no_schedule_breaks_a_rule_of_two_purchases_that_expect_one_number() {
    nothing_breaks(Scenario::OneNumber);
}

/// With purchases that come, are taken back, restored and expire at any time. There is
/// more to happen, so the schedules are shorter.
#[test]
fn no_schedule_breaks_a_rule_of_lots_of_paid_gems() {
    nothing_breaks_in(Scenario::Lots, length() - 2);
}

#[test]
fn of_two_purchases_that_expect_one_number_one_is_drawn_and_one_refunded() {
    let machine = Machine::read().unwrap();
    let setting = Setting::new(Scenario::OneNumber);
    let mut play = Play::new(&setting, &machine);
    // Both are opened before either is drawn.
    play.happen(Event::Request(Key::One));
    play.happen(Event::Request(Key::Two));
    let is_call = |event: &Event| matches!(event, Event::Call(.., Fate::Answers));
    while let Some(call) = play.events().into_iter().find(is_call) {
        play.happen(call);
    }
    let statuses: Vec<_> = play.world().statuses().collect();
    assert_eq!(statuses, [SagaStatus::Completed, SagaStatus::Failed]);
}

/// A model in which every saga fails would break no rule.
#[test]
fn a_saga_that_nothing_disturbs_is_completed_call_by_call() {
    let machine = Machine::read().unwrap();
    let setting = Setting::new(Scenario::OnePool);
    for fate in [Fate::Answers, Fate::WorksTwice] {
        let mut play = Play::new(&setting, &machine);
        play.happen(Event::Request(Key::One));
        let is_call = |event: &Event| matches!(event, Event::Call(.., of) if *of == fate);
        while let Some(call) = play.events().into_iter().find(is_call) {
            play.happen(call);
        }
        let statuses: Vec<_> = play.world().statuses().collect();
        assert_eq!(statuses, [SagaStatus::Completed], "{fate}");
    }
}
