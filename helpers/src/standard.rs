//! All standard helpers, wired to a store and to effects.

use std::sync::Arc;

use reactant_core::helper::{Call, Registry, RegistryError};

use crate::{
    block, clock, data,
    effects::{Effects, Real, Simulated},
    errno, file, kill,
    log::{self, LogLimits, LogMeter},
    power,
    protect::Protect,
    store::Store,
    temp, verdict,
};

/// Wires the standard helpers.
///
/// ```
/// use reactant_helpers::{Standard, store::Store};
///
/// let registry = Standard::new(Store::memory()).registry();
/// assert!(registry.spec("DataIncr").is_some());
/// ```
#[derive(Debug)]
pub struct Standard {
    store: Store,
    live: Option<Arc<dyn Effects>>,
    protect: Protect,
    armed: bool,
    meter: Arc<LogMeter>,
}

impl Standard {
    /// The helpers over a store, acting on this machine's files, and for dry runs on a simulated world that lasts as long as the registry.
    #[must_use]
    pub fn new(store: Store) -> Standard {
        Standard {
            store,
            live: None,
            protect: Protect::default(),
            armed: false,
            meter: Arc::default(),
        }
    }

    /// Lets calls that are not dry run act through this instead of on the machine.
    #[must_use]
    pub fn effects(mut self, effects: Arc<dyn Effects>) -> Standard {
        self.live = Some(effects);
        self
    }

    /// Sets what is protected. Effects that were given by [`Standard::effects`] must protect paths themselves.
    #[must_use]
    pub fn protect(mut self, protect: Protect) -> Standard {
        self.protect = protect;
        self
    }

    /// Arms `PowerOff` and `Panic`, for those who hold the capability.
    #[must_use]
    pub fn armed(mut self, armed: bool) -> Standard {
        self.armed = armed;
        self
    }

    /// Sets how much a recipe may log.
    #[must_use]
    pub fn log_limits(mut self, limits: LogLimits) -> Standard {
        self.meter = Arc::new(LogMeter::new(limits));
        self
    }

    /// What counts the messages, to ask it at the end of a run what it cut.
    #[must_use]
    pub fn log_meter(&self) -> Arc<LogMeter> {
        Arc::clone(&self.meter)
    }

    /// A registry of the standard helpers, in the order of `helpers.md`.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        self.install(&mut registry).expect("the standard names are distinct identifiers");
        registry
    }

    /// Adds the standard helpers to a registry.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Taken`] where the registry has a helper of one of their names; those before it in the order have been added.
    pub fn install(&self, registry: &mut Registry) -> Result<(), RegistryError> {
        let acts = Acts {
            live: match &self.live {
                Some(live) => Arc::clone(live),
                None => Arc::new(Real::new(self.protect.clone())),
            },
            simulated: Arc::new(Simulated::new(self.protect.clone())),
            protect: Arc::new(self.protect.clone()),
        };
        log::register(registry, &self.meter)?;
        data::register(registry, &self.store)?;
        file::register(registry, &acts)?;
        temp::register(registry, &acts)?;
        kill::register(registry, &acts)?;
        block::register(registry, &acts)?;
        power::register(registry, &acts, self.armed)?;
        verdict::register(registry, &acts)?;
        errno::register(registry)?;
        clock::register(registry)
    }
}

/// Where calls act, and what they may not touch.
#[derive(Debug, Clone)]
pub(crate) struct Acts {
    live: Arc<dyn Effects>,
    simulated: Arc<Simulated>,
    pub(crate) protect: Arc<Protect>,
}

impl Acts {
    /// Where this call acts.
    pub(crate) fn of(&self, call: &Call<'_>) -> &dyn Effects {
        if call.dry_run { &*self.simulated } else { &*self.live }
    }
}

#[cfg(test)]
mod tests {
    use reactant_core::{capability::Capability, value::Value};

    use super::*;
    use crate::testing::{Caller, EVENT};

    fn registry() -> Registry {
        Standard::new(Store::memory()).registry()
    }

    #[test]
    fn the_helpers_stand_in_the_order_of_their_page() {
        let names: Vec<_> =
            registry().specs().map(|(_, spec)| spec.name.clone().into_owned()).collect();
        let page = "Debug Info Warn Error DataSet DataGet DataDelete DataHasKey DataHasValue DataIsEmpty DataKeys \
            DataValues DataSize DataClear DataPush DataPop DataIncr DataSetTtl DataCas ReadFile Stat WriteFile AppendFile \
            CreateTempDir RemoveDir KillCurrent KillParent KillProcess NetBlockIp NetBlockIpTimer NetUnblockIp \
            NetBlockDomain NetUnblockDomain PowerOff Panic Deny Errno Now NowMillis";
        assert_eq!(names, page.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn failure_values_are_those_of_the_page() {
        let registry = registry();
        let failure = |name: &str| registry.spec(name).unwrap().failure.clone();
        for name in ["DataGet", "DataPop", "ReadFile", "CreateTempDir", "Errno", "Now"] {
            assert_eq!(failure(name), Value::from(""), "{name}");
        }
        for name in ["Stat", "DataIncr", "Info"] {
            assert_eq!(failure(name), Value::Null, "{name}");
        }
        for name in ["DataKeys", "DataValues"] {
            assert_eq!(failure(name), Value::from("[]"), "{name}");
        }
        for name in ["DataHasKey", "DataHasValue", "DataIsEmpty", "DataCas"] {
            assert_eq!(failure(name), Value::Bool(false), "{name}");
        }
        for name in
            ["DataSet", "DataSize", "WriteFile", "RemoveDir", "KillCurrent", "Deny", "NowMillis"]
        {
            assert_eq!(failure(name), Value::Int(-1), "{name}");
        }
    }

    #[test]
    fn whatever_acts_leaves_a_record_and_needs_a_capability() {
        let registry = registry();
        let free = ["Errno", "Now", "NowMillis"];
        for (_, spec) in registry.specs() {
            assert_eq!(spec.capability.is_none(), free.contains(&&*spec.name), "{}", spec.name);
            let quiet = [Capability::LOG, Capability::DATA, Capability::FS_READ];
            let acts = spec.capability.as_ref().is_some_and(|needs| !quiet.contains(needs));
            assert_eq!(spec.act, acts, "{}", spec.name);
            assert!(spec.summary.ends_with('.'), "{}", spec.name);
        }
    }

    #[test]
    fn a_registry_with_a_name_of_theirs_is_refused() {
        let mut registry = registry();
        let error = Standard::new(Store::memory()).install(&mut registry).unwrap_err();
        assert_eq!(error, RegistryError::Taken("Debug".into()));
    }

    #[test]
    fn the_clock_is_the_runs() {
        let caller = Caller::dry(EVENT);
        assert_eq!(caller.value("Now", &[]), Value::from("2026-11-24T10:15:00.000Z"));
        assert_eq!(caller.value("NowMillis", &[]), Value::Int(1_795_515_300_000));
        let mut caller = caller;
        caller.event(&EVENT.replace("2026-11-24T10:15:00Z", "1969-12-31T23:59:59.9995Z"));
        assert_eq!(caller.value("Now", &[]), Value::from("1969-12-31T23:59:59.999Z"));
        assert_eq!(caller.value("NowMillis", &[]), Value::Int(-1));
    }
}
