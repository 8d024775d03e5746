//! The world as the database of the saga: transactions, leases, and runs.

use std::sync::{Mutex, PoisonError};

use tenjo_domain::{SagaId, SagaStatus, Step};
use tenjo_saga::{Database, Leases, RunError, Runs, StepError, run};

use crate::books::{Failed, WorldBooks};
use crate::ready::ready;
use crate::state::State;
use crate::world::{Key, Read};
use crate::{Guard, Machine, Setting, World};

/// By what name Step Functions learns of an error.
pub(crate) type ErrorType = &'static str;

pub(crate) const INTERNAL: ErrorType = "Internal";
const TOO_EARLY: ErrorType = "TooEarly";

/// A world, and what is special about the transactions that begin on it.
#[derive(Clone, Copy)]
pub(crate) struct WorldDatabase<'a> {
    pub(crate) setting: &'a Setting,
    machine: &'a Machine,
    world: &'a Mutex<World>,
    /// Whose request opens a saga, and what its snapshot has of the state.
    pub(crate) opening: Option<(Key, Option<State>)>,
    /// Which step runs.
    pub(crate) step: Option<Step>,
    /// What it has read of its saga already.
    pub(crate) read: Option<Read>,
    /// After so many effects the step dies, and they stay.
    pub(crate) dies_after: Option<u8>,
}

/// Does something with a world as a database.
pub(crate) fn with<T>(
    setting: &Setting,
    machine: &Machine,
    world: &mut World,
    act: impl FnOnce(WorldDatabase<'_>) -> T,
) -> T {
    let shared = Mutex::new(*world);
    let database = WorldDatabase {
        setting,
        machine,
        world: &shared,
        opening: None,
        step: None,
        read: None,
        dies_after: None,
    };
    let done = act(database);
    *world = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    done
}

/// The id of the saga at a place in the world.
pub(crate) fn saga_id(place: usize) -> SagaId {
    SagaId(uuid::Uuid::from_u128(place as u128))
}

/// The place in the world of the saga with an id.
pub(crate) fn place_of(saga_id: SagaId) -> usize {
    usize::try_from(saga_id.0.as_u128()).expect("an id of the model")
}

impl WorldDatabase<'_> {
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a step, as its function does.
    pub(crate) fn step(&self, step: Step, place: usize) -> Result<SagaStatus, ErrorType> {
        let database = Self { step: Some(step), ..*self };
        match ready(run(&database, step, saga_id(place))) {
            Ok(stepped) => Ok(stepped.status()),
            Err(StepError::TooEarly(_)) => Err(TOO_EARLY),
            Err(StepError::SagaNotFound | StepError::Books(_) | StepError::Broken(_)) => {
                Err(INTERNAL)
            }
        }
    }
}

impl<'a> Database for WorldDatabase<'a> {
    type Error = Failed;
    type Books = WorldBooks<'a>;

    async fn begin(&self) -> Result<WorldBooks<'a>, Failed> {
        Ok(WorldBooks::new(*self, self.change(|world| *world)))
    }
}

impl Leases for WorldDatabase<'_> {
    type Error = Failed;

    async fn take(&self, saga_id: SagaId) -> Result<Option<u32>, Failed> {
        Ok(self.change(|world| {
            let saga = world.saga(place_of(saga_id));
            let has_room = saga.runs.contains(&None);
            let is_over = !saga.is_run() || !self.setting.has(Guard::Lease);
            (saga.is_live && saga.is_overdue && has_room && is_over).then_some(1)
        }))
    }

    async fn give_back(&self, _: SagaId, _: u32) -> Result<(), Failed> {
        Ok(()) // every attempt of the model is the first
    }

    async fn status(&self, saga_id: SagaId) -> Result<Option<SagaStatus>, Failed> {
        Ok(self.change(|world| world.sagas[place_of(saga_id)].map(|saga| saga.status)))
    }
}

impl Runs for WorldDatabase<'_> {
    /// Begins a run. What comes of it are events of their own.
    async fn run(&self, saga_id: SagaId) -> Result<(), RunError> {
        let start = self.machine.start();
        self.change(|world| world.saga(place_of(saga_id)).start_run(start));
        Err(RunError::StillRunning)
    }
}
