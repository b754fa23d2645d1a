//! `Errno`: what went wrong last.

use reactant_core::helper::{Call, HelperSpec, Registry, RegistryError, Reply, Returns};

pub(crate) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let summary = "Gives the text of this invocation's last failure, or of what was already so; empty if none.";
    registry.register(
        HelperSpec::new("Errno", summary).returns(Returns::Text).uncounted(),
        |call: &mut Call<'_>| Ok(Reply::from(call.errno)),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Caller, EVENT};

    #[test]
    fn a_failure_of_one_invocation_is_not_seen_by_the_next() {
        let caller = Caller::dry(EVENT);
        assert_eq!(caller.errno("KillProcess", &[&1]), "pid 1 is never killed");
        assert_eq!(caller.errno("KillCurrent", &[]), "");
    }
}
