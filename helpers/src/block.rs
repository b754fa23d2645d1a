//! `NetBlockIp`, `NetBlockIpTimer`, `NetUnblockIp`, `NetBlockDomain`, `NetUnblockDomain`.

mod address;
mod domain;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use reactant_core::{
    capability::Capability,
    event::{Endpoint, Event},
    helper::{
        Call, Failure, HelperSpec, ParamKind::Integer, ParamKind::Text, Registry, RegistryError,
        Reply, Returns,
    },
    packed::{Key, Node},
    value::Value,
};

pub(crate) use address::{Own, parse_net, refused};
pub(crate) use domain::parse_domain;

use crate::{
    clock::seconds,
    effects::{Act, Blockable, Outcome, within},
    protect::Protect,
    standard::Acts,
    texts,
};

pub(crate) fn register(registry: &mut Registry, acts: &Acts) -> Result<(), RegistryError> {
    let spec = |name, summary| {
        HelperSpec::new(name, summary).returns(Returns::Status).needs(Capability::NET_BLOCK).acts()
    };
    let block = "Blocks an address or CIDR, or every remote address of the event; 1 if that was so already.";
    let on = acts.clone();
    registry.register(
        spec("NetBlockIp", block).optional("ip", Text).strict(),
        move |call: &mut Call<'_>| match call.optional_text(0) {
            Some(text) => block_one(&on, call, net(&on, &own(call), text)?, None),
            None => block_all(&on, call, &ADDRESSES),
        },
    )?;
    let timer = "Blocks an address or CIDR for so many seconds; 1 if it was blocked already, by a lease that this adds to.";
    let on = acts.clone();
    let timer = spec("NetBlockIpTimer", timer).param("ip", Text).param("seconds", Integer);
    registry.register(timer, move |call: &mut Call<'_>| {
        let seconds = seconds(call, 1)?;
        let until = call.now.checked_add(SignedDuration::from_secs(seconds));
        let until = until
            .map_err(|_| Failure::new("the block ends after the last time that can be told"))?;
        block_one(&on, call, net(&on, &own(call), call.text(0))?, Some(until))
    })?;
    let unblock = "Ends the recipe's blocks of an address or CIDR; 1 if there is none, or others keep it blocked.";
    let on = acts.clone();
    registry.register(
        spec("NetUnblockIp", unblock).param("ip", Text).undoes(),
        move |call: &mut Call<'_>| {
            let what = Blockable::Net(parse_net(call.text(0)).map_err(Failure)?);
            Ok(on.of(call).unblock(&Act::of(call)?, &what)?.into())
        },
    )?;
    let block = "Blocks a domain and all names below it, or every remote name of the event; 1 if that was so already.";
    let on = acts.clone();
    registry.register(
        spec("NetBlockDomain", block).optional("domain", Text).strict(),
        move |call: &mut Call<'_>| match call.optional_text(0) {
            Some(text) => block_one(&on, call, domain(&on, text)?, None),
            None => block_all(&on, call, &NAMES),
        },
    )?;
    let unblock =
        "Ends the recipe's block of a domain; 1 if there is none, or others keep it blocked.";
    let on = acts.clone();
    registry.register(
        spec("NetUnblockDomain", unblock).param("domain", Text).undoes(),
        move |call: &mut Call<'_>| {
            let what = Blockable::Domain(parse_domain(call.text(0)).map_err(Failure)?);
            Ok(on.of(call).unblock(&Act::of(call)?, &what)?.into())
        },
    )?;
    Ok(())
}

/// An address or network that may be blocked.
fn net(acts: &Acts, own: &Own, text: &str) -> Result<Blockable, Failure> {
    let what = Blockable::Net(parse_net(text).map_err(Failure)?);
    judge(&what, own, &acts.protect).map(|()| what)
}

/// A domain that may be blocked.
fn domain(acts: &Acts, text: &str) -> Result<Blockable, Failure> {
    let what = Blockable::Domain(parse_domain(text).map_err(Failure)?);
    judge(&what, &Own::default(), &acts.protect).map(|()| what)
}

/// Reads an address, a CIDR or a name.
pub(crate) fn parse(text: &str) -> Result<Blockable, String> {
    if let Ok(net) = parse_net(text) {
        return Ok(Blockable::Net(net));
    }
    let domain = parse_domain(text).ok().map(Blockable::Domain);
    domain.ok_or_else(|| format!("`{}` is no address, CIDR or domain name", texts::shown(text)))
}

/// Fails for what is never blocked, as far as that can be told without a look at this machine.
pub(crate) fn judge(what: &Blockable, own: &Own, protect: &Protect) -> Result<(), Failure> {
    let why = match what {
        Blockable::Net(net) => refused(net, own, protect),
        // RFC 6761, 6.3.
        Blockable::Domain(name) if within(name, "localhost") => Some("loopback".to_owned()),
        Blockable::Domain(name) => protect.related(name).map(|held| format!("{held} is protected")),
    };
    why.map_or(Ok(()), |why| Err(Failure(format!("{what} is never blocked: {why}"))))
}

fn block_one(
    acts: &Acts,
    call: &Call<'_>,
    what: Blockable,
    until: Option<Timestamp>,
) -> Result<Reply, Failure> {
    Ok(acts.of(call).block(&Act::of(call)?, &what, until)?.into())
}

/// Takes one more; the failure says that there is no time for it.
type Take<'a> = dyn FnMut(String) -> Result<(), Failure> + 'a;

/// What is taken from an event where no argument is given.
struct Remotes {
    /// Its word in messages.
    noun: &'static str,
    /// Shows all of them, some maybe twice, until one is refused.
    each: fn(&Event, &mut Take<'_>) -> Result<(), Failure>,
    /// Reads and judges one.
    judge: fn(&Acts, &Own, &str) -> Result<Blockable, Failure>,
}

const ADDRESSES: Remotes = Remotes {
    noun: "address",
    each: |event, take| {
        event.remotes().filter_map(Endpoint::address).try_for_each(|one| take(one.to_string()))
    },
    judge: net,
};

const NAMES: Remotes = Remotes {
    noun: "name",
    each: |event, take| {
        event.remotes().flat_map(Endpoint::names).try_for_each(|one| take(one.to_owned()))
    },
    judge: |acts, _, text| domain(acts, text),
};

fn block_all(acts: &Acts, call: &mut Call<'_>, remotes: &Remotes) -> Result<Reply, Failure> {
    let detection = call.detection;
    let act = Act::of(call)?;
    // An event may have very many: the time is looked at with each.
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    (remotes.each)(&detection.event, &mut |text| {
        if !seen.contains(&text) {
            seen.insert(text.clone());
            found.push(text);
        }
        act.in_time()
    })?;
    if found.is_empty() {
        return Err(Failure(format!("the event has no remote {}", remotes.noun)));
    }
    let own = own(call);
    let (mut done, mut already, mut first) = (0, 0, None);
    for text in &found {
        act.in_time()?;
        let blocked = (remotes.judge)(acts, &own, text)
            .and_then(|what| acts.of(call).block(&act, &what, None));
        match blocked {
            Ok(Outcome::Done) => done += 1,
            Ok(Outcome::Already(_)) => already += 1,
            Err(Failure(why)) => {
                first.get_or_insert_with(|| why.clone());
                call.refused.push((Value::from(text.as_str()), why));
            }
        }
    }
    match (done, already, first) {
        (1.., ..) => Ok(Reply::from(0)),
        (_, 1.., _) => Ok(Reply::already(texts::ALREADY_BLOCKED)),
        (.., why) => Err(Failure(format!(
            "no remote {} of the event can be blocked: {}",
            remotes.noun,
            why.unwrap_or_default()
        ))),
    }
}

/// The addresses of this host that the event knows of: the local ends of its flow and of all pairs of its background.
fn own(call: &Call<'_>) -> Own {
    let event = &call.detection.event;
    let flow = event.field(Key::FLOW).and_then(|flow| flow.get(Key::LOCAL));
    let flows = event.field(Key::BACKGROUND).and_then(|background| background.get(Key::FLOWS));
    let protocols = flows.and_then(|flows| flows.get(Key::PROTOCOLS));
    let pairs = protocols
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|protocol| protocol.get(Key::PAIRS))
        .flat_map(Node::items)
        .filter_map(|pair| pair.get(Key::NODES)?.get(Key::LOCAL));
    flow.into_iter().chain(pairs).filter_map(|end| end.get(Key::ADDRESS)?.as_str()).collect()
}

#[cfg(test)]
mod tests;
