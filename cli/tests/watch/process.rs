//! What is told of a process that is not like the test itself: its user, its namespaces, its container.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    Test,
    scene::{Scene, of_type, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("the_user_and_group_are_those_it_runs_as", the_user_and_group_are_those_it_runs_as),
    ("the_namespaces_are_those_it_is_in", the_namespaces_are_those_it_is_in),
    ("the_container_is_that_of_its_control_group", the_container_is_that_of_its_control_group),
];

/// Runs a command that starts the program in the end, and gives the process of its event.
fn process_of(command: &mut Command) -> (Value, String) {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &on_start("a", "function process() {}"));
    fs::set_permissions(scene.folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    scene.watch(&["--dry-run", "--count", "1", "--events-out"]);
    let output =
        command.env("PROG", scene.path("prog")).current_dir(&scene.folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let ended = scene.ended();
    let detections = of_type(&ended.lines, "detection");
    assert_eq!(detections.len(), 1, "{}", ended.said);
    let said = String::from_utf8(output.stdout).unwrap();
    (detections[0]["event"]["process"].clone(), said)
}

fn the_user_and_group_are_those_it_runs_as() {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65533", "--clear-groups", "sh", "-c"]);
    let (process, _) = process_of(command.arg("exec \"$PROG\" /dev/null"));
    assert_eq!((&process["uid"], &process["gid"]), (&65534.into(), &65533.into()));
    // The shell was the program before, of the same process.
    let shell = fs::canonicalize("/bin/sh").unwrap();
    assert_eq!(process["prev_exe"], *shell.to_str().unwrap());
}

fn the_namespaces_are_those_it_is_in() {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork"]);
    let script = "for name in mnt pid uts ipc net cgroup; do stat -Lc \"$name %i\" /proc/$$/ns/$name; done; exec \"$PROG\" /dev/null";
    let (process, said) = process_of(command.args(["--mount-proc", "sh", "-c", script]));
    let inside: BTreeMap<&str, &str> =
        said.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(inside.len(), 6, "{said}");
    for (name, number) in inside {
        let told = &process["namespaces"][format!("{name}_ns")];
        assert_eq!(told.to_string(), number, "{name}: {process}");
        let own = fs::read_link(format!("/proc/self/ns/{name}")).unwrap();
        assert!(!own.to_str().unwrap().contains(number), "{name} is one of its own");
    }
    // Pids are those of the initial namespace, in which the watch kills.
    assert!(process["pid"].as_u64().unwrap() > 1);
}

/// A control group that is removed at the end.
struct Group(PathBuf);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

fn the_container_is_that_of_its_control_group() {
    let root = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
    let root = root.iter().map(Path::new).find(|root| root.join("cgroup.procs").exists()).unwrap();
    let id = format!("{:064x}", std::process::id());
    let group = Group(root.join(format!("docker-{id}.scope")));
    fs::create_dir(&group.0).unwrap();
    let script = "echo $$ > \"$GROUP/cgroup.procs\" && exec \"$PROG\" /dev/null";
    let mut command = Command::new("sh");
    let (process, _) = process_of(command.args(["-c", script]).env("GROUP", &group.0));
    assert_eq!(process["container_id"], id);
}
