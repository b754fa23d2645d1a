//! What is shipped beside the command.

use std::{fs, process::Command};

use crate::support::text;

const UNIT: &str = include_str!("../../package/systemd/reactant.service");

/// The worst exposure that the service may have by systemd's own measure, from 0 to 10 (systemd-analyze(1)). A service that sees and kills all processes of a
/// machine, and acts on its network and its files, cannot have a good one; without a sandbox it has 9.6.
const EXPOSURE: &str = "4.6";

/// Runs systemd's checker on the unit with the command of this build; `None` where the tool is not there.
fn checked(arguments: &[&str]) -> Option<std::process::Output> {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("reactant.service");
    fs::write(&unit, UNIT.replace("/usr/bin/reactant", env!("CARGO_BIN_EXE_reactant"))).unwrap();
    Command::new("systemd-analyze").args(arguments).arg(&unit).output().ok()
}

#[test]
fn the_service_is_one_that_systemd_takes() {
    let Some(output) = checked(&["verify", "--man=no"]) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn the_service_is_no_more_exposed_than_it_must_be() {
    let threshold = format!("--threshold={}", EXPOSURE.replace('.', ""));
    let Some(output) = checked(&["security", "--offline=yes", "--no-pager", &threshold]) else {
        return;
    };
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn every_directive_of_the_service_that_is_open_has_its_reason_beside_it() {
    // What is usually closed, and is not here, is spoken of.
    for open in [
        "PrivateTmp",
        "ProtectControlGroups",
        "ProtectProc",
        "ProcSubset",
        "PrivateUsers",
        "PrivateNetwork",
    ] {
        let line =
            UNIT.lines().find(|line| line.contains(open)).unwrap_or_else(|| panic!("{open}"));
        assert!(line.starts_with("# Not ") && line.contains(':'), "{line}");
    }
    for told in [
        "BPF",
        "PERFMON",
        "SYS_PTRACE",
        "DAC_READ_SEARCH",
        "DAC_OVERRIDE",
        "CHOWN",
        "FOWNER",
        "KILL",
        "NET_ADMIN",
        "SYS_ADMIN",
        "SYS_RESOURCE",
    ] {
        let reasons = UNIT.lines().filter(|line| line.starts_with('#'));
        assert!(reasons.collect::<String>().contains(told), "{told}");
        let bounds = UNIT.lines().find(|line| line.starts_with("CapabilityBoundingSet=")).unwrap();
        assert!(bounds.contains(&format!("CAP_{told}")), "{told} is not held");
    }
    assert!(UNIT.contains("\nType=notify\n") && UNIT.contains("\nWatchdogSec="));
    assert!(UNIT.contains("\nExecReload=/bin/kill -HUP $MAINPID\n"));
}
