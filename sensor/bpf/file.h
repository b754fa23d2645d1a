/* What happened to which file: accumulated, filtered and told. How it was learned of is not known here. */
#pragma once

#include "path.h"

/* What is done to a file: `Action` of `core`, in its order. */
enum {
    FASYNC = 1 << 0,
    FLOCK = 1 << 1,
    FSYNC = 1 << 2,
    LLSEEK = 1 << 3,
    MMAP = 1 << 4,
    OPEN = 1 << 5,
    READ = 1 << 6,
    WRITE = 1 << 7,
    RENAME = 1 << 8,
    TRUNCATE = 1 << 9,
    UNLINK = 1 << 10,
    CREATE = 1 << 11,
    CLOSE = 1 << 12,
    LINK = 1 << 13,
    /* Those that change something. */
    CHANGING = WRITE | RENAME | TRUNCATE | UNLINK | CREATE | LINK,
};

enum {
    /* A path is longer than what is here, which is its end. */
    PATH_CUT = 1,
    /* No name leads to the file, or to the folder that a name is relative to, any more. */
    PATH_GONE = 2,
    ANCESTORS_ARE_CUT = 4,
    /* Mode, owner and size are known. */
    STATUS = 8,
    /* Path and other path were exchanged. */
    EXCHANGED = 16,
    /* What the other name leads to was meant, and not a link of that name. */
    FOLLOWED = 32,
    /* A folder, by the call. */
    FOLDER = 64,
    /* A symbolic link, by the call; the other name is what it says. */
    SYMBOLIC = 128,
    /* The root of the process is that of the first of its ancestors. */
    ROOT_OF_ALL = 256,
};

/* Something was done to a file. Behind it come the bytes of its parts, in the order of their lengths. */
struct file_act {
    struct head head;
    u32 actions;
    u32 flags;
    u32 mode;
    u32 owner;
    u32 owner_group;
    u32 unused;
    s64 size;
    /* The file's path; where there is a name, the folder that it is relative to, unless it begins with a slash. */
    u32 base;
    u32 name;
    /* Of a rename or a link: the path before it. */
    u32 other_base;
    u32 other_name;
    u32 ancestors;
    u32 unused_too;
};

/* A key of the directories: the generation's slot and a path. A directory's key ends with a slash, that of one file with a zero byte. */
#define DIRECTORY 255
struct directory {
    u32 bits;
    u8 slot;
    char path[DIRECTORY];
};

/* A key of the names: the generation's slot, the length, and the end of the name. */
#define NAME_END 63
struct name_end {
    u8 slot;
    u8 len;
    char end[NAME_END];
};

/* What the recipes want, as far as it is one for all files. */
struct filter {
    /* Actions that anything wants. */
    u32 wanted;
    /* Actions that are wanted of every file. */
    u32 everywhere;
    /* Actions that are wanted of some directory. */
    u32 directories;
    /* Actions that are wanted of some name. */
    u32 names;
    /* Differs from that of every other filter, so that what was told for one is told again for the next. */
    u64 salt;
};

/* Which of the two filters holds. The other is that before it, or the next, which is written before this changes. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u32);
} filter_slot SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, struct filter);
} filters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 1 << 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct directory);
    __type(value, u32);
} directories SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1 << 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct name_end);
    __type(value, u32);
} names SEC(".maps");

/* What was told: 48 bits of a process and file, and 16 of actions, in one word, which is changed as one. */
#define BUCKETS (1 << 14)
#define WAYS 8
struct bucket {
    u64 words[WAYS];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, BUCKETS);
    __type(key, u32);
    __type(value, struct bucket);
} told SEC(".maps");

/* Where a record's parts are put together, one for each processor. */
struct file_parts {
    struct text base;
    struct text other_base;
    /* Each with room for as much again, as a text. */
    char name[2 * TEXT];
    char other_name[2 * TEXT];
    struct identity ancestors[ANCESTORS];
    struct directory directory;
    struct name_end end;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct file_parts);
} file_parts SEC(".maps");

/* Random, so that nobody can choose files that are taken for one another. */
volatile const u64 secret = 0;

static __always_inline struct filter *filter_now(u32 *slot) {
    u32 zero = 0, *now = bpf_map_lookup_elem(&filter_slot, &zero);
    if (!now)
        return 0;
    *slot = *now & 1;
    return bpf_map_lookup_elem(&filters, slot);
}

static __always_inline u64 mix(u64 hash, u64 value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

struct trace {
    struct dentry *dentry;
    struct mount *mount;
    struct dentry *mount_root;
    u64 hash;
};

/* One dentry more on the way up; what is the same from there up is not looked at twice, since the names on the way are part of what is told. */
static long trace_step(u32 index, struct trace *trace) {
    struct dentry *dentry = trace->dentry;
    if (dentry == trace->mount_root) {
        struct mount *mount = trace->mount, *above = BPF_CORE_READ(mount, mnt_parent);
        if (above == mount)
            return 1;
        trace->hash = mix(trace->hash, (u64)mount);
        trace->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
        trace->mount = above;
        trace->mount_root = BPF_CORE_READ(above, mnt.mnt_root);
        return 0;
    }
    struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
    if (parent == dentry)
        return 1;
    u64 name = 0;
    bpf_core_read(&name, sizeof(name), &dentry->d_name.hash);
    trace->hash = mix(mix(trace->hash, (u64)dentry), name);
    trace->dentry = parent;
    return 0;
}

/* Who does it to what: the process with its program and user, and the file with each name and mount on the way to it, from the root of the process. The
 * lowest 16 bits are 0 for a word of `told`; the bucket is in `bucket`. */
static __always_inline u64 pair(struct task_struct *task, struct file *file, struct inode *inode, u64 salt, u32 *bucket) {
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    struct vfsmount *mount = BPF_CORE_READ(file, f_path.mnt);
    struct trace trace = {
        .dentry = BPF_CORE_READ(file, f_path.dentry),
        .mount = (void *)mount - bpf_core_field_offset(struct mount, mnt),
        .mount_root = BPF_CORE_READ(mount, mnt_root),
    };
    u64 hash = mix(secret ^ salt, BPF_CORE_READ(task, group_leader, start_boottime));
    hash = mix(hash, (u64)BPF_CORE_READ(task, tgid) << 32 | (u32)BPF_CORE_READ(task, group_leader, self_exec_id));
    hash = mix(hash, bpf_get_current_uid_gid());
    hash = mix(hash, (u64)BPF_CORE_READ(fs, root.dentry));
    hash = mix(hash, (u64)BPF_CORE_READ(fs, root.mnt));
    hash = mix(hash, BPF_CORE_READ(inode, i_ino));
    hash = mix(hash, (u64)BPF_CORE_READ(inode, i_sb, s_dev) << 32 | BPF_CORE_READ(inode, i_generation));
    trace.hash = hash;
    bpf_loop(STEPS, trace_step, &trace, 0);
    hash = mix(trace.hash, (u64)trace.mount);
    *bucket = hash & (BUCKETS - 1);
    hash &= ~0xffffULL;
    return hash ? hash : 1 << 16;
}

/* Where a pair's actions are remembered. */
struct memory {
    u64 *word;
    u32 added;
};

/* Which of the actions were not told of the pair yet; remembers them. */
static __always_inline u32 remember(struct counts *counts, u64 hash, u32 index, u32 actions, struct memory *memory) {
    struct bucket *bucket = bpf_map_lookup_elem(&told, &index);
    if (!bucket)
        return actions;
    u32 at = bpf_get_prandom_u32() & (WAYS - 1);
    u64 word = 0;
    int found = 0;
#pragma unroll
    for (int i = 0; i < WAYS; i++) {
        u64 here = bucket->words[i];
        if ((here & ~0xffffULL) == hash) {
            at = i;
            found = 1;
            break;
        }
        if (!here)
            at = i;
    }
    u64 *place = &bucket->words[at & (WAYS - 1)];
    word = *place;
    /* Whoever changes the word meanwhile wins: then this is told without being remembered. */
    u64 next = found && (word & ~0xffffULL) == hash ? word | actions : hash | actions;
    if (next == word)
        return 0;
    if (__sync_val_compare_and_swap(place, word, next) != word)
        return actions;
    if (word && !found)
        counts->evicted++;
    memory->word = place;
    memory->added = found ? next & ~word : actions;
    return memory->added;
}

/* They were not told after all. */
static __always_inline void forget(struct memory *memory) {
    if (memory->word)
        __sync_fetch_and_and(memory->word, ~(u64)memory->added);
}

/* The actions that recipes want of a file of this path and name; the path ends at TEXT in `text`, where a zero byte follows. */
static __always_inline u32 wanted_of(struct file_parts *parts, struct filter *filter, u32 slot, char *path, u32 len, char *name, u32 name_len) {
    u32 wanted = filter->everywhere;
    u32 actions = filter->wanted & ~wanted;
    if (!actions)
        return wanted;
    if (filter->names) {
        struct name_end *end = &parts->end;
        __builtin_memset(end, 0, sizeof(*end));
        end->slot = slot;
        end->len = name_len;
        u32 size = name_len < NAME_END ? name_len : NAME_END;
        bpf_probe_read_kernel(end->end, below(size, NAME_END + 1), name + (name_len - size));
        u32 *of_name = bpf_map_lookup_elem(&names, end);
        if (of_name)
            wanted |= *of_name;
    }
    if (filter->directories) {
        struct directory *directory = &parts->directory;
        u32 size = len + 1 < DIRECTORY ? len + 1 : DIRECTORY;
        directory->slot = slot;
        if (bpf_probe_read_kernel(directory->path, below(size, DIRECTORY + 1), path))
            return wanted;
        directory->bits = (1 + size) * 8;
        u32 *of_directory = bpf_map_lookup_elem(&directories, directory);
        if (of_directory)
            wanted |= *of_directory;
    }
    return wanted;
}

/* Whether what is of this file system has no path: pipes, sockets, and what stands for something else (statfs(2)). */
static __always_inline int is_nameless(struct inode *inode) {
    u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);
    return magic == 0x50495045 || magic == 0x534f434b || magic == 0x09041934 || magic == 0x50494446;
}

/* Nothing leads to it any more: it was removed, or never had a name. */
static __always_inline int is_gone(struct dentry *dentry) {
    struct inode *inode = BPF_CORE_READ(dentry, d_inode);
    if (inode && !BPF_CORE_READ(inode, i_nlink))
        return 1;
    return !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry;
}

/* Writes the record to the ring; not 0 where there is no room. */
static __always_inline int tell(struct counts *counts, struct file_parts *parts, struct file_act *act, struct task_struct *task) {
    struct climb climb = {.ancestors = parts->ancestors, .task = task};
    counts->made++;
    if (must_shed(counts, act->actions & CHANGING ? CHANGES : READS))
        return 1;
    bpf_loop(ANCESTORS + 1, climb_step, &climb, 0);
    act->ancestors = climb.count;
    act->flags |= climb.cut ? ANCESTORS_ARE_CUT : 0;
    struct task_struct *first = climb.task;
    struct fs_struct *fs = BPF_CORE_READ(task, fs), *of_first = BPF_CORE_READ(first, fs);
    if (BPF_CORE_READ(fs, root.dentry) == BPF_CORE_READ(of_first, root.dentry) && BPF_CORE_READ(fs, root.mnt) == BPF_CORE_READ(of_first, root.mnt))
        act->flags |= ROOT_OF_ALL;
    u32 chain = climb.count * sizeof(struct identity);
    struct bpf_dynptr record;
    u32 size = sizeof(*act) + act->base + act->name + act->other_base + act->other_name + chain;
    if (bpf_ringbuf_reserve_dynptr(&ring, size, 0, &record)) {
        bpf_ringbuf_discard_dynptr(&record, 0);
        lose(&counts->no_room);
        return 1;
    }
    bpf_dynptr_write(&record, 0, act, sizeof(*act), 0);
    u32 at = sizeof(*act);
    at = append_text(&record, at, &parts->base, act->base);
    at = append(&record, at, parts->name, act->name, TEXT);
    at = append_text(&record, at, &parts->other_base, act->other_base);
    at = append(&record, at, parts->other_name, act->other_name, TEXT);
    append(&record, at, parts->ancestors, chain, sizeof(parts->ancestors));
    bpf_ringbuf_submit_dynptr(&record, 0);
    return 0;
}

/* The current task did this to an open file. */
static __noinline int act_on(struct file *file, u32 actions) {
    struct counts *counts = count(FILE);
    u32 cpu = bpf_get_smp_processor_id(), slot = 0, bucket = 0, cut = 0;
    struct file_parts *parts = bpf_map_lookup_elem(&file_parts, &cpu);
    struct filter *filter = filter_now(&slot);
    struct task_struct *task = (void *)bpf_get_current_task();
    if (!counts || !parts || !filter)
        return 0;
    actions &= filter->wanted;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!actions || !inode || is_nameless(inode))
        return 0;
    if (is_own(task)) {
        counts->own++;
        return 0;
    }
    struct memory memory = {};
    u64 hash = pair(task, file, inode, filter->salt, &bucket);
    actions = remember(counts, hash, bucket, actions, &memory);
    if (!actions) {
        counts->accumulated++;
        return 0;
    }
    struct file_act act = {};
    struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    act.base = write_path(&parts->base, &file->f_path, &fs->root, &cut);
    parts->base.bytes[TEXT] = 0;
    u32 wanted = wanted_of(parts, filter, slot, &parts->base.bytes[below(TEXT - act.base, TEXT)], act.base,
        (char *)BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len));
    /* The name of a path that was cut is known, its directory is not. */
    actions &= cut ? wanted | filter->directories : wanted;
    if (!actions) {
        counts->filtered++;
        return 0;
    }
    begin(&act.head, FILE, task);
    act.actions = actions;
    act.flags = STATUS | (cut ? PATH_CUT : 0) | (is_gone(dentry) ? PATH_GONE : 0);
    act.mode = BPF_CORE_READ(inode, i_mode);
    act.owner = BPF_CORE_READ(inode, i_uid.val);
    act.owner_group = BPF_CORE_READ(inode, i_gid.val);
    act.size = BPF_CORE_READ(inode, i_size);
    if (tell(counts, parts, &act, task))
        forget(&memory);
    return 0;
}

static __always_inline struct file *open_file(struct task_struct *task, u32 descriptor) {
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    struct file *file = 0;
    if (!table || descriptor >= BPF_CORE_READ(table, max_fds))
        return 0;
    bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + descriptor);
    return file;
}

/* A name, as a system call takes it. */
struct named {
    const char *name;
    /* The folder that it is relative to: a descriptor, or AT_FDCWD. */
    s32 folder;
    /* What the descriptor stands for is meant where the name is empty. */
    u32 may_be_empty;
};

/* Reads a name and where it begins; not 0 where one cannot be read. */
static __always_inline int read_name(struct task_struct *task, const struct named *named, struct text *base, u32 *base_len, char *name, u32 *name_len, u32 *flags) {
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    u32 cut = 0;
    long len = bpf_probe_read_user_str(name, TEXT, named->name);
    if (len < 1 || len > TEXT || (len == 1 && !named->may_be_empty))
        return 1;
    *name_len = len - 1;
    *base_len = 0;
    if (name[0] == '/')
        return 0;
    struct path *folder = &fs->pwd;
    if (named->folder != -100) {
        struct file *file = open_file(task, named->folder);
        if (!file)
            return 1;
        folder = &file->f_path;
    }
    *base_len = write_path(base, folder, &fs->root, &cut);
    if (cut)
        *flags |= PATH_CUT;
    if (is_gone(BPF_CORE_READ(folder, dentry)))
        *flags |= PATH_GONE;
    return *base_len ? 0 : 1;
}

struct slash {
    char *name;
    u32 len;
    u32 at;
};

/* One byte back; stops behind a slash. */
static long slash_step(u32 index, struct slash *slash) {
    char byte = 0;
    if (slash->at == 0)
        return 1;
    bpf_probe_read_kernel(&byte, 1, slash->name + below(slash->at - 1, TEXT));
    if (byte == '/')
        return 1;
    slash->at--;
    return 0;
}

/* Whether a recipe may want these of a file that is known by its name. The directory is known where the name has but one component: folders on the way
 * may be links. */
static __always_inline u32 wanted_named(struct file_parts *parts, struct filter *filter, u32 slot, struct text *base, u32 base_len, char *name, u32 len) {
    struct slash slash = {.name = name, .len = len, .at = len};
    bpf_loop(NAME, slash_step, &slash, 0);
    u32 wanted = filter->everywhere | filter->directories;
    if (!filter->names)
        return wanted;
    struct name_end *end = &parts->end;
    u32 name_len = len - slash.at, size = name_len < NAME_END ? name_len : NAME_END;
    /* A slash at the end, or more than a name can be. */
    if (!size || name_len > 255)
        return filter->wanted;
    __builtin_memset(end, 0, sizeof(*end));
    end->slot = slot;
    end->len = name_len;
    bpf_probe_read_kernel(end->end, below(size, NAME_END + 1), name + below(len - size, TEXT));
    u32 *of_name = bpf_map_lookup_elem(&names, end);
    return of_name ? wanted | *of_name : wanted;
}

/* What the current task did to a file by its name, and where there are two names, from the other one. */
struct naming {
    u32 actions;
    u32 flags;
    struct named to;
    struct named from;
};

static __noinline int act_named(struct naming *naming) {
    struct counts *counts = count(FILE);
    u32 cpu = bpf_get_smp_processor_id(), slot = 0;
    struct file_parts *parts = bpf_map_lookup_elem(&file_parts, &cpu);
    struct filter *filter = filter_now(&slot);
    struct task_struct *task = (void *)bpf_get_current_task();
    if (!counts || !parts || !filter || !naming)
        return 0;
    u32 actions = naming->actions & filter->wanted;
    if (!actions)
        return 0;
    if (is_own(task)) {
        counts->own++;
        return 0;
    }
    struct file_act act = {};
    act.flags = naming->flags;
    if (read_name(task, &naming->to, &parts->base, &act.base, parts->name, &act.name, &act.flags))
        goto unresolved;
    u32 wanted = wanted_named(parts, filter, slot, &parts->base, act.base, parts->name, act.name);
    if (naming->from.name) {
        if (read_name(task, &naming->from, &parts->other_base, &act.other_base, parts->other_name, &act.other_name, &act.flags))
            goto unresolved;
        wanted |= wanted_named(parts, filter, slot, &parts->other_base, act.other_base, parts->other_name, act.other_name);
    }
    act.actions = actions & wanted;
    if (!act.actions) {
        counts->filtered++;
        return 0;
    }
    begin(&act.head, FILE, task);
    tell(counts, parts, &act, task);
    return 0;
unresolved:
    lose(&counts->unresolved);
    return 0;
}
