//! The kernel, control groups, and what blocks addresses.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use reactant_core::config::BlockBy;
use reactant_helpers::effects::block;
use rustix::system::uname;

use super::{Finding, Found};
use crate::{enforcement, settings::Settings};

/// What the kernel is and has.
pub(super) fn kernel() -> Vec<Finding> {
    const SECTION: &str = "kernel";
    let uname = uname();
    let there = |name: &str, path: &str, what: &str| {
        let answer = match fs::metadata(path) {
            Ok(_) => Ok(format!("{path}: {what}")),
            Err(error) => Err(format!("{path}: {error}; {what}")),
        };
        Finding::judged(SECTION, name, false, answer)
    };
    let release = uname.release().to_string_lossy().into_owned();
    let machine = uname.machine().to_string_lossy().into_owned();
    let read = |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned());
    let modules = read("/sys/kernel/security/lsm");
    let modules = modules.map_err(|error| format!("/sys/kernel/security/lsm: {error}"));
    let modules = modules.map(|all| match all.split(',').any(|one| one == "bpf") {
        true => format!("{all}: programs may refuse acts"),
        false => format!("{all}: no programs may refuse acts"),
    });
    let namespace = fs::read_link("/proc/self/ns/pid").map_err(|error| error.to_string());
    // PROC_PID_INIT_INO (include/linux/proc_ns.h).
    let namespace = namespace.and_then(|link| match link.as_os_str() == "pid:[4026531836]" {
        true => Ok("the initial one: low pids are protected, everything is seen".to_owned()),
        false => Err(
            "not the initial one: pids are those of this one, and the machine cannot be watched"
                .to_owned(),
        ),
    });
    vec![
        Finding::new(SECTION, "release", Found::Ok, format!("{release} on {machine}")),
        Finding::judged(SECTION, "pids", false, namespace),
        there("btf", "/sys/kernel/btf/vmlinux", "programs find the kernel's fields by it"),
        there("bpf", "/sys/fs/bpf", "pins that hold blocks while nothing runs"),
        Finding::judged(SECTION, "modules", false, modules),
        there("power", "/proc/sysrq-trigger", "what Panic writes to"),
    ]
}

/// Where control groups are, and what holds shell reactions.
pub(super) fn groups(settings: &Settings) -> Vec<Finding> {
    const SECTION: &str = "groups";
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    // fstab(5): what is mounted, where, its type.
    let root = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (at, kind) = (fields.next()?, fields.next()?);
        (kind == "cgroup2").then(|| at.to_owned())
    });
    let root = root.ok_or_else(|| "no cgroup2 file system is mounted".to_owned());
    let mut findings = vec![Finding::judged(SECTION, "cgroup2", false, root)];
    if let Some(group) = &settings.blocks.cgroup {
        let answer = match group.join("cgroup.procs").exists() {
            true => Ok(format!("{}: what is blocked is blocked there", group.display())),
            false => Err(format!("{} is no control group (cgroup2)", group.display())),
        };
        findings.push(Finding::judged(SECTION, "blocks", true, answer));
    }
    let engines = reactant_engines::table();
    let all = engines.languages().filter_map(|language| engines.get(language.format));
    for line in all.flat_map(|engine| engine.confinement()) {
        let (name, text) = line.split_once(": ").unwrap_or(("shell", &line));
        findings.push(Finding::new(SECTION, name, Found::Ok, text));
    }
    findings
}

/// What would block addresses, by trying; nothing is blocked.
pub(super) fn blocks(settings: &Settings) -> Vec<Finding> {
    const SECTION: &str = "blocks";
    let asked = settings.blocks.by != BlockBy::Auto || settings.blocks.cgroup.is_some();
    let mounted = || fs::metadata("/sys/fs/bpf/.").and_then(|_| bpf_is_mounted());
    let before = mounted().unwrap_or(false);
    // Another pid namespace has the same pids.
    let random = RandomState::new().hash_one(std::process::id());
    let scratch = std::env::temp_dir().join(format!("reactant-doctor-{random:016x}"));
    let tried = fs::DirBuilder::new()
        .mode(0o700)
        .create(&scratch)
        .map_err(|error| format!("{}: {error}", scratch.display()))
        .and_then(|()| {
            let tried = block::probe(&enforcement::block_settings(settings, &scratch));
            let _ = fs::remove_dir(&scratch);
            tried
        });
    if !before && mounted().unwrap_or(false) {
        // Where somebody uses it by now, it stays.
        let _ = rustix::mount::unmount("/sys/fs/bpf", rustix::mount::UnmountFlags::empty());
    }
    let probed = match tried {
        Ok(probed) => probed,
        Err(why) => return vec![Finding::judged(SECTION, "addresses", asked, Err(why))],
    };
    let mut findings =
        vec![Finding::new(SECTION, "addresses", Found::Ok, format!("by {}", probed.kind.name()))];
    findings.extend(
        probed.reaches.iter().map(|what| Finding::new(SECTION, "reaches", Found::Ok, what)),
    );
    findings.extend(
        probed.misses.iter().map(|what| Finding::new(SECTION, "misses", Found::Missing, what)),
    );
    findings
}

fn bpf_is_mounted() -> std::io::Result<bool> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let at = |line: &str| line.split(' ').nth(1).map(Path::new) == Some(Path::new("/sys/fs/bpf"));
    Ok(mounts.lines().any(at))
}
