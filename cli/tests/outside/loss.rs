//! Recipes that destroy nothing on incomplete evidence, in a replay.

use crate::support::{Case, lines, of_type, on_execution};

#[test]
fn a_recipe_that_wants_whole_evidence_destroys_nothing_behind_a_loss() {
    let code = "function process(data) {\n  KillCurrent(); NetBlockIp('203.0.113.7'); WriteFile('/tmp/x', 'x'); Info('' + data.lost);\n}";
    let recipe = on_execution("careful", &[code]) + "    - {format: shell, code: 'true'}\n";
    let recipe = recipe.replace("  version", "  on_loss: skip_destructive\n  version");
    let event = |lost: u64| {
        format!(
            "{{\"event_type\":\"execution\",\"lost\":{lost},\"timestamp\":\"2026-11-24T10:16:0{}Z\",\"process\":{{\"pid\":4242,\"start\":\"2026-11-24T10:16:0{}Z\",\"exe\":\"/bin/p\"}}}}\n",
            9 - lost,
            8 - lost
        )
    };
    // What was lost is no reproach to a process that began afterwards.
    let case = Case::new(&recipe, &[event(3), event(0)].concat());
    let lines = lines(&case.run(&["--grant", "exec.shell"]));
    let told: Vec<(String, i64, bool)> = of_type(&lines, "action")
        .iter()
        .map(|act| {
            let refused = act["errno"].as_str().unwrap().contains("incomplete evidence");
            (act["helper"].as_str().unwrap().to_owned(), act["result"].as_i64().unwrap(), refused)
        })
        .collect();
    let act = |helper: &str, result, refused| (helper.to_owned(), result, refused);
    assert_eq!(
        told,
        [
            act("KillCurrent", -1, true),
            act("NetBlockIp", -1, true),
            act("WriteFile", 0, false),
            act("KillCurrent", 0, false),
            act("NetBlockIp", 0, false),
            act("WriteFile", 0, false),
            act("Shell", 0, false),
        ]
    );
    let denied: Vec<_> = of_type(&lines, "outcome");
    assert_eq!(denied[1]["status"], "denied");
    assert!(denied[1]["error"]["message"].as_str().unwrap().contains("3 events were lost"));
    assert_eq!(denied[3]["status"], "ok");
}
