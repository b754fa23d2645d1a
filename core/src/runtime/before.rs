//! Reactions that decide an act before it happens: workers, a queue and a way to the report function of their own, so that whoever waits for an answer
//! waits for nothing else.
//!
//! A worker tells of the act, judges it, and runs the first reaction; the others go to further workers as far as there is room. The answer is given by the
//! first `Deny`, or once the last reaction has ended. What came of it is told afterwards, by a thread that may be kept waiting; where that is far behind,
//! reports are dropped and counted.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};

use super::{
    Outcome, Report, add,
    build::WORKER_STACK,
    judging::Judging,
    queue::Word,
    set::Set,
    worker::{Worker, Workshop},
};
use crate::{detection::Detection, verdict::Question};

/// Decided acts that may wait to be told.
const UNTOLD: usize = 1024;

pub(super) struct Before {
    desk: Arc<Desk>,
    /// The way to each worker.
    words: Vec<Sender<Word>>,
    /// The workers, and the one that tells.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the workers share.
struct Desk {
    judging: Arc<Judging>,
    shop: Arc<Workshop>,
    tasks: Lane<Task>,
    told: Lane<Vec<Report>>,
    /// What waits or is being worked on, of both.
    busy: Busy,
}

#[derive(Default)]
struct Busy {
    count: Mutex<usize>,
    idle: Condvar,
}

impl Busy {
    fn begin(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn end(&self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count -= 1;
        if *count == 0 {
            self.idle.notify_all();
        }
    }

    fn wait(&self) {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.idle.wait_while(count, |count| *count > 0));
    }
}

/// A bounded way that can be closed from any of its ends.
struct Lane<T>(Mutex<Option<Sender<T>>>);

impl<T> Lane<T> {
    fn new(capacity: usize) -> (Lane<T>, Receiver<T>) {
        let (sender, receiver) = bounded(capacity.max(1));
        (Lane(Mutex::new(Some(sender))), receiver)
    }

    /// Never waits; gives back what there is no room for.
    fn push(&self, item: T) -> Result<(), T> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(sender) => sender.try_send(item).map_err(|error| error.into_inner()),
            None => Err(item),
        }
    }

    fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

enum Task {
    Question(Arc<dyn Question>),
    Reaction(Arc<Asked>, usize),
}

/// An act that some recipe decides.
struct Asked {
    set: Arc<Set>,
    question: Arc<dyn Question>,
    detections: Vec<Arc<Detection>>,
    /// Which reaction of which detection.
    reactions: Vec<(usize, usize)>,
    /// Reactions that have not ended.
    left: AtomicUsize,
    outcomes: Mutex<Vec<Option<Outcome>>>,
}

impl Before {
    /// Starts the workers, and waits until each has loaded what it may need.
    pub(super) fn start(
        judging: &Arc<Judging>,
        shop: &Arc<Workshop>,
        (others, workers): (usize, usize),
        capacity: usize,
    ) -> io::Result<Before> {
        let (tasks, jobs) = Lane::new(capacity);
        let (told, reports) = Lane::new(UNTOLD);
        let (judging, shop) = (Arc::clone(judging), Arc::clone(shop));
        let desk = Arc::new(Desk { judging, shop, tasks, told, busy: Busy::default() });
        let threads = Mutex::default();
        let mut before = Before { desk: Arc::clone(&desk), words: Vec::new(), threads };
        let keep = |before: &Before, thread| {
            before.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        };
        for index in 0..workers.max(1) {
            let (say, words) = unbounded();
            let (desk, jobs) = (Arc::clone(&desk), jobs.clone());
            let worker = thread::Builder::new().name(format!("verdict-{index}"));
            let worker = worker.stack_size(WORKER_STACK).spawn(move || {
                let worker = Worker::before(Arc::clone(&desk.shop), others + index);
                desk.run(worker, &jobs, words);
            })?;
            before.words.push(say);
            keep(&before, worker);
        }
        let teller = thread::Builder::new().name("verdict-reports".to_owned());
        let teller = teller.spawn(move || {
            for reports in reports {
                let tell = |report| (desk.shop.shared.report)(report);
                let _ = catch_unwind(AssertUnwindSafe(|| reports.into_iter().for_each(tell)));
                desk.busy.end();
            }
        })?;
        keep(&before, teller);
        before.prepare(&before.desk.judging.set());
        Ok(before)
    }

    /// Lets all workers load what of a set decides before the act; one that decides something does it afterwards.
    pub(super) fn prepare(&self, set: &Arc<Set>) {
        let (done, ready) = bounded(0);
        for words in &self.words {
            let _ = words.send(Word::Prepare(Arc::clone(set), done.clone()));
        }
        drop(done);
        // Nothing is ever sent: it ends when the last of them lets go.
        let _ = ready.recv();
    }

    /// Lets the workers let go of sets that nobody needs any more; does not wait.
    pub(super) fn sweep(&self) {
        for words in &self.words {
            let _ = words.send(Word::Sweep);
        }
    }

    /// Puts a question; false where there is no room.
    pub(super) fn ask(&self, question: Arc<dyn Question>) -> bool {
        self.desk.push(Task::Question(question))
    }

    /// Waits until everything that was asked has been decided and told.
    pub(super) fn wait_until_idle(&self) {
        self.desk.busy.wait();
    }

    /// Takes no more questions, and waits until the others are decided and told.
    pub(super) fn close(&self) {
        self.desk.tasks.close();
        let own = thread::current().id();
        let mut threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let teller = threads.pop();
        // The report function may have dropped the runtime: then the thread ends once it returns.
        let join = |thread: JoinHandle<()>| {
            if thread.thread().id() != own {
                let _ = thread.join();
            }
        };
        threads.into_iter().for_each(join);
        self.desk.told.close();
        teller.into_iter().for_each(join);
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        self.close();
    }
}

impl Desk {
    /// Works until there is nothing more to come.
    fn run(&self, mut worker: Worker, tasks: &Receiver<Task>, mut words: Receiver<Word>) {
        loop {
            select! {
                recv(words) -> word => match word {
                    Ok(word) => drop(catch_unwind(AssertUnwindSafe(|| worker.hear(word)))),
                    Err(_) => words = never(),
                },
                recv(tasks) -> task => {
                    let Ok(task) = task else { break };
                    // What is unwound here drops the question, and the act happens.
                    let _ = catch_unwind(AssertUnwindSafe(|| self.work(task, &mut worker)));
                    self.busy.end();
                    worker.tidy();
                },
            }
        }
    }

    /// Hands a task to some worker; false where there is no room.
    fn push(&self, task: Task) -> bool {
        self.busy.begin();
        let pushed = self.tasks.push(task).is_ok();
        if !pushed {
            self.busy.end();
        }
        pushed
    }

    fn work(&self, task: Task, worker: &mut Worker) {
        match task {
            Task::Question(question) => self.decide(question, worker),
            Task::Reaction(asked, index) => self.react(&asked, index, worker),
        }
    }

    fn decide(&self, question: Arc<dyn Question>, worker: &mut Worker) {
        if !question.is_pending() {
            return;
        }
        let Some(mut event) = question.event() else {
            question.allow();
            return;
        };
        let (set, verdict) = self.judging.judge(&mut event, &self.shop.shared.counters);
        let event = Arc::new(event);
        let detections: Vec<_> = set.matcher.detections(&event, &verdict).map(Arc::new).collect();
        add(&self.shop.shared.counters.detections, detections.len() as u64);
        let reactions: Vec<_> = detections
            .iter()
            .enumerate()
            .flat_map(|(at, detection)| (0..detection.recipe.reactions.len()).map(move |n| (at, n)))
            .collect();
        let count = reactions.len();
        let asked = Arc::new(Asked {
            set,
            question,
            detections,
            outcomes: Mutex::new(reactions.iter().map(|_| None).collect()),
            left: AtomicUsize::new(count),
            reactions,
        });
        if count == 0 {
            self.end(&asked);
            return;
        }
        let own: Vec<_> = (1..count)
            .filter(|index| !self.push(Task::Reaction(Arc::clone(&asked), *index)))
            .collect();
        std::iter::once(0).chain(own).for_each(|index| self.react(&asked, index, worker));
    }

    fn react(&self, asked: &Asked, index: usize, worker: &mut Worker) {
        if let Some((at, reaction)) = asked.reactions.get(index)
            && let Some(detection) = asked.detections.get(*at)
        {
            let detection = (detection, self.judging.missing(detection));
            let outcome = worker.invoke(&asked.set, detection, *reaction, Some(&*asked.question));
            let mut outcomes = asked.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = outcomes.get_mut(index) {
                *place = outcome;
            }
        }
        if asked.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.end(asked);
        }
    }

    /// Every reaction has ended: nobody denies any more.
    fn end(&self, asked: &Asked) {
        asked.question.allow();
        if asked.detections.is_empty() {
            return;
        }
        let dropped = asked.question.is_refused();
        let mut outcomes = asked.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcomes = asked.reactions.iter().zip(std::mem::take(&mut *outcomes)).peekable();
        let mut reports = Vec::with_capacity(asked.detections.len() + asked.reactions.len());
        for (at, detection) in asked.detections.iter().enumerate() {
            reports.push(Report::Verdict { detection: Arc::clone(detection), dropped });
            while let Some((_, outcome)) = outcomes.next_if(|((of, _), _)| *of == at) {
                reports.extend(outcome.map(Report::Outcome));
            }
        }
        self.busy.begin();
        if let Err(reports) = self.told.push(reports) {
            self.busy.end();
            add(&self.shop.shared.counters.untold, reports.len() as u64);
        }
    }
}
