//! `ReadFile`, `Stat`, `WriteFile`, `AppendFile`.

use reactant_core::{
    capability::Capability,
    helper::{Call, Failure, HelperSpec, ParamKind::Text, Registry, RegistryError, Reply, Returns},
    value::{Map, Value},
};

use crate::{
    effects::{Act, FileStat},
    standard::Acts,
};

/// The fields of what `Stat` gives.
const FIELDS: &[(&str, Returns)] = &[
    ("size", Returns::Number),
    ("mode", Returns::Text),
    ("modTime", Returns::Text),
    ("isDir", Returns::Bool),
];

pub(crate) fn register(registry: &mut Registry, acts: &Acts) -> Result<(), RegistryError> {
    let read = "Gives a regular file's content of up to 1 MiB as text; bytes that are no UTF-8 become U+FFFD.";
    let spec = HelperSpec::new("ReadFile", read).param("path", Text).returns(Returns::Text);
    let on = acts.clone();
    registry.register(spec.needs(Capability::FS_READ), move |call: &mut Call<'_>| {
        let content = audited(call, |call, act| on.of(call).read(act, call.text(0)))?;
        let text = String::from_utf8(content)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(Reply::from(text))
    })?;
    let stat = "Gives a file's size, mode (`-rw-r--r--`), time of modification and whether it is a directory.";
    let spec = HelperSpec::new("Stat", stat).param("path", Text).returns(Returns::Record(FIELDS));
    let on = acts.clone();
    registry.register(spec.needs(Capability::FS_READ), move |call: &mut Call<'_>| {
        let stat = audited(call, |call, act| on.of(call).stat(act, call.text(0)))?;
        Ok(Reply::from(record(&stat)))
    })?;
    let write = "Creates or replaces a file with mode 0600, atomically; its directory must exist.";
    let spec = HelperSpec::new("WriteFile", write).param("path", Text).param("data", Text);
    let spec = spec.returns(Returns::Done).needs(Capability::FS_WRITE).acts();
    let on = acts.clone();
    registry.register(spec, move |call: &mut Call<'_>| {
        on.of(call).write(&Act::of(call)?, call.text(0), call.text(1).as_bytes())?;
        Ok(Reply::from(0))
    })?;
    let append = "Appends to a file in one write, so that lines of several reactions stay whole; creates it with mode 0600.";
    let spec = HelperSpec::new("AppendFile", append).param("path", Text).param("data", Text);
    let spec = spec.returns(Returns::Done).needs(Capability::FS_WRITE).acts();
    let on = acts.clone();
    registry.register(spec, move |call: &mut Call<'_>| {
        on.of(call).append(&Act::of(call)?, call.text(0), call.text(1).as_bytes())?;
        Ok(Reply::from(0))
    })?;
    Ok(())
}

/// Reads, and leaves a record where the grant does not reach the path: a read alone leaves none.
fn audited<T>(
    call: &mut Call<'_>,
    read: impl FnOnce(&Call<'_>, &Act<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let act = Act::of(call)?;
    let result = read(call, &act);
    if let (Err(Failure(why)), true) = (&result, act.was_denied()) {
        call.refused.push((Value::from(call.text(0)), why.clone()));
    }
    result
}

fn record(stat: &FileStat) -> Map {
    let size = i64::try_from(stat.size).unwrap_or(i64::MAX);
    Map::from_iter([
        ("size".to_owned(), Value::Int(size)),
        ("mode".to_owned(), mode(stat.mode).into()),
        ("modTime".to_owned(), stat.modified.to_string().into()),
        ("isDir".to_owned(), (stat.mode & 0o170_000 == 0o040_000).into()),
    ])
}

/// Type and permissions as `ls -l` writes them (inode(7)).
fn mode(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o060_000 => 'b',
        0o020_000 => 'c',
        0o010_000 => 'p',
        0o140_000 => 's',
        _ => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, false) => 'x',
            (false, false) => '-',
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_written_as_ls_writes_it() {
        assert_eq!(mode(0o100_644), "-rw-r--r--");
        assert_eq!(mode(0o041_777), "drwxrwxrwt");
        assert_eq!(mode(0o104_750), "-rwsr-x---");
        assert_eq!(mode(0o106_640), "-rwSr-S---");
        assert_eq!(mode(0o010_600), "prw-------");
    }
}
