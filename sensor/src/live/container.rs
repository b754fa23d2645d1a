//! Containers, by the names that their runtimes give to control groups.

use std::sync::Arc;

/// The id in the path of a control group, `""` for none: 64 hexadecimal digits, as Docker, containerd, CRI-O and Podman name
/// the innermost group (`/docker/ID`, `…/docker-ID.scope`, `…/cri-containerd-ID.scope`, `…/crio-ID.scope`, `…/libpod-ID.scope`).
pub(super) fn of_group(path: &[u8]) -> Arc<str> {
    let components = path.rsplit(|byte| *byte == b'/');
    components.filter_map(id).next().unwrap_or_default().into()
}

/// The same of what `/proc/PID/cgroup` says: version 2 first, as the kernel's program does.
pub(super) fn of_groups(text: &str) -> Arc<str> {
    let groups = || text.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let of = |wanted: fn(&str) -> bool| {
        groups().filter(move |(names, _)| wanted(names)).map(|(_, path)| of_group(path.as_bytes()))
    };
    of(str::is_empty)
        .chain(of(|names| names == "memory"))
        .find(|id| !id.is_empty())
        .unwrap_or_else(|| "".into())
}

fn id(component: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(component).ok()?;
    let name = name.strip_suffix(".scope").unwrap_or(name);
    let id = name.rsplit('-').next()?;
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (id.len() == 64 && id.bytes().all(digit)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_group_that_names_a_container_counts() {
        let id = "0123456789abcdef".repeat(4);
        for path in [
            format!("/docker/{id}"),
            format!("/system.slice/docker-{id}.scope"),
            format!("/kubepods.slice/kubepods-pod12.slice/cri-containerd-{id}.scope"),
            format!("/machine.slice/libpod-{id}.scope/container"),
        ] {
            assert_eq!(*of_group(path.as_bytes()), id, "{path}");
        }
        for path in ["", "/", "/user.slice/user-0.slice", &format!("/docker/{id}0")] {
            assert_eq!(&*of_group(path.as_bytes()), "", "{path}");
        }
        let text = format!("9:name=systemd:/\n4:memory:/docker/{id}\n0::/\n");
        assert_eq!(*of_groups(&text), id);
    }
}
