//! What request-draw does: finds the saga of a key, or starts one, and runs it.

use tenjo_domain::Step;

use crate::world::{Quote, Saga};
use crate::{Guard, Key, Setting, World};

/// The place of a key's saga.
///
/// Without derived ids each request has a saga of its own; the world has room
/// for two by the first key.
pub(crate) fn saga_id(setting: &Setting, world: &World, key: Key) -> usize {
    match key {
        Key::One if !setting.has(Guard::DerivedId) && world.sagas[0].is_some() => 2,
        Key::One => 0,
        Key::Two => 1,
    }
}

/// What the key's purchase costs now.
pub(crate) fn quote(setting: &Setting, world: &World, key: Key) -> Quote {
    Quote::of(world.counters(setting.pool(key)).purchases)
}

/// A request that was quoted a price goes on: it runs its saga, or starts it.
/// Without `start`, the request dies before the run.
pub(crate) fn go_on(
    setting: &Setting,
    world: &mut World,
    key: Key,
    quote: Quote,
    start: Option<Step>,
) {
    world.requests_left[key as usize] -= 1;
    let id = saga_id(setting, world, key);
    if let Some(saga) = &mut world.sagas[id] {
        // A retry, perhaps while the first is still going.
        if !saga.status.is_final() {
            run(saga, start);
        }
        return;
    }
    if !setting.has(Guard::BalanceCheck) && quote.cost > world.balance {
        return;
    }
    let pool = setting.pool(key);
    let in_the_way = |saga: &&mut Saga| {
        saga.is_live
            && ((setting.has(Guard::LiveKey) && saga.pool.draw_group == pool.draw_group)
                || (setting.has(Guard::LivePoolKey) && saga.pool.id == pool.id))
    };
    if let Some(other) = world.sagas.iter_mut().flatten().find(in_the_way) {
        // A draw that was given up is run to its end first; the request waits,
        // and comes again.
        if other.is_overdue && start.is_some() && !other.is_run() {
            run(other, start);
            world.requests_left[key as usize] += 1;
        }
        return;
    }
    let mut saga = Saga::new(key, pool, quote);
    run(&mut saga, start);
    world.sagas[id] = Some(saga);
}

fn run(saga: &mut Saga, start: Option<Step>) {
    if let Some(step) = start {
        saga.start_run(step);
    }
}
