//! What a policy denied, and the event that recipes see of it: `dropip` for an address, `dropdomain` for a name.

use std::{
    fs,
    net::{IpAddr, Ipv6Addr},
};

use reactant_core::{
    event::{Event, Line},
    policy::{NetworkPolicy, Rule, Subject},
};
use rustix::param::clock_ticks_per_second;
use serde_json::{Map, Value as Json, json};

use super::super::backend::Boot;

/// How many ancestors are told.
const ANCESTORS: usize = 32;

/// Bytes of a command line that are told.
const COMMAND: usize = 64 << 10;

/// Where it was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// A process wanted to connect.
    Connect,
    /// A process wanted to send a datagram.
    Send,
    /// A packet went out.
    Egress,
    /// A packet came in.
    Ingress,
    /// A process asked a resolver for a name.
    Query,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Connect => "connect",
            How::Send => "send",
            How::Egress => "egress",
            How::Ingress => "ingress",
            How::Query => "query",
        }
    }
}

/// Something that was denied.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Denial {
    /// When.
    pub time: Boot,
    /// Where.
    pub how: How,
    /// The other side; of a query, the resolver.
    pub remote: IpAddr,
    /// Its port; 0 where it has none.
    pub remote_port: u16,
    /// The names that are known to lead there; of a query, the name that was asked for.
    pub names: Vec<String>,
    /// Whether it was refused, or only told.
    pub is_refused: bool,
    local: IpAddr,
    local_port: u16,
    protocol: u8,
    who: Option<Who>,
    rule: Option<Rule>,
    mode: &'static str,
}

#[derive(Debug, Clone)]
struct Who {
    pid: i64,
    start_ticks: i64,
    uid: u32,
    gid: u32,
    comm: String,
}

impl Denial {
    /// Reads a record of the program's; `None` where it is none.
    pub(super) fn parse(bytes: &[u8], policy: &NetworkPolicy) -> Option<Denial> {
        let part = |at: usize, length: usize| bytes.get(at..at + length);
        let long = |at| Some(u64::from_ne_bytes(part(at, 8)?.try_into().ok()?));
        let word = |at| Some(u32::from_ne_bytes(part(at, 4)?.try_into().ok()?));
        let port = |at| Some(u16::from_be_bytes(part(at, 2)?.try_into().ok()?));
        let byte = |at: usize| bytes.get(at).copied();
        let address = |at| {
            let octets = <[u8; 16]>::try_from(part(at, 16)?).ok()?;
            Some(IpAddr::from(Ipv6Addr::from(octets)).to_canonical())
        };
        // `struct alert`: its time, who (start, pid, uid, gid, room, name), both ends, the rule, both ports, and what follows.
        let (start, pid) = (long(8)?, word(16)?);
        let comm = part(32, 16)?.split(|byte| *byte == 0).next()?;
        let how = match byte(88)? {
            0 => How::Connect,
            1 => How::Send,
            2 => How::Egress,
            3 => How::Ingress,
            _ => How::Query,
        };
        let name = part(92, byte(91)?.into())?;
        let nanos = 1_000_000_000 / clock_ticks_per_second().max(1);
        let who = (start > 0 && pid > 0).then(|| {
            Some(Who {
                pid: pid.into(),
                start_ticks: i64::try_from(start / nanos).ok()?,
                uid: word(20)?,
                gid: word(24)?,
                comm: String::from_utf8_lossy(comm).into_owned(),
            })
        });
        let rule = usize::try_from(word(80)?).ok()?.checked_sub(1);
        let mode = if how == How::Query { policy.resolve_mode } else { policy.cidr_mode };
        Some(Denial {
            time: Boot::from_nanos(long(0)?),
            how,
            local: address(48)?,
            remote: address(64)?,
            local_port: port(84)?,
            remote_port: port(86)?,
            protocol: byte(89)?,
            is_refused: byte(90)? != 0,
            names: if how == How::Query { vec![asked(name)] } else { Vec::new() },
            who: who.flatten(),
            rule: rule.and_then(|at| policy.rules().get(at)).cloned(),
            mode: mode.name(),
        })
    }

    /// The event that recipes of the mechanism `network_policy` see.
    ///
    /// # Errors
    ///
    /// Where no event can be made of it.
    pub fn event(&self) -> Result<Event, String> {
        let json = self.json().to_string();
        match Line::parse(json.as_bytes(), 1) {
            Ok(Line::Event(event)) => Ok(event),
            Ok(_) => Err("no event".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn json(&self) -> Json {
        let is_query = self.how == How::Query;
        let mut remote = Map::new();
        if !is_query {
            remote.insert("address".into(), json!(self.remote.to_string()));
        }
        if self.remote_port != 0 {
            remote.insert("port".into(), json!(self.remote_port));
        }
        if let Some(name) = self.names.first() {
            remote.insert("name".into(), json!(name));
            remote.insert("names".into(), json!(self.names));
        }
        let mut local = Map::new();
        if !self.local.is_unspecified() {
            local.insert("address".into(), json!(self.local.to_string()));
        }
        if self.local_port != 0 {
            local.insert("port".into(), json!(self.local_port));
        }
        let proto = match self.protocol {
            6 => "tcp".to_owned(),
            17 => "udp".to_owned(),
            1 | 58 => "icmp".to_owned(),
            other => other.to_string(),
        };
        let out = self.how != How::Ingress;
        let mut policy = Map::new();
        policy.insert("verdict".into(), json!("deny"));
        policy.insert("refused".into(), json!(self.is_refused));
        policy.insert("mode".into(), json!(self.mode));
        policy.insert("at".into(), json!(self.how.name()));
        match self.rule.as_ref().map(|rule| (&rule.subject, rule.line)) {
            Some((Subject::Cidr(net), line)) => {
                policy.insert("rule".into(), json!({"cidr": net.to_string(), "line": line}));
            }
            Some((Subject::Domain(name), line)) => {
                policy.insert("rule".into(), json!({"domain": name, "line": line}));
            }
            // No rule covers it: the default says so.
            None => {}
        }
        if is_query {
            policy.insert("resolver".into(), json!(self.remote.to_string()));
        }
        let mut event = Map::new();
        event.insert("event_type".into(), json!(if is_query { "dropdomain" } else { "dropip" }));
        let span = Boot::now().since(self.time);
        let time = jiff::Timestamp::now().checked_sub(span);
        event.insert(
            "timestamp".into(),
            json!(time.map(|time| time.to_string()).unwrap_or_default()),
        );
        let ancestry = self.who.as_ref().map(Who::ancestry).unwrap_or_default();
        event.insert("process".into(), ancestry.last().cloned().unwrap_or_else(|| json!({})));
        event.insert(
            "flow".into(),
            json!({
                "ip_version": if self.remote.is_ipv4() { 4 } else { 6 },
                "proto": proto,
                "local": local,
                "remote": remote,
                "flags": {"egress": out, "outgoing": out, "ingress": !out, "incoming": !out, "started": true},
            }),
        );
        event.insert("background".into(), json!({"ancestry": ancestry}));
        event.insert("policy".into(), Json::Object(policy));
        Json::Object(event)
    }
}

impl Who {
    /// The process and its ancestors, the first of all first. What `/proc` tells of the process counts only where it is the same still.
    fn ancestry(&self) -> Vec<Json> {
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let mut own = Map::new();
        own.insert("pid".into(), json!(self.pid));
        own.insert("start_ticks".into(), json!(self.start_ticks));
        own.insert("boot_id".into(), json!(boot_id.trim()));
        own.insert("uid".into(), json!(self.uid));
        own.insert("gid".into(), json!(self.gid));
        own.insert("comm".into(), json!(self.comm));
        let mut all = Vec::new();
        let mut at = read(self.pid).filter(|read| read.start_ticks == self.start_ticks);
        if let Some(read) = &at {
            own.extend(read.known());
        }
        all.push(Json::Object(own));
        while let Some(child) = at
            && all.len() < ANCESTORS
            && child.ppid > 0
        {
            // A parent that ended since has been replaced by one that began later.
            at = read(child.ppid).filter(|parent| parent.start_ticks <= child.start_ticks);
            if let Some(parent) = &at {
                let mut object = Map::new();
                object.insert("pid".into(), json!(child.ppid));
                object.insert("start_ticks".into(), json!(parent.start_ticks));
                object.insert("boot_id".into(), json!(boot_id.trim()));
                object.insert("comm".into(), json!(parent.comm));
                object.extend(parent.known());
                all.push(Json::Object(object));
            }
        }
        all.reverse();
        all
    }
}

/// What `/proc` tells of a process.
struct Read {
    ppid: i64,
    start_ticks: i64,
    comm: String,
    exe: String,
    cmd: Vec<String>,
}

impl Read {
    fn known(&self) -> impl Iterator<Item = (String, Json)> + use<> {
        let args: Vec<String> = self.cmd.iter().skip(1).cloned().collect();
        let known = [
            ("ppid", json!(self.ppid)),
            ("exe", json!(self.exe)),
            ("cmd", json!(self.cmd.join(" "))),
            ("args", json!(args)),
        ];
        known.into_iter().map(|(name, value)| (name.to_owned(), value))
    }
}

/// Reads a process (proc(5)); `None` where there is none.
fn read(pid: i64) -> Option<Read> {
    let start = |text: &str| -> Option<(String, i64, i64)> {
        let (before, after) = (text.find('(')?, text.rfind(')')?);
        let fields: Vec<&str> = text.get(after + 2..)?.split(' ').collect();
        let comm = text.get(before + 1..after)?.to_owned();
        Some((comm, fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?))
    };
    let stat = || fs::read(format!("/proc/{pid}/stat")).ok();
    let (comm, ppid, start_ticks) = start(&String::from_utf8_lossy(&stat()?))?;
    let exe = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    let mut cmd = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    cmd.truncate(COMMAND);
    let cmd = cmd.strip_suffix(b"\0").unwrap_or(&cmd);
    let cmd = cmd.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    let cmd = cmd.filter(|part| !part.is_empty()).collect();
    // Another may have got its number meanwhile.
    let (_, _, again) = start(&String::from_utf8_lossy(&stat()?))?;
    let exe = exe.to_string_lossy().into_owned();
    (again == start_ticks).then_some(Read { ppid, start_ticks, comm, exe, cmd })
}

/// The name that the program read from its end to its beginning.
fn asked(reversed: &[u8]) -> String {
    let mut wire: Vec<u8> = reversed.to_vec();
    wire.reverse();
    let (mut labels, mut rest) = (Vec::new(), &wire[..]);
    while let Some((length, after)) = rest.split_first() {
        let length = usize::from(*length).min(after.len());
        let (label, next) = after.split_at(length);
        let text = label.iter().map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(*byte).to_string(),
            // As `reactant_core::dns::Name` writes it.
            other => format!("\\{other:03}"),
        });
        labels.push(text.collect::<String>());
        rest = next;
    }
    labels.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_as_names_are_written() {
        assert_eq!(asked(b"elpmaxe\x07live\x04"), "evil.example");
        assert_eq!(asked(b"c.a\x03"), "a\\046c");
        assert_eq!(asked(b""), "");
        // What is no name does not panic.
        asked(b"\xff\xff");
    }

    #[test]
    fn this_process_is_read_with_its_ancestors() {
        let pid = i64::from(std::process::id());
        let own = read(pid).unwrap();
        let who = Who { pid, start_ticks: own.start_ticks, uid: 0, gid: 0, comm: "x".into() };
        let all = who.ancestry();
        assert_eq!(all.last().unwrap()["pid"], json!(pid));
        assert!(!all.last().unwrap()["exe"].as_str().unwrap().is_empty());
        // One whose number another has got by now is told as the kernel saw it, and nothing more.
        let gone = Who { start_ticks: own.start_ticks + 1, ..who };
        let all = gone.ancestry();
        assert_eq!(all.len(), 1);
        assert!(all[0].get("exe").is_none());
    }
}
