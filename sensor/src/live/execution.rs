//! Executions, and the forks and exits between them.

mod record;

use reactant_core::event::{Action, ActionSet};

use super::{
    coverage::Subject,
    file::{FileText, Status},
    image::Image,
    maker::{Made, Maker, Unreadable},
    process::Exit,
    program::{Hook, Tier},
    record::{Head, Parts},
    text::Act,
};
pub(super) use record::{Exec, Lack};

/// What serves executions and ancestry.
pub(super) const TIERS: &[Tier] = &[
    Tier {
        source: "tp_btf sched_process_fork, tp_btf sched_process_exit",
        subjects: &[Subject::Ancestry],
        programs: &[
            ("on_fork", Hook::TpBtf("sched_process_fork")),
            ("on_exit", Hook::TpBtf("sched_process_exit")),
        ],
    },
    Tier {
        source: "tp_btf sched_process_exec",
        subjects: &[Subject::Execution],
        programs: &[("on_exec", Hook::TpBtf("sched_process_exec"))],
    },
    Tier { source: "/proc", subjects: &[Subject::Ancestry], programs: &[] },
];

impl Maker {
    /// A process has a child.
    pub(super) fn fork(&mut self, head: &Head, parts: &mut Parts<'_>) -> Made {
        let child = parts.who().ok_or(Unreadable)?;
        self.table.fork(head, child);
        Ok(Vec::new())
    }

    /// A process is gone.
    pub(super) fn exit(&mut self, head: &Head, parts: &mut Parts<'_>) -> Made {
        let status = parts.u32().ok_or(Unreadable)?;
        self.table.exit(head.process, Exit { time: head.time, status });
        Ok(Vec::new())
    }

    /// A process has a new program, which is an event.
    pub(super) fn exec(&mut self, head: Head, parts: &mut Parts<'_>) -> Made {
        let exec = Exec::parse(head, parts).ok_or(Unreadable)?;
        let image = Image::of(&exec);
        let process = self.table.exec(&exec, &image);
        if self.is_own(&exec.ancestors) {
            return Ok(Vec::new());
        }
        let flows = self.network.of(exec.head.process);
        let ancestors = self.known(&exec.ancestors);
        if let Some(file) = file(&exec) {
            self.files.add(exec.head.process, exec.exe, file.set);
        }
        let files = self.files.of(exec.head.process);
        Ok(self
            .finish(exec.head.lost, |names, number, lost| {
                let act = Act {
                    event_type: "execution",
                    head: &exec.head,
                    process: Some(&process),
                    image: Some(&image),
                    ancestors: &ancestors,
                    more_ancestors: exec.lacks(Lack::Ancestors),
                    file: file(&exec),
                    flow: None,
                    flows: &flows,
                    files: &files,
                    number,
                    lost,
                };
                act.event(names)
            })
            .into_iter()
            .collect())
    }
}

/// What is executed: the kernel opens and maps it. A path that is not known is no file.
fn file<'a>(exec: &Exec<'a>) -> Option<FileText<'a>> {
    let path = (!exec.exe.is_empty()).then_some(exec.exe)?;
    let mut file =
        FileText::new(path, ActionSet::from_iter([Action::Open, Action::Mmap, Action::Execve]));
    file.status = Some(Status::new(exec.mode, exec.owner, exec.size));
    file.truncated = exec.lacks(Lack::Exe);
    file.deleted = exec.lacks(Lack::Link);
    Some(file)
}
