//! What a service manager is told: sd_notify(3), over the datagram socket that `NOTIFY_SOCKET` names.

use std::{
    env,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    process,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// Whoever started this process and waits to hear of it; often nobody.
pub(super) struct Supervisor {
    to: Option<(UnixDatagram, SocketAddr)>,
    /// How often it wants to hear that all is well.
    pub(super) watchdog: Option<Duration>,
}

impl Supervisor {
    pub(super) fn of_environment() -> Supervisor {
        let address = env::var_os("NOTIFY_SOCKET").and_then(|name| {
            let name = name.as_bytes();
            match name.strip_prefix(b"@") {
                Some(name) => SocketAddr::from_abstract_name(name).ok(),
                None => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name)).ok(),
            }
        });
        let to = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        if let Some((socket, _)) = &to {
            // Who does not read must not hold this up.
            let _ = socket.set_nonblocking(true);
        }
        let number = |name| env::var(name).ok()?.parse::<u64>().ok();
        // Inherited by a process that it is not meant for, it names another one (sd_watchdog_enabled(3)).
        let meant = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(process::id()));
        let interval = number("WATCHDOG_USEC").filter(|interval| meant && *interval > 0);
        let watchdog = interval.filter(|_| to.is_some()).map(Duration::from_micros);
        Supervisor { to, watchdog }
    }

    fn tell(&self, what: &str) {
        if let Some((socket, address)) = &self.to {
            let _ = socket.send_to_addr(what.as_bytes(), address);
        }
    }

    /// What it was started for is at work.
    pub(super) fn ready(&self) {
        self.tell("READY=1\nSTATUS=watching\n");
    }

    /// The recipes are being loaded again; [`Supervisor::ready`] follows.
    pub(super) fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=loading recipes\n"));
    }

    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=answering what was seen\n");
    }

    /// All is well.
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1\n");
    }
}
