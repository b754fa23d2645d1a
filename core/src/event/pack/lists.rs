//! The background's trees, and hidden beside them the lists that newer scripts read instead.

use super::{
    super::fields::PEER, EventError, Json, Key, KeyName, MAX_PACKED, Name, Object, Packer, Slot,
    find, is,
};

/// Fields that are written already.
type Fields<'j> = Vec<(KeyName<'j>, Slot)>;

/// An end with more fields than this shows only the known ones in the list: every flow of its pair repeats them.
const FEW: usize = 8;

/// What the flows of one pair have in common.
#[derive(Clone, Default)]
struct Common<'j> {
    version: Option<Slot>,
    proto: Option<Slot>,
    local: Fields<'j>,
    remote: Fields<'j>,
    /// What both ends take, in bytes.
    size: usize,
}

impl<'j> Packer<'j> {
    pub(super) fn background(&mut self, map: &'j Object<'_>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        let mut hidden = Vec::new();
        for (name, value) in &map.entries {
            let slot = match (name, value) {
                (Name::Known(key @ (Key::FLOW_LIST | Key::FILE_LIST)), Json::List(items)) => {
                    let list = match *key {
                        Key::FLOW_LIST => self.list(items, Self::item)?,
                        _ => self.value(value)?,
                    };
                    hidden.push((KeyName::from(*key), list));
                    continue;
                }
                (Name::Known(Key::FLOWS), Json::Map(flows)) => {
                    let (tree, list) = self.flows(flows)?;
                    if !map.contains(Key::FLOW_LIST) {
                        hidden.push((Key::FLOW_LIST.into(), list));
                    }
                    tree
                }
                (Name::Known(Key::FILES), Json::Map(files)) => {
                    let (tree, list) = self.files(files)?;
                    if !map.contains(Key::FILE_LIST) {
                        hidden.push((Key::FILE_LIST.into(), list));
                    }
                    tree
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        let visible = self.entries.len();
        self.entries.append(&mut hidden);
        Ok(self.leave(mark, visible))
    }

    fn item(&mut self, item: &'j Json<'_>) -> Result<Slot, EventError> {
        match item {
            Json::Map(flow) => self.flow(flow),
            other => self.value(other),
        }
    }

    fn flows(&mut self, map: &'j Object<'_>) -> Result<(Slot, Slot), EventError> {
        let mut list = Vec::new();
        let mark = self.enter()?;
        let mut common = Common { version: number(map), ..Common::default() };
        for (name, value) in &map.entries {
            let slot = match (name, value) {
                (Name::Known(Key::PROTOCOLS), Json::List(protocols)) => {
                    self.list(protocols, |packer, protocol| match protocol {
                        Json::Map(protocol) => packer.protocol(protocol, &mut common, &mut list),
                        other => packer.value(other),
                    })?
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        let tree = self.leave(mark, self.entries.len());
        Ok((tree, self.builder.list(&list)))
    }

    fn protocol(
        &mut self,
        map: &'j Object<'_>,
        common: &mut Common<'j>,
        list: &mut Vec<Slot>,
    ) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        common.proto = map.text(Key::PROTO).map(|proto| self.builder.text(proto));
        for (name, value) in &map.entries {
            let slot = match (name, value, common.proto) {
                (Name::Known(Key::PROTO), _, Some(proto)) => proto,
                (Name::Known(Key::PAIRS), Json::List(pairs), _) => {
                    self.list(pairs, |packer, pair| match pair {
                        Json::Map(pair) => packer.pair(pair, common, list),
                        other => packer.value(other),
                    })?
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        Ok(self.leave(mark, self.entries.len()))
    }

    fn pair(
        &mut self,
        map: &'j Object<'_>,
        common: &mut Common<'j>,
        list: &mut Vec<Slot>,
    ) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        common.local.clear();
        common.remote.clear();
        common.size = 0;
        let nodes = map.map(Key::NODES).map(|nodes| self.nodes(nodes, common)).transpose()?;
        for (name, value) in &map.entries {
            let slot = match (name, value, nodes) {
                (Name::Known(Key::NODES), _, Some(nodes)) => nodes,
                (Name::Known(Key::PORT_MATRIX), Json::List(matrix), _) => {
                    self.list(matrix, |packer, ports| match ports {
                        Json::Map(ports) => packer.ports(ports, common, list),
                        other => packer.value(other),
                    })?
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        let own = self.entries.len();
        let matrix = map.get(Key::PORT_MATRIX);
        let has_ports = matches!(matrix, Some(Json::List(matrix)) if !matrix.is_empty());
        if nodes.is_some() && !has_ports {
            self.ends(common, common.version, [None, None])?;
            self.depth += 1;
            let flow = self.leave_flow(own);
            list.push(flow);
        }
        Ok(self.leave(mark, own))
    }

    /// Writes what a flow has from its pair.
    fn ends(
        &mut self,
        common: &Common<'j>,
        version: Option<Slot>,
        [src, dst]: [Option<Slot>; 2],
    ) -> Result<(), EventError> {
        // The ends are shared in the buffer, but whoever reads the list meets them with every flow.
        self.repeated = self.repeated.saturating_add(common.size);
        if self.repeated > MAX_PACKED {
            return Err(EventError::TooLarge);
        }
        let (local, remote) = (self.peer(&common.local, src), self.peer(&common.remote, dst));
        let fields = [(Key::IP_VERSION, version), (Key::PROTO, common.proto)]
            .into_iter()
            .filter_map(|(key, slot)| Some((KeyName::from(key), slot?)))
            .chain([(Key::LOCAL.into(), local), (Key::REMOTE.into(), remote)]);
        self.entries.extend(fields);
        Ok(())
    }

    fn nodes(&mut self, map: &'j Object<'_>, common: &mut Common<'j>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        for (name, value) in &map.entries {
            let fields = match name {
                Name::Known(Key::LOCAL) => &mut common.local,
                _ => &mut common.remote,
            };
            let slot = match (name, value) {
                (Name::Known(Key::LOCAL | Key::REMOTE), Json::Map(node)) => {
                    let mark = self.enter()?;
                    let few = node.entries.len() <= FEW;
                    for (name, value) in &node.entries {
                        let before = self.builder.size();
                        let field = (name.key(), self.value(value)?);
                        self.entries.push(field);
                        if few || of_peer(&field.0) {
                            fields.push(field);
                            common.size += self.builder.size() - before;
                        }
                    }
                    self.leave(mark, self.entries.len())
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        Ok(self.leave(mark, self.entries.len()))
    }

    /// An entry of a `port_matrix`, and the flow that it stands for.
    fn ports(
        &mut self,
        map: &'j Object<'_>,
        common: &Common<'j>,
        list: &mut Vec<Slot>,
    ) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        for (name, value) in &map.entries {
            let slot = self.value(value)?;
            self.entries.push((name.key(), slot));
        }
        let own = self.entries.len();
        let ports = [Key::SRC_PORT, Key::DST_PORT].map(|key| self.written(mark, key));
        let version = self.written(mark, Key::IP_VERSION).or(common.version);
        self.ends(common, version, ports)?;
        for at in mark..own {
            let field = self.entries[at];
            let taken = [
                Key::SRC_PORT,
                Key::DST_PORT,
                Key::IP_VERSION,
                Key::PROTO,
                Key::LOCAL,
                Key::REMOTE,
            ];
            if !matches!(field.0, KeyName::Known(key) if taken.contains(&key)) {
                self.entries.push(field);
            }
        }
        if let Some(phase) = map.map(Key::PHASE)
            && !phase.entries.is_empty()
            && self.written(own, Key::FLAGS).is_none()
        {
            let flags = self.flag_map(phase);
            self.entries.push((Key::FLAGS.into(), flags));
        }
        self.depth += 1;
        let flow = self.leave_flow(own);
        list.push(flow);
        Ok(self.leave(mark, own))
    }

    /// An end with its port, unless it says one itself.
    fn peer(&mut self, node: &[(KeyName<'j>, Slot)], port: Option<Slot>) -> Slot {
        let mark = self.entries.len();
        self.entries.extend_from_slice(node);
        if let (None, Some(port)) = (find(node, Key::PORT), port) {
            self.entries.push((Key::PORT.into(), port));
        }
        self.depth += 1;
        self.leave(mark, self.entries.len())
    }

    fn files(&mut self, map: &'j Object<'_>) -> Result<(Slot, Slot), EventError> {
        let mut list = Vec::new();
        let mark = self.enter()?;
        for (name, value) in &map.entries {
            let slot = match (name, value) {
                (Name::Known(Key::ROOT), Json::Map(root)) => self.dir(root, &mut list)?,
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        let tree = self.leave(mark, self.entries.len());
        Ok((tree, self.builder.list(&list)))
    }

    fn dir(&mut self, map: &'j Object<'_>, list: &mut Vec<Slot>) -> Result<Slot, EventError> {
        let mark = self.enter()?;
        let path = map.text(Key::PATH).unwrap_or_default();
        for (name, value) in &map.entries {
            let slot = match (name, value) {
                (Name::Known(Key::DIRS), Json::List(dirs)) => {
                    self.list(dirs, |packer, dir| match dir {
                        Json::Map(dir) => packer.dir(dir, list),
                        other => packer.value(other),
                    })?
                }
                (Name::Known(Key::FILES), Json::List(files)) => {
                    self.list(files, |packer, file| packer.leaf(file, path, list))?
                }
                _ => self.value(value)?,
            };
            self.entries.push((name.key(), slot));
        }
        Ok(self.leave(mark, self.entries.len()))
    }

    /// A file of the tree, and its item of the list.
    fn leaf(
        &mut self,
        leaf: &'j Json<'_>,
        dir: &str,
        list: &mut Vec<Slot>,
    ) -> Result<Slot, EventError> {
        let Json::Map(map) = leaf else {
            let slot = self.value(leaf)?;
            let path = match leaf {
                Json::Text(name) if !name.starts_with('/') => self.joined(dir, name)?,
                _ => slot,
            };
            list.push(self.builder.map(&[(Key::PATH.into(), path)]));
            return Ok(slot);
        };
        let mark = self.enter()?;
        for (name, value) in &map.entries {
            let slot = self.value(value)?;
            self.entries.push((name.key(), slot));
        }
        let own = self.entries.len();
        let path = self.written(mark, Key::PATH);
        let path = match (path, map.text(Key::BASE)) {
            (None, Some(base)) => Some(self.joined(dir, base)?),
            (path, _) => path,
        };
        self.entries.extend(path.map(|path| (Key::PATH.into(), path)));
        for at in mark..own {
            if !matches!(self.entries[at].0, KeyName::Known(Key::PATH)) {
                self.entries.push(self.entries[at]);
            }
        }
        self.depth += 1;
        let item = self.leave(own, self.entries.len());
        list.push(item);
        Ok(self.leave(mark, own))
    }

    fn joined(&mut self, dir: &str, base: &str) -> Result<Slot, EventError> {
        if self.builder.size() > MAX_PACKED {
            return Err(EventError::TooLarge);
        }
        Ok(self.builder.text(&format!("{}/{base}", dir.trim_end_matches('/'))))
    }
}

fn of_peer(name: &KeyName<'_>) -> bool {
    PEER.fields.iter().any(|field| is(name, field.key))
}

fn number(map: &Object<'_>) -> Option<Slot> {
    match map.get(Key::IP_VERSION) {
        Some(Json::Int(version)) => Some(Slot::int(*version)),
        _ => None,
    }
}
