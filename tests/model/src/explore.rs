//! Every schedule up to a length, shortest first.
//!
//! Schedules that lead to the same world are followed together, and counted:
//! the number of schedules is exact, the work that of the worlds.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::{Event, Machine, Play, Rule, Setting, World};

/// What was found.
#[derive(Debug)]
pub struct Explored {
    /// How many schedules there are of each length from 0.
    pub schedules: Vec<u128>,
    /// How many different worlds they lead to.
    pub worlds: usize,
    /// The shortest schedule that breaks a rule, if one does.
    pub broken: Option<Broken>,
}

/// A schedule that breaks a rule.
#[derive(Debug)]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// What happens.
    pub schedule: Vec<Event>,
    /// What happens after it, if the rule is broken only on the way to rest.
    pub ending: Vec<Event>,
}

impl Explored {
    /// How many schedules there are of every length together.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.schedules.iter().sum()
    }
}

/// Plays every schedule of up to `length` events, until a rule is broken.
#[must_use]
pub fn explore(setting: &Setting, machine: &Machine, length: usize) -> Explored {
    let mut explored = Explored { schedules: Vec::new(), worlds: 0, broken: None };
    let mut seen = HashSet::new();
    let mut trail = Trail(Vec::new());
    let mut layer = vec![(World::new(setting), 1)];
    loop {
        explored.schedules.push(layer.iter().map(|(_, count)| count).sum());
        for (place, (world, _)) in layer.iter().enumerate() {
            if !seen.insert(*world) {
                continue; // a shorter schedule leads here, too
            }
            if let Some((rule, ending)) = Play::of(setting, machine, *world).broken_from_here() {
                let schedule = trail.back_from(place);
                explored.broken = Some(Broken { rule, schedule, ending });
                return explored;
            }
        }
        explored.worlds = seen.len();
        if explored.schedules.len() > length {
            return explored;
        }
        layer = trail.step(setting, machine, &layer);
    }
}

/// How each world of each layer was first come to: from where, and by what.
struct Trail(Vec<Vec<(usize, Event)>>);

impl Trail {
    /// All worlds one event further, each with the number of schedules to it.
    fn step(
        &mut self,
        setting: &Setting,
        machine: &Machine,
        layer: &[(World, u128)],
    ) -> Vec<(World, u128)> {
        let mut places = HashMap::new();
        let (mut next, mut came) = (Vec::new(), Vec::new());
        let mut events = Vec::new();
        for (from, (world, count)) in layer.iter().enumerate() {
            world.events(setting, &mut events);
            for event in &events {
                let mut play = Play::of(setting, machine, *world);
                play.happen(*event);
                match places.entry(*play.world()) {
                    Entry::Occupied(place) => {
                        let (_, counted): &mut (World, u128) = &mut next[*place.get()];
                        *counted += count;
                    }
                    Entry::Vacant(place) => {
                        place.insert(next.len());
                        next.push((*play.world(), *count));
                        came.push((from, *event));
                    }
                }
            }
        }
        self.0.push(came);
        next
    }

    fn back_from(&self, mut place: usize) -> Vec<Event> {
        let mut schedule = Vec::new();
        for layer in self.0.iter().rev() {
            let (from, event) = layer[place];
            schedule.push(event);
            place = from;
        }
        schedule.reverse();
        schedule
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken: {}", self.rule)?;
        for (number, event) in (1..).zip(&self.schedule) {
            writeln!(f, "  {number}. {event}")?;
        }
        for event in &self.ending {
            writeln!(f, "  then {event}")?;
        }
        Ok(())
    }
}
