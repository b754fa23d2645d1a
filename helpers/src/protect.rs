//! What no reaction may touch, whatever it was granted.

use std::{collections::BTreeSet, os::unix::fs::MetadataExt, path::Path, str::FromStr};

use ipnet::IpNet;

use reactant_core::{capability::PathGlob, config, helper::Failure};

use crate::{block, effects::within, texts};

/// The protect list. It adds to what the helpers always refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Protect {
    /// Processes that execute these are not killed.
    pub executables: Vec<PathGlob>,
    /// Processes with a smaller number are not killed (in the initial pid namespace).
    pub pids_below: i64,
    /// Processes with these numbers are not killed.
    pub pids: BTreeSet<i64>,
    /// Addresses in these are not blocked, nor networks that share one with them.
    pub cidrs: Vec<IpNet>,
    /// These names are not blocked, nor those below them, nor those above them.
    pub domains: Vec<String>,
    /// Never written, appended to, made or removed.
    pub paths: Vec<PathGlob>,
}

impl Default for Protect {
    /// Pids below 500 (`helpers.md`) and nothing else.
    fn default() -> Self {
        Protect {
            executables: Vec::new(),
            pids_below: 500,
            pids: BTreeSet::new(),
            cidrs: Vec::new(),
            domains: Vec::new(),
            paths: Vec::new(),
        }
    }
}

/// One entry of the list, as `--protect PATH|PID|CIDR|DOMAIN` gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Protected {
    /// A path pattern: an executable that is not killed, and a file that is not written.
    Path(PathGlob),
    /// A process that is not killed.
    Pid(i64),
    /// A network that is not blocked.
    Net(IpNet),
    /// A name that is not blocked.
    Domain(String),
}

/// Text that names nothing that could be protected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no absolute path, pid, address, CIDR or domain: {why}")]
pub struct InvalidProtected {
    text: String,
    why: String,
}

impl FromStr for Protected {
    type Err = InvalidProtected;

    fn from_str(text: &str) -> Result<Protected, InvalidProtected> {
        let invalid = |why: String| InvalidProtected { text: texts::shown(text), why };
        if text.starts_with('/') {
            return PathGlob::new(text)
                .map(Protected::Path)
                .map_err(|why| invalid(why.to_string()));
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse() {
                Ok(pid) if pid > 0 => Ok(Protected::Pid(pid)),
                _ => Err(invalid("a pid is a number from 1".to_owned())),
            };
        }
        if let Ok(net) = block::parse_net(text) {
            return Ok(Protected::Net(net));
        }
        block::parse_domain(text).map(Protected::Domain).map_err(invalid)
    }
}

impl From<config::Protect> for Protect {
    /// What the configuration protects. A path pattern that leads over symbolic links protects what it leads to, too.
    fn from(config: config::Protect) -> Protect {
        let with_resolved = |globs: Vec<PathGlob>| {
            globs.into_iter().flat_map(|glob| resolved(&glob).into_iter().chain([glob])).collect()
        };
        Protect {
            executables: with_resolved(config.executables),
            pids_below: config.pids_below,
            pids: BTreeSet::new(),
            cidrs: config.cidrs,
            domains: config.domains,
            paths: with_resolved(config.paths),
        }
    }
}

impl Protect {
    /// Adds an entry. A path pattern that leads over symbolic links is added as what it leads to, too, since paths are checked resolved.
    pub fn add(&mut self, entry: Protected) {
        match entry {
            Protected::Path(path) => {
                for path in resolved(&path).into_iter().chain([path]) {
                    self.executables.push(path.clone());
                    self.paths.push(path);
                }
            }
            Protected::Pid(pid) => drop(self.pids.insert(pid)),
            Protected::Net(net) => self.cidrs.push(net),
            Protected::Domain(domain) => self.domains.push(domain),
        }
    }

    /// Fails where a path, which has to be resolved, is never written: because it is protected, or a directory that it lies in.
    pub(crate) fn check_write(&self, path: &[u8]) -> Result<(), Failure> {
        match self.paths.iter().find(|glob| covers(glob, path)) {
            None => Ok(()),
            Some(glob) => {
                Err(texts::path(path, format!("protected by the pattern `{}`", glob.pattern())))
            }
        }
    }

    /// Why no process of a low number is killed, if so: for numbers of the initial pid namespace, where the system's own processes have them.
    pub(crate) fn refuses_number(&self, pid: i64) -> Option<String> {
        (pid < self.pids_below)
            .then(|| format!("pid {pid} is below {}: never killed", self.pids_below))
    }

    /// Why a process is not killed, if so, whatever its namespace, by its number.
    pub(crate) fn refuses_kill(&self, pid: i64) -> Option<String> {
        match pid {
            1 => Some("pid 1 is never killed".to_owned()),
            _ if self.pids.contains(&pid) => Some(format!("pid {pid} is protected")),
            _ => None,
        }
    }

    /// Why a process is not killed, if so, by the name of what it executes: for processes that exist in events only, since anybody can execute something of
    /// that name in a mount namespace of his own.
    pub(crate) fn refuses_name(&self, pid: i64, exe: &str) -> Option<String> {
        // The kernel's word for an executable that was replaced under a running process (proc(5)), as by an upgrade.
        let exe = exe.strip_suffix(" (deleted)").unwrap_or(exe);
        let glob = self.executables.iter().find(|glob| glob.matches(exe.as_bytes()))?;
        Some(spared(pid, glob))
    }

    /// Why a process of the system's is not killed, if so, by the file that it executes.
    pub(crate) fn refuses_executable(&self, pid: i64, exe: &Executable) -> Option<String> {
        let glob = self.executables.iter().find(|glob| exe.is_meant_by(glob))?;
        Some(spared(pid, glob))
    }

    /// Whether a protected path, or the nearest directory above it, lies on a device.
    pub(crate) fn is_on(&self, device: u64) -> bool {
        let device_of = |glob: &PathGlob| {
            let plain = Path::new(plain(glob.pattern())).ancestors();
            plain.filter_map(|path| path.symlink_metadata().ok()).map(|about| about.dev()).next()
        };
        self.paths.iter().any(|glob| device_of(glob) == Some(device))
    }

    /// The protected network that shares an address with this one.
    pub(crate) fn overlapping(&self, net: &IpNet) -> Option<&IpNet> {
        self.cidrs.iter().find(|held| held.contains(net) || net.contains(*held))
    }

    /// The protected name that a block of this one would touch.
    pub(crate) fn related(&self, domain: &str) -> Option<&str> {
        let held = self.domains.iter().find(|held| within(domain, held) || within(held, domain))?;
        Some(held)
    }
}

fn spared(pid: i64, glob: &PathGlob) -> String {
    format!("pid {pid} is protected: its executable matches `{}`", glob.pattern())
}

/// The part of a pattern before the component of its first `*`.
fn plain(pattern: &str) -> &str {
    match pattern.find('*') {
        None => pattern,
        Some(star) => &pattern[..pattern[..star].rfind('/').unwrap_or_default() + 1],
    }
}

/// What a process executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executable {
    /// Its path, as `/proc/PID/exe` shows it: where the process has a mount namespace of its own, as that is.
    pub(crate) path: String,
    /// The file itself.
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Its owner and permissions.
    pub(crate) owner: u32,
    pub(crate) mode: u32,
}

impl Executable {
    /// Whether a pattern names this file, and not only its path.
    fn is_meant_by(&self, glob: &PathGlob) -> bool {
        let is = |path: &str| {
            let about = Path::new(path).metadata();
            about.is_ok_and(|about| (about.dev(), about.ino()) == (self.device, self.inode))
        };
        // Under whatever name it was executed.
        if !glob.pattern().contains('*') && is(glob.pattern()) {
            return true;
        }
        match self.path.strip_suffix(" (deleted)") {
            None => glob.matches(self.path.as_bytes()) && is(&self.path),
            // The upgrade took its name: it was root's, where the name is.
            Some(path) => {
                let folder = Path::new(path).parent().and_then(|folder| folder.metadata().ok());
                glob.matches(path.as_bytes())
                    && (self.owner, self.mode & 0o022) == (0, 0)
                    && folder.is_some_and(|folder| folder.dev() == self.device)
            }
        }
    }
}

/// Whether a pattern matches a path, or a directory that the path lies in.
fn covers(glob: &PathGlob, path: &[u8]) -> bool {
    let above = |path: &[u8]| path.iter().rposition(|byte| *byte == b'/').filter(|at| *at > 0);
    std::iter::successors(Some(path), |path| Some(&path[..above(path)?]))
        .any(|path| glob.matches(path))
}

/// The pattern with the links in its part before the first `*` resolved, where there are any.
fn resolved(glob: &PathGlob) -> Option<PathGlob> {
    let pattern = glob.pattern();
    let plain = pattern.split('*').next().unwrap_or_default();
    let plain = if plain.len() == pattern.len() { plain } else { &plain[..plain.rfind('/')?] };
    let there =
        Path::new(plain).ancestors().find_map(|path| Some((path, path.canonicalize().ok()?)));
    let (named, real) = there?;
    let rest = pattern.strip_prefix(named.to_str()?)?;
    let real = real.to_str().filter(|real| !real.contains('*'))?;
    let pattern = format!("{}/{}", real.trim_end_matches('/'), rest.trim_start_matches('/'));
    let real = PathGlob::new(pattern.trim_end_matches('/')).ok()?;
    (real.pattern() != glob.pattern()).then_some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_directory_protects_what_lies_below() {
        let mut protect = Protect::default();
        protect.add("/srv/kept".parse().unwrap());
        for (path, kept) in
            [("/srv/kept", true), ("/srv/kept/a/b", true), ("/srv/kept2", false), ("/srv", false)]
        {
            assert_eq!(protect.check_write(path.as_bytes()).is_err(), kept, "{path}");
        }
        assert_eq!(
            protect.refuses_name(900, "/srv/kept/bin/x"),
            None,
            "for kills a pattern names executables"
        );
    }

    #[test]
    fn a_pattern_over_a_link_protects_what_it_leads_to() {
        let ground = tempfile::tempdir().unwrap();
        let real = ground.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("d")).unwrap();
        std::os::unix::fs::symlink(real.join("d"), real.join("link")).unwrap();
        let at = |path: &str| format!("{}/{path}", real.display());
        for pattern in ["link/**", "link/f*", "link/fine", "link"] {
            let mut protect = Protect::default();
            protect.add(at(pattern).parse().unwrap());
            for path in ["d/fine", "link/fine"] {
                assert!(protect.check_write(at(path).as_bytes()).is_err(), "{pattern} {path}");
            }
            assert!(protect.check_write(at("e/fine").as_bytes()).is_ok(), "{pattern}");
        }
        let mut protect = Protect::default();
        protect.add(at("*/fine").parse().unwrap());
        protect.add(at("d/fine").parse().unwrap());
        assert_eq!(protect.paths.len(), 2, "nothing to resolve");
    }

    #[test]
    fn what_the_configuration_protects_over_a_link_is_protected_where_it_leads() {
        let ground = tempfile::tempdir().unwrap();
        let real = ground.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("usr")).unwrap();
        std::os::unix::fs::symlink(real.join("usr"), real.join("bin")).unwrap();
        let pattern = PathGlob::new(&format!("{}/bin/sshd", real.display())).unwrap();
        let config = config::Protect { executables: vec![pattern], ..config::Protect::default() };
        let protect = Protect::from(config);
        // As `/proc/PID/exe` tells it.
        let exe = format!("{}/usr/sshd", real.display());
        assert!(protect.refuses_name(900, &exe).is_some());
        assert!(protect.check_write(exe.as_bytes()).is_ok(), "an executable is not a path");
    }

    #[test]
    fn an_entry_is_what_it_looks_like() {
        let parse = |text: &str| text.parse::<Protected>();
        assert_eq!(
            parse("/usr/sbin/*"),
            Ok(Protected::Path(PathGlob::new("/usr/sbin/*").unwrap()))
        );
        assert_eq!(parse("4242"), Ok(Protected::Pid(4242)));
        assert_eq!(parse("10.1.2.3/8"), Ok(Protected::Net("10.0.0.0/8".parse().unwrap())));
        assert_eq!(parse("2001:db8::1"), Ok(Protected::Net("2001:db8::1/128".parse().unwrap())));
        assert_eq!(parse("Corp.Example."), Ok(Protected::Domain("corp.example".into())));
        for text in ["", "0", "relative/path", "10.0.0.0/33", "-x.example", "99999999999999999999"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_upgraded_executable_stays_protected() {
        let mut protect = Protect::default();
        protect.add("/usr/sbin/sshd".parse().unwrap());
        assert!(protect.refuses_name(900, "/usr/sbin/sshd (deleted)").is_some());
        assert!(protect.refuses_name(900, "/usr/sbin/sshd2").is_none());
    }

    #[test]
    fn names_above_and_below_a_protected_one_are_related() {
        let mut protect = Protect::default();
        protect.add("corp.example".parse().unwrap());
        for name in ["corp.example", "a.corp.example", "example"] {
            assert_eq!(protect.related(name), Some("corp.example"), "{name}");
        }
        assert_eq!(protect.related("notcorp.example"), None);
        assert_eq!(protect.related("other.example"), None);
    }
}
