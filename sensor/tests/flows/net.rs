//! Two network namespaces with a cable between them.

use std::{
    fs::File,
    net::IpAddr,
    os::fd::AsFd,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// See the [module](self).
pub(crate) struct Net {
    names: [String; 2],
}

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    /// Its address on the cable.
    pub(crate) fn address(self, is_v6: bool) -> IpAddr {
        let text = match (self, is_v6) {
            (Side::Left, false) => "10.9.0.1",
            (Side::Right, false) => "10.9.0.2",
            (Side::Left, true) => "fd09::1",
            (Side::Right, true) => "fd09::2",
        };
        text.parse().unwrap()
    }
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Net {
    pub(crate) fn new() -> Net {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let names = ["l", "r"].map(|side| format!("reactant-{}-{count}{side}", std::process::id()));
        // From here on they go with this, whatever fails.
        let net = Net { names };
        let [left, right] = &net.names;
        ip(&format!("netns add {left}"));
        ip(&format!("netns add {right}"));
        ip(&format!("-n {left} link add cable type veth peer name cable netns {right}"));
        // The other side has a second address.
        ip(&format!("-n {right} addr add 10.9.0.3/24 dev cable"));
        for (name, side) in [(left, Side::Left), (right, Side::Right)] {
            ip(&format!("-n {name} addr add {}/24 dev cable", side.address(false)));
            ip(&format!("-n {name} addr add {}/64 dev cable nodad", side.address(true)));
            ip(&format!("-n {name} link set cable up"));
            ip(&format!("-n {name} link set lo up"));
        }
        net
    }

    /// Does something in a namespace, on a thread of its own.
    pub(crate) fn on<T: Send>(&self, side: Side, act: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let act = scope.spawn(|| {
                self.enter(side);
                act()
            });
            act.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Takes this thread there.
    fn enter(&self, side: Side) {
        let file = File::open(self.path(side)).unwrap();
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }

    /// The file that stands for a namespace.
    pub(crate) fn path(&self, side: Side) -> String {
        format!("/run/netns/{}", self.names[side as usize])
    }

    /// Changes a setting of a namespace.
    pub(crate) fn set(&self, side: Side, name: &str, value: &str) {
        self.on(side, || std::fs::write(format!("/proc/sys/net/{name}"), value).unwrap());
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = Command::new("ip").args(["netns", "delete", name]).output();
        }
    }
}
