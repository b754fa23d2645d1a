//! What Rhai's callbacks share with the machine: the running invocation, its limits, and why it was stopped.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
    time::{Duration, Instant},
};

use reactant_core::{
    engine::{Door, Invocation},
    limits::{Limits, Stop},
};
use rhai::{Dynamic, EvalAltResult, Position};

use crate::{
    globals::{self, Globals},
    lend::Lent,
    level, meter, stack,
};

/// One for a machine.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) lent: Lent,
    /// The verdict; once set, every further operation ends the script.
    stop: Cell<Option<Stop>>,
    deadline: Cell<Instant>,
    /// When the clock was read last.
    looked: Cell<Instant>,
    /// Operations until the clock is read.
    patience: Cell<u32>,
    /// What this thread held when the invocation began, less what counts as used already; see [`meter::live`].
    base: Cell<isize>,
    /// What of that were large blocks.
    base_large: Cell<isize>,
    /// How much may be used.
    limit: Cell<isize>,
    /// Up to where this thread's memory may grow before it is looked at closely.
    easy: Cell<isize>,
    /// Down to where evaluation may use the stack.
    floor: Cell<usize>,
    /// The largest value where the allocator is no meter.
    cap: Cell<usize>,
    /// What the top level of the running script left.
    globals: RefCell<Rc<Globals>>,
    /// Those of them that this invocation touched, each shared by all who see it.
    live: RefCell<Vec<(String, Dynamic)>>,
    /// The event, from the first time that the invocation has a use for it: one for all who see it.
    data: RefCell<Option<Dynamic>>,
    /// Whether the running script has closures that hold variables.
    captures: Cell<bool>,
    /// See [`State::set_later`].
    later: RefCell<HashSet<String>>,
    /// Whether there is any.
    any_later: Cell<bool>,
    /// The variables that closures hold: a cycle of them would never be given back.
    cells: RefCell<Vec<Dynamic>>,
    /// Whether calls went too deep.
    deepest: Cell<bool>,
}

/// What unwinds a script that was ended.
#[derive(Debug)]
pub(crate) struct Left;

/// Leaves the script at once. An error would not do: where Rhai writes a value as text it takes any error for one of that value, and writes it whole by
/// other means, however long that is. Where a panic aborts, the error has to do.
pub(crate) fn left() -> Box<EvalAltResult> {
    #[cfg(panic = "unwind")]
    std::panic::resume_unwind(Box::new(Left));
    #[cfg(not(panic = "unwind"))]
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE))
}

/// Marks a variable that is among [`State::cells`].
const NOTED: i32 = i32::MIN + 1;

/// What is said of calls that went too deep.
pub(crate) const OVERFLOW: &str = "Stack overflow";

/// What a machine may take beside the memory of its scripts, in bytes.
const OWN: isize = 4 << 20;

/// How many operations pass between two looks at the clock; natives that may take long ask for one at once.
const PATIENCE: u32 = 4;
/// How many where so little is used that no operation takes long.
const LONG_PATIENCE: u32 = 32;
/// How much that is, in bytes.
const LITTLE: isize = 256 << 10;

impl State {
    pub(crate) fn new() -> Rc<State> {
        Rc::new(State {
            lent: Lent::default(),
            stop: Cell::default(),
            deadline: Cell::new(Instant::now()),
            looked: Cell::new(Instant::now()),
            patience: Cell::default(),
            base: Cell::default(),
            base_large: Cell::default(),
            limit: Cell::new(isize::MAX),
            easy: Cell::new(isize::MAX),
            floor: Cell::new(0),
            cap: Cell::default(),
            globals: RefCell::default(),
            live: RefCell::default(),
            data: RefCell::default(),
            captures: Cell::default(),
            later: RefCell::default(),
            any_later: Cell::default(),
            cells: RefCell::default(),
            deepest: Cell::default(),
        })
    }

    /// Begins anew: on a stack that may be used down to `floor`, with `spent` bytes of the memory used already.
    pub(crate) fn arm(&self, limits: &Limits, floor: usize, spent: usize) {
        const YEAR: Duration = Duration::from_hours(365 * 24);
        let now = Instant::now();
        self.stop.set(None);
        self.deepest.set(false);
        self.deadline.set(now.checked_add(limits.timeout).unwrap_or_else(|| now + YEAR));
        self.looked.set(now);
        self.patience.set(PATIENCE);
        self.limit.set(isize::try_from(limits.memory).unwrap_or(isize::MAX));
        let spent = isize::try_from(spent).unwrap_or(isize::MAX);
        self.base.set(meter::live().saturating_sub(spent));
        self.base_large.set(meter::large());
        self.rest();
        self.cap.set(limits.memory / 4);
        self.floor.set(floor);
    }

    /// Reckons what nothing can go beyond, whatever it consists of.
    fn rest(&self) {
        let quarter = self.limit.get().saturating_add(OWN) / 4;
        self.easy.set(self.base.get().saturating_add(quarter.min(self.limit.get()).min(LITTLE)));
    }

    /// Takes up a script.
    pub(crate) fn begin(&self, globals: Rc<Globals>, captures: bool) {
        self.live.replace(globals.together());
        self.globals.replace(globals);
        self.captures.set(captures);
    }

    /// Names that closures of the top level hold, and that are set for each invocation.
    pub(crate) fn set_later(&self, names: HashSet<String>) {
        self.any_later.set(self.any_later.get() || !names.is_empty());
        self.later.replace(names);
    }

    /// Whether any closure of a top level may hold a name that is set for each invocation.
    pub(crate) fn holds_later(&self) -> bool {
        self.any_later.get()
    }

    /// Whether a closure of the top level holds this name.
    pub(crate) fn is_later(&self, name: &str) -> bool {
        self.later.borrow().contains(name)
    }

    /// Forgets what a top level noted: it is there to stay.
    pub(crate) fn keep(&self) {
        self.live.take();
        self.cells.take();
    }

    /// Lets everything go that the script may have tied into a cycle.
    pub(crate) fn end(&self) {
        let live = self.live.take().into_iter().map(|(_, cell)| cell);
        for mut cell in live.chain(self.cells.take()).chain(self.data.take()) {
            if let Some(mut inside) = cell.write_lock::<Dynamic>() {
                *inside = Dynamic::UNIT;
            }
        }
    }

    /// How many bytes a native may take at once.
    pub(crate) fn room(&self) -> usize {
        if meter::installed() {
            usize::try_from(self.limit.get().saturating_sub(self.used())).unwrap_or(0)
        } else {
            self.cap.get()
        }
    }

    /// How many bytes a native may take at once for a text that Rhai then copies, with another that there is already.
    pub(crate) fn room_to_copy(&self) -> usize {
        let half = self.limit.get().saturating_add(OWN) / 2;
        let left = half.saturating_sub(self.used());
        self.room().min(usize::try_from(left).unwrap_or(0))
    }

    /// A variable of the top level, and whether it is a constant. It is this invocation's own from the first touch.
    pub(crate) fn global(&self, name: &str) -> Option<(Dynamic, bool)> {
        let globals = self.globals.borrow();
        let global = globals.get(name)?;
        let mut live = self.live.borrow_mut();
        if let Some((_, cell)) = live.iter().find(|(known, _)| known == name) {
            return Some((cell.clone(), global.constant));
        }
        let cell = globals::cell(global.value.clone(), global.constant);
        live.push((name.to_owned(), cell.clone()));
        Some((cell, global.constant))
    }

    /// The event of the running invocation, the argument of `process` and the global alike; `None` while a script loads.
    pub(crate) fn data(&self) -> Option<Dynamic> {
        if let Some(data) = &*self.data.borrow() {
            return Some(data.clone());
        }
        let root = |invocation: &Invocation<'_>| level::of(self, invocation.data.root());
        let data = self.lent.invocation(root)?.into_shared();
        self.data.replace(Some(data.clone()));
        Some(data)
    }

    /// Whether variables have to be looked at: see [`State::note`].
    pub(crate) fn captures(&self) -> bool {
        self.captures.get()
    }

    /// Notes a variable that closures hold, once.
    pub(crate) fn note(&self, variable: Option<&mut Dynamic>) {
        if let Some(variable) = variable
            && variable.is_shared()
            && variable.tag() != NOTED
        {
            variable.set_tag(NOTED);
            self.cells.borrow_mut().push(variable.clone());
        }
    }

    /// How much is used, in bytes.
    fn used(&self) -> isize {
        meter::live().saturating_sub(self.base.get())
    }

    /// Whether the next operation may leave the memory that there is: it may copy all of it, and each large block three times, as where
    /// a text is put behind a copy of itself, which has to move for that.
    fn tight(&self) -> bool {
        self.patience.set(self.patience.get().min(PATIENCE));
        let used = self.used();
        let large = meter::large().saturating_sub(self.base_large.get());
        let grown = used.saturating_add(used.max(large.saturating_mul(3)));
        used > self.limit.get() || grown > self.limit.get().saturating_add(OWN)
    }

    /// How much of the memory is used, in bytes.
    pub(crate) fn spent(&self, limits: &Limits) -> usize {
        usize::try_from(self.used()).unwrap_or(0).min(limits.memory)
    }

    /// The verdict so far.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stop.get()
    }

    /// Ends the script; the first verdict stands.
    pub(crate) fn stop(&self, stop: Stop) -> Box<EvalAltResult> {
        if self.stop.get().is_none() {
            self.stop.set(Some(stop));
        }
        left()
    }

    /// Ends the script since calls went too deep.
    pub(crate) fn overflow(&self) -> Box<EvalAltResult> {
        self.deepest.set(true);
        // Of its own kind, Rhai would lose the place on the way up.
        Box::new(EvalAltResult::ErrorRuntime(OVERFLOW.into(), Position::NONE))
    }

    /// Whether it did.
    pub(crate) fn overflowed(&self) -> bool {
        self.deepest.get()
    }

    /// Whether the script must end now. Asked at every operation.
    pub(crate) fn over(&self) -> bool {
        if self.stop.get().is_some() || self.deepest.get() {
            return true;
        }
        if (meter::live() > self.easy.get() && self.tight()) || self.deep() {
            self.stop.set(Some(Stop::Memory));
            return true;
        }
        match self.patience.get().checked_sub(1) {
            Some(left) => self.patience.set(left),
            None => return self.late(),
        }
        false
    }

    /// Whether the stack ends: for what goes deep and asks [`State::over`] now and then.
    pub(crate) fn deep(&self) -> bool {
        stack::here() < self.floor.get()
    }

    /// Reads the clock. Where operations take long, the next one reads it again.
    fn late(&self) -> bool {
        const LONG: Duration = Duration::from_micros(500);
        let now = Instant::now();
        let long = now.saturating_duration_since(self.looked.replace(now)) > LONG;
        let patience = match meter::installed() && meter::live() <= self.easy.get() {
            true => LONG_PATIENCE,
            false => PATIENCE,
        };
        self.patience.set(if long { 0 } else { patience });
        let late = now >= self.deadline.get();
        if late {
            self.stop.set(Some(Stop::Timeout));
        }
        late
    }

    /// Lets the next operation look at the clock: what just ran may have taken long.
    pub(crate) fn hurry(&self) {
        self.patience.set(0);
    }

    /// Asks in the middle of a native.
    ///
    /// # Errors
    ///
    /// What ends the script.
    pub(crate) fn check(&self) -> Result<(), Box<EvalAltResult>> {
        if self.over() { Err(left()) } else { Ok(()) }
    }

    /// Uses the host's door; what the host keeps of it is not the script's memory.
    ///
    /// # Errors
    ///
    /// What ends the script: the host's verdict, or that the door is shut.
    pub(crate) fn through<T>(
        &self,
        call: impl FnOnce(&mut dyn Door) -> Result<T, Stop>,
    ) -> Result<T, Box<EvalAltResult>> {
        let before = (meter::live(), meter::large());
        let answer = self.lent.door(call);
        self.base.set(self.base.get() + meter::live() - before.0);
        self.base_large.set(self.base_large.get() + meter::large() - before.1);
        self.rest();
        self.hurry();
        match answer {
            None => Err(self.stop(Stop::Loading)),
            Some(Err(stop)) => Err(self.stop(stop)),
            Some(Ok(answer)) => Ok(answer),
        }
    }
}
