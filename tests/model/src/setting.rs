//! What a world begins with: who asks for what, and which guards stand.

use crate::world::{Key, Pool};
use crate::{Guard, Rule};

/// What the two keys of the player ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Both the same step-up pool. There are gems for two steps, and each step
    /// is sold once.
    OnePool,
    /// Each another pool, and there are gems for one draw only.
    TwoPools,
    /// Each another pool of one pity group, and there are gems for both: the
    /// draws wait for each other, for they move one counter.
    SharedPity,
    /// Both the same pool, which was published anew under another pity group
    /// between the two: the sagas count as of two draw groups.
    NewPityGroup,
}

/// A world before anything happens.
#[derive(Debug, Clone)]
pub struct Setting {
    scenario: Scenario,
    pub(crate) requests: [u8; 2],
    without: Vec<Guard>,
    /// Without any: all.
    only: Vec<Rule>,
}

impl Setting {
    /// With every guard.
    #[must_use]
    pub const fn new(scenario: Scenario) -> Self {
        Self { scenario, requests: [2, 1], without: Vec::new(), only: Vec::new() }
    }

    /// With so many requests by each key, instead of two by the first and one by
    /// the other.
    #[must_use]
    pub fn requests(self, count: u8) -> Self {
        Self { requests: [count; 2], ..self }
    }

    /// Without these guards.
    #[must_use]
    pub fn without(self, guards: &[Guard]) -> Self {
        Self { without: guards.to_vec(), ..self }
    }

    /// Looking at these rules alone: to see what comes of breaking the others.
    #[must_use]
    pub fn minding(self, rules: &[Rule]) -> Self {
        Self { only: rules.to_vec(), ..self }
    }

    pub(crate) fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    pub(crate) fn minds(&self, rule: Rule) -> bool {
        self.only.is_empty() || self.only.contains(&rule)
    }

    /// The gems that the player begins with.
    pub(crate) const fn gift(&self) -> i8 {
        match self.scenario {
            Scenario::OnePool | Scenario::NewPityGroup => 3,
            Scenario::SharedPity => 2,
            Scenario::TwoPools => 1,
        }
    }

    /// What a key asks for.
    pub(crate) const fn pool(&self, key: Key) -> Pool {
        match (self.scenario, key) {
            (_, Key::One) | (Scenario::OnePool, Key::Two) => Pool { id: 0, draw_group: 0 },
            (Scenario::TwoPools, Key::Two) => Pool { id: 1, draw_group: 1 },
            (Scenario::SharedPity, Key::Two) => Pool { id: 1, draw_group: 0 },
            (Scenario::NewPityGroup, Key::Two) => Pool { id: 0, draw_group: 1 },
        }
    }
}
