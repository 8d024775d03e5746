//! From any world to rest: nothing more fails, and all that is due happens.

use crate::{Event, Fate, Key, Play, Rule, World};

/// More events than any ending needs.
const PATIENCE: usize = 200;

/// When calls work that were given up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Late {
    /// Before anything else.
    First,
    /// After everything else.
    Last,
}

/// What happens on the way to rest, and the rule that is broken by it.
pub(crate) fn end(mut play: Play<'_>, late: Late) -> (Vec<Event>, Option<Rule>) {
    let mut events = Vec::new();
    while let Some(event) = next(play.world(), late) {
        play.happen(event);
        events.push(event);
        let broken = play.broken();
        if broken.is_some() {
            return (events, broken);
        }
        if events.len() == PATIENCE {
            break;
        }
    }
    let broken = play.broken_at_rest();
    (events, broken)
}

fn next(world: &World, late: Late) -> Option<Event> {
    let late_call = world.sagas().find_map(|(id, saga)| {
        let position = saga.late.iter().position(Option::is_some)?;
        saga.late[position].map(|call| Event::LateCall(id, position, call.step))
    });
    let due = due(world);
    match late {
        Late::First => late_call.or(due),
        Late::Last => due.or(late_call),
    }
}

/// What somebody still has to do: a run, a request, the sweeper.
fn due(world: &World) -> Option<Event> {
    let run = world.sagas().find_map(|(id, saga)| {
        let position = saga.runs.iter().position(Option::is_some)?;
        saga.runs[position].map(|run| Event::Call(id, position, run.at, Fate::Answers))
    });
    let request = || {
        let waits = |key: &Key| world.begun[*key as usize].is_some();
        Key::ALL.into_iter().find(waits).map(Event::RequestGoesOn)
    };
    let sweep = || {
        let (id, saga) = world.sagas().find(|(_, saga)| !saga.status.is_final())?;
        Some(if saga.is_overdue { Event::Sweep(id) } else { Event::DeadlinePasses(id) })
    };
    run.or_else(request).or_else(sweep)
}
