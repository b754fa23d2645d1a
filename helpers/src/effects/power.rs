//! Stopping the machine for real, without asking anybody.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};

use rustix::{
    fs::OFlags,
    io::Errno,
    system::{RebootCommand, reboot},
};

use reactant_core::{capability::Capability, helper::Failure};

use super::{Act, Power};
use crate::texts;

/// Where the kernel takes commands (Documentation/admin-guide/sysrq.rst); root's are not masked by `kernel.sysrq`.
const TRIGGER: &str = "/proc/sysrq-trigger";

/// The command for a crash, with a dump where one is set up.
const CRASH: &[u8] = b"c";

/// Switches the machine off, or lets the kernel panic. Where that works on the whole machine, it does not return; in a pid namespace it ends that
/// (reboot(2)). Nothing is written back to disk but what the caller has forced there.
pub(super) fn power(act: &Act<'_>, power: Power) -> Result<(), Failure> {
    act.demand(&Capability::SYSTEM_POWER)?;
    act.in_time()?;
    match power {
        Power::Off => {
            reboot(RebootCommand::PowerOff).map_err(|errno| Failure(texts::system(errno)))
        }
        Power::Panic => {
            let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
            let mut options = OpenOptions::new();
            let trigger = options.write(true).custom_flags(flags.bits() as i32).open(TRIGGER);
            trigger.and_then(|mut trigger| trigger.write_all(CRASH)).map_err(|error| {
                match Errno::from_io_error(&error) {
                    Some(errno) => texts::path_system(TRIGGER, errno),
                    None => texts::path(TRIGGER, error.to_string()),
                }
            })
        }
    }
}
