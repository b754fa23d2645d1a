//! A network policy that `watch` holds up: who is denied something is told to recipes.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    Test,
    scene::{Scene, killed, lines, of_type},
};

pub(crate) const TESTS: &[Test] =
    &[("what_the_policy_denies_is_answered_recorded_and_replayed", denied)];

const POLICY: &str = "network_policy:
  cidr_mode: both
  cidr_policy: allow
  resolve_mode: bypass
  resolve_policy: allow
  rules:
    - {cidr: 198.51.100.0/24, policy: deny}
";

const RECIPE: &str = "- kind: test
  name: denied
  version: 1
  description: test
  breed: remote_cidrs
  mechanism: network_policy
  importance: low
  remote_cidrs: [198.51.100.0/24]
  reactions:
    - format: js
      code: |
        function process(data) {
          Info(`${data.event_type} ${data.policy.rule.cidr} ${data.process.comm}`);
          KillCurrent();
        }
";

/// A control group of the test's own, which goes with it.
struct Group(PathBuf);

impl Group {
    fn new() -> Group {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let tree = mounts.lines().find(|line| line.contains(" - cgroup2 ")).unwrap();
        let tree = tree.split(' ').nth(4).unwrap();
        let path = PathBuf::from(tree).join(format!("reactant-watch-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Group(path)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..500 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        eprintln!("{} could not be removed", self.0.display());
    }
}

fn denied() {
    let group = Group::new();
    let mut scene = Scene::new();
    fs::write(scene.path("recipes/denied.yaml"), RECIPE).unwrap();
    fs::write(scene.path("policy.yaml"), POLICY).unwrap();
    let config =
        format!("network_policy: policy.yaml\nblocks: {{cgroup: {}}}\n", group.0.display());
    fs::write(scene.path("config.yaml"), config).unwrap();
    scene.watch(&["--data", "state", "--config", "config.yaml"]);
    let shown = scene.reactant(&["policy", "show", "--data", "state", "--output", "json"]);
    let shown = lines(std::str::from_utf8(&shown.stdout).unwrap());
    assert_eq!(shown[0]["enforced"], true, "{shown:?}");
    // In a network of its own: without the policy there would be no route.
    let script = format!(
        "echo $$ > {}/cgroup.procs; exec unshare --net -- bash -c 'exec 3<>/dev/udp/198.51.100.7/9; sleep 60'",
        group.0.display()
    );
    let mut program = Command::new("sh");
    let program = program.args(["-c", &script]).stdin(Stdio::null()).stderr(Stdio::piped());
    assert!(killed(program.spawn().unwrap()));
    let ended = scene.end();
    let logs = of_type(&ended.lines, "log");
    assert_eq!(logs.len(), 1, "{logs:?} {}", ended.said);
    assert_eq!(logs[0]["message"], "dropip 198.51.100.0/24 bash");
    let actions = of_type(&ended.lines, "action");
    assert_eq!((&actions[0]["helper"], &actions[0]["result"]), (&"KillCurrent".into(), &0.into()));
    // What was recorded is an event like any other.
    let replayed = scene.reactant(&["run", "--output", "json", "-r", "recipes", "seen.jsonl"]);
    let replayed = lines(std::str::from_utf8(&replayed.stdout).unwrap());
    let logs = of_type(&replayed, "log");
    assert_eq!(logs.len(), 1, "{replayed:?}");
    assert_eq!(logs[0]["message"], "dropip 198.51.100.0/24 bash");
}
