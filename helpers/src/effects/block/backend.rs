//! What a back end offers: blocks in the kernel, each with its end.

use std::{fmt, io, time::Duration};

use ipnet::IpNet;
use rustix::time::{ClockId, clock_gettime};

/// A moment of this boot: what the kernel's clock shows that goes on while the machine sleeps and that nobody can set (`CLOCK_BOOTTIME`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Boot(u64);

impl Boot {
    /// This moment.
    #[must_use]
    pub fn now() -> Boot {
        let time = clock_gettime(ClockId::Boottime);
        Boot(Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32).as_nanos() as u64)
    }

    /// So many nanoseconds after the boot.
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Boot {
        Boot(nanos)
    }

    /// Nanoseconds since the boot.
    #[must_use]
    pub fn nanos(self) -> u64 {
        self.0
    }

    /// A later moment.
    #[must_use]
    pub fn after(self, span: Duration) -> Boot {
        Boot(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// How long it has been since another moment; nothing where that is later.
    #[must_use]
    pub fn since(self, other: Boot) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(other.0))
    }
}

/// A network that is blocked in both directions, until a moment or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) net: IpNet,
    pub(super) until: Option<Boot>,
}

impl Block {
    pub(super) fn has_ended(&self, now: Boot) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// Blocks in the kernel. They end on time by themselves, and stay when the process ends. Blocks that lie in each other do not touch each other.
#[allow(clippy::missing_errors_doc, reason = "what the kernel answered")]
pub(super) trait Backend: Send + Sync + fmt::Debug {
    /// What it blocks.
    fn reaches(&self) -> &'static [&'static str];

    /// What it does not block.
    fn misses(&self) -> &'static [&'static str];

    /// Makes these the blocks that stand, whatever was there.
    fn replace(&self, blocks: &[Block]) -> io::Result<()>;

    /// Adds blocks, or changes when those of the same networks end, and ends the blocks of exactly some other networks, those that are there.
    fn change(&self, set: &[Block], clear: &[IpNet]) -> io::Result<()>;

    /// Whether what blocks is still in the kernel, as far as a look tells that costs little: nobody else took it away.
    fn stands(&self) -> io::Result<bool>;

    /// Makes these the blocks that stand, also where what blocks them was taken away.
    fn mend(&self, blocks: &[Block]) -> io::Result<()>;

    /// Takes everything out of the kernel.
    fn remove(&self) -> io::Result<()>;
}
