//! A world, played event by event.

use tenjo_domain::{SagaStatus, Step};

use crate::call::{ErrorType, call, call_halfway};
use crate::ending::{Late, end};
use crate::world::Call;
use crate::{Event, Fate, Key, Machine, Rule, Setting, World, request};

const TIMEOUT: ErrorType = "States.Timeout";
const DIED: ErrorType = "Runtime.ExitError";
const TRY_LATER: ErrorType = "TryLater";
const INTERNAL: ErrorType = "Internal";

/// A schedule while it is played.
#[derive(Debug, Clone)]
pub struct Play<'a> {
    pub(crate) setting: &'a Setting,
    machine: &'a Machine,
    pub(crate) world: World,
}

impl<'a> Play<'a> {
    /// Before anything happens.
    #[must_use]
    pub const fn new(setting: &'a Setting, machine: &'a Machine) -> Self {
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
            Event::Request(key) => self.request(key, Some(self.machine.start())),
            Event::RequestDies(key) => self.request(key, None),
            Event::RequestIsQuoted(key) => {
                self.world.quoted[key as usize] =
                    Some(request::quote(self.setting, &self.world, key));
            }
            Event::RequestGoesOn(key) => {
                if let Some(quote) = self.world.quoted[key as usize].take() {
                    let start = Some(self.machine.start());
                    request::go_on(self.setting, &mut self.world, key, quote, start);
                }
            }
            Event::Call(id, position, step, fate) => self.call(id, position, step, fate),
            Event::LateCall(id, position, _) => {
                if let Some(late) = self.world.saga(id).late[position].take() {
                    // Nobody is told how it ends.
                    let _ = call(self.setting, &mut self.world, id, late);
                }
            }
            Event::RunDies(id, position) => self.world.saga(id).runs[position] = None,
            Event::DeadlinePasses(id) => self.world.saga(id).is_overdue = true,
            Event::Sweep(id) => self.world.saga(id).start_run(self.machine.start()),
            Event::Exchange => {
                self.world.points -= 1;
                self.world.exchanged += 1;
            }
        }
        self.world.sagas.iter_mut().flatten().for_each(crate::world::Saga::sort);
    }

    fn request(&mut self, key: Key, start: Option<Step>) {
        let quote = request::quote(self.setting, &self.world, key);
        request::go_on(self.setting, &mut self.world, key, quote, start);
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
            Fate::Answers => call(self.setting, &mut self.world, id, now),
            Fate::WorksTwice => {
                let _ = call(self.setting, &mut self.world, id, now);
                call(self.setting, &mut self.world, id, now)
            }
            Fate::AnswerIsLost => call(self.setting, &mut self.world, id, now).and(Err(TIMEOUT)),
            Fate::DiesAfterCommit => call(self.setting, &mut self.world, id, now).and(Err(DIED)),
            Fate::DiesBeforeCommit => Err(DIED),
            Fate::TriesLater => Err(TRY_LATER),
            Fate::Breaks => Err(INTERNAL),
            Fate::ComesLate => self.come_late(id, now),
            Fate::ComesLateHavingRead => {
                let read = Some(self.world.saga(id).read());
                self.come_late(id, Call { read, ..now })
            }
            Fate::DiesHalfway(done) => {
                call_halfway(self.setting, &mut self.world, id, step, done);
                Err(DIED)
            }
        }
    }

    fn come_late(&mut self, id: usize, call: Call) -> Result<SagaStatus, ErrorType> {
        if let Some(place) = self.world.saga(id).late.iter_mut().find(|late| late.is_none()) {
            *place = Some(call);
        }
        Err(TIMEOUT)
    }
}
