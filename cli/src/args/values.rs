//! The values of flags: times, sizes, capabilities, pairs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use reactant_core::{
    capability::{Capability, InvalidRequest, Request},
    config::{BlocksOnExit, Durability, Emergency},
    helper::Level,
    units::{InvalidUnit, parse_duration, parse_size},
};

/// A duration: `200ms` `5s` `10m` `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, InvalidUnit> {
    parse_duration(text)
}

/// An address with a port; a port alone is one that this machine's own processes reach.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().map_err(|_| "not an address with a port, such as 127.0.0.1:9469".to_owned())
}

/// A size in bytes: `512KiB` `64MiB`.
pub(crate) fn size(text: &str) -> Result<usize, InvalidUnit> {
    parse_size(text)
}

/// One of few names, which help and completions show.
fn one_of<T: Clone + Send + Sync + 'static>(
    names: impl Iterator<Item = &'static str>,
    from_name: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(names).try_map(move |name| from_name(&name).ok_or("unknown"))
}

pub(crate) fn emergency() -> impl TypedValueParser<Value = Emergency> {
    one_of(Emergency::ALL.iter().map(|state| state.name()), Emergency::from_name)
}

pub(crate) fn blocks_on_exit() -> impl TypedValueParser<Value = BlocksOnExit> {
    one_of(BlocksOnExit::ALL.iter().map(|what| what.name()), BlocksOnExit::from_name)
}

pub(crate) fn durability() -> impl TypedValueParser<Value = Durability> {
    one_of(Durability::ALL.iter().map(|when| when.name()), Durability::from_name)
}

pub(crate) fn level() -> impl TypedValueParser<Value = Level> {
    one_of(Level::ALL.iter().map(|level| level.name()), Level::from_name)
}

/// A capability of the standard helpers, maybe with a path.
pub(crate) fn request(text: &str) -> Result<Request, String> {
    let name = text.split(':').next().unwrap_or_default();
    let standard = Capability::STANDARD;
    if !standard.iter().any(|capability| capability.name() == name) {
        let names: Vec<_> = standard.iter().map(Capability::name).collect();
        return Err(format!("no helper needs `{name}`: there are {}", names.join(", ")));
    }
    text.parse().map_err(|error: InvalidRequest| error.to_string())
}

/// A capability without a path.
pub(crate) fn capability(text: &str) -> Result<Capability, String> {
    let request = request(text)?;
    match request.path {
        None => Ok(request.capability),
        Some(_) => Err(format!("a path cannot be revoked: revoke `{}`", request.capability)),
    }
}

/// A time of at least one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seconds, String> {
        let time = parse_duration(text).map_err(|error| error.to_string())?;
        if time.subsec_millis() == 0 {
            Ok(Seconds(time.as_secs()))
        } else {
            Err(format!("`{text}` is not in whole seconds"))
        }
    }
}

/// `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyValue {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<KeyValue, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(KeyValue { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err(format!("`{text}` is not KEY=VALUE")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_to_live_is_in_whole_seconds() {
        assert_eq!("1h".parse(), Ok(Seconds(3600)));
        assert!("1500ms".parse::<Seconds>().is_err() && "5".parse::<Seconds>().is_err());
    }

    #[test]
    fn only_known_capabilities_can_be_granted() {
        assert!(request("fs.write:/var/log/**").is_ok());
        let error = request("system.powr").unwrap_err();
        assert!(error.contains("system.power"), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_said_on_the_command_line_panics(text in "\\PC{0,24}|[0-9]{1,22}(ms|s|m|h|B|KiB|MiB|GiB)") {
            let _ = (duration(&text), size(&text), capability(&text), text.parse::<KeyValue>(), text.parse::<Seconds>(), request(&text));
        }
    }
}
