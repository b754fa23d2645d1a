//! Kills while pids are reused as fast as can be: in a namespace of two hundred pids, in which processes come and go all the time.

use std::{
    collections::HashSet,
    fs,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use reactant_core::{seed::mix, value::Value};

use crate::{
    Test,
    kill::{boot_id, event, signal, start_ticks},
    namespace::Kind::Processes,
    testing::{Caller, already, done},
};

pub(crate) const TESTS: &[Test] =
    &[("none_of_a_thousand_kills_hits_a_stranger", Processes, pressure)];

const KILLS: u64 = 1000;
const BATCH: u64 = 100;
/// Numbers of this namespace begin at 300 after the first time round (RESERVED_PIDS, kernel/pid.c).
const PID_MAX: u32 = 500;

/// Strangers: each loop ends where its folder says so, and writes down whoever of its children did not end by itself.
const LOOPS: [&str; 3] = [
    "while [ ! -e stop ]; do ( : ); [ $? -eq 0 ] || echo $? >> hit; done",
    "while [ ! -e stop ]; do ( : ); [ $? -eq 0 ] || echo $? >> hit; done",
    "while [ ! -e stop ]; do sleep 0.005; [ $? -eq 0 ] || echo $? >> hit; done",
];

/// One that answers an event of a process.
fn about(pid: i64, ticks: i64, boot: &str) -> Caller {
    Caller { dry_run: false, ..Caller::dry(&event(pid, ticks, boot)) }
}

fn spawn(program: &str) -> (Child, i64, i64) {
    let child = Command::new(program).arg("30").spawn().unwrap();
    let pid = child.id().into();
    (child, pid, start_ticks(pid))
}

/// Since Linux 6.14 each pid namespace has a limit of its own; before, this would be the whole machine's.
fn narrow() {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap(), numbers.next().unwrap());
    assert!(version >= (6, 14), "this test needs Linux 6.14, not {release}");
    fs::write("/proc/sys/kernel/pid_max", PID_MAX.to_string()).unwrap();
}

fn pressure() {
    let seed = crate::seed();
    narrow();
    let ground = tempfile::tempdir().unwrap();
    let mut loops: Vec<Child> = LOOPS
        .iter()
        .map(|script| {
            Command::new("sh").args(["-c", script]).current_dir(ground.path()).spawn().unwrap()
        })
        .collect();
    // The numbers below 300 are never given again.
    while spawn("true").1 < 300 {}
    let boot = boot_id();
    let (mut killed, mut late, mut stale) = (0, 0, 0);
    let until = Instant::now() + Duration::from_secs(120);
    for batch in 0..KILLS / BATCH {
        let mut gone = Vec::new();
        for number in 0..BATCH {
            match mix(seed, batch * BATCH + number) % 3 {
                // It lives.
                0 => {
                    let (mut child, pid, ticks) = spawn("sleep");
                    assert_eq!(about(pid, ticks, &boot).give("KillCurrent", &[]), done());
                    assert_eq!(signal(&mut child), Some(9));
                    killed += 1;
                }
                // It ends, and its pid is free again, at that very moment.
                1 => {
                    let (mut child, pid, ticks) = spawn("true");
                    let ending = thread::spawn(move || signal(&mut child));
                    let gave = about(pid, ticks, &boot).give("KillCurrent", &[]);
                    let ended_by = ending.join().unwrap();
                    assert!(gave == done() || gave == already("already exited"), "{gave:?}");
                    assert!(ended_by.is_none() || gave.0 == Value::Int(0), "{gave:?}");
                    late += 1;
                }
                // It has gone, and its pid is soon another's.
                _ => {
                    let (mut child, pid, ticks) = spawn("true");
                    child.wait().unwrap();
                    gone.push((pid, ticks));
                }
            }
        }
        let mut waiting: HashSet<(i64, i64)> = gone.into_iter().collect();
        while !waiting.is_empty() {
            assert!(Instant::now() < until, "pids are not reused: {waiting:?}");
            waiting.retain(|&(pid, ticks)| {
                if !Path::new(&format!("/proc/{pid}")).exists() {
                    return true;
                }
                let gave = about(pid, ticks, &boot).give("KillCurrent", &[]);
                assert_eq!(gave, already("already exited"));
                stale += 1;
                false
            });
        }
    }
    fs::write(ground.path().join("stop"), "").unwrap();
    loops.iter_mut().for_each(|child| assert_eq!(signal(child), None));
    let hit = fs::read_to_string(ground.path().join("hit")).unwrap_or_default();
    assert_eq!(hit, "", "strangers were hit");
    println!("{killed} killed alive, {late} while they ended, {stale} whose pid was another's");
    assert!(killed > 200 && late > 200 && stale > 200);
}
