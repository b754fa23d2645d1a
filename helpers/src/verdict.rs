//! `Deny`: refusing an act before it happens.

use reactant_core::{
    capability::Capability,
    helper::{Call, Failure, HelperSpec, ParamKind::Text, Registry, RegistryError, Reply, Returns},
    recipe::When,
};

use crate::{effects::Act, standard::Acts, texts};

pub(crate) fn register(registry: &mut Registry, acts: &Acts) -> Result<(), RegistryError> {
    let deny = "Refuses what the event is about to do; only in a recipe with `when: before`.";
    let spec = HelperSpec::new("Deny", deny).optional("reason", Text).returns(Returns::Done);
    let on = acts.clone();
    registry.register(
        spec.needs(Capability::VERDICT_DENY).acts(),
        move |call: &mut Call<'_>| {
            if call.detection.recipe.when != When::Before {
                return Err(Failure::new(texts::NO_VERDICT));
            }
            on.of(call).deny(&Act::of(call)?, call.text(0))?;
            Ok(Reply::from(0))
        },
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{Caller, EVENT, done, failed},
        texts,
    };

    #[test]
    fn only_a_recipe_that_runs_before_the_act_can_deny() {
        let mut caller = Caller::dry(EVENT);
        assert_eq!(caller.give("Deny", &[&"no"]), failed(texts::NO_VERDICT));
        caller.before();
        assert_eq!(caller.give("Deny", &[]), done());
        caller.dry_run = false;
        assert_eq!(caller.give("Deny", &[&"no"]), failed(texts::NOT_FOR_REAL));
    }
}
