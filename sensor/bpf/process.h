/* Programs, forks and exits of processes. */
#pragma once

#include "path.h"

/* The most that is kept of the arguments and of the environment, in bytes; powers of two. */
#define ARGS (64 << 10)
#define ENVS (32 << 10)

/* A process has a new program. Behind it come the bytes of its parts, in the order of their lengths. */
struct exec {
    struct head head;
    /* mnt pid uts ipc net cgroup */
    u32 namespaces[6];
    /* A set of the bits below. */
    u32 flags;
    /* The executable's mode, size in bytes and owner. */
    u32 mode;
    s64 size;
    u32 owner;
    u32 owner_group;
    u32 exe;
    u32 cwd;
    u32 cgroup;
    /* Each argument, and each variable, ends with a zero byte. */
    u32 args;
    u32 envs;
    /* How many identities, the parent's first. */
    u32 ancestors;
};

enum {
    /* There are more arguments, or variables, or ancestors. */
    ARGS_CUT = 1,
    ENVS_CUT = 2,
    ANCESTORS_CUT = 4,
    /* The memory could not be read. */
    ARGS_UNREAD = 8,
    ENVS_UNREAD = 16,
    /* The path is longer than what is here, which is its end. */
    EXE_CUT = 32,
    CWD_CUT = 64,
    /* The file has no name any more. */
    EXE_DELETED = 128,
};

/* A process has a child. The head is about who called fork, whose child it need not be (CLONE_PARENT). */
struct fork {
    struct head head;
    struct identity child;
};

/* A process is gone. */
struct exit {
    struct head head;
    /* As wait(2) tells it. */
    u32 status;
    u32 unused;
};

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
    struct climb climb = {.ancestors = parts->ancestors, .task = task};
    bpf_loop(ANCESTORS + 1, climb_step, &climb, 0);
    exec.ancestors = climb.count;
    exec.flags |= climb.cut ? ANCESTORS_CUT : 0;

    u32 chain = climb.count * sizeof(struct identity);
    struct bpf_dynptr record;
    u32 size = sizeof(exec) + exec.exe + exec.cwd + exec.cgroup + exec.args + exec.envs + chain;
    if (bpf_ringbuf_reserve_dynptr(&ring, size, 0, &record)) {
        bpf_ringbuf_discard_dynptr(&record, 0);
        lose(&counts->no_room);
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
        lose(&counts->no_room);
        return 0;
    }
    begin(&fork->head, FORK, task);
    identify(&fork->child, child);
    bpf_ringbuf_submit(fork, 0);
    return 0;
}

struct task_struct___exit { int exit_code; } KERNEL;

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
        lose(&counts->no_room);
        return 0;
    }
    begin(&exit->head, EXIT, task);
    /* SIGNAL_GROUP_EXIT: the whole process was told to end, by itself or by a signal (include/linux/sched/signal.h). */
    struct task_struct___exit *leader = (void *)BPF_CORE_READ(task, group_leader);
    exit->status = BPF_CORE_READ(task, signal, flags) & 4 ? BPF_CORE_READ(task, signal, group_exit_code) : BPF_CORE_READ(leader, exit_code);
    exit->unused = 0;
    bpf_ringbuf_submit(exit, 0);
    return 0;
}
