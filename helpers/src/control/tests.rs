//! The socket as its peers see it: friends, strangers, and those who mean harm.

use std::{
    fs,
    io::{Read, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        net::{UnixListener, UnixStream},
    },
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::Uid;
use serde_json::{Value, json};

use super::{server::AT_ONCE, *};
use crate::{folder::Folder, store::Store};

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(20);

/// A handler that misbehaves.
struct Faulty;

impl Handler for Faulty {
    fn topic(&self) -> &'static str {
        "faulty"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "panic" => panic!("on purpose"),
            "flood" => (0..).try_for_each(|number: u64| exchange.send(&number)),
            "who" => exchange.send(&exchange.peer().map(|peer| (peer.pid, peer.uid))),
            _ => Err(request.unknown()),
        }
    }
}

struct Case {
    parent: tempfile::TempDir,
    store: Store,
    server: Server,
}

impl Case {
    fn new() -> Case {
        Case::patient(server::Times { first: DEADLINE, whole: DEADLINE })
    }

    fn patient(times: server::Times) -> Case {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::hold(&parent.path().join("data")).unwrap();
        let store = Store::memory();
        let handlers = Handlers::new().with(Data::new(store.clone())).with(Faulty);
        let server = Server::patient(&folder, handlers, times).unwrap();
        Case { parent, store, server }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.parent.path().join("data")
    }

    fn client(&self) -> Client {
        Client::of(&self.folder())
    }

    /// A connection that says what it likes.
    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.folder().join("control.sock")).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// The last line of the answer to these bytes.
    fn last(&self, bytes: &[u8]) -> Value {
        let mut stream = self.connect();
        // Whoever refuses does not read on.
        let _ = stream.write_all(bytes);
        last(stream)
    }
}

fn last(mut stream: UnixStream) -> Value {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    serde_json::from_str(answer.lines().last().unwrap_or("null")).unwrap()
}

fn refusal(answer: &Value) -> &str {
    answer["refused"]["kind"].as_str().unwrap_or("none")
}

fn ask(asked: &dyn Ask, request: &str, with: Value, more: &[Value]) -> Result<Vec<Value>, String> {
    let mut items = Vec::new();
    asked
        .ask(request, &with, &mut more.iter().map(Value::to_string), &mut |item| {
            items.push(serde_json::from_str(item)?);
            Ok(())
        })
        .map_err(|error| error.to_string())?;
    Ok(items)
}

#[test]
fn the_socket_answers_as_the_handlers_do() {
    let case = Case::new();
    let local = Handlers::new().with(Data::new(Store::memory()));
    let key = |name: &str, text: &str| json!({"key": [name, {"text": text}]});
    let requests: [(&str, Value, Vec<Value>); 14] = [
        ("data.list", json!(null), vec![]),
        ("data.set", json!({"recipe": "r", "key": "k\n", "value": "v\u{202e}"}), vec![]),
        ("data.set", json!({"recipe": "", "key": "k", "value": "v"}), vec![]),
        ("data.get", json!({"recipe": "r", "key": "k\n"}), vec![]),
        ("data.get", json!({"recipe": "r", "key": "absent"}), vec![]),
        ("data.get", json!({"recipe": "r"}), vec![]),
        ("data.import", json!({"recipe": "s"}), vec![key("a", "1"), json!({"list": ["x", "y"]})]),
        ("data.import", json!({"recipe": "s"}), vec![key("b", "2"), json!({"lost": []})]),
        ("data.export", json!({"recipe": null}), vec![]),
        ("data.list", json!(null), vec![]),
        ("data.keys", json!({"recipe": "s"}), vec![]),
        ("data.delete", json!({"recipe": "s", "key": null}), vec![]),
        ("data.delete", json!({"recipe": "s", "key": null}), vec![]),
        ("data.frobnicate", json!({}), vec![]),
    ];
    let mut good = 0;
    for (request, with, more) in requests {
        let over = ask(&case.client(), request, with.clone(), &more);
        assert_eq!(over, ask(&local, request, with, &more), "{request}");
        good += usize::from(over.is_ok());
    }
    assert_eq!(good, 8);
    assert_eq!(case.store.resting("r").unwrap().keys().unwrap(), ["k\n"]);
}

#[test]
fn status_says_who_answers_what() {
    let case = Case::new();
    let status = case.client().status().unwrap();
    assert_eq!((status.pid, status.protocol), (std::process::id(), 1));
    assert_eq!(status.topics, ["data", "faulty"]);
    let who = ask(&case.client(), "faulty.who", json!(null), &[]).unwrap();
    assert_eq!(who, [json!([std::process::id(), rustix::process::getuid().as_raw()])]);
}

#[test]
fn what_is_no_request_is_refused_with_the_reason() {
    let case = Case::new();
    for (bytes, kind) in [
        (&b"\n"[..], "usage"),
        (b"GET / HTTP/1.1\r\n\r\n", "usage"),
        (b"\xff\xfe\n", "usage"),
        (b"{}\n", "usage"),
        (b"{\"reactant\":1}\n", "usage"),
        (b"{\"reactant\":2,\"request\":\"data.list\"}\n", "version"),
        (b"{\"reactant\":2}\n", "version"),
        (b"{\"reactant\":1,\"request\":\"nobody.there\"}\n", "unknown"),
        (b"{\"reactant\":1,\"request\":\"data.get\"}\n", "usage"),
        (
            b"{\"reactant\":1,\"request\":\"data.import\",\"with\":{\"recipe\":\"r\"}}\n[]\n",
            "usage",
        ),
    ] {
        let answer = case.last(bytes);
        assert_eq!(refusal(&answer), kind, "{answer}");
    }
    let mut deep = vec![b'['; 1 << 20];
    deep.push(b'\n');
    assert_eq!(refusal(&case.last(&deep)), "usage");
    assert_eq!(case.client().status().unwrap().pid, std::process::id());
}

#[test]
fn an_endless_line_is_cut_off() {
    let case = Case::new();
    let mut stream = case.connect();
    let chunk = vec![b'x'; 1 << 20];
    let mut sent = 0;
    while sent < 1 << 30 && stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
    }
    assert!(sent <= 16 << 20, "{sent} bytes were taken");
    let answer = last(stream);
    assert!(answer["refused"]["message"].as_str().unwrap().contains("8 MiB"), "{answer}");
}

/// Those who say nothing, or take nothing, hold a place for a while and no longer.
#[test]
fn silent_peers_do_not_keep_others_out() {
    let short = Duration::from_millis(300);
    let case = Case::patient(server::Times { first: short, whole: short });
    let mut silent: Vec<UnixStream> = (0..AT_ONCE).map(|_| case.connect()).collect();
    for stream in silent.iter_mut().skip(AT_ONCE / 2) {
        stream.write_all(b"{\"reactant\":1,\"request\":\"faulty.flood\"}\n").unwrap();
    }
    let start = Instant::now();
    let mut busy = 0;
    while let Err(error) = case.client().status() {
        assert!(matches!(&error, AskError::Refused(Refusal { kind: Kind::Busy, .. })), "{error}");
        assert!(start.elapsed() < DEADLINE);
        busy += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(busy > 0, "more were answered at once than should be");
    for stream in &mut silent[..AT_ONCE / 2] {
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        assert!(told.contains("took too long"), "{told}");
    }
}

#[test]
fn a_crowd_that_comes_and_goes_harms_nobody() {
    let case = Case::new();
    std::thread::scope(|scope| {
        for seed in 0..4_u32 {
            let case = &case;
            scope.spawn(move || {
                for number in 0..250_u32 {
                    let mut stream = case.connect();
                    let text = format!(
                        "{{\"reactant\":1,\"request\":\"data.set\",\"with\":{{}}}}\n{number}"
                    );
                    let cut = (number * 31 + seed) as usize % text.len();
                    let _ = stream.write_all(&text.as_bytes()[..cut]);
                }
            });
        }
    });
    let start = Instant::now();
    while case.client().status().is_err() {
        assert!(start.elapsed() < DEADLINE);
    }
    assert_eq!(case.store.resting_namespaces().unwrap(), [""; 0]);
}

#[test]
fn nothing_is_imported_of_what_was_not_ended() {
    let case = Case::new();
    let head = br#"{"reactant":1,"request":"data.import","with":{"recipe":"r"}}"#;
    let part = br#"{"more":{"key":["k",{"text":"v"}]}}"#;
    for end in [&b""[..], b"{\"end\":false}\n", b"{\"end\""] {
        let mut stream = case.connect();
        stream.write_all(&[head, &b"\n"[..], part, b"\n", end].concat()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_ne!(refusal(&last(stream)), "none");
    }
    assert_eq!(case.store.resting_namespaces().unwrap(), [""; 0]);
    let whole = [head, &b"\n"[..], part, b"\n", b"{\"end\":true}\n"].concat();
    assert_eq!(case.last(&whole), json!({"done": true}));
    assert_eq!(case.store.resting_namespaces().unwrap(), ["r"]);
}

#[test]
fn what_no_recipe_may_keep_is_not_gathered() {
    let case = Case::new();
    let mut text = r#"{"reactant":1,"request":"data.import","with":{"recipe":"r"}}"#.to_owned();
    for number in 0..20_000 {
        text.push_str(&format!("\n{{\"more\":{{\"key\":[\"{number}\",{{\"text\":\"\"}}]}}}}"));
    }
    let answer = case.last(text.as_bytes());
    assert!(answer["refused"]["message"].as_str().unwrap().contains("10000 keys"), "{answer}");
}

#[test]
fn a_handler_that_fails_costs_its_exchange_only() {
    let case = Case::new();
    for _ in 0..AT_ONCE * 2 {
        let error = ask(&case.client(), "faulty.panic", json!(null), &[]).unwrap_err();
        assert!(error.contains("made its handler fail"), "{error}");
    }
    assert!(case.client().status().is_ok());
}

#[test]
fn the_end_of_the_server_is_the_end_of_the_socket_and_of_every_exchange() {
    let case = Case::new();
    let mut silent = case.connect();
    let (parent, folder) = (&case.parent, case.folder());
    let start = Instant::now();
    drop(case.server);
    assert!(start.elapsed() < DEADLINE, "it waited for a silent peer");
    assert!(!folder.join("control.sock").exists() && parent.path().exists());
    assert!(!matches!(silent.read(&mut [0; 512]), Ok(0)), "it is told");
    drop(Folder::hold(&folder).unwrap());
    let error = Client::of(&folder).status().unwrap_err();
    assert!(matches!(error, AskError::Absent { .. }));
}

#[test]
fn the_socket_is_for_its_owner_only_from_the_beginning() {
    let case = Case::new();
    let about = fs::symlink_metadata(case.folder().join("control.sock")).unwrap();
    assert_eq!(about.mode() & 0o777, 0o600);
}

#[test]
fn a_socket_that_was_left_behind_is_replaced() {
    let parent = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(parent.path().join("control.sock")).unwrap());
    let folder = Folder::hold_any(parent.path()).unwrap();
    assert!(Client::of(parent.path()).status().is_err());
    let _server = Server::listen(&folder, Handlers::new()).unwrap();
    assert!(Client::of(parent.path()).status().is_ok());
}

/// What stands in the socket's place.
fn occupied(make: impl FnOnce(&Path)) -> String {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("control.sock");
    make(&path);
    let before = fs::symlink_metadata(&path).unwrap().ino();
    let folder = Folder::hold_any(parent.path()).unwrap();
    let error = Server::listen(&folder, Handlers::new()).unwrap_err();
    assert_eq!(fs::symlink_metadata(&path).unwrap().ino(), before, "it is left alone");
    assert!(Client::of(parent.path()).status().is_err());
    error.to_string()
}

#[test]
fn whatever_else_stands_in_its_place_is_refused_and_left_alone() {
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other.sock");
    let _listener = UnixListener::bind(&other).unwrap();
    assert!(occupied(|path| symlink(&other, path).unwrap()).contains("is a symlink"));
    assert!(occupied(|path| symlink("nowhere", path).unwrap()).contains("is a symlink"));
    assert!(occupied(|path| fs::create_dir(path).unwrap()).contains("is a directory"));
    assert!(occupied(|path| fs::write(path, "kept").unwrap()).contains("is another file"));
}

#[test]
fn there_is_no_socket_where_others_could_put_theirs() {
    let parent = tempfile::tempdir().unwrap();
    for mode in [0o720, 0o702, 0o777] {
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(mode)).unwrap();
        let folder = Folder::hold_any(parent.path()).unwrap();
        let error = Server::listen(&folder, Handlers::new()).unwrap_err();
        assert!(matches!(error, ControlError::Writable(_)), "{error}");
    }
}

#[test]
fn a_path_longer_than_an_address_will_do() {
    let parent = tempfile::tempdir().unwrap();
    let long = parent.path().join("a".repeat(120)).join("b".repeat(120));
    let folder = Folder::hold(&long).unwrap();
    let _server = Server::listen(&folder, Handlers::new()).unwrap();
    assert!(Client::of(&long).status().is_ok());
}

/// Does something as another user: a thread has a user of its own on Linux.
fn as_stranger<T: Send>(act: impl FnOnce() -> T + Send) -> Option<T> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            rustix::thread::set_thread_uid(Uid::from_raw(65534)).unwrap();
            act()
        });
        Some(thread.join().unwrap())
    })
}

#[test]
fn another_user_is_not_answered_even_where_the_file_lets_them_in() {
    let case = Case::new();
    let path = case.folder().join("control.sock");
    let Some(refused) = as_stranger(|| UnixStream::connect(&path).map(|_| ())) else { return };
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
    for (open, mode) in [(case.parent.path(), 0o711), (&case.folder(), 0o711), (&path, 0o666)] {
        fs::set_permissions(open, fs::Permissions::from_mode(mode)).unwrap();
    }
    let answer = as_stranger(|| case.last(b"{\"reactant\":1,\"request\":\"status\"}\n")).unwrap();
    assert_eq!(refusal(&answer), "denied");
}

#[test]
fn a_stranger_who_listens_is_not_asked() {
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let path = parent.path().join("control.sock");
    let Some(_listener) = as_stranger(|| UnixListener::bind(&path).unwrap()) else { return };
    let error = Client::of(parent.path()).status().unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
    // Theirs by name, ours by the file's owner: whoever listens counts.
    rustix::fs::chown(&path, Some(Uid::ROOT), None).unwrap();
    assert!(Client::of(parent.path()).status().is_err());
}
