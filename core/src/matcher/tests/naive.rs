//! A matcher as plain as `recipes.md`: every recipe is asked in turn, on the event's JSON, and everything is remembered for ever.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::recipe::{
    Base, Comparison, CountedBy, DomainMatch, Group, How, Item, Join, Mechanism, PeerCondition,
    Recipe, Test, What, Which,
};

type Names = BTreeSet<String>;

#[derive(Default)]
pub(super) struct Naive {
    recipes: Vec<Recipe>,
    hostname: String,
    sets: HashMap<String, Names>,
    let_through: HashMap<(usize, usize, String), Vec<i128>>,
    now: i128,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct NaiveVerdict {
    pub(super) actions: Names,
    pub(super) fired: Vec<usize>,
    pub(super) suppressed: Vec<usize>,
}

impl Naive {
    pub(super) fn new(recipes: &[Recipe], hostname: &str) -> Naive {
        Naive { recipes: recipes.to_vec(), hostname: hostname.to_owned(), ..Naive::default() }
    }

    pub(super) fn judge(&mut self, event: &Json) -> NaiveVerdict {
        if let Some(time) = time(&event["timestamp"]) {
            self.now = time;
        }
        let brought = brought(event);
        let before = match pair(event) {
            Some(pair) => {
                let set = self.sets.entry(pair).or_default();
                let before = set.clone();
                set.extend(brought.iter().cloned());
                before
            }
            None => Names::new(),
        };
        let set: Names = before.union(&brought).cloned().collect();
        let mut verdict =
            NaiveVerdict { actions: set.clone(), fired: Vec::new(), suppressed: Vec::new() };
        for index in 0..self.recipes.len() {
            let recipe = &self.recipes[index];
            if judges(recipe, event)
                && condition(recipe, event, &set)
                && brings(recipe, &brought)
                && recipe.arbitrary.iter().all(|group| self::group(group, event))
            {
                if self.let_through(index, event) {
                    verdict.fired.push(index);
                } else {
                    verdict.suppressed.push(index);
                }
            }
        }
        verdict
    }

    fn let_through(&mut self, index: usize, event: &Json) -> bool {
        let mut keys = Vec::new();
        for (number, limit) in self.recipes[index].times.iter().enumerate() {
            let Some(subject) = subject(limit.by, event, &self.hostname) else {
                // A process of its own: this is its first detection.
                if limit.max == 0 {
                    return false;
                }
                continue;
            };
            let key = (index, number, subject);
            let counted = self.let_through.get(&key).into_iter().flatten().filter(|time| {
                limit
                    .window
                    .is_none_or(|window| (self.now - *time).unsigned_abs() < window.as_nanos())
            });
            if counted.count() as u64 >= limit.max {
                return false;
            }
            keys.push(key);
        }
        for key in keys {
            self.let_through.entry(key).or_default().push(self.now);
        }
        true
    }
}

fn judges(recipe: &Recipe, event: &Json) -> bool {
    let event_type = event["event_type"].as_str().unwrap();
    recipe.enabled
        && match recipe.mechanism {
            Mechanism::Execution => event_type == "execution",
            Mechanism::FileAccess => event_type == "file_access" || event_type == "execution",
            Mechanism::NetworkPeers => event_type == "network_peer",
            Mechanism::NetworkPolicy => event_type == "dropip" || event_type == "dropdomain",
            Mechanism::Baseline => false,
        }
}

/// Actions or flags that the event itself brings.
fn brought(event: &Json) -> Names {
    let mut names = Names::new();
    if event.get("flow").is_some() {
        for (name, value) in event["flow"]["flags"].as_object().into_iter().flatten() {
            if value == true {
                names.insert(name.clone());
            }
        }
        names.insert("created".to_owned());
    } else {
        names.extend(strings(&event["file"]["actions"]));
        if event["event_type"] == "execution" {
            names.insert("execve".to_owned());
        }
    }
    names
}

/// What the event's actions or flags accumulate under.
fn pair(event: &Json) -> Option<String> {
    let flow = &event["flow"];
    if ["dropip", "dropdomain"].iter().any(|denied| event["event_type"] == *denied) {
        return None;
    }
    if event["event_type"] != "network_peer" {
        return Some(format!("{} {}", process(&event["process"])?, event["file"]["file"]));
    }
    match flow["uuid"].as_str() {
        Some(uuid) if !uuid.is_empty() => Some(format!("flow {uuid}")),
        _ => {
            let end = |end: &str| {
                let address = address(&flow[end]["address"]);
                format!("{address:?} {}", flow[end]["port"].as_u64().unwrap_or_default())
            };
            let process = process(&event["process"])?;
            Some(format!("{process} {} {} {}", flow["proto"], end("local"), end("remote")))
        }
    }
}

/// A process is its pid, its boot and when it started.
fn process(process: &Json) -> Option<String> {
    let pid = process["pid"].as_i64()?;
    let boot = process["boot_id"].as_str().unwrap_or_default();
    Some(match (time(&process["start"]), process["start_ticks"].as_i64()) {
        (_, Some(ticks)) if !boot.is_empty() => format!("process {pid} of {boot} ticks {ticks}"),
        (Some(start), _) => format!("process {pid} of {boot} {start}"),
        (None, ticks) => format!("process {pid} of {boot} ticks {ticks:?}"),
    })
}

fn named(recipe: &Recipe) -> Names {
    if !recipe.mechanism.judges_flows() {
        return recipe.file.actions.iter().map(|action| action.name().to_owned()).collect();
    }
    let created = recipe.flow.created.then(|| "created".to_owned());
    recipe.flow.flags.iter().map(|flag| flag.name().to_owned()).chain(created).collect()
}

fn excluded(recipe: &Recipe) -> Names {
    if !recipe.mechanism.judges_flows() {
        return recipe.file.excluded.iter().map(|action| action.name().to_owned()).collect();
    }
    let created = recipe.flow.excluded_created.then(|| "created".to_owned());
    recipe.flow.excluded.iter().map(|flag| flag.name().to_owned()).chain(created).collect()
}

fn condition(recipe: &Recipe, event: &Json, set: &Names) -> bool {
    let network = recipe.mechanism.judges_flows();
    let how = if network { recipe.flow.how } else { recipe.file.how };
    let named = named(recipe);
    let enough = match how {
        How::All => named.iter().all(|name| set.contains(name)),
        How::Any => named.is_empty() || named.iter().any(|name| set.contains(name)),
    };
    let vetoed = excluded(recipe).iter().any(|name| set.contains(name));
    let place = if network { flow(recipe, event) } else { file(recipe, event) };
    enough && !vetoed && place
}

/// Whether the event brings an action that the recipe names, whether new or not; if it names none, any.
fn brings(recipe: &Recipe, brought: &Names) -> bool {
    let named = named(recipe);
    named.is_empty() || named.iter().any(|name| brought.contains(name))
}

fn file(recipe: &Recipe, event: &Json) -> bool {
    let path = event["file"]["file"].as_str().unwrap_or_default();
    recipe.file.bases.is_empty() || recipe.file.bases.iter().any(|base| entry(base, path))
}

fn entry(base: &Base, path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap();
    let dir = match (base.dir.as_deref(), &base.base) {
        (None, _) => true,
        (Some("/"), Some(name)) => path == format!("/{name}"),
        (Some(dir), Some(name)) => path == format!("{dir}/{name}"),
        (Some("/"), None) => path.starts_with('/') && path.len() > 1,
        (Some(dir), None) => {
            let inside = format!("{dir}/");
            path.starts_with(&inside) && path.len() > inside.len()
        }
    };
    dir && base.base.as_ref().is_none_or(|name| name == last)
        && base.regex.as_ref().is_none_or(|regex| regex.is_match(path))
}

fn flow(recipe: &Recipe, event: &Json) -> bool {
    let flow = &event["flow"];
    let proto = match flow["proto"].as_str() {
        Some("icmpv6") => Some("icmp"),
        proto => proto,
    };
    let protocols = &recipe.flow.protocols;
    (protocols.is_empty() || protocols.iter().any(|protocol| Some(protocol.name()) == proto))
        && peer(&recipe.flow.local, &flow["local"])
        && peer(&recipe.flow.remote, &flow["remote"])
}

fn peer(wanted: &PeerCondition, peer: &Json) -> bool {
    let address = address(&peer["address"]);
    let nets = wanted.cidrs.iter().chain(&wanted.ips);
    let addresses = nets.clone().count() == 0
        || address.is_some_and(|address| nets.clone().any(|net| holds(net, address)));
    let port = peer["port"].as_u64().unwrap_or_default();
    let names = domain_names(peer);
    let domain = |name: &String| {
        wanted.domains.iter().any(|domain| match wanted.domain_match {
            DomainMatch::Exact => name == domain,
            DomainMatch::Suffix => name == domain || name.ends_with(&format!(".{domain}")),
            DomainMatch::Prefix => name == domain || name.starts_with(&format!("{domain}.")),
        })
    };
    addresses
        && (wanted.port == 0 || u64::from(wanted.port) == port)
        && (wanted.domains.is_empty() || names.iter().any(domain))
}

fn address(json: &Json) -> Option<IpAddr> {
    Some(json.as_str()?.parse::<IpAddr>().ok()?.to_canonical())
}

/// Bit by bit; a v4-mapped CIDR is the v4 one.
fn holds(net: &IpNet, address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => format!("{:032b}", u32::from(address)),
        IpAddr::V6(address) => format!("{:0128b}", u128::from(address)),
    };
    let mapped = "0".repeat(80) + &"1".repeat(16);
    let prefix = bits(net.addr())[..usize::from(net.prefix_len())].to_owned();
    let (family, prefix) = match prefix.strip_prefix(&mapped) {
        Some(rest) if !net.addr().is_ipv4() => (true, rest.to_owned()),
        _ => (net.addr().is_ipv4(), prefix),
    };
    family == address.is_ipv4() && bits(address).starts_with(&prefix)
}

/// Without addresses.
fn raw_names(peer: &Json) -> Vec<String> {
    let all = peer["name"].as_str().map(str::to_owned).into_iter().chain(strings(&peer["names"]));
    all.filter(|name| {
        let name = name.strip_suffix('.').unwrap_or(name);
        !name.is_empty() && name.parse::<IpAddr>().is_err()
    })
    .collect()
}

/// Lower case, without the last dot.
fn domain_names(peer: &Json) -> Vec<String> {
    let canonical = |name: &String| name.strip_suffix('.').unwrap_or(name).to_lowercase();
    raw_names(peer).iter().map(canonical).collect()
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(|it| it.as_str()).map(str::to_owned).collect()
}

fn time(json: &Json) -> Option<i128> {
    Some(json.as_str()?.parse::<Timestamp>().ok()?.as_nanosecond())
}

// `times`.

fn ancestry(event: &Json) -> Vec<Json> {
    event["background"]["ancestry"].as_array().cloned().unwrap_or_default()
}

fn parent(event: &Json) -> Option<Json> {
    let ppid = event["process"]["ppid"].as_i64()?;
    let mut others = ancestry(event);
    if others.last().is_some_and(|last| last["pid"].as_i64() == event["process"]["pid"].as_i64()) {
        others.pop();
    }
    others.into_iter().rfind(|process| process["pid"].as_i64() == Some(ppid))
}

fn subject(by: CountedBy, event: &Json, hostname: &str) -> Option<String> {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let task = &event["process"];
    let parent_process = || match parent(event) {
        Some(parent) => process(&parent),
        None => Some(format!("process {} of  ticks None", task["ppid"].as_i64()?)),
    };
    let known = |text: String, who: Option<String>| match text.as_str() {
        "" => who,
        text => Some(format!("text {text}")),
    };
    Some(match by {
        CountedBy::Process => process(task)?,
        CountedBy::ParentProcess => parent_process()?,
        CountedBy::Exe => known(text(&task["exe"]), process(task))?,
        CountedBy::ParentExe => {
            let exe = parent(event).map(|it| text(&it["exe"])).unwrap_or_default();
            known(exe, parent_process())?
        }
        CountedBy::Cmd => known(text(&task["cmd"]), process(task))?,
        CountedBy::FullAncestry => {
            let mut chain = ancestry(event);
            let is_task = |last: &Json| {
                last["pid"].as_i64().is_some() && last["pid"].as_i64() == task["pid"].as_i64()
            };
            if !chain.last().is_some_and(is_task) {
                chain.push(task.clone());
            }
            let chain: Vec<String> = chain.iter().map(|it| text(&it["exe"])).collect();
            match chain.last().is_some_and(|own| !own.is_empty()) {
                true => format!("chain {chain:?}"),
                false => process(task)?,
            }
        }
        CountedBy::Hostname => {
            let remote = &event["flow"]["remote"];
            let name = domain_names(remote).into_iter().next();
            let address = || address(&remote["address"]).map(|address| address.to_string());
            name.or_else(address).unwrap_or_else(|| hostname.to_owned())
        }
        CountedBy::Total => String::new(),
    })
}

// `arbitrary`.

fn group(group: &Group, event: &Json) -> bool {
    let pertinent = |which: Which| which == Which::Pertinent;
    let own = pertinent(group.which);
    let matches: Vec<bool> = group.items.iter().map(|it| item(it, event)).collect();
    let Some(first) = group.items.first() else { return own };
    if group.items.iter().all(|item| item.which == first.which) {
        let matched = match group.how {
            Join::And => matches.iter().all(|matched| *matched),
            Join::Or => matches.iter().any(|matched| *matched),
        };
        return pertinent(first.which) == matched;
    }
    let mut verdict = own;
    match group.how {
        Join::Or => {
            for (item, matched) in group.items.iter().zip(matches) {
                if matched {
                    verdict = pertinent(item.which);
                    break;
                }
            }
        }
        Join::And => {
            if matches.iter().all(|matched| *matched) {
                verdict = pertinent(group.items[group.items.len() - 1].which);
            }
        }
    }
    verdict
}

fn item(item: &Item, event: &Json) -> bool {
    item.tests.iter().all(|test| match test {
        Test::Pattern(regex) => {
            texts(item.what, event, false).iter().any(|text| regex.is_match(text))
        }
        Test::Contains(part) => {
            texts(item.what, event, true).iter().any(|text| text.contains(part.as_str()))
        }
        Test::Number(how, number) => {
            numbers(item.what, event).iter().any(|value| compares(*how, value, number))
        }
        Test::Numbers(list) => numbers(item.what, event).iter().any(|value| list.contains(value)),
        Test::Time(how, than) => {
            let value = match item.what {
                What::StartTime => time(&event["process"]["start"]),
                _ => time(&event["process"]["exit"]),
            };
            value.is_some_and(|value| compares(*how, &value, &than.as_nanosecond()))
        }
        Test::Cidr(net) => ends(item.what)
            .iter()
            .any(|end| address(&event["flow"][end]["address"]).is_some_and(|it| holds(net, it))),
    })
}

fn compares<T: Ord>(how: Comparison, value: &T, than: &T) -> bool {
    match how {
        Comparison::Smaller => value < than,
        Comparison::Bigger => value > than,
        Comparison::Equal => value == than,
    }
}

fn ends(what: What) -> &'static [&'static str] {
    match what {
        What::Local | What::LocalPorts => &["local"],
        What::Remote | What::RemotePorts => &["remote"],
        _ => &["local", "remote"],
    }
}

fn texts(what: What, event: &Json, contains: bool) -> Vec<String> {
    let name = what.name();
    let flow = &event["flow"];
    match what {
        What::Proto => flow["proto"]
            .as_str()
            .into_iter()
            .flat_map(|proto| [proto.to_owned(), proto.replace("icmpv6", "icmp")])
            .collect(),
        What::Family => family(event)
            .map(|v4| if v4 { "AF_INET" } else { "AF_INET6" }.to_owned())
            .into_iter()
            .collect(),
        What::Local | What::Remote | What::AnyPeers => {
            let mut out = Vec::new();
            for end in ends(what) {
                out.extend(address(&flow[end]["address"]).map(|address| address.to_string()));
                out.extend(raw_names(&flow[end]));
            }
            out
        }
        What::AnyPeersAndPorts => ends(what)
            .iter()
            .filter_map(|end| {
                let port = flow[end]["port"].as_u64().unwrap_or_default();
                Some(match address(&flow[end]["address"])? {
                    IpAddr::V4(address) => format!("{address}:{port}"),
                    IpAddr::V6(address) => format!("[{address}]:{port}"),
                })
            })
            .collect(),
        _ => {
            let task = event["process"].clone();
            let mut processes = Vec::new();
            if name.starts_with("ancient") {
                processes.extend(ancestry(event));
                processes.push(task.clone());
            } else if name.starts_with("parent") {
                processes.extend(parent(event));
            } else {
                processes.push(task.clone());
                if name.starts_with("task_or_parent") {
                    processes.extend(parent(event));
                }
            }
            let field = name.rsplit('_').next().unwrap();
            let mut out: Vec<String> = processes
                .iter()
                .flat_map(|process| process_texts(process, field, contains))
                .collect();
            if name.contains("prev_exe") {
                out.extend(task["prev_exe"].as_str().map(str::to_owned));
            }
            out
        }
    }
}

fn process_texts(process: &Json, field: &str, contains: bool) -> Vec<String> {
    let line = process["cmd"].as_str().map(str::to_owned);
    let joined = process[field].is_array().then(|| strings(&process[field]).join(" "));
    let padded = |texts: Vec<String>| {
        let spaced: Vec<String> = texts.iter().map(|text| format!(" {text} ")).collect();
        texts.into_iter().chain(spaced).collect()
    };
    match field {
        "args" => padded(joined.into_iter().chain(line).collect()),
        "envs" => padded(joined.into_iter().collect()),
        "cmd" if contains => line.into_iter().collect(),
        "cmd" => line
            .map(|line| {
                let args = strings(&process["args"]).join(" ");
                let before = line.strip_suffix(&format!(" {args}")).unwrap_or_default();
                let first = line.split_ascii_whitespace().next().unwrap_or_default();
                let program = if process["exe"] == line.as_str() {
                    &line
                } else if args.is_empty() || before.is_empty() {
                    first
                } else {
                    before
                };
                program.rsplit('/').next().unwrap().to_owned()
            })
            .into_iter()
            .collect(),
        _ => process[field].as_str().map(str::to_owned).into_iter().collect(),
    }
}

fn numbers(what: What, event: &Json) -> Vec<i64> {
    let task = &event["process"];
    let field = |name: &str| task[name].as_i64().into_iter().collect();
    match what {
        What::Uid => field("uid"),
        What::Pid => field("pid"),
        What::Retcode => field("retcode"),
        What::ParentPid => field("ppid"),
        What::Proto => match event["flow"]["proto"].as_str() {
            Some("tcp") => vec![6],
            Some("udp") => vec![17],
            Some("icmp" | "icmpv6") => vec![1, 58],
            _ => vec![],
        },
        What::Family => match family(event) {
            Some(true) => vec![2, 4],
            Some(false) => vec![10, 6],
            None => vec![],
        },
        _ => ends(what)
            .iter()
            .filter_map(|end| event["flow"][end]["port"].as_i64())
            .filter(|port| *port != 0)
            .collect(),
    }
}

/// Whether the flow is v4.
fn family(event: &Json) -> Option<bool> {
    let flow = &event["flow"];
    match flow["ip_version"].as_i64() {
        Some(4) => Some(true),
        Some(6) => Some(false),
        _ => {
            let end = |end: &str| address(&flow[end]["address"]);
            Some(end("local").or_else(|| end("remote"))?.is_ipv4())
        }
    }
}
