//! What can happen next. A schedule is one event after the other.

use std::fmt;

use tenjo_domain::Step;

use crate::purse::{BOUGHT, FIRST};
use crate::{Guard, Key, Setting, World};

/// One choice of the scheduler. Sagas are named by their place in the world,
/// runs and late calls by theirs in the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A request comes, and its saga is run.
    Request(Key),
    /// A request comes, and dies when its saga is started and not run.
    RequestDies(Key),
    /// A request comes, and has begun its transaction: what it reads may be as of
    /// now, if it does not look again.
    RequestBegins(Key),
    /// The request that has begun goes on, and runs its saga.
    RequestGoesOn(Key),
    /// A run calls its step.
    Call(usize, usize, Step, Fate),
    /// A call that was given up works after all, and nobody gets its answer.
    LateCall(usize, usize, Step),
    /// A run ends in the middle, and nothing goes on from it.
    RunDies(usize, usize),
    /// Reserve comes too late from here on, and the sweeper may come.
    DeadlinePasses(usize),
    /// The sweeper finds a saga whose lease is over, and runs it.
    Sweep(usize),
    /// The player exchanges a point.
    Exchange,
    /// The player buys a lot of paid gems.
    Buy,
    /// The player receives paid gems of a present, or an operator gives them; the message
    /// may come twice.
    Give,
    /// A store takes a purchase back, perhaps again; the message may come twice.
    Revoke(usize),
    /// A store reverses that, perhaps again; the message may come twice.
    Restore(usize),
    /// A lot of paid gems expires.
    Expire(usize),
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It works once, and answers.
    Answers,
    /// It works twice, and the second answers.
    WorksTwice,
    /// It works, and its answer is lost.
    AnswerIsLost,
    /// It dies before it commits.
    DiesBeforeCommit,
    /// It dies after it committed.
    DiesAfterCommit,
    /// The database asks to try later.
    TriesLater,
    /// It fails for a reason that nothing retries.
    Breaks,
    /// It is given up, and works later, if ever.
    ComesLate,
    /// The same, having read the saga. Only without the row lock.
    ComesLateHavingRead,
    /// It dies with so many effects committed. Only without the transaction.
    DiesHalfway(u8),
}

const FATES: [Fate; 7] = [
    Fate::Answers,
    Fate::WorksTwice,
    Fate::AnswerIsLost,
    Fate::DiesBeforeCommit,
    Fate::DiesAfterCommit,
    Fate::TriesLater,
    Fate::Breaks,
];

/// So often a store takes a purchase back. The second time, everything can happen to it
/// that ever can.
const MAX_REVOCATIONS: u8 = 2;

/// As many effects as any step has before its last: Grant's.
const MAX_EFFECTS: u8 = 4;

impl World {
    /// Fills the list with all that can happen now.
    pub(crate) fn events(&self, setting: &Setting, events: &mut Vec<Event>) {
        events.clear();
        for key in Key::ALL {
            self.events_of_request(key, events);
        }
        for (id, _) in self.sagas() {
            self.events_of_saga(setting, id, events);
        }
        if self.points > 0 && self.exchanged == 0 {
            events.push(Event::Exchange);
        }
        if setting.has_lots() {
            self.events_of_lots(setting, events);
        }
    }

    /// Of the first lot and the bought one. What would change nothing is left out.
    fn events_of_lots(&self, setting: &Setting, events: &mut Vec<Event>) {
        if self.purse.lots[BOUGHT].is_none() {
            events.push(Event::Buy);
        }
        let gifts = self.purse.gifts;
        if gifts == 0 || (gifts == 1 && !setting.has(Guard::GivenOnce)) {
            events.push(Event::Give);
        }
        for number in [FIRST, BOUGHT] {
            let Some(lot) = self.purse.lots[number] else { continue };
            let may_be_revoked = !lot.is_taken_back || !setting.has(Guard::RevokedIfItStands);
            if may_be_revoked && lot.revocations < MAX_REVOCATIONS {
                events.push(Event::Revoke(number));
            }
            let may_be_restored = lot.is_taken_back || !setting.has(Guard::RestoredIfTakenBack);
            if may_be_restored && lot.revocations > 0 {
                events.push(Event::Restore(number));
            }
            if number == FIRST && !lot.is_expired {
                events.push(Event::Expire(number));
            }
        }
    }

    fn events_of_request(&self, key: Key, events: &mut Vec<Event>) {
        if self.begun[key as usize].is_some() {
            events.push(Event::RequestGoesOn(key));
        }
        let under_way = u8::from(self.begun[key as usize].is_some());
        if self.requests_left[key as usize] > under_way {
            events.extend([Event::Request(key), Event::RequestDies(key)]);
            if under_way == 0 {
                events.push(Event::RequestBegins(key));
            }
        }
    }

    fn events_of_saga(&self, setting: &Setting, id: usize, events: &mut Vec<Event>) {
        let Some(saga) = &self.sagas[id] else { return };
        let can_come_late = saga.late.contains(&None);
        // Of two runs or calls that are alike, one stands for both.
        let twin = |position: usize| position > 0 && saga.runs[position] == saga.runs[0];
        for (position, run) in saga.runs.iter().enumerate().filter(|(at, _)| !twin(*at)) {
            let Some(run) = run else { continue };
            events.extend(FATES.map(|fate| Event::Call(id, position, run.at, fate)));
            if can_come_late {
                events.push(Event::Call(id, position, run.at, Fate::ComesLate));
                if !setting.has(Guard::RowLock) {
                    events.push(Event::Call(id, position, run.at, Fate::ComesLateHavingRead));
                }
            }
            if !setting.has(Guard::OneTransaction) {
                events.extend(
                    (1..=MAX_EFFECTS)
                        .map(|done| Event::Call(id, position, run.at, Fate::DiesHalfway(done))),
                );
            }
            events.push(Event::RunDies(id, position));
        }
        let twin = |position: usize| position > 0 && saga.late[position] == saga.late[0];
        for (position, call) in saga.late.iter().enumerate().filter(|(at, _)| !twin(*at)) {
            if let Some(call) = call {
                events.push(Event::LateCall(id, position, call.step));
            }
        }
        if saga.status.is_final() {
            return;
        }
        if !saga.is_overdue {
            events.push(Event::DeadlinePasses(id));
        } else if !saga.is_run() || (!setting.has(Guard::Lease) && saga.runs.contains(&None)) {
            events.push(Event::Sweep(id));
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(key) => write!(f, "a request with key {key} comes and runs its saga"),
            Self::RequestDies(key) => {
                write!(f, "a request with key {key} comes and dies before it runs its saga")
            }
            Self::RequestBegins(key) => {
                write!(f, "a request with key {key} comes and begins its transaction")
            }
            Self::RequestGoesOn(key) => write!(f, "the request with key {key} goes on"),
            Self::Call(id, _, step, fate) => write!(f, "saga {id}: {step:?} {fate}"),
            Self::LateCall(id, _, step) => write!(f, "saga {id}: the late {step:?} works now"),
            Self::RunDies(id, _) => write!(f, "saga {id}: a run dies"),
            Self::DeadlinePasses(id) => write!(f, "saga {id}: its deadline passes"),
            Self::Sweep(id) => write!(f, "saga {id}: the sweeper runs it"),
            Self::Exchange => f.write_str("the player exchanges a point"),
            Self::Buy => f.write_str("the player buys a lot"),
            Self::Give => f.write_str("the player is given a lot"),
            Self::Revoke(number) => write!(f, "lot {number} is revoked"),
            Self::Restore(number) => write!(f, "lot {number} is restored"),
            Self::Expire(number) => write!(f, "lot {number} expires"),
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answers => "works and answers",
            Self::WorksTwice => "works twice and answers",
            Self::AnswerIsLost => "works and its answer is lost",
            Self::DiesBeforeCommit => "dies before it commits",
            Self::DiesAfterCommit => "dies after it committed",
            Self::TriesLater => "fails, and may succeed later",
            Self::Breaks => "fails for good",
            Self::ComesLate => "is given up and may come late",
            Self::ComesLateHavingRead => "reads the saga, is given up and may come late",
            Self::DiesHalfway(done) => {
                return write!(f, "dies with {done} of its effects committed");
            }
        })
    }
}
