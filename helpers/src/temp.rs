//! `CreateTempDir` and `RemoveDir`.

use reactant_core::{
    capability::Capability,
    helper::{Call, Failure, HelperSpec, ParamKind::Text, Registry, RegistryError, Reply, Returns},
};

use crate::{effects::Act, standard::Acts, texts};

pub(crate) fn register(registry: &mut Registry, acts: &Acts) -> Result<(), RegistryError> {
    let create = "Makes a directory below `/tmp` for the runtime's user only and gives its path; the pattern ends in `*`, for which letters are put.";
    let spec = HelperSpec::new("CreateTempDir", create).optional("pattern", Text);
    let spec = spec.returns(Returns::Text).needs(Capability::FS_TEMP).acts();
    let on = acts.clone();
    registry.register(spec, move |call: &mut Call<'_>| {
        let prefix = prefix(call.optional_text(0).unwrap_or("reactant-*"))?;
        Ok(Reply::from(on.of(call).create_temp_dir(&Act::of(call)?, prefix)?))
    })?;
    let remove =
        "Removes a directory below `/tmp` with all that is in it; follows no symbolic link.";
    let spec = HelperSpec::new("RemoveDir", remove).param("path", Text);
    let spec = spec.returns(Returns::Done).needs(Capability::FS_TEMP).acts();
    let on = acts.clone();
    registry.register(spec, move |call: &mut Call<'_>| {
        on.of(call).remove_dir(&Act::of(call)?, call.text(0))?;
        Ok(Reply::from(0))
    })?;
    Ok(())
}

fn prefix(pattern: &str) -> Result<&str, Failure> {
    match pattern.strip_suffix('*') {
        Some(prefix) if !prefix.contains(['*', '/']) && !prefix.contains(texts::acts) => Ok(prefix),
        _ => Err(Failure(format!(
            "the pattern `{}` is not one path component that ends in its only `*`",
            texts::shown(pattern)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_one_component_that_ends_in_a_star() {
        assert_eq!(prefix("evidence-*"), Ok("evidence-"));
        assert_eq!(prefix("*"), Ok(""));
        assert_eq!(prefix("..*"), Ok(".."));
        for pattern in
            ["", "x", "*x", "a*b*", "../*", "/tmp/x*", "a\0*", "\n*", "\u{1b}[31m*", "\u{202e}*"]
        {
            assert!(prefix(pattern).is_err(), "{pattern:?}");
        }
    }
}
