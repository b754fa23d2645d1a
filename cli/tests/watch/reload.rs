//! Recipes that change while the watch goes on.

use std::{fs, os::unix::fs::symlink, thread, time::Duration};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    Test,
    scene::{Scene, of_type, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("a_changed_file_is_in_force_soon", a_changed_file_is_in_force_soon),
    ("a_broken_set_is_refused_whole", a_broken_set_is_refused_whole),
    ("a_script_of_its_own_is_followed", a_script_of_its_own_is_followed),
    ("a_volume_that_is_replaced_is_followed", a_volume_that_is_replaced_is_followed),
    ("who_asks_has_the_recipes_loaded_again", who_asks_has_the_recipes_loaded_again),
    ("noise_limits_survive_a_change_beside_them", noise_limits_survive_a_change_beside_them),
    ("a_flood_of_changes_holds_nothing_up", a_flood_of_changes_holds_nothing_up),
];

fn says(name: &str, text: &str) -> String {
    on_start(name, &format!("function process() {{ Info('{text}') }}"))
}

/// How many changes were told, and the last of them.
fn reloads(scene: &Scene) -> (usize, Value) {
    let written = scene.written();
    let all = of_type(&written, "reload");
    (all.len(), all.last().map_or(Value::Null, |last| (*last).clone()))
}

/// Does something, and waits until it was answered by a set that was taken or refused.
fn changed(scene: &mut Scene, taken: bool, act: impl FnOnce(&Scene)) -> Value {
    let before = reloads(scene).0;
    act(scene);
    scene.wait_for("the change", |scene| {
        let (count, last) = reloads(scene);
        count > before && last["replaced"] == taken
    });
    reloads(scene).1
}

/// What is said at the next start of the program.
fn said(scene: &mut Scene) -> Vec<String> {
    let outcomes = |scene: &Scene| of_type(&scene.written(), "outcome").len();
    let logs = |scene: &Scene| -> Vec<String> {
        let written = scene.written();
        let text = |line: &&Value| line["message"].as_str().unwrap().to_owned();
        of_type(&written, "log").iter().map(text).collect()
    };
    let (before, known) = (outcomes(scene), logs(scene).len());
    scene.run_program();
    scene.wait_for("the answer", |scene| outcomes(scene) > before);
    let mut all = logs(scene).split_off(known);
    all.sort();
    all
}

fn a_changed_file_is_in_force_soon() {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &says("a", "old"));
    scene.watch(&["--dry-run"]);
    assert_eq!(said(&mut scene), ["old"]);
    // In place, as a shell writes it.
    let told = changed(&mut scene, true, |scene| scene.recipes("a.yaml", &says("a", "new")));
    assert_eq!((&told["recipes"], &told["changed"]), (&1.into(), &1.into()));
    assert_eq!(said(&mut scene), ["new"]);
    // Renamed over, as an editor does.
    changed(&mut scene, true, |scene| {
        scene.recipes(".a.swp", &says("a", "newer"));
        let at = |name: &str| scene.path("recipes").join(name);
        fs::rename(at(".a.swp"), at("a.yaml")).unwrap();
    });
    assert_eq!(said(&mut scene), ["newer"]);
    // In a folder that was not there, and more in it later.
    changed(&mut scene, true, |scene| {
        fs::create_dir_all(scene.path("recipes/deep/er")).unwrap();
        scene.recipes("deep/er/b.yaml", &says("b", "deep"));
    });
    scene.wait_for("both", |scene| reloads(scene).1["recipes"] == 2);
    changed(&mut scene, true, |scene| scene.recipes("deep/er/b.yaml", &says("b", "deeper")));
    scene.run_program();
    scene.wait_for("what is deep", |scene| {
        of_type(&scene.written(), "log").iter().any(|log| log["message"] == "deeper")
    });
    let told = changed(&mut scene, true, |scene| {
        fs::remove_dir_all(scene.path("recipes/deep")).unwrap();
    });
    assert_eq!((&told["recipes"], &told["removed"]), (&1.into(), &1.into()));
    scene.end();
}

fn a_broken_set_is_refused_whole() {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &says("a", "good"));
    scene.watch(&["--dry-run"]);
    let told = changed(&mut scene, false, |scene| {
        scene.recipes("b.yaml", &says("b", "added"));
        scene.recipes("c.yaml", &on_start("c", "function process( {"));
    });
    assert_eq!(told["recipes"], 1, "not even the good part of it");
    assert_eq!(said(&mut scene), ["good"]);
    let at = |text: &str| scene.read("said").contains(text);
    assert!(at("script-error") && at("c.yaml") && at("reload-refused"), "{}", scene.read("said"));
    let told = changed(&mut scene, true, |scene| {
        fs::remove_file(scene.path("recipes/c.yaml")).unwrap();
    });
    assert_eq!((&told["kept"], &told["added"]), (&1.into(), &1.into()));
    scene.end();
    // What is refused at the end is a problem that was found.
    scene.watch(&["--dry-run"]);
    changed(&mut scene, false, |scene| scene.recipes("c.yaml", "- {"));
    scene.signal(Signal::TERM);
    assert_eq!(scene.ended().status.code(), Some(1));
}

fn a_script_of_its_own_is_followed() {
    let mut scene = Scene::new();
    let script = |scene: &Scene, text: &str| {
        let text = format!("function process() {{ Info('{text}') }}");
        fs::write(scene.path("say.js"), text).unwrap();
    };
    script(&scene, "old");
    let code = "{format: js, code: \"\"}";
    scene.recipes("a.yaml", &on_start("a", "").replace(code, "{format: js, file: ../say.js}"));
    scene.watch(&["--dry-run"]);
    assert_eq!(said(&mut scene), ["old"]);
    changed(&mut scene, true, |scene| script(scene, "new"));
    assert_eq!(said(&mut scene), ["new"]);
    changed(&mut scene, false, |scene| fs::remove_file(scene.path("say.js")).unwrap());
    assert_eq!(said(&mut scene), ["new"]);
    changed(&mut scene, true, |scene| script(scene, "back"));
    assert_eq!(said(&mut scene), ["back"]);
    scene.end();
}

fn a_volume_that_is_replaced_is_followed() {
    let mut scene = Scene::new();
    // As Kubernetes mounts a ConfigMap, and as a link to the whole of it.
    for (version, text) in [("..1", "one"), ("..2", "two")] {
        fs::create_dir(scene.path("recipes").join(version)).unwrap();
        scene.recipes(&format!("{version}/a.yaml"), &says("a", text));
    }
    symlink("..1", scene.path("recipes/..data")).unwrap();
    symlink("..data/a.yaml", scene.path("recipes/a.yaml")).unwrap();
    scene.watch(&["--dry-run"]);
    assert_eq!(said(&mut scene), ["one"]);
    changed(&mut scene, true, |scene| {
        symlink("..2", scene.path("recipes/..tmp")).unwrap();
        fs::rename(scene.path("recipes/..tmp"), scene.path("recipes/..data")).unwrap();
    });
    assert_eq!(said(&mut scene), ["two"]);
    // The volume itself is another one: for a moment there is none.
    changed(&mut scene, true, |scene| {
        fs::rename(scene.path("recipes"), scene.path("old")).unwrap();
        fs::create_dir(scene.path("new")).unwrap();
        fs::write(scene.path("new/b.yaml"), "").unwrap();
        fs::copy(scene.path("old/..1/a.yaml"), scene.path("new/b.yaml")).unwrap();
        symlink("new", scene.path("recipes")).unwrap();
    });
    scene.wait_for("the new volume", |scene| reloads(scene).1["replaced"] == true);
    assert_eq!(said(&mut scene), ["one"]);
    scene.end();
}

fn who_asks_has_the_recipes_loaded_again() {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &says("a", "old"));
    scene.watch(&["--dry-run"]);
    let told = changed(&mut scene, true, |scene| scene.signal(Signal::HUP));
    assert_eq!((&told["kept"], &told["changed"]), (&1.into(), &0.into()));
    // A storm of signals is few changes, and ends nothing.
    for _ in 0..500 {
        scene.signal(Signal::HUP);
    }
    assert_eq!(said(&mut scene), ["old"]);
    scene.end();
}

fn noise_limits_survive_a_change_beside_them() {
    let mut scene = Scene::new();
    let once = says("once", "once")
        .replace("  file_actions", "  times: [{kind: times_in_total, max: 1}]\n  file_actions");
    scene.recipes("a.yaml", &once);
    scene.recipes("b.yaml", &says("b", "old"));
    scene.watch(&["--dry-run"]);
    scene.run_program();
    scene.wait_for("both", |scene| of_type(&scene.written(), "outcome").len() == 2);
    changed(&mut scene, true, |scene| scene.recipes("b.yaml", &says("b", "new")));
    assert_eq!(said(&mut scene), ["new"]);
    changed(&mut scene, true, |scene| {
        // Another place in the file.
        scene.recipes("a.yaml", &format!("# A comment.\n\n{once}"));
    });
    assert_eq!(said(&mut scene), ["new"]);
    let ended = scene.end();
    let count = |text: &str| {
        of_type(&ended.lines, "log").iter().filter(|log| log["message"] == text).count()
    };
    assert_eq!((count("once"), count("new")), (1, 2));
}

fn a_flood_of_changes_holds_nothing_up() {
    let mut scene = Scene::new();
    scene.recipes("a.yaml", &says("a", "old"));
    scene.watch(&["--dry-run"]);
    let path = scene.path("recipes/flood.yaml");
    let over = std::sync::atomic::AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if over.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                let _ = fs::write(&path, format!("# {number}\n"));
                thread::sleep(Duration::from_millis(1));
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            changed(&mut scene, true, |scene| scene.recipes("a.yaml", &says("a", "new")));
            scene.wait_for("what is new", |scene| {
                scene.run_program();
                of_type(&scene.written(), "log").iter().any(|log| log["message"] == "new")
            });
            scene.end()
        }));
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        result
    });
    let ended = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    assert_eq!(ended.lines.last().unwrap()["type"], "summary");
}
