//! Which process of a function gets which invocation.
//!
//! Nothing here waits or starts a process: [`Pool::begin_starts`] returns which
//! processes to start.
//!
//! | State of a process | Until |
//! |---|---|
//! | `Starting` | it asks for its first invocation |
//! | `Idle` | it is given one |
//! | `Busy` | it answers |
//! | `Answered` | it asks for the next one |

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::failure;
use crate::invocation::{Invocation, Outcome, ProcessId, Refusal, Waiting};
use crate::program::Build;

/// After this many failed starts in a row, waiting callers get the error. Lambda
/// also tries INIT once more before it answers.
const STARTS_IN_A_ROW: u32 = 2;

/// How long a function whose INIT failed is not started again.
const PAUSE: Duration = Duration::from_secs(1);

/// The processes of a function, and the invocations that wait for one.
#[derive(Debug)]
pub(crate) struct Pool {
    limits: Limits,
    /// The build to start. Processes of other builds get no more invocations.
    build: Option<Build>,
    processes: BTreeMap<ProcessId, Process>,
    /// The process that was used last is at the end, and is used first: as in
    /// Lambda, and so that warm processes stay warm.
    idle: Vec<ProcessId>,
    waiting: VecDeque<Waiting>,
    next_id: u64,
    failed_starts: u32,
    /// How its INIT failed, and until when it is not tried again.
    broken: Option<(InitFailure, Instant)>,
    closed: bool,
}

/// The limits of a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) processes: usize,
    pub(crate) waiting: usize,
    /// Stop a process while it has nothing to do.
    pub(crate) freeze: bool,
}

#[derive(Debug)]
struct Process {
    build: Option<Build>,
    /// Also its process group; none until the system has started it.
    pid: Option<Pid>,
    state: State,
    /// The error that it posted before it ended.
    complaint: Option<Complaint>,
    /// When it was to be started.
    begun: Instant,
    /// How long it took to start.
    init: Option<Duration>,
}

/// What a process posts as the error of its INIT.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub(crate) error_type: String,
    pub(crate) error_message: String,
}

/// How INIT failed: the error that the process posted, and how it ended.
#[derive(Debug)]
struct InitFailure {
    complaint: Option<Complaint>,
    exit: Exit,
}

#[derive(Debug)]
enum State {
    Starting,
    Idle(oneshot::Sender<Invocation>),
    Busy(Held),
    Answered,
}

/// The invocation that a process works on.
#[derive(Debug)]
struct Held {
    id: String,
    answer: oneshot::Sender<Outcome>,
}

/// What a process that asks for an invocation gets.
#[derive(Debug)]
pub(crate) enum Next {
    Now(Invocation),
    Later(oneshot::Receiver<Invocation>),
    /// There is no such process, or it should end.
    Gone,
}

/// A process, as the list of processes shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: ProcessId,
    pub(crate) pid: Option<i32>,
    pub(crate) state: &'static str,
    /// From its start until it asked for its first invocation.
    pub(crate) init: Option<Duration>,
}

impl Pool {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            build: None,
            processes: BTreeMap::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
            next_id: 0,
            failed_starts: 0,
            broken: None,
            closed: false,
        }
    }

    /// Runs this build from now on. Idle processes of other builds end now, busy ones
    /// after they have answered.
    pub(crate) fn renew(&mut self, build: Build) {
        if self.build.replace(build) == Some(build) {
            return;
        }
        // The new one may start.
        self.failed_starts = 0;
        self.broken = None;
        for id in std::mem::take(&mut self.idle) {
            if let Some(process) = self.processes.get(&id) {
                process.signal(Signal::SIGKILL);
            }
        }
    }

    /// Gives an invocation to an idle process, or queues it.
    pub(crate) fn submit(&mut self, waiting: Waiting, now: Instant) -> Result<(), Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        let Some(waiting) = self.give_to_idle(waiting) else { return Ok(()) };
        // Invocations that get a process of their own do not count as waiting.
        let coming = self.limits.processes.saturating_sub(self.busy());
        if self.waiting.len() >= self.limits.waiting.saturating_add(coming) {
            return Err(Refusal::Throttled);
        }
        self.waiting.push_back(waiting);
        self.refuse_all_if_broken(now);
        Ok(())
    }

    /// `None` if an idle process has it now.
    fn give_to_idle(&mut self, mut waiting: Waiting) -> Option<Waiting> {
        while let Some(id) = self.idle.pop() {
            let Some(process) = self.processes.get_mut(&id) else { continue };
            match process.give(waiting, id) {
                None => return None,
                // Its connection is closed; its end will be noticed.
                Some(back) => waiting = back,
            }
        }
        Some(waiting)
    }

    fn busy(&self) -> usize {
        self.processes.values().filter(|p| matches!(p.state, State::Busy(_))).count()
    }

    /// Removes an invocation that waited too long; `false` if it no longer waits.
    pub(crate) fn withdraw(&mut self, id: &str) -> bool {
        let place = self.waiting.iter().position(|waiting| waiting.invocation.id == id);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }

    /// The processes to start now, which count as starting from here on.
    pub(crate) fn begin_starts(&mut self, now: Instant) -> Vec<ProcessId> {
        let paused = self.broken.as_ref().is_some_and(|(_, until)| now < *until);
        if self.closed || paused {
            return Vec::new();
        }
        let build = self.build;
        let free_soon =
            |p: &&Process| p.build == build && matches!(p.state, State::Starting | State::Answered);
        let soon = self.processes.values().filter(free_soon).count();
        let wanted = self.waiting.len().saturating_sub(soon);
        let room = self.limits.processes.saturating_sub(self.processes.len());
        (0..wanted.min(room)).map(|_| self.add()).collect()
    }

    fn add(&mut self) -> ProcessId {
        self.next_id += 1;
        let id = ProcessId(self.next_id);
        let (build, state) = (self.build, State::Starting);
        let (begun, init) = (Instant::now(), None);
        let process = Process { build, pid: None, state, complaint: None, begun, init };
        self.processes.insert(id, process);
        id
    }

    /// The system has started a process; `false` if it should not run.
    pub(crate) fn started(&mut self, id: ProcessId, pid: Pid) -> bool {
        let Some(process) = self.processes.get_mut(&id) else { return false };
        process.pid = Some(pid);
        !self.closed
    }

    /// Whether any process is in INIT.
    pub(crate) fn any_starts(&self) -> bool {
        self.processes.values().any(|process| matches!(process.state, State::Starting))
    }

    pub(crate) fn is_starting(&self, id: ProcessId) -> bool {
        matches!(self.processes.get(&id), Some(Process { state: State::Starting, .. }))
    }

    /// A process asks for an invocation.
    pub(crate) fn next(&mut self, id: ProcessId) -> Next {
        if self.closed {
            return Next::Gone;
        }
        let Some(process) = self.processes.get_mut(&id) else { return Next::Gone };
        self.failed_starts = 0;
        self.broken = None;
        self.idle.retain(|idle| *idle != id);
        let before = std::mem::replace(&mut process.state, State::Answered);
        if matches!(before, State::Starting) {
            process.init = Some(process.begun.elapsed());
        }
        if let State::Busy(held) = before {
            let outcome = failure::broken(&held.id, "Runtime asked for the next event too early");
            // The caller may have given up.
            let _ = held.answer.send(outcome);
        }
        if process.build != self.build {
            process.signal(Signal::SIGKILL);
            return Next::Gone;
        }
        if let Some(waiting) = self.waiting.pop_front() {
            return Next::Now(process.take(waiting, id));
        }
        let (sender, receiver) = oneshot::channel();
        process.state = State::Idle(sender);
        self.idle.push(id);
        if self.limits.freeze {
            process.signal(Signal::SIGSTOP);
        }
        Next::Later(receiver)
    }

    /// A process answers; `false` if it has no such invocation.
    pub(crate) fn answer(&mut self, id: ProcessId, invocation: &str, outcome: Outcome) -> bool {
        let Some(process) = self.processes.get_mut(&id) else { return false };
        if !process.holds(invocation) {
            return false;
        }
        if let State::Busy(held) = std::mem::replace(&mut process.state, State::Answered) {
            // The caller may have given up.
            let _ = held.answer.send(outcome);
        }
        true
    }

    /// A process says why it will not start.
    pub(crate) fn complain(&mut self, id: ProcessId, complaint: Complaint) {
        if let Some(process) = self.processes.get_mut(&id) {
            process.complaint = Some(complaint);
        }
    }

    /// A process ended. Returns why, if the function counts as broken from now on.
    pub(crate) fn ended(&mut self, id: ProcessId, how: Exit, now: Instant) -> Option<String> {
        let process = self.processes.remove(&id)?;
        self.idle.retain(|idle| *idle != id);
        let mut report = None;
        match process.state {
            State::Busy(held) => {
                // The caller may have given up: after a timeout it has.
                let _ = held.answer.send(how.outcome(&held.id));
            }
            State::Starting if !self.closed => {
                self.failed_starts += 1;
                // After all of INIT's time the callers have waited long enough.
                if self.failed_starts >= STARTS_IN_A_ROW || matches!(how, Exit::TooSlow(_)) {
                    let failure = InitFailure { complaint: process.complaint, exit: how };
                    report = Some(failure.to_string());
                    self.broken = Some((failure, now + PAUSE));
                }
            }
            State::Starting | State::Idle(_) | State::Answered => {}
        }
        self.refuse_all_if_broken(now);
        report
    }

    /// Without processes, and while none may be started, no invocation should wait.
    fn refuse_all_if_broken(&mut self, now: Instant) {
        if let Some((failure, until)) = &self.broken
            && now < *until
            && self.processes.is_empty()
        {
            for waiting in self.waiting.drain(..) {
                // The caller may have given up.
                let _ = waiting.answer.send(failure.outcome(&waiting.invocation.id));
            }
        }
    }

    /// Kills a process if it still has this invocation.
    pub(crate) fn kill_holder(&mut self, id: ProcessId, invocation: &str) -> bool {
        match self.processes.get(&id) {
            Some(process) if process.holds(invocation) => process.signal(Signal::SIGKILL),
            _ => false,
        }
    }

    /// Kills one process, a busy one if there is one, and returns which.
    pub(crate) fn kill_any(&mut self) -> Option<Pid> {
        let rank = |process: &Process| match process.state {
            State::Busy(_) => 0,
            State::Answered => 1,
            State::Idle(_) => 2,
            State::Starting => 3,
        };
        let process =
            self.processes.values().filter(|p| p.pid.is_some()).min_by_key(|p| rank(p))?;
        process.signal(Signal::SIGKILL);
        process.pid
    }

    /// Kills all processes, and starts no more.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.waiting.clear();
        for process in self.processes.values() {
            process.signal(Signal::SIGKILL);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// All processes, in the order of their start.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let seen = |(id, process): (&ProcessId, &Process)| Seen {
            id: *id,
            init: process.init,
            pid: process.pid.map(Pid::as_raw),
            state: match process.state {
                State::Starting => "starting",
                State::Idle(_) => "idle",
                State::Busy(_) => "busy",
                State::Answered => "answered",
            },
        };
        self.processes.iter().map(seen).collect()
    }
}

impl Process {
    /// Gives an invocation to this idle process; returns it if the process no longer
    /// listens.
    fn give(&mut self, waiting: Waiting, id: ProcessId) -> Option<Waiting> {
        match std::mem::replace(&mut self.state, State::Answered) {
            State::Idle(sender) if !sender.is_closed() => {
                // It must be awake first, or it could not read the invocation.
                self.signal(Signal::SIGCONT);
                let invocation = self.take(waiting, id);
                // If its connection closes now, the invocation ends with it.
                let _ = sender.send(invocation);
                None
            }
            _ => Some(waiting),
        }
    }

    /// Assigns an invocation to this process.
    fn take(&mut self, waiting: Waiting, id: ProcessId) -> Invocation {
        // The caller may have given up.
        let _ = waiting.given.send(id);
        let held = Held { id: waiting.invocation.id.clone(), answer: waiting.answer };
        self.state = State::Busy(held);
        waiting.invocation
    }

    fn holds(&self, invocation: &str) -> bool {
        matches!(&self.state, State::Busy(held) if held.id == invocation)
    }

    /// Whether the signal reached a process.
    fn signal(&self, signal: Signal) -> bool {
        self.pid.is_some_and(|pid| killpg(pid, signal).is_ok())
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) enum Exit {
    /// By itself, or by a signal.
    Ended(ExitStatus),
    /// The system could not start it.
    NotStarted(String),
    /// It did not ask for an invocation in time, and was killed.
    TooSlow(Duration),
}

impl Exit {
    fn outcome(&self, id: &str) -> Outcome {
        match self {
            Self::Ended(status) => failure::exited(id, *status),
            Self::NotStarted(why) => failure::not_started(id, why),
            Self::TooSlow(limit) => failure::timed_out(id, *limit),
        }
    }
}

impl InitFailure {
    /// The outcome for callers that waited for it.
    fn outcome(&self, id: &str) -> Outcome {
        match &self.complaint {
            Some(Complaint { error_type, error_message }) => {
                failure::complained(error_type, error_message)
            }
            None => self.exit.outcome(id),
        }
    }
}

impl fmt::Display for InitFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.complaint {
            Some(Complaint { error_type, error_message }) => {
                write!(f, "{error_type}: {error_message}")
            }
            None => self.exit.fmt(f),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => f.write_str(&failure::how_it_exited(*status)),
            Self::NotStarted(why) => f.write_str(why),
            Self::TooSlow(limit) => {
                write!(f, "Runtime asked for no event within {} seconds", limit.as_secs())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;
    use crate::invocation::Call;

    const NOW: fn() -> Instant = Instant::now;

    /// Where the caller of an invocation waits.
    struct Caller {
        given: oneshot::Receiver<ProcessId>,
        answer: oneshot::Receiver<Outcome>,
    }

    impl Caller {
        fn error_type(&mut self) -> String {
            let Outcome::Failed(payload) = self.answer.try_recv().unwrap() else { panic!() };
            let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            payload["errorType"].as_str().unwrap().to_owned()
        }
    }

    fn pool(processes: usize, waiting: usize) -> Pool {
        Pool::new(Limits { processes, waiting, freeze: false })
    }

    fn submit(pool: &mut Pool, id: &str) -> Result<Caller, Refusal> {
        let invocation = Invocation { id: id.to_owned(), call: Call::default() };
        let (given, given_to) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        pool.submit(Waiting { invocation, given, answer }, NOW())?;
        Ok(Caller { given: given_to, answer: answered })
    }

    /// Starts the wanted processes, and returns them.
    fn start(pool: &mut Pool) -> Vec<ProcessId> {
        pool.begin_starts(NOW())
    }

    fn given_now(next: Next) -> String {
        let Next::Now(invocation) = next else { panic!("{next:?}") };
        invocation.id
    }

    fn answered() -> Outcome {
        Outcome::Answered("1".into())
    }

    #[test]
    fn as_many_are_started_as_wait_for_one_and_no_more_than_may_be() {
        for (callers, started) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
            let mut pool = pool(2, 10);
            let _callers: Vec<_> =
                (0..callers).map(|id| submit(&mut pool, &id.to_string())).collect();
            assert_eq!(start(&mut pool).len(), started);
            assert_eq!(start(&mut pool).len(), 0, "they are on their way");
        }
    }

    #[test]
    fn none_is_started_for_whom_a_process_is_about_to_be_free() {
        let mut pool = pool(2, 10);
        let _first = submit(&mut pool, "first");
        let process = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(process)), "first");
        assert!(pool.answer(process, "first", answered()));
        let _second = submit(&mut pool, "second");
        assert_eq!(start(&mut pool), []);
        assert_eq!(given_now(pool.next(process)), "second");
    }

    #[test]
    fn the_process_that_was_used_last_is_used_first() {
        let mut pool = pool(2, 10);
        let _callers = [submit(&mut pool, "1"), submit(&mut pool, "2")];
        let processes = start(&mut pool);
        for (process, id) in processes.iter().zip(["1", "2"]) {
            assert_eq!(given_now(pool.next(*process)), id);
            assert!(pool.answer(*process, id, answered()));
        }
        let _second = pool.next(processes[1]);
        let _first = pool.next(processes[0]);
        let mut caller = submit(&mut pool, "3").unwrap();
        assert_eq!(caller.given.try_recv(), Ok(processes[0]));
    }

    #[test]
    fn a_process_that_hung_up_is_given_nothing() {
        let mut pool = pool(2, 10);
        let _first = submit(&mut pool, "1");
        let process = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(process)), "1");
        assert!(pool.answer(process, "1", answered()));
        drop(pool.next(process));
        let mut caller = submit(&mut pool, "2").unwrap();
        assert!(caller.given.try_recv().is_err());
    }

    #[test]
    fn only_who_has_an_invocation_can_answer_it_and_only_once() {
        let mut pool = pool(2, 10);
        let mut caller = submit(&mut pool, "1").unwrap();
        let process = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(process)), "1");
        assert!(!pool.answer(process, "2", answered()));
        assert!(!pool.answer(ProcessId(99), "1", answered()));
        assert!(pool.answer(process, "1", answered()));
        assert!(!pool.answer(process, "1", answered()));
        assert_eq!(caller.answer.try_recv(), Ok(answered()));
    }

    #[test]
    fn who_asks_for_more_without_an_answer_has_failed() {
        let mut pool = pool(1, 10);
        let mut caller = submit(&mut pool, "1").unwrap();
        let process = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(process)), "1");
        let _waits = pool.next(process);
        assert_eq!(caller.error_type(), "Runtime.Unknown");
    }

    #[test]
    fn beyond_the_queue_there_is_no_room() {
        for (queue, room) in [(0, 1), (2, 3)] {
            let mut pool = pool(1, queue);
            let callers: Vec<_> = (0..5).map(|id| submit(&mut pool, &id.to_string())).collect();
            assert_eq!(callers.iter().filter(|caller| caller.is_ok()).count(), room);
        }
    }

    #[test]
    fn a_function_that_does_not_start_is_tried_once_more_and_then_given_a_pause() {
        let mut pool = pool(1, 10);
        let mut caller = submit(&mut pool, "1").unwrap();
        for report in [None, Some("no such program".to_owned())] {
            let process = start(&mut pool)[0];
            assert!(caller.answer.try_recv().is_err());
            let failed = Exit::NotStarted("no such program".to_owned());
            assert_eq!(pool.ended(process, failed, NOW()), report);
        }
        assert_eq!(caller.error_type(), "Runtime.InvalidEntrypoint");

        let mut during = submit(&mut pool, "2").unwrap();
        assert_eq!(during.error_type(), "Runtime.InvalidEntrypoint");
        assert_eq!(start(&mut pool), []);

        let later = NOW() + PAUSE;
        let invocation = Invocation { id: "3".to_owned(), call: Call::default() };
        let waiting =
            Waiting { invocation, given: oneshot::channel().0, answer: oneshot::channel().0 };
        assert_eq!(pool.submit(waiting, later), Ok(()));
        assert_eq!(pool.begin_starts(later).len(), 1);
    }

    #[test]
    fn a_failed_init_is_answered_by_how_it_failed_or_by_what_the_function_said() {
        let said =
            Complaint { error_type: "Unhandled".to_owned(), error_message: "no key".to_owned() };
        for (complaint, exit, error_type) in [
            (None, || Exit::Ended(ExitStatus::from_raw(1 << 8)), "Runtime.ExitError"),
            (Some(said), || Exit::Ended(ExitStatus::from_raw(1 << 8)), "Unhandled"),
        ]
            as [(Option<Complaint>, fn() -> Exit, &str); 2]
        {
            let mut pool = pool(1, 10);
            let mut caller = submit(&mut pool, "1").unwrap();
            for _ in 0..STARTS_IN_A_ROW {
                let process = start(&mut pool)[0];
                complaint.clone().into_iter().for_each(|said| pool.complain(process, said));
                pool.ended(process, exit(), NOW());
            }
            assert_eq!(caller.error_type(), error_type);
        }
    }

    #[test]
    fn an_init_that_takes_too_long_is_not_waited_for_twice() {
        let mut pool = pool(1, 10);
        let mut caller = submit(&mut pool, "1").unwrap();
        let process = start(&mut pool)[0];
        pool.ended(process, Exit::TooSlow(Duration::from_secs(10)), NOW());
        assert_eq!(caller.error_type(), "Sandbox.Timedout");
    }

    #[test]
    fn how_long_a_start_took_is_known_once_it_has_asked_for_work() {
        let mut pool = pool(1, 10);
        let _caller = submit(&mut pool, "1");
        let process = start(&mut pool)[0];
        assert_eq!(pool.seen()[0].init, None);
        given_now(pool.next(process));
        let init = pool.seen()[0].init;
        assert!(init.is_some());
        assert!(pool.answer(process, "1", answered()));
        let _idle = pool.next(process);
        assert_eq!(pool.seen()[0].init, init, "its second call is no start");
    }

    #[test]
    fn after_a_new_build_no_process_of_the_old_one_is_given_anything() {
        let mut pool = pool(2, 10);
        pool.renew(Build::number(1));
        let _first = submit(&mut pool, "1");
        let old = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(old)), "1");

        pool.renew(Build::number(2));
        let _second = submit(&mut pool, "2");
        let new = start(&mut pool)[0];
        assert!(pool.answer(old, "1", answered()), "what it had in hand it may answer");
        assert!(matches!(pool.next(old), Next::Gone));
        assert_eq!(given_now(pool.next(new)), "2");

        assert!(pool.answer(new, "2", answered()));
        let Next::Later(_idle) = pool.next(new) else { panic!("nothing waits") };
        pool.renew(Build::number(2));
        let mut same = submit(&mut pool, "3").unwrap();
        assert_eq!(same.given.try_recv(), Ok(new), "the same build again");
    }

    #[test]
    fn an_idle_process_of_an_old_build_is_left_alone_by_invocations() {
        let mut pool = pool(1, 10);
        pool.renew(Build::number(1));
        let _first = submit(&mut pool, "1");
        let old = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(old)), "1");
        assert!(pool.answer(old, "1", answered()));
        let Next::Later(_idle) = pool.next(old) else { panic!("nothing waits") };
        pool.renew(Build::number(2));
        let mut caller = submit(&mut pool, "2").unwrap();
        assert!(caller.given.try_recv().is_err());
        assert_eq!(start(&mut pool), [], "there is no room until it has ended");
        pool.ended(old, Exit::NotStarted("killed".to_owned()), NOW());
        let new = start(&mut pool)[0];
        assert_eq!(given_now(pool.next(new)), "2");
    }

    #[test]
    fn a_new_build_of_a_broken_function_is_started_at_once() {
        let mut pool = pool(1, 10);
        pool.renew(Build::number(1));
        let _caller = submit(&mut pool, "1");
        for _ in 0..STARTS_IN_A_ROW {
            let process = start(&mut pool)[0];
            pool.ended(process, Exit::NotStarted("no".to_owned()), NOW());
        }
        pool.renew(Build::number(2));
        let _next = submit(&mut pool, "2");
        assert_eq!(start(&mut pool).len(), 1);
    }

    #[test]
    fn a_closed_pool_starts_and_takes_nothing() {
        let mut pool = pool(2, 10);
        let mut caller = submit(&mut pool, "1").unwrap();
        let process = start(&mut pool)[0];
        pool.close();
        assert!(caller.answer.try_recv().is_err());
        assert!(matches!(pool.next(process), Next::Gone));
        assert!(!pool.started(process, Pid::from_raw(i32::MAX)));
        assert_eq!(submit(&mut pool, "2").err(), Some(Refusal::Closed));
        assert_eq!(start(&mut pool), []);
    }
}
