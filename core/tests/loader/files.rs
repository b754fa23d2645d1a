//! Files and folders: what is found, in which order, and what cannot be read.

use std::{fs, os::unix::fs::symlink, path::Path};

use reactant_core::{diagnostic::Severity, recipe::load::Loaded};

use super::support::{load_paths, recipe};

fn write(folder: &Path, path: &str, name: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(
        path,
        recipe("execution", "  base: x\n").replace("name: n", &format!("name: {name}")),
    )
    .unwrap();
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.recipes.iter().map(|recipe| &*recipe.name).collect()
}

#[test]
fn folders_are_read_recursively_in_bytewise_order() {
    let folder = tempfile::tempdir().unwrap();
    for (path, name) in [
        ("b.yml", "b"),
        ("a/z.yaml", "az"),
        ("a.yaml", "a"),
        ("a-b.yaml", "a-b"),
        ("B.yaml", "B"),
        ("deep/er/x.yaml", "x"),
        ("notes.txt", "no"),
        (".git/x.yaml", "no"),
    ] {
        write(folder.path(), path, name);
    }
    let loaded = load_paths(&[folder.path()]);
    assert_eq!(names(&loaded), ["B", "a-b", "a", "az", "b", "x"]);
    assert!(loaded.diagnostics.is_empty());
    let loaded = load_paths(&[
        folder.path().join("b.yml"),
        folder.path().join("a.yaml"),
        folder.path().join("notes.txt"),
    ]);
    assert_eq!(names(&loaded), ["a", "b", "no"]);
    assert_eq!(loaded.files.len(), 3);
}

#[test]
fn what_was_looked_at_is_told_also_where_it_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "deep/a.yaml", "a");
    let at = |name: &str| folder.path().join(name);
    let reactions = "  base: x\n  reactions: [{format: js, file: ../gone.js}]\n";
    fs::write(at("deep/s.yaml"), recipe("execution", reactions)).unwrap();
    symlink(at("nowhere"), at("link.yaml")).unwrap();
    let missing = at("missing");
    let mut looked_at = load_paths(&[folder.path(), &missing]).looked_at;
    looked_at.sort();
    let mut expected = [
        at("missing"),
        at("deep"),
        at("deep/a.yaml"),
        at("deep/s.yaml"),
        at("deep/../gone.js"),
        at("link.yaml"),
    ]
    .to_vec();
    // As it was named, and as it was searched.
    expected.extend([folder.path().to_owned(), folder.path().to_owned()]);
    expected.sort();
    assert_eq!(looked_at, expected);
}

#[test]
fn a_file_is_read_once_however_many_paths_lead_to_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yaml", "a");
    symlink("a.yaml", folder.path().join("b.yaml")).unwrap();
    symlink(".", folder.path().join("loop")).unwrap();
    symlink(folder.path(), folder.path().join("again")).unwrap();
    let loaded = load_paths(&[
        folder.path().to_owned(),
        folder.path().join("a.yaml"),
        folder.path().to_owned(),
    ]);
    assert_eq!(names(&loaded), ["a"]);
    assert!(loaded.diagnostics.is_empty());
}

#[test]
fn a_volume_of_kubernetes_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "..2026_11_24/a.yaml", "a");
    symlink("..2026_11_24", folder.path().join("..data")).unwrap();
    symlink("..data/a.yaml", folder.path().join("a.yaml")).unwrap();
    let loaded = load_paths(&[folder.path()]);
    assert_eq!(names(&loaded), ["a"]);
    assert_eq!(&*loaded.files[0].path, folder.path().join("a.yaml"));
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.yaml", "good");
    symlink("nowhere.yaml", folder.path().join("dangling.yaml")).unwrap();
    let missing = folder.path().join("missing.yaml");
    let loaded = load_paths(&[folder.path(), &missing]);
    assert_eq!(names(&loaded), ["good"]);
    let messages: Vec<_> =
        loaded.diagnostics.iter().map(|found| (found.code, found.place.is_none())).collect();
    assert_eq!(messages, [("unreadable", true), ("unreadable", true)]);
    assert!(loaded.diagnostics[1].message.contains("missing.yaml"));
}

#[test]
fn a_folder_without_recipe_files_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load_paths(&[folder.path()]);
    assert_eq!(loaded.diagnostics.len(), 1);
    assert_eq!(
        (loaded.diagnostics[0].code, loaded.diagnostics[0].severity),
        ("no-recipes", Severity::Warning)
    );
}

#[test]
fn a_file_that_is_not_utf8_is_an_error_at_its_first_bad_byte() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("latin.yaml"), b"- kind: x\n  name: caf\xe9\n").unwrap();
    fs::write(folder.path().join("utf16.yaml"), b"\xff\xfe-\0 \0").unwrap();
    let loaded = load_paths(&[folder.path()]);
    let place = loaded.diagnostics[0].place.as_ref().unwrap();
    assert_eq!((loaded.diagnostics[0].code, place.line, place.column), ("not-utf8", 2, 12));
    assert!(loaded.diagnostics[1].help.as_ref().unwrap().contains("UTF-16"));
}

#[test]
fn a_fifo_in_a_folder_blocks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yaml", "a");
    let made =
        std::process::Command::new("mkfifo").arg(folder.path().join("b.yaml")).status().unwrap();
    assert!(made.success());
    assert_eq!(names(&load_paths(&[folder.path()])), ["a"]);
}

#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let script = recipe("execution", "  base: x\n  reactions: [{format: js, file: fifo.yaml}]\n");
    fs::write(folder.path().join("r.yaml"), script).unwrap();
    for path in [&fifo, Path::new("/dev/null"), &folder.path().join("r.yaml")] {
        let loaded = load_paths(&[path]);
        assert_eq!(loaded.diagnostics[0].code, "unreadable", "{}", path.display());
        assert!(loaded.diagnostics[0].message.ends_with("is no regular file"));
    }
    for path in [&fifo, folder.path()] {
        let problems = reactant_core::config::load(path, &[]).unwrap_err();
        assert!(problems[0].message.ends_with("is no regular file"));
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("a.yaml")).unwrap();
    file.set_len((16 << 20) + 1).unwrap();
    assert_eq!(load_paths(&[folder.path()]).diagnostics[0].code, "too-large");
}
