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
    use std::sync::Arc;

    use reactant_core::verdict::{Question, TooLate};

    use crate::{
        testing::{Asked, Caller, EVENT, done, failed},
        texts,
    };

    #[test]
    fn only_a_recipe_that_runs_before_the_act_can_deny() {
        let mut caller = Caller::dry(EVENT);
        assert_eq!(caller.give("Deny", &[&"no"]), failed(texts::NO_VERDICT));
        caller.before();
        assert_eq!(caller.give("Deny", &[]), done());
        caller.dry_run = false;
        assert_eq!(caller.give("Deny", &[&"no"]), failed(texts::NOBODY_WAITS));
    }

    #[test]
    fn the_act_is_refused_by_the_call_and_no_second_call_fails() {
        let question = Asked::default();
        let mut caller = Caller::live();
        caller.before();
        caller.question = Some(Arc::new(question.clone()));
        assert_eq!(caller.give("Deny", &[&"no"]), done());
        assert_eq!(caller.give("Deny", &[]), done());
        assert!(question.is_refused());
    }

    #[test]
    fn what_was_allowed_is_not_refused() {
        let question = Asked::default();
        question.allow();
        let mut caller = Caller::live();
        caller.before();
        caller.question = Some(Arc::new(question.clone()));
        assert_eq!(caller.give("Deny", &[]), failed(&TooLate.to_string()));
        assert!(!question.is_refused());
    }

    #[test]
    fn a_dry_run_refuses_nothing() {
        let question = Asked::default();
        let mut caller = Caller::dry(EVENT);
        caller.before();
        caller.question = Some(Arc::new(question.clone()));
        let gave = caller.call("Deny", &[]);
        assert!(gave.actions[0].dry_run && question.is_pending());
    }
}
