//! Each guard taken away in turn: what breaks, by the shortest schedule, or
//! which other guard stands before or behind it.
//!
//! `docs/reliability.md` has the table for people. A line that changes here is a
//! guard that got weaker or stronger.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tenjo_model::Guard::{
    BalanceCheck, CurrentRead, Deadline, DerivedId, ExpiredFirst, Fence, GivenOnce, GrantKeys,
    Lease, LedgerKey, LiveAtEnd, LiveKey, LivePoolKey, NotGranted, NumberFence, OldestFirst,
    OneTransaction, OwedBlocks, Paid, PointsAtGrant, RefundByLedger, RefundToLots,
    RestoredIfTakenBack, ResultsAtGrant, ReturnedIsOfIt, RevokedIfItStands, RowLock, SettledFirst,
    StateAtGrant, StateFence, Turn, UnsignedBalance,
};
use tenjo_model::{Broken, Guard, Machine, Rule, Scenario, Setting, explore};

/// How long the schedules are that must not break a rule.
const LENGTH: usize = 7;

/// Without these guards, this rule is broken by so many events, if all goes well
/// after them. Without all of these guards but the last, no schedule breaks it.
type Break = (&'static [Guard], Rule, usize);

const BREAKS: &[Break] = &[
    (&[RowLock], Rule::NotChargedLate, 3),
    (&[RowLock, Fence], Rule::FailedTookNothing, 3),
    (&[Turn], Rule::FailedTookNothing, 2),
    (&[Turn, LiveAtEnd], Rule::CompletedIsPaidAndGranted, 5),
    (&[OneTransaction], Rule::FailedTookNothing, 2),
    (&[OneTransaction], Rule::NumbersWithoutGaps, 3),
    (&[Turn, LedgerKey], Rule::ChargedOnce, 2),
    (&[Turn, NumberFence], Rule::DrawnOnce, 3),
    (&[Turn, LiveAtEnd, StateFence, GrantKeys], Rule::GrantedOnce, 4),
    (&[Turn, LiveAtEnd, GrantKeys, StateFence], Rule::GrantedOnce, 4),
    (&[Turn, StateFence, GrantKeys, LiveAtEnd], Rule::GrantedOnce, 4),
    (&[DerivedId], Rule::OneKeyOneCharge, 2),
    (&[Deadline], Rule::NotChargedLate, 1),
    (&[LiveKey], Rule::OneLiveSaga, 2),
    (&[LiveKey, StateFence], Rule::StatesFollow, 2),
    (&[StateFence, LiveKey], Rule::StatesFollow, 2),
    (&[StateFence, LivePoolKey, LiveKey], Rule::QuoteHolds, 2),
    (&[StateFence, LiveKey, LivePoolKey], Rule::QuoteHolds, 2),
    (&[LiveKey, LivePoolKey, StateFence], Rule::QuoteHolds, 2),
    (&[CurrentRead, StateFence], Rule::QuoteHolds, 2),
    (&[StateFence, CurrentRead], Rule::QuoteHolds, 2),
    (&[BalanceCheck, UnsignedBalance], Rule::NeverNegative, 2),
    (&[UnsignedBalance, BalanceCheck], Rule::NeverNegative, 2),
    (&[PointsAtGrant], Rule::NeverNegative, 5),
    (&[PointsAtGrant], Rule::NothingSeenEarly, 1),
    (&[ResultsAtGrant], Rule::NothingSeenEarly, 1),
    (&[StateAtGrant], Rule::NothingSeenEarly, 1),
];

/// Without a guard of the lots of paid gems, this rule is broken.
const LOT_BREAKS: &[(Guard, Rule)] = &[
    (OwedBlocks, Rule::NothingSpentWhileOwed),
    (RefundToLots, Rule::RefundedToItsLots),
    (SettledFirst, Rule::DebtsFirst),
    (RevokedIfItStands, Rule::OwedIsUsed),
    (RestoredIfTakenBack, Rule::OwedIsUsed),
    (ReturnedIsOfIt, Rule::DebtsFirst),
    (GivenOnce, Rule::GivenOnce),
    (OldestFirst, Rule::SpentOldestFirst),
    (ExpiredFirst, Rule::NothingExpiredSpent),
];

/// Without these guards, no schedule breaks any rule: others stand.
const HELD: &[&[Guard]] = &[
    &[Fence],           // by the row lock
    &[LedgerKey],       // by the turn
    &[NumberFence],     // by the turn
    &[StateFence],      // by the live keys, and by reading the state after them
    &[CurrentRead],     // by the state fence
    &[GrantKeys],       // by the turn
    &[Paid],            // by the turn
    &[NotGranted],      // by the turn
    &[LiveAtEnd],       // by the turn
    &[RefundByLedger],  // by the one transaction
    &[BalanceCheck],    // by the unsigned balance
    &[LivePoolKey],     // by the live key, while a pool keeps its pity group
    &[UnsignedBalance], // by the balance check
    &[Lease],           // by the turn: two runs at once are one draw
    &[
        Fence,
        LedgerKey,
        NumberFence,
        GrantKeys,
        StateFence,
        UnsignedBalance,
        Lease,
        Paid,
        NotGranted,
        LiveAtEnd,
        RefundByLedger,
    ],
];

/// The shortest schedule, whatever the player asks for.
fn shortest(guards: &[Guard], rules: &[Rule]) -> Option<Broken> {
    let machine = Machine::read().unwrap();
    let scenarios = [Scenario::OnePool, Scenario::TwoPools, Scenario::SharedPity];
    let broken = scenarios.into_iter().filter_map(|scenario| {
        let setting = Setting::new(scenario).without(guards).minding(rules);
        explore(&setting, &machine, LENGTH).broken
    });
    broken.min_by_key(|broken| broken.schedule.len())
}

/// No schedule breaks a rule.
fn assert_unbroken(setting: &Setting) {
    if let Some(broken) = explore(setting, &Machine::read().unwrap(), LENGTH).broken {
        panic!("{broken}");
    }
}

/// Each of these rules is broken, and not by fewer events.
fn assert_broken(setting: &Setting, breaks: &[(Rule, usize)]) {
    let machine = Machine::read().unwrap();
    for (rule, length) in breaks {
        let broken = explore(&setting.clone().minding(&[*rule]), &machine, LENGTH).broken.unwrap();
        println!("{broken}");
        assert_eq!((broken.rule, broken.schedule.len()), (*rule, *length), "{broken}");
    }
}

#[test]
fn a_pool_that_changes_its_pity_group_needs_a_live_key_of_its_own() {
    let setting = Setting::new(Scenario::NewPityGroup);
    assert_unbroken(&setting);
    // Without it, two sagas of one pool are live at once, each by its group. The
    // state fence lets only one of them be granted.
    assert_unbroken(&setting.clone().without(&[LivePoolKey]));
    let setting = setting.without(&[LivePoolKey, StateFence]);
    assert_broken(&setting, &[(Rule::QuoteHolds, 2), (Rule::StatesFollow, 2)]);
}

#[test]
fn pools_that_share_their_pity_need_a_live_key_by_draw_group() {
    let setting = Setting::new(Scenario::SharedPity);
    assert_unbroken(&setting);
    // Without it, two sagas of one pity are live at once, each by its pool. The
    // state fence lets only one of them be granted.
    let without = setting.clone().without(&[LiveKey]);
    assert_broken(&without, &[(Rule::OneLiveSaga, 2)]);
    let others = |lost: &[Rule]| -> Vec<Rule> {
        Rule::ALL.iter().copied().filter(|rule| !lost.contains(rule)).collect()
    };
    assert_unbroken(&without.minding(&others(&[Rule::OneLiveSaga])));
    // Without that too, no gem, item or price goes wrong: what is lost is the pity.
    let without = setting.without(&[LiveKey, StateFence]);
    assert_broken(&without, &[(Rule::StatesFollow, 2)]);
    let lost = [Rule::OneLiveSaga, Rule::StatesFollow, Rule::NothingSeenEarly];
    assert_unbroken(&without.minding(&others(&lost)));
}

#[test]
fn without_its_guard_a_rule_of_lots_is_broken_by_a_short_schedule() {
    let machine = Machine::read().unwrap();
    for (guard, rule) in LOT_BREAKS {
        let setting = Setting::new(Scenario::Lots).without(&[*guard]).minding(&[*rule]);
        let broken = explore(&setting, &machine, LENGTH).broken;
        let broken = broken.unwrap_or_else(|| panic!("without {guard}: {rule}"));
        println!("without {guard}: {broken}");
    }
}

fn names(guards: &[Guard]) -> String {
    guards.iter().map(Guard::to_string).collect::<Vec<_>>().join(", ")
}

#[test]
fn without_its_guards_a_rule_is_broken_by_a_short_schedule() {
    for (guards, rule, length) in BREAKS {
        let broken = shortest(guards, &[*rule]);
        let broken = broken.unwrap_or_else(|| panic!("without {}: {rule}", names(guards)));
        println!("without {}: {broken}", names(guards));
        let found = (broken.rule, broken.schedule.len());
        assert_eq!(found, (*rule, *length), "without {}:\n{broken}", names(guards));
    }
}

#[test]
fn of_guards_that_stand_behind_each_other_the_last_is_enough() {
    for (guards, rule, _) in BREAKS {
        let Some((last, others)) = guards.split_last().filter(|(_, others)| !others.is_empty())
        else {
            continue;
        };
        if let Some(broken) = shortest(others, &[*rule]) {
            panic!("{last} does not stand behind {}:\n{broken}", names(others));
        }
    }
}

#[test]
fn with_others_before_or_behind_them_guards_can_be_spared() {
    for guards in HELD {
        if let Some(broken) = shortest(guards, Rule::ALL) {
            panic!("without {}:\n{broken}", names(guards));
        }
    }
    // Of the row lock alone, all hold but the deadline, which is read under it.
    let others: Vec<Rule> =
        Rule::ALL.iter().copied().filter(|rule| *rule != Rule::NotChargedLate).collect();
    for guards in [&[RowLock][..]] {
        if let Some(broken) = shortest(guards, &others) {
            panic!("without {}:\n{broken}", names(guards));
        }
    }
}

#[test]
fn every_guard_was_taken_away() {
    for guard in Guard::ALL {
        let breaks = BREAKS.iter().any(|(guards, ..)| guards.contains(guard))
            || LOT_BREAKS.iter().any(|(of_lots, _)| of_lots == guard);
        // The lease spares a second run its work, and keeps no promise. The other three
        // are against rows that no step wrote, and no schedule has such a row:
        // `tests/tests/stack/minting.rs` does.
        let is_for_else = [Lease, Paid, RefundByLedger, NotGranted].contains(guard);
        assert_eq!(breaks, !is_for_else, "{guard}");
    }
}
