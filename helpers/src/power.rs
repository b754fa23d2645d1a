//! `PowerOff` and `Panic`: the last resort, which the configuration must arm beside granting it.

use reactant_core::{
    capability::Capability,
    helper::{Call, Failure, HelperSpec, Registry, RegistryError, Reply, Returns},
};

use crate::{
    effects::{Act, Power},
    standard::Acts,
    texts,
};

pub(crate) fn register(
    registry: &mut Registry,
    acts: &Acts,
    armed: bool,
) -> Result<(), RegistryError> {
    let off = "Switches the machine off at once; needs `emergency: armed`.";
    let panic =
        "Lets the kernel panic, which keeps the memory for examination; needs `emergency: armed`.";
    for (name, power, summary) in [("PowerOff", Power::Off, off), ("Panic", Power::Panic, panic)] {
        let spec = HelperSpec::new(name, summary).returns(Returns::Done);
        let on = acts.clone();
        registry.register(
            spec.needs(Capability::SYSTEM_POWER).acts(),
            move |call: &mut Call<'_>| {
                if !armed {
                    return Err(Failure::new(texts::DISARMED));
                }
                on.of(call).power(&Act::of(call)?, power)?;
                Ok(Reply::from(0))
            },
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        Standard,
        effects::{Deed, Power, Recording},
        store::Store,
        testing::{Caller, EVENT, done, failed},
        texts,
    };

    #[test]
    fn a_grant_alone_does_not_arm_it() {
        let mut caller = Caller::dry(EVENT);
        assert_eq!(caller.give("PowerOff", &[]), failed(texts::DISARMED));
        assert_eq!(caller.give("Panic", &[]), failed(texts::DISARMED));
        caller.registry = Standard::new(Store::memory()).armed(true).registry();
        assert_eq!(caller.give("PowerOff", &[]), done());
        // Never on this machine.
        let recording = Arc::new(Recording::default());
        let standard = Standard::new(Store::memory()).effects(recording.clone()).armed(true);
        (caller.registry, caller.dry_run) = (standard.registry(), false);
        assert_eq!(caller.give("Panic", &[]), done());
        assert_eq!(recording.take()[0].deed, Deed::Power(Power::Panic));
    }
}
