//! The background in other spellings: `flow_list` and `file_list`, from which the trees `flows` and `files` are built.

use std::{borrow::Cow, collections::HashMap};

use super::{
    error::{EventError, Step},
    file, flow,
    json::{Json, Name, Object},
    process,
};
use crate::packed::Key;

/// So many directories below one another have a node each in `files`; a deeper file stands in the last of them, with its whole path.
/// A packed tree is bounded in depth, file names that an attacker chose are not.
const MAX_DIRS: usize = 40;
/// The paths of all directories together may take so many bytes; files that need more stand in the last directory that had room. Each directory repeats the
/// names of those above it.
const MAX_DIR_PATHS: usize = 32 << 20;

/// Brings the background into the page's spelling.
pub(super) fn normalise(background: &mut Object<'_>) -> Result<(), EventError> {
    if !background.contains(Key::ANCESTRY) {
        background.entries.insert(0, (Name::Known(Key::ANCESTRY), Json::List(Vec::new())));
    }
    for ancestor in background.list_mut(Key::ANCESTRY).into_iter().flatten() {
        if let Json::Map(ancestor) = ancestor {
            process::normalise(ancestor);
        }
    }
    for (index, item) in background.list_mut(Key::FLOW_LIST).into_iter().flatten().enumerate() {
        if let Json::Map(item) = item {
            flow::normalise(item).map_err(|error| {
                error.below(Step::Item(index)).below(Step::Field(Key::FLOW_LIST.name()))
            })?;
        }
    }
    if !background.contains(Key::FLOWS)
        && let Some(Json::List(list)) = background.remove(Key::FLOW_LIST)
    {
        background.set(Key::FLOWS, flows(list));
    }
    let protocols = background.map_mut(Key::FLOWS).and_then(|map| map.list_mut(Key::PROTOCOLS));
    for protocol in protocols.into_iter().flatten() {
        if let Json::Map(protocol) = protocol {
            flow::proto(protocol);
        }
    }
    if !background.contains(Key::FILES)
        && let Some(Json::List(list)) = background.remove(Key::FILE_LIST)
    {
        background.set(Key::FILES, files(list));
    }
    Ok(())
}

fn object<'a, const N: usize>(fields: [(Key, Json<'a>); N]) -> Object<'a> {
    Object { entries: fields.into_iter().map(|(key, value)| (Name::Known(key), value)).collect() }
}

/// Groups flows by protocol and pair. What a flow says beyond that goes into its entry of the `port_matrix`.
fn flows(list: Vec<Json<'_>>) -> Json<'_> {
    let mut version = None;
    let mut protocols: Vec<Object<'_>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut pairs: HashMap<String, (usize, usize)> = HashMap::new();
    for item in list {
        let Json::Map(mut item) = item else { continue };
        match (item.get(Key::IP_VERSION), &version) {
            (Some(own), Some(common)) if own != common => {}
            _ => version = item.remove(Key::IP_VERSION).or(version),
        }
        let proto = item.remove(Key::PROTO).unwrap_or(Json::Text(Cow::Borrowed("")));
        let mut ports = Object::default();
        let local = end(&mut item, Key::LOCAL, &mut ports, Key::SRC_PORT);
        let remote = end(&mut item, Key::REMOTE, &mut ports, Key::DST_PORT);
        ports.entries.append(&mut item.entries);

        // The debug form tells any two values apart, and takes a time that their size bounds.
        let pair_name = format!("{proto:?} {local:?} {remote:?}");
        let place = *places.entry(format!("{proto:?}")).or_insert_with(|| {
            protocols.push(object([
                (Key::PROTO, proto.clone()),
                (Key::NAME, proto),
                (Key::PAIRS, Json::List(Vec::new())),
                (Key::ICMPS, Json::List(Vec::new())),
            ]));
            protocols.len() - 1
        });
        let Some(list) = protocols[place].list_mut(Key::PAIRS) else { continue };
        let (_, at) = *pairs.entry(pair_name).or_insert_with(|| {
            let nodes = object([(Key::LOCAL, Json::Map(local)), (Key::REMOTE, Json::Map(remote))]);
            list.push(Json::Map(object([
                (Key::NODES, Json::Map(nodes)),
                (Key::PORT_MATRIX, Json::List(Vec::new())),
            ])));
            (place, list.len() - 1)
        });
        if let Some(Json::Map(pair)) = list.get_mut(at)
            && let Some(matrix) = pair.list_mut(Key::PORT_MATRIX)
        {
            matrix.push(Json::Map(ports));
        }
    }
    let mut flows = Object::default();
    if let Some(version) = version {
        flows.set(Key::IP_VERSION, version);
    }
    flows.set(Key::PROTOCOLS, Json::List(protocols.into_iter().map(Json::Map).collect()));
    Json::Map(flows)
}

/// Takes an end out of a flow; its port goes among the ports, where the flow has no field of that name itself.
fn end<'a>(item: &mut Object<'a>, end: Key, ports: &mut Object<'a>, port: Key) -> Object<'a> {
    let mut peer = match item.remove(end) {
        Some(Json::Map(peer)) => peer,
        _ => Object::default(),
    };
    if !item.contains(port)
        && let Some(number) = peer.remove(Key::PORT)
    {
        ports.set(port, number);
    }
    peer
}

#[derive(Default)]
struct Dir<'a> {
    names: HashMap<String, usize>,
    dirs: Vec<(String, Dir<'a>)>,
    files: Vec<Json<'a>>,
}

impl<'a> Dir<'a> {
    fn into_json(self, path: &str, base: &str) -> Json<'a> {
        let joint = if path == "/" { "" } else { path };
        let dirs = self
            .dirs
            .into_iter()
            .map(|(name, dir)| dir.into_json(&format!("{joint}/{name}"), &name))
            .collect();
        Json::Map(object([
            (Key::PATH, Json::Text(path.to_owned().into())),
            (Key::BASE, Json::Text(base.to_owned().into())),
            (Key::DIRS, Json::List(dirs)),
            (Key::FILES, Json::List(self.files)),
        ]))
    }
}

/// Arranges files by their paths; one that has none stands in the root.
fn files(list: Vec<Json<'_>>) -> Json<'_> {
    let mut root = Dir::default();
    let mut room = MAX_DIR_PATHS;
    for item in list {
        let mut leaf = match item {
            Json::Map(leaf) => leaf,
            path => object([(Key::PATH, path)]),
        };
        if !leaf.contains(Key::PATH) {
            leaf.rename(Key::FILE, Key::PATH);
        }
        let path = leaf.text(Key::PATH).unwrap_or_default().to_owned();
        let (dir, base) = file::split(&path);
        if !base.is_empty() && !leaf.contains(Key::BASE) {
            leaf.set_after(Key::PATH, Key::BASE, Json::Text(base.to_owned().into()));
        }
        let mut place = &mut root;
        let mut above = 0;
        for name in dir.split('/').filter(|name| !name.is_empty()).take(MAX_DIRS) {
            above += name.len() + 1;
            let count = place.dirs.len();
            let at = match place.names.get(name) {
                Some(at) => *at,
                None if room < above => break,
                None => {
                    room -= above;
                    place.names.insert(name.to_owned(), count);
                    place.dirs.push((name.to_owned(), Dir::default()));
                    count
                }
            };
            place = &mut place.dirs[at].1;
        }
        place.files.push(Json::Map(leaf));
    }
    Json::Map(object([(Key::ROOT, root.into_json("/", "/"))]))
}
