/* Programs, forks and exits of processes. */
#pragma once

#include "path.h"
#include "record.h"

/* The most that is kept of the arguments and of the environment, in bytes; powers of two. */
#define ARGS (64 << 10)
#define ENVS (32 << 10)
/* The most ancestors of a process. */
#define ANCESTORS 64

/* This runtime's own process. */
volatile const u32 self = 0;

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 << 20);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KINDS);
    __type(key, u32);
    __type(value, struct counts);
} counts SEC(".maps");

/* The runtime's descendants, kept by fork and exit: pid and start. An entry that an exit did not remove hides nobody who gets its pid later. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, u32);
    __type(value, u64);
} own SEC(".maps");

/* Where an exec's parts are put together, one for each processor (user space sets how many there are). The program cannot be entered twice on one
 * processor: the kernel skips the second one and counts it. */
struct exec_parts {
    struct text exe;
    struct text cwd;
    struct text cgroup;
    char args[ARGS];
    char envs[ENVS];
    struct identity ancestors[ANCESTORS];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct exec_parts);
} exec_parts SEC(".maps");

/* Records that found no room, over all processors. */
u64 lost = 0;

static __always_inline struct counts *count(u32 kind) {
    return bpf_map_lookup_elem(&counts, &kind);
}

static __always_inline int is_own(struct task_struct *task) {
    u32 pid = BPF_CORE_READ(task, tgid);
    if (pid == self)
        return 1;
    u64 *start = bpf_map_lookup_elem(&own, &pid);
    return start && *start == BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline void lose(struct counts *counts) {
    counts->no_room++;
    __sync_fetch_and_add(&lost, 1);
}

static __always_inline void identify(struct identity *identity, struct task_struct *task) {
    struct task_struct *leader = BPF_CORE_READ(task, group_leader);
    identity->start = BPF_CORE_READ(leader, start_boottime);
    identity->pid = BPF_CORE_READ(task, tgid);
    identity->unused = 0;
}

/* Says who acts: the current task. */
static __always_inline void begin(struct head *head, u32 kind, struct task_struct *task) {
    head->kind = kind;
    head->tid = BPF_CORE_READ(task, pid);
    head->time = bpf_ktime_get_boot_ns();
    head->lost = lost;
    identify(&head->process, task);
    identify(&head->parent, BPF_CORE_READ(task, real_parent));
    head->uid = BPF_CORE_READ(task, cred, uid.val);
    head->gid = BPF_CORE_READ(task, cred, gid.val);
    bpf_get_current_comm(head->comm, sizeof(head->comm));
}

struct climb {
    struct exec_parts *parts;
    struct task_struct *task;
    u32 count;
    u32 cut;
};

static long climb_step(u32 index, struct climb *climb) {
    struct task_struct *task = climb->task;
    struct task_struct *parent = BPF_CORE_READ(task, group_leader, real_parent);
    /* The ancestor of all is its own parent, and has pid 0. */
    if (!parent || !BPF_CORE_READ(parent, tgid))
        return 1;
    if (index >= ANCESTORS) {
        climb->cut = 1;
        return 1;
    }
    identify(&climb->parts->ancestors[index & (ANCESTORS - 1)], parent);
    climb->count = index + 1;
    climb->task = parent;
    return 0;
}

/* Copies a range of the process's memory; gives how much. The limit is a power of two. */
static __always_inline u32 copy_user(char *to, u32 limit, unsigned long from, unsigned long end, u32 *flags, u32 cut, u32 unread) {
    if (end <= from)
        return 0;
    u64 len = end - from;
    if (len > limit) {
        len = limit;
        *flags |= cut;
    }
    u32 size = below(len - 1, limit) + 1;
    if (bpf_probe_read_user(to, size, (void *)from)) {
        *flags |= unread;
        return 0;
    }
    return size;
}

/* Appends a part to a record; the limit is a power of two. */
static __always_inline u32 append(struct bpf_dynptr *record, u32 at, void *part, u32 len, u32 limit) {
    if (len == 0 || len > limit)
        return at;
    bpf_dynptr_write(record, at, part, below(len - 1, limit) + 1, 0);
    return at + len;
}

static __always_inline u32 append_text(struct bpf_dynptr *record, u32 at, struct text *text, u32 len) {
    if (len > TEXT)
        return at;
    return append(record, at, &text->bytes[below(TEXT - len, TEXT)], len, TEXT);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm) {
    struct counts *counts = count(EXEC);
    u32 cpu = bpf_get_smp_processor_id();
    struct exec_parts *parts = bpf_map_lookup_elem(&exec_parts, &cpu);
    if (!counts || !parts)
        return 0;
    if (is_own(task)) {
        counts->own++;
        return 0;
    }
    counts->made++;

    struct exec exec = {};
    begin(&exec.head, EXEC, task);
    struct nsproxy *spaces = BPF_CORE_READ(task, nsproxy);
    exec.namespaces[0] = BPF_CORE_READ(spaces, mnt_ns, ns.inum);
    struct pid *own_pid = BPF_CORE_READ(task, thread_pid);
    u32 level = BPF_CORE_READ(own_pid, level);
    struct upid *number = (void *)own_pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
    exec.namespaces[1] = BPF_CORE_READ(number, ns, ns.inum);
    exec.namespaces[2] = BPF_CORE_READ(spaces, uts_ns, ns.inum);
    exec.namespaces[3] = BPF_CORE_READ(spaces, ipc_ns, ns.inum);
    exec.namespaces[4] = BPF_CORE_READ(spaces, net_ns, ns.inum);
    exec.namespaces[5] = BPF_CORE_READ(spaces, cgroup_ns, ns.inum);

    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    struct file *file = BPF_CORE_READ(mm, exe_file);
    u32 cut = 0;
    exec.exe = write_path(&parts->exe, &file->f_path, &fs->root, &cut);
    exec.flags |= cut ? EXE_CUT : 0;
    struct inode *inode = BPF_CORE_READ(file, f_path.dentry, d_inode);
    exec.flags |= BPF_CORE_READ(inode, i_nlink) ? 0 : EXE_DELETED;
    exec.size = BPF_CORE_READ(inode, i_size);
    exec.mode = BPF_CORE_READ(inode, i_mode);
    exec.owner = BPF_CORE_READ(inode, i_uid.val);
    exec.owner_group = BPF_CORE_READ(inode, i_gid.val);
    cut = 0;
    exec.cwd = write_path(&parts->cwd, &fs->pwd, &fs->root, &cut);
    exec.flags |= cut ? CWD_CUT : 0;
    /* Where version 2 is mounted beside version 1 and groups nothing, the memory controller's groups are what tells containers apart. */
    struct css_set *groups = BPF_CORE_READ(task, cgroups);
    exec.cgroup = write_cgroup(&parts->cgroup, BPF_CORE_READ(groups, dfl_cgrp));
    if (!exec.cgroup && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
        struct cgroup_subsys_state *state = 0;
        u32 id = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
        bpf_probe_read_kernel(&state, sizeof(state), (void *)groups + bpf_core_field_offset(struct css_set, subsys) + id * sizeof(state));
        exec.cgroup = write_cgroup(&parts->cgroup, BPF_CORE_READ(state, cgroup));
    }
    exec.args = copy_user(parts->args, ARGS, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end), &exec.flags, ARGS_CUT, ARGS_UNREAD);
    exec.envs = copy_user(parts->envs, ENVS, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end), &exec.flags, ENVS_CUT, ENVS_UNREAD);
    struct climb climb = {.parts = parts, .task = task};
    bpf_loop(ANCESTORS + 1, climb_step, &climb, 0);
    exec.ancestors = climb.count;
    exec.flags |= climb.cut ? ANCESTORS_CUT : 0;

    u32 chain = climb.count * sizeof(struct identity);
    struct bpf_dynptr record;
    u32 size = sizeof(exec) + exec.exe + exec.cwd + exec.cgroup + exec.args + exec.envs + chain;
    if (bpf_ringbuf_reserve_dynptr(&ring, size, 0, &record)) {
        bpf_ringbuf_discard_dynptr(&record, 0);
        lose(counts);
        return 0;
    }
    bpf_dynptr_write(&record, 0, &exec, sizeof(exec), 0);
    u32 at = sizeof(exec);
    at = append_text(&record, at, &parts->exe, exec.exe);
    at = append_text(&record, at, &parts->cwd, exec.cwd);
    at = append_text(&record, at, &parts->cgroup, exec.cgroup);
    at = append(&record, at, parts->args, exec.args, ARGS);
    at = append(&record, at, parts->envs, exec.envs, ENVS);
    append(&record, at, parts->ancestors, chain, sizeof(parts->ancestors));
    bpf_ringbuf_submit_dynptr(&record, 0);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *task, struct task_struct *child) {
    u32 pid = BPF_CORE_READ(child, tgid);
    /* A thread. */
    if (pid != BPF_CORE_READ(child, pid))
        return 0;
    struct counts *counts = count(FORK);
    if (!counts)
        return 0;
    if (is_own(task)) {
        u64 start = BPF_CORE_READ(child, start_boottime);
        if (bpf_map_update_elem(&own, &pid, &start, BPF_ANY))
            counts->own_forgotten++;
        counts->own++;
        return 0;
    }
    counts->made++;
    struct fork *fork = bpf_ringbuf_reserve(&ring, sizeof(*fork), 0);
    if (!fork) {
        lose(counts);
        return 0;
    }
    begin(&fork->head, FORK, task);
    identify(&fork->child, child);
    bpf_ringbuf_submit(fork, 0);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task) {
    /* Some threads live on. */
    if (BPF_CORE_READ(task, signal, live.counter))
        return 0;
    struct counts *counts = count(EXIT);
    if (!counts)
        return 0;
    if (is_own(task)) {
        u32 pid = BPF_CORE_READ(task, tgid);
        bpf_map_delete_elem(&own, &pid);
        counts->own++;
        return 0;
    }
    counts->made++;
    struct exit *exit = bpf_ringbuf_reserve(&ring, sizeof(*exit), 0);
    if (!exit) {
        lose(counts);
        return 0;
    }
    begin(&exit->head, EXIT, task);
    bpf_ringbuf_submit(exit, 0);
    return 0;
}
