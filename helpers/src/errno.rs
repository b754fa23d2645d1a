//! `Errno`: what went wrong last.

use reactant_core::helper::{Call, HelperSpec, Registry, RegistryError, Reply, Returns};

pub(crate) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let summary = "Gives the text of this invocation's last failure, or of what was already so; empty if none.";
    registry.register(
        HelperSpec::new("Errno", summary).returns(Returns::Text),
        |call: &mut Call<'_>| Ok(Reply::from(call.errno)),
    )?;
    Ok(())
}
