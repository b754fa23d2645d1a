/* Texts that are built from their end: paths, from a dentry up to the root of the process. */
#pragma once

#include "ring.h"

/* A path is cut to its last so many bytes (PATH_MAX). */
#define TEXT 4096
/* NAME_MAX, and a zero. */
#define NAME 256
/* Dentries and mounts on the way up: twice what the names of so long a path can be. */
#define STEPS TEXT

struct text {
    /* The text ends at TEXT. The verifier does not relate where it begins to how long it is: behind it is room for as much again. */
    char bytes[2 * TEXT];
};

struct way {
    struct text *text;
    struct dentry *dentry;
    struct mount *mount;
    struct dentry *root_dentry;
    struct vfsmount *root_mount;
    struct kernfs_node *node;
    /* Where the text begins. */
    u32 at;
    /* Whether the way did not lead to its end: the text is only the last of it. */
    u32 cut;
};

/* Puts a slash and a name of so many bytes before the text; not 0 where that does not go. */
static __always_inline int put_before(struct way *way, const void *name, u32 len) {
    if (len > NAME - 1)
        len = NAME - 1;
    if (way->at > TEXT || way->at < len + 1)
        return 1;
    u32 at = below(way->at - len, TEXT);
    if (len == 0 || bpf_probe_read_kernel(&way->text->bytes[at], below(len, NAME), name))
        return 1;
    at = below(at - 1, TEXT);
    way->text->bytes[at] = '/';
    way->at = at;
    return 0;
}

static long path_step(u32 index, struct way *way) {
    struct dentry *dentry = way->dentry;
    struct mount *mount = way->mount;
    if (dentry == way->root_dentry && &mount->mnt == way->root_mount) {
        way->cut = 0;
        return 1;
    }
    if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
        struct mount *above = BPF_CORE_READ(mount, mnt_parent);
        if (above == mount) {
            way->cut = 0;
            return 1;
        }
        way->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
        way->mount = above;
        return 0;
    }
    struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
    if (dentry == parent) {
        /* A file in no folder, as memfd_create(2) makes one, is all of its path. What was moved out of what is mounted leads past the mount's root
         * to that of the file system, which is called "/": where it is, the mounts do not tell. */
        const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
        char first = '/';
        bpf_probe_read_kernel(&first, 1, name);
        if (way->at == TEXT && first != '/')
            way->cut = put_before(way, name, BPF_CORE_READ(dentry, d_name.len));
        return 1;
    }
    if (put_before(way, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len)))
        return 1;
    way->dentry = parent;
    return 0;
}

/* Writes the path as the process would see it; gives its length. */
static __always_inline u32 write_path(struct text *text, struct path *path, struct path *root, u32 *cut) {
    struct vfsmount *mount = BPF_CORE_READ(path, mnt);
    struct way way = {
        .text = text,
        .dentry = BPF_CORE_READ(path, dentry),
        .mount = (void *)mount - bpf_core_field_offset(struct mount, mnt),
        .root_dentry = BPF_CORE_READ(root, dentry),
        .root_mount = BPF_CORE_READ(root, mnt),
        .at = TEXT,
        .cut = 1,
    };
    if (!way.dentry || !mount)
        return 0;
    bpf_loop(STEPS, path_step, &way, 0);
    *cut = way.cut;
    if (way.at == TEXT && !way.cut) {
        way.at = TEXT - 1;
        text->bytes[TEXT - 1] = '/';
    }
    return TEXT - way.at;
}

static long cgroup_step(u32 index, struct way *way) {
    struct kernfs_node *node = way->node, *parent;
    struct kernfs_node___old *old = (void *)node;
    if (bpf_core_field_exists(old->parent))
        parent = BPF_CORE_READ(old, parent);
    else
        parent = BPF_CORE_READ(node, __parent);
    if (!parent)
        return 1;
    /* The stack has no room for a name. */
    char *name = &way->text->bytes[TEXT];
    long len = bpf_probe_read_kernel_str(name, NAME, BPF_CORE_READ(node, name));
    if (len < 2 || put_before(way, name, len - 1))
        return 1;
    way->node = parent;
    return 0;
}

/* Writes the path of a control group from the root of its hierarchy, "" for the root itself; gives its length. */
static __always_inline u32 write_cgroup(struct text *text, struct cgroup *cgroup) {
    struct way way = {.text = text, .node = BPF_CORE_READ(cgroup, kn), .at = TEXT};
    if (!way.node)
        return 0;
    bpf_loop(64, cgroup_step, &way, 0);
    return TEXT - way.at;
}

static __always_inline u32 append_text(struct bpf_dynptr *record, u32 at, struct text *text, u32 len) {
    if (len > TEXT)
        return at;
    return append(record, at, &text->bytes[below(TEXT - len, TEXT)], len, TEXT);
}
