//! The process table: who each process is, kept by fork, exec and exit, and filled from `/proc` where it knows nothing.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use hashlink::LruCache;

use super::{
    asker::{Asker, Unanswered},
    container,
    execution::{Exec, Lack},
    image::Image,
    process::{Exit, Process},
    record::{Head, Who},
};

/// The most processes that are remembered. Of each there are two programs at most, with 8 KiB of path, arguments and environment at most, and a
/// folder of at most 4 KiB, so that a table of the worst takes some 320 MiB.
const PROCESSES: usize = 16 << 10;

/// So many processes are remembered after their exit: records that were made on another processor just before may still name them.
const GONE: usize = 1 << 10;

/// How a bounded table does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheFigures {
    /// Looked for, and there.
    pub hits: u64,
    /// Looked for, and not there.
    pub misses: u64,
    /// Forgotten for want of room.
    pub evicted: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    evicted: AtomicU64,
    /// Questions to `/proc` that had no answer in time.
    pub(super) unanswered: AtomicU64,
}

impl Counters {
    /// Something was looked for.
    pub(super) fn look(&self, found: bool) {
        count(if found { &self.hits } else { &self.misses });
    }

    /// So many were forgotten.
    pub(super) fn evict(&self, number: u64) {
        self.evicted.fetch_add(number, Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> CacheFigures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheFigures {
            hits: get(&self.hits),
            misses: get(&self.misses),
            evicted: get(&self.evicted),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// See the [module](self).
pub(super) struct Table {
    processes: LruCache<Who, Process>,
    gone: VecDeque<Who>,
    counters: Arc<Counters>,
    /// Tells of a process that is not known.
    asker: Asker<Who, Option<Process>>,
}

impl Table {
    pub(super) fn new(counters: Arc<Counters>, read: fn(Who) -> Option<Process>) -> Table {
        let asker = Asker::new(read);
        Table { processes: LruCache::new(PROCESSES), gone: VecDeque::new(), counters, asker }
    }

    /// Reads the processes that there are.
    pub(super) fn fill(&mut self) {
        for who in Who::all() {
            if let Some(process) = self.ask(who) {
                self.put(who, process);
            }
        }
    }

    fn ask(&mut self, who: Who) -> Option<Process> {
        self.asker.ask(who).unwrap_or_else(|Unanswered| {
            count(&self.counters.unanswered);
            None
        })
    }

    fn put(&mut self, who: Who, process: Process) {
        let full = self.processes.len() == PROCESSES && !self.processes.contains_key(&who);
        if full {
            count(&self.counters.evicted);
        }
        self.processes.insert(who, process);
    }

    /// What is known of a process.
    pub(super) fn get(&mut self, who: Who) -> Option<&Process> {
        // This also makes it the last to be forgotten.
        if self.processes.get(&who).is_some() {
            count(&self.counters.hits);
        } else {
            count(&self.counters.misses);
            let process = self.ask(who)?;
            self.put(who, process);
        }
        self.processes.peek(&who)
    }

    /// A process has this new program. Gives it as it is from now on.
    pub(super) fn exec(&mut self, exec: &Exec<'_>, image: &Image) -> Process {
        let Head { process: who, uid, gid, ref comm, time, .. } = exec.head;
        // What `/proc` told later than this is what came of it.
        let before = self.processes.get(&who).filter(|known| known.read < time);
        count(if before.is_some() { &self.counters.hits } else { &self.counters.misses });
        let process = Process {
            uid,
            gid,
            comm: comm.clone(),
            previous: before.map(|known| Arc::clone(&known.image)),
            image: image.kept(),
            cwd: exec.cwd.into(),
            cwd_cut: exec.lacks(Lack::Cwd),
            namespaces: exec.namespaces,
            container: container::of_group(exec.cgroup),
            read: 0,
            exit: None,
        };
        self.put(who, process.clone());
        process
    }

    /// A process has a child, which begins as its copy.
    pub(super) fn fork(&mut self, head: &Head, child: Who) {
        let Some(known) = self.get(head.process) else { return };
        let mut process = known.clone();
        (process.uid, process.gid) = (head.uid, head.gid);
        process.comm.clone_from(&head.comm);
        process.exit = None;
        // The child of one that was read later may have been read too, and then had more to tell.
        if self.processes.get(&child).is_none_or(|known| known.read < head.time) {
            self.put(child, process);
        }
    }

    /// A process is gone.
    pub(super) fn exit(&mut self, who: Who, exit: Exit) {
        let Some(process) = self.processes.get_mut(&who) else { return };
        process.exit = Some(exit);
        self.gone.push_back(who);
        if self.gone.len() > GONE
            && let Some(oldest) = self.gone.pop_front()
        {
            self.processes.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(pid: u32) -> Who {
        Who { pid, ticks: u64::from(pid) * 10 }
    }

    fn head(pid: u32, time: u64) -> Head {
        Head {
            time,
            lost: 0,
            process: who(pid),
            parent: who(1),
            uid: 5,
            gid: 6,
            comm: b"made".to_vec(),
        }
    }

    fn process(exe: &str, read: u64) -> Process {
        let image = Image { exe: exe.into(), ..Image::default() }.kept();
        Process {
            uid: 0,
            gid: 0,
            comm: Vec::new(),
            image,
            previous: None,
            cwd: (*b"/").into(),
            cwd_cut: false,
            namespaces: [0; 6],
            container: "".into(),
            read,
            exit: None,
        }
    }

    fn table() -> Table {
        Table::new(Arc::default(), |_| None)
    }

    fn exec(table: &mut Table, pid: u32, time: u64) -> Process {
        let exec = Exec::for_tests(head(pid, time), b"/new");
        table.exec(&exec, &Image::of(&exec))
    }

    #[test]
    fn a_child_begins_as_a_copy_and_an_exec_remembers_what_was_before() {
        let mut table = table();
        table.put(who(7), process("/old", 3));
        table.fork(&head(7, 10), who(8));
        let child = table.get(who(8)).unwrap();
        assert_eq!((&*child.image.exe, child.uid, &*child.comm), (&b"/old"[..], 5, &b"made"[..]));
        let child = exec(&mut table, 8, 11);
        assert_eq!(child.image.exe, b"/new");
        assert_eq!(child.previous.as_ref().unwrap().exe, b"/old");
        assert_eq!(table.get(who(7)).unwrap().image.exe, b"/old");
    }

    #[test]
    fn what_was_read_after_an_exec_is_not_what_was_before_it() {
        let mut table = table();
        table.put(who(7), process("/new", 12));
        assert!(exec(&mut table, 7, 11).previous.is_none());
        assert!(exec(&mut table, 7, 13).previous.is_some());
    }

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let mut table = table();
        table.put(who(7), process("/old", 0));
        let again = Who { pid: 7, ticks: 99 };
        assert!(table.get(again).is_none());
        assert_eq!(table.counters.figures(), CacheFigures { misses: 1, ..CacheFigures::default() });
    }

    #[test]
    fn the_table_is_bounded_and_counts_what_it_forgets() {
        let mut table = table();
        for pid in 1..=PROCESSES as u32 + 5 {
            table.put(who(pid), process("/p", 0));
        }
        assert_eq!((table.processes.len(), table.counters.figures().evicted), (PROCESSES, 5));
        assert!(table.get(who(5)).is_none() && table.get(who(6)).is_some());
    }

    #[test]
    fn who_is_gone_is_remembered_for_a_while() {
        let mut table = table();
        for pid in 1..=GONE as u32 + 1 {
            table.put(who(pid), process("/p", 0));
            table.exit(who(pid), Exit { time: 9, status: 0 });
        }
        assert!(table.get(who(1)).is_none() && table.get(who(2)).is_some());
        // A second record of the same exit, or one of a process never seen, changes nothing.
        table.exit(who(1), Exit { time: 9, status: 0 });
        assert_eq!(table.gone.len(), GONE);
    }
}
