//! Blocks names on this machine: a name and all below it.
//!
//! Two things are done, and neither is enough alone. Whoever asks a resolver for such a name over UDP is refused in the kernel (`refusal`). And the
//! addresses that such a name leads to are blocked ([`Blocks`]) for as long as the answer holds that told of them: what resolvers answered is heard
//! on the wire (`wire`), so that an address counts whatever name it was asked for by, as long as the blocked one lies on the way.
//!
//! A lease on a name is kept as those on addresses are, in a file of its own. An address that follows from a name is a lease in the file of
//! the addresses, with a deadline, held by the name: it is renewed by later answers, and ends with the name's last lease where nobody else holds it.
//!
//! What this does not reach is told by [`MISSES`].

mod ask;
mod known;
mod refusal;
pub(super) mod wire;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use reactant_core::{
    config::BlocksOnExit,
    dns::{Message, Name},
    helper::Failure,
};

use self::{known::Known, refusal::Refusal, wire::Wire};
use super::{
    Blocks, LEASES_LIMIT, Ledger, Listed, Settings, backend::Boot, ended, host::Needs, listed,
    mark::Mark, never, reason,
};
use crate::{
    block::{Own, refused},
    effects::{Blockable, Holder, Holders, Leases, Outcome, Whose, leases, within},
    journal::Ended,
    protect::Protect,
    texts,
};

pub(super) use refusal::key;
pub use wire::Heard;

/// What is done about a blocked name.
pub const REACHES: [&str; 2] = [
    "queries for a blocked name, or one below it, that the processes of the cgroup send over UDP to port 53, of whatever resolver, in whatever network namespace",
    "the addresses that such a name leads to, as answers of this machine's resolvers tell them while the runtime runs",
];

/// What is not.
pub const MISSES: [&str; 8] = [
    "queries over TCP, DNS over HTTPS, DNS over TLS and DNS over QUIC, which nobody sees into",
    "resolvers at other ports than 53, as behind a translation of ports (the resolver within a container network)",
    "names that are known without a query: hosts(5), a cache of the process's own, a resolver that is asked over a socket of another kind (nss-resolve, nscd)",
    "queries that leave from outside the cgroup, by packet sockets, or in parts that a raw socket made; and a process that rewrites its datagram in memory while it is sent",
    "addresses in answers that nobody of the machine's resolvers gave, that came while the runtime did not run, over TCP, or from a resolver that is asked on behalf of a network which is not the administrator's",
    "the difference between names that share an address: what else is served there (as by content networks) is blocked too, for as long as the answer holds",
    "whoever holds a blocked name says which addresses it has; only what is protected and what this machine needs is kept from that",
    "answers that somebody forges who may send packets in the resolver's name on the way to this machine",
];

/// The share of all leases that follows from names at most.
const LEARNED_LIMIT: usize = LEASES_LIMIT / 4;

/// Who holds an address that follows from a name.
const HOLDER: &str = "domain ";
const EVENT: &str = "dns";

/// A later answer renews only what would end so much earlier: each renewal is a line on disk.
const RENEWAL: Duration = Duration::from_secs(5);

/// Refused addresses that are remembered until somebody asks.
const NOTES: usize = 64;

/// The blocked names of this machine.
#[derive(Debug)]
pub struct Names {
    blocks: Arc<Blocks>,
    on_exit: BlocksOnExit,
    protect: Protect,
    dropped: Vec<(Blockable, String)>,
    unreadable: usize,
    state: Mutex<State>,
    wire: Mutex<Option<Wire>>,
    /// Why nobody listens.
    deaf: Option<String>,
}

#[derive(Debug)]
struct State {
    leases: Leases<Boot>,
    ledger: Ledger,
    refusal: Refusal,
    known: Known,
    /// The addresses that are blocked because of a name, and how long.
    learned: HashMap<String, BTreeMap<IpAddr, Boot>>,
    /// How many there are.
    count: usize,
    /// What was not blocked because there were too many.
    beyond: u64,
    notes: VecDeque<String>,
}

/// The file of the leases, beside that of those on addresses.
pub(super) fn file(addresses: &Path) -> PathBuf {
    addresses.with_file_name("names")
}

/// The folder of what is pinned, of this data folder alone.
fn root(settings: &Settings, mark: &Mark) -> String {
    format!("{}-names", settings.named(mark))
}

/// Takes out what a start has left under a mark.
pub(super) fn retire(settings: &Settings, mark: &Mark) -> std::io::Result<()> {
    refusal::remove(&settings.bpffs.join(root(settings, mark)))
}

/// Tries whether names can be blocked here, and leaves nothing. Gives what that reaches and what it misses.
///
/// # Errors
///
/// Why they cannot.
pub fn probe(settings: &Settings) -> Result<(Vec<String>, Vec<String>), String> {
    struct Nobody;
    impl wire::Hear for Nobody {
        fn hear(&self, _: &Message) {}
        fn tick(&self) {}
    }
    let cgroup = settings.cgroup.as_deref();
    let refusal = Refusal::new(cgroup, &settings.bpffs, "");
    refusal.and_then(|refusal| refusal.probe()).map_err(|error| reason(&error))?;
    let nobody: Weak<Nobody> = Weak::new();
    let heard = Wire::listen(cgroup, nobody).map(drop).map_err(|error| reason(&error));
    Ok(coverage(heard.err().as_deref()))
}

fn coverage(deaf: Option<&str>) -> (Vec<String>, Vec<String>) {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (mut reaches, mut misses) = (texts(&REACHES), texts(&MISSES));
    if let Some(why) = deaf {
        reaches.truncate(1);
        misses.insert(0, format!("the addresses that a blocked name leads to: {why}"));
    }
    (reaches, misses)
}

impl Names {
    /// Takes the leases, makes the kernel agree with them, and begins to listen.
    ///
    /// # Errors
    ///
    /// Where another runtime has the leases, the file cannot be used, or the kernel refuses.
    pub fn open(blocks: Arc<Blocks>, settings: &Settings) -> Result<Arc<Names>, String> {
        let path = file(&settings.leases);
        let on_exit = settings.on_exit;
        let remove = on_exit == BlocksOnExit::Remove;
        let opened = Ledger::open(&path, settings.durability, remove);
        let (ledger, found) =
            opened.map_err(|error| format!("{}: {}", path.display(), reason(&error)))?;
        let failed = |error: std::io::Error| format!("names: {}", reason(&error));
        let name = root(settings, &Mark::of(settings.folder()).map_err(failed)?);
        let cgroup = settings.cgroup.as_deref();
        let refusal = Refusal::new(cgroup, &settings.bpffs, &name).map_err(failed)?;
        let mut state = State {
            leases: found.leases,
            ledger,
            refusal,
            known: Known::default(),
            learned: HashMap::new(),
            count: 0,
            beyond: 0,
            notes: VecDeque::new(),
        };
        let protect = settings.protect.clone();
        let dropped = state.drop_protected(&protect).map_err(failed)?;
        let refuse = state.names();
        state.refusal.replace(&refuse).map_err(failed)?;
        state.recall(&blocks)?;
        let names = |wire, deaf| Names {
            blocks: Arc::clone(&blocks),
            on_exit,
            protect,
            dropped,
            unreadable: found.unreadable,
            state: Mutex::new(state),
            wire: Mutex::new(wire),
            deaf,
        };
        // The listener needs what it tells, and that whether somebody listens.
        let (mut heard, mut deaf) = (None, None);
        let names = Arc::new_cyclic(|this: &Weak<Names>| {
            match Wire::listen(cgroup, Weak::<Names>::clone(this)) {
                Ok(wire) => heard = Some(wire),
                Err(error) => deaf = Some(reason(&error)),
            }
            names(heard, deaf)
        });
        Ok(names)
    }

    /// What an earlier run had blocked and is protected by now: it is not blocked any more. Each with the reason.
    #[must_use]
    pub fn dropped(&self) -> &[(Blockable, String)] {
        &self.dropped
    }

    /// How many lines of the leases could not be read at the start; a crash leaves one.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// What is done about blocked names here, and what is not.
    #[must_use]
    pub fn coverage(&self) -> (Vec<String>, Vec<String>) {
        coverage(self.deaf.as_deref())
    }

    /// How listening went.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire.as_ref().map_or_else(Heard::default, Wire::heard)
    }

    /// What was not blocked since the last time though a blocked name led to it, with the reason, as far as there was room; and how many addresses
    /// there was no room to block, in all.
    #[must_use]
    pub fn take_notes(&self) -> (Vec<String>, u64) {
        let mut state = self.state();
        (state.notes.drain(..).collect(), state.beyond)
    }

    /// Adds a lease on a name, for a time or for good. Where nothing is known of where it leads, the machine's resolvers are asked, until the deadline at
    /// the longest.
    ///
    /// # Errors
    ///
    /// Why it is not blocked: it is protected, or it leads to an address that is, or that this machine needs.
    pub fn add(
        &self,
        what: &Blockable,
        holder: &Holder,
        span: Option<Duration>,
        deadline: Instant,
    ) -> Result<Outcome, Failure> {
        let name = domain(what)?;
        self.judge(name)?;
        let now = Boot::now();
        let mut found = self.state().known.of(name, now);
        if !found.values().any(|lead| lead.is_direct) {
            let messages = ask::ask(name, deadline);
            let mut state = self.state();
            messages.iter().for_each(|message| state.known.note(&message.resolved(), now));
            found = state.known.of(name, now);
        }
        let needs = self.blocks.needs()?;
        // Not what only lies below: whoever holds a name could keep it from being blocked by one more.
        for (address, _) in found.iter().filter(|(_, lead)| lead.is_direct) {
            if let Some(why) = needed(*address, &self.protect, &needs) {
                return Err(Failure(format!(
                    "{name} is never blocked: it leads to {address}: {why}"
                )));
            }
        }
        let mut state = self.state();
        let now = self.sweep(&mut state);
        if state.leases.len() >= LEASES_LIMIT {
            return Err(Failure::new(texts::TOO_MANY_REAL_BLOCKS));
        }
        let before = state.leases.of(what).cloned();
        let until = span.map(|span| now.after(span));
        let outcome = state.leases.add(what, holder, until, now);
        state.settle(what, name, before)?;
        // Also where it was blocked already: an answer may have come before anybody listened.
        found.iter().for_each(|(at, lead)| self.follow(&mut state, name, *at, lead.until));
        Ok(outcome)
    }

    /// Ends leases on a name, and gives them. What follows from it ends with the last.
    ///
    /// # Errors
    ///
    /// Why it is not unblocked.
    pub fn end(
        &self,
        what: &Blockable,
        whose: Whose<'_>,
    ) -> Result<(Outcome, Vec<Ended>), Failure> {
        let name = domain(what)?;
        let mut state = self.state();
        let now = self.sweep(&mut state);
        let before = state.leases.of(what).cloned();
        let (outcome, held) = state.leases.end_of(what, whose, now);
        state.settle(what, name, before)?;
        if state.leases.of(what).is_none() {
            self.forget(&mut state, name);
        }
        Ok((outcome, ended(&held, now)))
    }

    /// Ends all leases; gives how many there were.
    ///
    /// # Errors
    ///
    /// As [`Blocks::flush`].
    pub fn flush(&self) -> Result<usize, Failure> {
        let mut state = self.state();
        self.sweep(&mut state);
        let before = std::mem::take(&mut state.leases);
        let State { leases, ledger, .. } = &mut *state;
        if let Err(error) = ledger.rewrite(leases) {
            state.leases = before;
            return Err(Failure(format!("{}: {}", texts::NOT_NOTED, reason(&error))));
        }
        let names: Vec<String> = state.learned.keys().cloned().collect();
        names.iter().for_each(|name| self.forget(&mut state, name));
        let removed = state.refusal.remove().map(|()| before.len());
        removed.map_err(|error| Failure(format!("names: {}", reason(&error))))
    }

    /// Who holds leases on exactly this name.
    #[must_use]
    pub fn holders(&self, what: &Blockable) -> Vec<Holder> {
        let mut state = self.state();
        self.sweep(&mut state);
        state.leases.of(what).into_iter().flat_map(|holders| holders.keys().cloned()).collect()
    }

    /// The leases that hold.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let mut state = self.state();
        let now = self.sweep(&mut state);
        listed(&state.leases, now)
    }

    /// Ends as configured: nobody listens any more; queries go on being refused, or nothing is left in the kernel, nor where there is no name. Nothing
    /// is to be blocked through this afterwards.
    ///
    /// # Errors
    ///
    /// Where the kernel refuses to take it out.
    pub fn close(&self) -> Result<(), String> {
        // Not under the lock: the thread may be waiting for the other.
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(wire);
        if self.on_exit == BlocksOnExit::Stay && !self.list().is_empty() {
            self.blocks.keep_record();
            return Ok(());
        }
        let mut state = self.state();
        state.refusal.remove().map_err(|error| reason(&error))?;
        // They are no leases of anybody's from here on.
        if !state.leases.is_empty() {
            state.leases = Leases::default();
            let State { leases, ledger, .. } = &mut *state;
            ledger.rewrite(leases).map_err(|error| reason(&error))?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails for a name that is protected.
    fn judge(&self, name: &str) -> Result<(), Failure> {
        match protected(name, &self.protect) {
            None => Ok(()),
            Some(why) => Err(Failure(format!("{name} is never blocked: {why}"))),
        }
    }

    /// Ends what has ended, and gives the time.
    fn sweep(&self, state: &mut State) -> Boot {
        let now = Boot::now();
        for ended in state.leases.expire(now) {
            let Ok(name) = domain(&ended) else { continue };
            // Where that fails, an entry stays that does nothing.
            let _ = state.refusal.clear(name);
            self.forget(state, name);
        }
        now
    }

    /// Blocks an address that follows from a name.
    fn follow(&self, state: &mut State, name: &str, address: IpAddr, until: Boot) {
        let held = state.learned.get(name).and_then(|held| held.get(&address)).copied();
        if held.is_some_and(|held| held.after(RENEWAL) >= until) {
            return;
        }
        if held.is_none() && state.count >= LEARNED_LIMIT {
            state.beyond += 1;
            return;
        }
        let net = IpNet::from(address);
        if refused(&net, &Own::default(), &Protect::default()).is_some() {
            // Nobody reaches anything there, as where a resolver answers so instead of refusing.
            return;
        }
        let span = until.since(Boot::now());
        match self.blocks.add(&Blockable::Net(net), &held_by(name), Some(span)) {
            Ok(_) => {
                state.count += usize::from(held.is_none());
                state.learned.entry(name.to_owned()).or_default().insert(address, until);
            }
            Err(Failure(why)) => state.note(format!("{name} leads to {address}: {why}")),
        }
    }

    /// Ends what follows from a name.
    fn forget(&self, state: &mut State, name: &str) {
        for (address, _) in state.learned.remove(name).unwrap_or_default() {
            state.count -= 1;
            let (net, by) = (Blockable::Net(address.into()), held_by(name));
            if let Err(Failure(why)) = self.blocks.remove(&net, &by.recipe) {
                state.note(format!(
                    "{address}, which {name} led to, stays blocked for its time: {why}"
                ));
            }
        }
    }
}

impl wire::Hear for Names {
    fn hear(&self, message: &Message) {
        let resolved = message.resolved();
        if resolved.addresses.is_empty() {
            return;
        }
        let mut state = self.state();
        let now = Boot::now();
        for (address, ttl, names) in resolved.leads() {
            for name in state.blocked(&names) {
                self.follow(&mut state, &name, address, now.after(wire::bounded(ttl)));
            }
        }
        state.known.note(&resolved, now);
    }

    fn tick(&self) {
        let mut state = self.state();
        let now = self.sweep(&mut state);
        let mut ended = 0;
        state.learned.retain(|_, addresses| {
            let before = addresses.len();
            addresses.retain(|_, until| *until > now);
            ended += before - addresses.len();
            !addresses.is_empty()
        });
        state.count -= ended;
    }
}

impl State {
    fn note(&mut self, what: String) {
        if self.notes.len() < NOTES && !self.notes.contains(&what) {
            self.notes.push_back(what);
        }
    }

    /// The blocked names among these and those above them.
    fn blocked(&self, names: &[&Name]) -> BTreeSet<String> {
        let above = names.iter().flat_map(|name| name.above());
        let mut found = BTreeSet::new();
        for name in above {
            let what = Blockable::Domain(name.to_owned());
            if self.leases.of(&what).is_some() {
                found.insert(name.to_owned());
            }
        }
        found
    }

    /// The names that the kernel has to refuse.
    fn names(&self) -> Vec<(String, Option<Boot>)> {
        let held = self.leases.iter();
        held.filter_map(|(what, holders)| {
            Some((domain(what).ok()?.to_owned(), leases::last(holders)))
        })
        .collect()
    }

    /// Ends the leases on what may not be blocked (any more).
    fn drop_protected(&mut self, protect: &Protect) -> std::io::Result<Vec<(Blockable, String)>> {
        let why = |what: &Blockable| match domain(what) {
            Ok(name) => protected(name, protect),
            Err(Failure(why)) => Some(why),
        };
        let held = self.leases.iter();
        let dropped: Vec<_> =
            held.filter_map(|(what, _)| Some((what.clone(), why(what)?))).collect();
        if !dropped.is_empty() {
            dropped.iter().for_each(|(what, _)| self.leases.restore(what, Holders::default()));
            self.ledger.rewrite(&self.leases)?;
        }
        Ok(dropped)
    }

    /// Finds what followed from names in an earlier run; what follows from none any more ends.
    fn recall(&mut self, blocks: &Blocks) -> Result<(), String> {
        let now = Boot::now();
        for Listed { what, holder, left } in blocks.list() {
            let (Blockable::Net(net), Some(name)) = (&what, holder.recipe.strip_prefix(HOLDER))
            else {
                continue;
            };
            if holder.event != EVENT {
                continue;
            }
            if self.leases.of(&Blockable::Domain(name.to_owned())).is_some() {
                let until = left.map_or(now, |left| now.after(left));
                self.learned.entry(name.to_owned()).or_default().insert(net.addr(), until);
                self.count += 1;
            } else {
                blocks.remove(&what, &holder.recipe).map_err(|Failure(why)| why)?;
            }
        }
        Ok(())
    }

    /// Brings disk and kernel to where the leases on a name are; where that fails, everything is as it was before.
    fn settle(
        &mut self,
        what: &Blockable,
        name: &str,
        before: Option<Holders<Boot>>,
    ) -> Result<(), Failure> {
        let changed = self.leases.of(what) != before.as_ref();
        if changed && let Err(error) = self.ledger.note(std::iter::once(what), &self.leases) {
            self.leases.restore(what, before.unwrap_or_default());
            return Err(Failure(format!("{}: {}", texts::NOT_NOTED, reason(&error))));
        }
        let done = match self.leases.of(what).map(leases::last) {
            Some(until) => self.refusal.set(name, until),
            None if self.leases.is_empty() => self.refusal.remove(),
            None => self.refusal.clear(name),
        };
        done.map_err(|error| {
            self.leases.restore(what, before.unwrap_or_default());
            // The next start has the failure's lease where this fails too: it says more than the kernel then, not less.
            let _ = self.ledger.note(std::iter::once(what), &self.leases);
            Failure(format!("names: {}", reason(&error)))
        })
    }
}

fn held_by(name: &str) -> Holder {
    Holder::new(format!("{HOLDER}{name}"), EVENT)
}

/// Why a name is never blocked, if so (RFC 6761, 6.3, for `localhost`).
fn protected(name: &str, protect: &Protect) -> Option<String> {
    if within(name, "localhost") {
        return Some("loopback".to_owned());
    }
    protect.related(name).map(|held| format!("{held} is protected"))
}

/// Why a name that leads to an address is not blocked, if so. One that leads nowhere may be.
fn needed(address: IpAddr, protect: &Protect, needs: &Needs) -> Option<String> {
    let net = IpNet::from(address);
    let nowhere = refused(&net, &Own::default(), &Protect::default()).is_some();
    if nowhere { None } else { never(&net, protect, needs) }
}

fn domain(what: &Blockable) -> Result<&str, Failure> {
    match what {
        Blockable::Domain(name) => Ok(name),
        Blockable::Net(_) => Err(Failure::new("no name")),
    }
}
