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
    /// Both the same pool, which was published anew under another pity group
    /// between the two: the sagas count as of two draw groups.
    NewPityGroup,
}

/// A world before anything happens.
#[derive(Debug, Clone)]
pub struct Setting {
    scenario: Scenario,
    without: Vec<Guard>,
    aside: Vec<Rule>,
}

impl Setting {
    /// With every guard.
    #[must_use]
    pub const fn new(scenario: Scenario) -> Self {
        Self { scenario, without: Vec::new(), aside: Vec::new() }
    }

    /// Without these guards.
    #[must_use]
    pub fn without(self, guards: &[Guard]) -> Self {
        Self { without: guards.to_vec(), ..self }
    }

    /// Not looking at these rules: to see what comes of breaking them.
    #[must_use]
    pub fn aside(self, rules: &[Rule]) -> Self {
        Self { aside: rules.to_vec(), ..self }
    }

    pub(crate) fn has(&self, guard: Guard) -> bool {
        !self.without.contains(&guard)
    }

    pub(crate) fn minds(&self, rule: Rule) -> bool {
        !self.aside.contains(&rule)
    }

    /// The gems that the player begins with.
    pub(crate) const fn gift(&self) -> i8 {
        match self.scenario {
            Scenario::OnePool | Scenario::NewPityGroup => 3,
            Scenario::TwoPools => 1,
        }
    }

    /// What a key asks for.
    pub(crate) const fn pool(&self, key: Key) -> Pool {
        match (self.scenario, key) {
            (_, Key::One) | (Scenario::OnePool, Key::Two) => Pool { state: 0, draw_group: 0 },
            (Scenario::TwoPools, Key::Two) => Pool { state: 1, draw_group: 1 },
            (Scenario::NewPityGroup, Key::Two) => Pool { state: 0, draw_group: 1 },
        }
    }
}
