//! A call of a step: the plan of the domain, done to the world.

use tenjo_domain::{Effect, SagaStatus, Step, Turn};

use crate::rule::is_edge;
use crate::world::{Call, Counters, DRAW_COUNT, Drawn, POINTS, Quote, Read, Saga};
use crate::{Guard, Rule, Setting, World};

/// By what name Step Functions learns of an error, as `StepError` has it.
pub(crate) type ErrorType = &'static str;

const INTERNAL: ErrorType = "Internal";
const TOO_EARLY: ErrorType = "TooEarly";

/// Calls a step. An error changes nothing, as the transaction is rolled back.
pub(crate) fn call(
    setting: &Setting,
    world: &mut World,
    id: usize,
    call: Call,
) -> Result<SagaStatus, ErrorType> {
    let mut transaction = Transaction::begin(setting, *world, id, call);
    let status = transaction.run(call.step)?;
    *world = transaction.world;
    Ok(status)
}

/// Calls a step that is not one transaction, and that dies after some effects.
pub(crate) fn call_halfway(setting: &Setting, world: &mut World, id: usize, step: Step, done: u8) {
    let mut transaction = Transaction::begin(setting, *world, id, Call { step, read: None });
    let Turn::Run(plan) = transaction.turn(step) else { return };
    for effect in plan.effects.iter().take(done.into()) {
        if transaction.refuses(step) || transaction.apply(*effect).is_err() {
            return;
        }
    }
    *world = transaction.world;
}

/// A transaction, with the saga as it read it.
struct Transaction<'a> {
    setting: &'a Setting,
    world: World,
    id: usize,
    read: Read,
}

impl<'a> Transaction<'a> {
    fn begin(setting: &'a Setting, mut world: World, id: usize, call: Call) -> Self {
        let read = call.read.unwrap_or_else(|| world.saga(id).read());
        Self { setting, world, id, read }
    }

    fn saga(&mut self) -> &mut Saga {
        self.world.saga(self.id)
    }

    fn run(&mut self, step: Step) -> Result<SagaStatus, ErrorType> {
        let plan = match self.turn(step) {
            Turn::Run(plan) => plan,
            Turn::Answer => return Ok(self.read.status),
            Turn::TooEarly => return Err(TOO_EARLY),
        };
        if let Some(path) = plan.refusal
            && self.refuses(step)
        {
            return self.advance(path);
        }
        for effect in plan.effects {
            self.apply(*effect)?;
        }
        self.advance(plan.path)
    }

    /// The turn of a step; of one that does not ask, as if it were always its own.
    fn turn(&mut self, step: Step) -> Turn {
        if self.setting.has(Guard::Turn) {
            return step.turn(self.read.status);
        }
        let saga = self.saga();
        step.turn(match step {
            Step::Reserve => SagaStatus::Started,
            Step::Draw => SagaStatus::CurrencyReserved,
            Step::Grant => SagaStatus::DrawCompleted,
            Step::Refund if saga.draw.is_some() => SagaStatus::DrawCompleted,
            Step::Refund if saga.charge > 0 => SagaStatus::CurrencyReserved,
            Step::Refund => SagaStatus::Started,
        })
    }

    /// Whether Reserve refuses, for one of the reasons that its step has.
    fn refuses(&mut self, step: Step) -> bool {
        let (saga, read) = (*self.saga(), self.read);
        let quote = Quote::of(self.world.counters(saga.pool).purchases);
        let (balance, setting) = (self.world.balance, self.setting);
        step == Step::Reserve
            && ((read.is_overdue && setting.has(Guard::Deadline))
                || (quote != saga.quote && setting.has(Guard::Requote))
                || (saga.quote.cost > balance && setting.has(Guard::BalanceCheck)))
    }

    fn apply(&mut self, effect: Effect) -> Result<(), ErrorType> {
        let setting = self.setting;
        let unique = |guard, is_there| {
            if setting.has(guard) && is_there { Err(INTERNAL) } else { Ok(()) }
        };
        let saga = *self.saga();
        let Counters { pity, purchases } = self.world.counters(saga.pool);
        match effect {
            Effect::Charge => {
                unique(Guard::LedgerKey, saga.charges > 0)?;
                if saga.is_overdue {
                    self.note(Rule::NotChargedLate);
                }
                self.world.balance -= saga.quote.cost;
                if self.world.balance < 0 && setting.has(Guard::UnsignedBalance) {
                    return Err(INTERNAL);
                }
                let saga = self.saga();
                saga.charges += 1;
                saga.ledger -= saga.quote.cost;
            }
            Effect::RecordCharge => self.saga().charge = saga.quote.cost,
            Effect::TakeNumber => self.world.numbers += 1,
            Effect::MoveState => {
                if purchases != saga.quote.step {
                    self.note(Rule::QuoteHolds);
                }
                let moved = Counters { pity: pity + 1, purchases: purchases + 1 };
                self.world.set_counters(saga.pool, moved);
            }
            Effect::RecordDraw => {
                unique(Guard::ResultKey, saga.draws > 0)?;
                let before = Counters { pity: pity - 1, purchases: purchases - 1 };
                let draw = Drawn { number: self.world.numbers, before };
                let saga = self.saga();
                saga.draws += 1;
                saga.draw = Some(draw);
                if !setting.has(Guard::ResultsAtGrant) {
                    self.saga().histories += DRAW_COUNT;
                }
                if !setting.has(Guard::PointsAtGrant) {
                    self.give_points(POINTS);
                }
            }
            Effect::GrantItems => {
                unique(Guard::GrantKeys, saga.grants > 0)?;
                self.saga().grants += DRAW_COUNT;
            }
            Effect::WriteHistory if setting.has(Guard::ResultsAtGrant) => {
                unique(Guard::GrantKeys, saga.histories > 0)?;
                self.saga().histories += DRAW_COUNT;
            }
            Effect::GivePoints if setting.has(Guard::PointsAtGrant) => {
                unique(Guard::GrantKeys, saga.points > 0)?;
                self.give_points(POINTS);
            }
            Effect::WriteHistory | Effect::GivePoints => {} // Draw did it
            Effect::RestoreState => {
                if let Some(draw) = saga.draw {
                    self.world.set_counters(saga.pool, draw.before);
                }
                if !setting.has(Guard::PointsAtGrant) {
                    self.give_points(-saga.points);
                }
            }
            Effect::GiveBack => {
                unique(Guard::LedgerKey, saga.refunds > 0)?;
                self.world.balance += saga.charge;
                let saga = self.saga();
                saga.refunds += 1;
                saga.ledger += saga.charge;
            }
        }
        Ok(())
    }

    fn give_points(&mut self, points: i8) {
        self.world.points += points;
        self.saga().points += points;
    }

    /// Moves the saga, as `saga::advance` of the store does.
    fn advance(&mut self, path: &[SagaStatus]) -> Result<SagaStatus, ErrorType> {
        let (read, setting) = (self.read, self.setting);
        let saga = self.saga();
        let is_as_read = (saga.status, saga.event_count) == (read.status, read.event_count);
        let is_line_there = saga.event_count > read.event_count;
        if (!is_as_read && setting.has(Guard::Fence))
            || (is_line_there && setting.has(Guard::TimelineKey))
        {
            return Err(INTERNAL);
        }
        let mut is_known = true;
        for status in path {
            is_known &= is_edge(saga.status, *status);
            saga.status = *status;
        }
        saga.event_count = read.event_count + u8::try_from(path.len()).unwrap_or(u8::MAX);
        saga.is_live &= !saga.status.is_final();
        let status = saga.status;
        if !is_known {
            self.note(Rule::OnlyKnownEdges);
        }
        Ok(status)
    }

    /// Keeps that a rule was broken, which no table will show.
    fn note(&mut self, rule: Rule) {
        if self.setting.minds(rule) {
            self.world.broken = self.world.broken.or(Some(rule));
        }
    }
}
