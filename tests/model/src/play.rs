//! A world, played event by event.

use tenjo_domain::{SagaStatus, Step};
use tenjo_saga::{Opened, Recovered, open, recover};

use crate::books::order;
use crate::database::{ErrorType, INTERNAL, saga_id, with};
use crate::ending::{Late, end};
use crate::ready::ready;
use crate::setting::NOW;
use crate::world::Call;
use crate::{Event, Fate, Guard, Key, Machine, Rule, Setting, World};

const TIMEOUT: ErrorType = "States.Timeout";
const DIED: ErrorType = "Runtime.ExitError";
const TRY_LATER: ErrorType = "TryLater";

/// A schedule while it is played.
#[derive(Debug, Clone)]
pub struct Play<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) machine: &'a Machine,
    pub(crate) world: World,
}

impl<'a> Play<'a> {
    /// Before anything happens.
    #[must_use]
    pub fn new(setting: &'a Setting, machine: &'a Machine) -> Self {
        Self::of(setting, machine, World::new(setting))
    }

    pub(crate) const fn of(setting: &'a Setting, machine: &'a Machine, world: World) -> Self {
        Self { setting, machine, world }
    }

    /// The world as it is now.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// All that can happen now.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        self.world.events(self.setting, &mut events);
        events
    }

    /// The rule that is broken now, if one is.
    #[must_use]
    pub fn broken(&self) -> Option<Rule> {
        self.world.broken(self.setting)
    }

    /// The rule that is broken now, or when from here on nothing fails any more,
    /// and what happens until then.
    #[must_use]
    pub fn broken_from_here(&self) -> Option<(Rule, Vec<Event>)> {
        if let Some(rule) = self.broken() {
            return Some((rule, Vec::new()));
        }
        [Late::First, Late::Last].into_iter().find_map(|late| {
            let (ending, broken) = end(self.clone(), late);
            broken.map(|rule| (rule, ending))
        })
    }

    pub(crate) fn broken_at_rest(&self) -> Option<Rule> {
        self.world.broken_at_rest(self.setting)
    }

    /// Lets one of the events happen that can.
    pub fn happen(&mut self, event: Event) {
        match event {
            Event::Request(key) => self.request(key, true),
            Event::RequestDies(key) => self.request(key, false),
            Event::RequestBegins(key) => {
                let state = self.world.state(self.setting, key);
                // With the guard, nobody looks at it: worlds need not differ by it.
                let snapshot = (!self.setting.has(Guard::CurrentRead)).then_some(state);
                self.world.begun[key as usize] = Some(snapshot.unwrap_or_default());
            }
            Event::RequestGoesOn(key) => self.request(key, true),
            Event::Call(id, position, step, fate) => self.call(id, position, step, fate),
            Event::LateCall(id, position, _) => {
                if let Some(late) = self.world.saga(id).late[position].take() {
                    // Nobody gets its answer.
                    let _ = self.do_call(id, late);
                }
            }
            Event::RunDies(id, position) => self.world.saga(id).runs[position] = None,
            Event::DeadlinePasses(id) => self.world.saga(id).is_overdue = true,
            Event::Sweep(id) => {
                self.recover(id);
            }
            Event::Exchange => {
                self.world.points -= 1;
                self.world.exchanged += 1;
            }
            Event::Buy => self.world.purse.buy(self.setting),
            Event::Give => self.world.purse.give(self.setting),
            Event::Revoke(number) => self.world.purse.revoke(self.setting, number),
            Event::Restore(number) => self.world.purse.restore(self.setting, number),
            Event::Expire(number) => self.world.purse.expire(number),
        }
        self.world.sagas.iter_mut().flatten().for_each(crate::world::Saga::sort);
    }

    /// Opens the saga of a key, or finds it, and runs it, as `request-draw` does.
    fn request(&mut self, key: Key, runs: bool) {
        let snapshot = self.world.begun[key as usize].take();
        self.world.requests_left[key as usize] -= 1;
        let place = self.place_of(key);
        let order = order(self.setting, key);
        let opened = with(self.setting, self.machine, &mut self.world, |mut database| {
            database.opening = Some((key, snapshot));
            ready(open(&database, &order, saga_id(place), NOW))
        });
        match opened {
            Ok(Opened::Saga(saga)) if runs && !saga.status.is_final() => {
                self.world.saga(place).start_run(self.machine.start());
            }
            // A draw that was given up is run to its end first; the request waits,
            // and comes again.
            Ok(Opened::Behind(other)) if runs => {
                if self.recover(crate::database::place_of(other)) {
                    self.world.requests_left[key as usize] += 1;
                }
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// The place of a key's saga.
    ///
    /// Without derived ids each request has a saga of its own; the world has room
    /// for two by the first key.
    fn place_of(&self, key: Key) -> usize {
        match key {
            Key::One if !self.setting.has(Guard::DerivedId) && self.world.sagas[0].is_some() => 2,
            Key::One => 0,
            Key::Two => 1,
        }
    }

    /// Runs a saga again, if its lease is over; whether it was.
    fn recover(&mut self, place: usize) -> bool {
        let recovered = with(self.setting, self.machine, &mut self.world, |database| {
            ready(recover(&database, &database, saga_id(place)))
        });
        matches!(recovered, Ok(Recovered::StillRunning))
    }

    fn call(&mut self, id: usize, position: usize, step: Step, fate: Fate) {
        let Some(run) = self.world.saga(id).runs[position] else { return };
        let outcome = self.outcome(id, step, fate);
        self.world.saga(id).runs[position] = match outcome {
            Ok(status) => self.machine.after_answer(run, status),
            Err(error) => self.machine.after_error(run, error),
        };
    }

    /// What the run learns of its call.
    fn outcome(&mut self, id: usize, step: Step, fate: Fate) -> Result<SagaStatus, ErrorType> {
        let now = Call { step, read: None };
        match fate {
            Fate::Answers => self.do_call(id, now),
            Fate::WorksTwice => {
                let _ = self.do_call(id, now);
                self.do_call(id, now)
            }
            Fate::AnswerIsLost => self.do_call(id, now).and(Err(TIMEOUT)),
            Fate::DiesAfterCommit => self.do_call(id, now).and(Err(DIED)),
            Fate::DiesBeforeCommit => Err(DIED),
            Fate::TriesLater => Err(TRY_LATER),
            Fate::Breaks => Err(INTERNAL),
            Fate::ComesLate => self.come_late(id, now),
            Fate::ComesLateHavingRead => {
                let read = Some(self.world.saga(id).read());
                self.come_late(id, Call { read, ..now })
            }
            Fate::DiesHalfway(done) => {
                let _ = with(self.setting, self.machine, &mut self.world, |mut database| {
                    database.dies_after = Some(done);
                    database.step(step, id)
                });
                Err(DIED)
            }
        }
    }

    /// Calls a step, as its function does.
    fn do_call(&mut self, id: usize, call: Call) -> Result<SagaStatus, ErrorType> {
        with(self.setting, self.machine, &mut self.world, |mut database| {
            database.read = call.read;
            database.step(call.step, id)
        })
    }

    fn come_late(&mut self, id: usize, call: Call) -> Result<SagaStatus, ErrorType> {
        if let Some(place) = self.world.saga(id).late.iter_mut().find(|late| late.is_none()) {
            *place = Some(call);
        }
        Err(TIMEOUT)
    }
}
