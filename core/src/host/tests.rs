use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    capability::Request,
    clock::EventClock,
    detection::tests::detection,
    helper::{ParamKind, Returns},
    value::Opaque,
};

static RUNNING: AtomicBool = AtomicBool::new(false);

fn registry() -> Registry {
    let mut registry = Registry::new();
    let kill = HelperSpec::new("Kill", "Kills.")
        .param("pid", ParamKind::Integer)
        .returns(Returns::Status)
        .needs(Capability::PROCESS_KILL)
        .acts();
    registry
        .register(kill, |call: &mut Call<'_>| match call.integer(0) {
            Some(1) => Err(Failure::new("pid 1 is never killed")),
            Some(2) => Ok(Reply::already("already exited")),
            Some(3) => panic!("a helper's own fault"),
            Some(5) => {
                call.refused.extend(vec![("203.0.113.7".into(), "protected".to_owned()); 5]);
                Ok(0.into())
            }
            Some(4) => {
                call.refused.push(("203.0.113.7".into(), "protected".to_owned()));
                Ok(0.into())
            }
            _ => Ok(0.into()),
        })
        .unwrap();
    let spare = HelperSpec::new("Spare", "Takes it back.")
        .returns(Returns::Status)
        .needs(Capability::PROCESS_KILL)
        .undoes();
    registry.register(spare, |_: &mut Call<'_>| Ok(0.into())).unwrap();
    registry
        .register(
            HelperSpec::new("Say", "Logs.").param("text", ParamKind::Text).needs(Capability::LOG),
            |call: &mut Call<'_>| {
                let text = call.text(0).to_owned();
                call.log(Level::Info, text);
                Ok(Value::Null.into())
            },
        )
        .unwrap();
    registry
        .register(
            HelperSpec::new("Errno", "").returns(Returns::Text).uncounted(),
            |call: &mut Call<'_>| Ok(call.errno.into()),
        )
        .unwrap();
    registry
}

/// Runs calls against a fresh host and gives what they returned and what was recorded.
fn run(
    grants: &Grants,
    limits: &Limits,
    calls: &[(&str, &[Value])],
) -> (Vec<Result<Value, Stop>>, Option<Stop>, Vec<Entry>) {
    let registry = registry();
    let detection = detection(r#"{"execution":{}}"#);
    let mut host = Host::new(Terms {
        registry: &registry,
        grants,
        limits,
        clock: &EventClock,
        detection: &detection,
        reaction: 0,
        dry_run: true,
        seed: 1,
        cancelled: &RUNNING,
        question: None,
    });
    let results =
        calls.iter().map(|(name, args)| host.call(registry.id(name).unwrap(), args)).collect();
    let (stopped, entries) = host.close();
    (results, stopped, entries)
}

fn actions(entries: &[Entry]) -> Vec<&Action> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Action(action) => Some(action),
            Entry::Log { .. } => None,
        })
        .collect()
}

#[test]
fn a_failure_gives_the_failure_value_and_sets_errno() {
    let calls: [(&str, &[Value]); 4] =
        [("Errno", &[]), ("Kill", &[Value::Int(1)]), ("Kill", &[Value::Int(9)]), ("Errno", &[])];
    let (results, stopped, entries) = run(&Grants::standard(), &Limits::default(), &calls);
    let want = ["".into(), Value::Int(-1), Value::Int(0), "pid 1 is never killed".into()];
    assert_eq!(results.into_iter().collect::<Result<Vec<_>, _>>().unwrap(), want);
    assert_eq!(stopped, None);
    let errnos: Vec<&str> = actions(&entries).iter().map(|action| action.errno.as_str()).collect();
    assert_eq!(errnos, ["pid 1 is never killed", ""]);
}

#[test]
fn a_status_of_one_sets_errno_to_what_was_so() {
    let calls: [(&str, &[Value]); 2] = [("Kill", &[Value::Int(2)]), ("Errno", &[])];
    let (results, _, _) = run(&Grants::standard(), &Limits::default(), &calls);
    assert_eq!(results, [Ok(Value::Int(1)), Ok("already exited".into())]);
}

#[test]
fn what_is_refused_within_a_call_has_a_record_of_its_own() {
    let calls: [(&str, &[Value]); 2] = [("Kill", &[Value::Int(4)]), ("Errno", &[])];
    let (results, _, entries) = run(&Grants::standard(), &Limits::default(), &calls);
    assert_eq!(results, [Ok(Value::Int(0)), Ok("".into())]);
    let [refused, call] = actions(&entries)[..] else { panic!("{entries:?}") };
    assert_eq!((&refused.args[..], &*refused.errno), (&["203.0.113.7".into()][..], "protected"));
    assert_eq!((&refused.result, &call.result), (&Value::Int(-1), &Value::Int(0)));
}

#[test]
fn refusals_count_as_calls() {
    let limits = Limits { helper_calls: 7, ..Limits::default() };
    let kill: (&str, &[Value]) = ("Kill", &[Value::Int(5)]);
    let (results, stopped, entries) = run(&Grants::standard(), &limits, &[kill, kill]);
    assert_eq!(results, [Ok(Value::Int(0)), Err(Stop::HelperCalls)]);
    assert_eq!((stopped, actions(&entries).len()), (Some(Stop::HelperCalls), 7));
}

#[test]
fn a_time_limit_beyond_every_clock_does_not_panic() {
    let limits = Limits { timeout: Duration::MAX, ..Limits::default() };
    let (results, _, _) = run(&Grants::standard(), &limits, &[("Kill", &[Value::Int(9)])]);
    assert_eq!(results, [Ok(Value::Int(0))]);
}

#[test]
fn a_denied_kill_is_audited() {
    let calls: [(&str, &[Value]); 3] =
        [("Kill", &["7".into()]), ("Errno", &[]), ("Say", &["hello".into()])];
    let grants = Grants::standard().without(&Capability::PROCESS_KILL);
    let (results, stopped, entries) = run(&grants, &Limits::default(), &calls);
    let denial = "permission denied: Kill needs capability process.kill";
    assert_eq!(results[..2], [Ok(Value::Int(-1)), Ok(denial.into())]);
    assert_eq!(stopped, None);
    let actions = actions(&entries);
    assert_eq!(actions.len(), 1);
    assert_eq!((&actions[0].args[..], actions[0].errno.as_str()), (&[Value::Int(7)][..], denial));
}

#[test]
fn a_denied_log_is_audited_too() {
    let grants = Grants::none().with(&["data".parse::<Request>().unwrap()]);
    let (results, _, entries) = run(&grants, &Limits::default(), &[("Say", &["x".into()])]);
    assert_eq!(results, [Ok(Value::Null)]);
    assert_eq!(actions(&entries).len(), 1);
}

#[test]
fn an_argument_that_does_not_fit_is_a_failure_and_is_audited_as_given() {
    let calls: [(&str, &[Value]); 1] = [("Kill", &[Value::Opaque(Opaque::Object)])];
    let (results, _, entries) = run(&Grants::standard(), &Limits::default(), &calls);
    assert_eq!(results, [Ok(Value::Int(-1))]);
    assert_eq!(
        actions(&entries)[0].errno,
        "Kill: parameter `pid` takes a whole number, got an object"
    );
}

#[test]
fn a_helper_that_panics_fails_and_the_host_goes_on() {
    let calls: [(&str, &[Value]); 2] = [("Kill", &[Value::Int(3)]), ("Kill", &[Value::Int(9)])];
    let (results, _, _) = run(&Grants::standard(), &Limits::default(), &calls);
    assert_eq!(results, [Ok(Value::Int(-1)), Ok(Value::Int(0))]);
}

#[test]
fn a_stopped_host_refuses_every_later_call() {
    let limits = Limits { helper_calls: 2, ..Limits::default() };
    let say: (&str, &[Value]) = ("Say", &["x".into()]);
    let (results, stopped, entries) =
        run(&Grants::standard(), &limits, &[say, ("Errno", &[]), say, say, say]);
    assert_eq!(results[2..], [Ok(Value::Null), Err(Stop::HelperCalls), Err(Stop::HelperCalls)][..]);
    assert_eq!(stopped, Some(Stop::HelperCalls));
    assert_eq!(entries.len(), 2);
}

#[test]
fn output_past_its_limit_stops_and_is_not_kept() {
    let limits = Limits { output: 8, ..Limits::default() };
    let calls: [(&str, &[Value]); 2] = [("Say", &["12345678".into()]), ("Say", &["9".into()])];
    let (results, stopped, entries) = run(&Grants::standard(), &limits, &calls);
    assert_eq!(results, [Ok(Value::Null), Err(Stop::Output)]);
    assert_eq!((stopped, entries.len()), (Some(Stop::Output), 1));
}

#[test]
fn nothing_is_called_after_the_deadline() {
    let limits = Limits { timeout: Duration::ZERO, ..Limits::default() };
    let (results, stopped, entries) =
        run(&Grants::standard(), &limits, &[("Kill", &[Value::Int(9)])]);
    assert_eq!(results, [Err(Stop::Timeout)]);
    assert_eq!((stopped, entries), (Some(Stop::Timeout), Vec::new()));
}

#[test]
fn incomplete_evidence_refuses_a_kill_where_the_recipe_says_so() {
    let registry = registry();
    let mut detection = detection(r#"{"lost":3}"#);
    let call = |helper: &str, args: &[Value], detection: &Detection| {
        let terms = Terms {
            registry: &registry,
            grants: &Grants::standard(),
            limits: &Limits::default(),
            clock: &EventClock,
            detection,
            reaction: 0,
            dry_run: true,
            seed: 1,
            cancelled: &RUNNING,
            question: None,
        };
        Host::new(terms).call(registry.id(helper).unwrap(), args)
    };
    let kill = |detection: &Detection| call("Kill", &[Value::Int(9)], detection);
    assert_eq!(kill(&detection), Ok(Value::Int(0)));
    Arc::make_mut(&mut detection.recipe).on_loss = OnLoss::SkipDestructive;
    assert_eq!(kill(&detection), Ok(Value::Int(-1)));
    assert_eq!(call("Spare", &[], &detection), Ok(Value::Int(0)), "it takes an act back");
}

#[test]
fn a_line_of_the_scripts_own_is_no_call_and_needs_the_right_to_log() {
    let mut registry = Registry::new();
    for level in [Level::Info, Level::Warn] {
        let spec = HelperSpec::new(level.helper(), "").param("text", ParamKind::Text);
        registry
            .register(spec.needs(Capability::LOG), move |call: &mut Call<'_>| {
                let text = call.text(0).to_owned();
                call.log(level, text);
                Ok(Value::Null.into())
            })
            .unwrap();
    }
    let detection = detection("{}");
    let limits = Limits { helper_calls: 1, output: 8, ..Limits::default() };
    for (grants, lines) in
        [(Grants::standard(), 2), (Grants::standard().without(&Capability::LOG), 0)]
    {
        let mut host = Host::new(Terms {
            registry: &registry,
            grants: &grants,
            limits: &limits,
            clock: &EventClock,
            detection: &detection,
            reaction: 0,
            dry_run: true,
            seed: 0,
            cancelled: &RUNNING,
            question: None,
        });
        assert_eq!(host.say(Level::Info, "a"), Ok(()));
        assert_eq!(host.say(Level::Warn, "b"), Ok(()));
        let much = host.say(Level::Info, "more than 8 bytes");
        assert_eq!(much, if lines > 0 { Err(Stop::Output) } else { Ok(()) });
        let (_, entries) = host.close();
        assert_eq!(entries.len(), lines, "{entries:?}");
        assert!(entries.iter().all(|entry| matches!(entry, Entry::Log { .. })));
    }
}
