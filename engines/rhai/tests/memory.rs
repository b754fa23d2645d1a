//! No script takes more of the process than its limit and what the machine itself needs.

#![allow(clippy::unwrap_used, reason = "a test may fail so")]

mod common;

use std::time::Duration;

use reactant_core::limits::Limits;

#[global_allocator]
static METER: reactant_engine_rhai::Meter = reactant_engine_rhai::Meter::system();

/// A figure of this process, in bytes (proc_pid_status(5)).
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

const SCRIPTS: &[&str] = &[
    "let s = \"x\"; loop { s += s; }",
    "let s = \"xxxxxxxxxxxxxxx\"; loop { s = s + s; }",
    "let s = \"x\"; loop { s = `${s}${s}`; }",
    "let s = \"\"; s.pad(5000000, 'x'); let t = s + s; loop { t; }",
    "let s = \"\"; s.pad(15000000, 'x'); let t = s + s;",
    "let s = \"\"; s.pad(1000000, 'x'); let a = []; a.pad(100000, s); let t = `${a}`;",
    "let s = \"\"; s.pad(1000000, 'x'); let a = []; a.pad(9, s); loop { let t = `${a}`; }",
    "let s = \"\"; s.pad(1000000, 'x'); let a = []; a.pad(9, s); let t = s + a; loop { t += t; }",
    "let a = [1]; loop { a += a; }",
    "let a = [1]; loop { a = a + a; }",
    "let a = [1]; loop { a.append(a); }",
    "let a = [1]; loop { a = [a, a]; }",
    "let a = [[1]]; loop { a = a + a; }",
    "let m = #{}; let i = 0; loop { m[`${i}`] = i; i += 1; }",
    "let m = #{a: [1]}; loop { m = #{a: m, b: m}; }",
    "let b = blob(1, 7); loop { b += b; }",
    "let a = []; loop { a.push([a.len()]); }",
    "let a = []; loop { a.push(\"\" + a.len()); }",
    "let a = []; loop { a.push(|| 1); }",
    "let s = \"\"; s.pad(4900000, 'x'); s.crop(0); s.pop(4800000); s.sub_string(1..=4800000); loop {}",
    "let a = []; a.pad(50000, data); Echo(a); loop {}",
    "let f = || 0; loop { let g = f; f = || g.call(); }",
];

/// In a process of its own for each, since an allocator keeps what it was given back.
#[test]
fn what_a_script_takes_is_its_limit_and_four_mebibytes() {
    const ONE: &str = "REACTANT_TEST_SCRIPT";
    if let Ok(index) = std::env::var(ONE) {
        return one(SCRIPTS[index.parse::<usize>().unwrap()]);
    }
    for (index, script) in SCRIPTS.iter().enumerate() {
        let mut own = std::process::Command::new(std::env::current_exe().unwrap());
        own.args(["--exact", "what_a_script_takes_is_its_limit_and_four_mebibytes", "--nocapture"]);
        let output = own.env(ONE, index.to_string()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
    }
}

fn one(body: &str) {
    let limits = Limits { timeout: Duration::from_secs(2), memory: 16 << 20, ..Limits::default() };
    // What is there once.
    assert!(common::run("fn process(data) { throw data; }", &limits).0.is_err());
    let before = status("VmRSS");
    for text in [
        format!("fn process(data) {{ {body} }}"),
        format!("{body} fn process(d) {{}}").replace("data", "kind"),
    ] {
        assert!(common::run(&text, &limits).0.is_err(), "{text}");
        let grown = status("VmHWM").saturating_sub(before);
        assert!(grown <= limits.memory + (4 << 20), "{} KiB", grown >> 10);
    }
}
