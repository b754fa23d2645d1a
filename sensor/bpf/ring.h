/* The one ring that all records go to, and what every record needs: who acts, and whether there is room. */
#pragma once

#include "record.h"

/* Bytes in the ring. */
#define RING (8 << 20)
/* The most ancestors of a process. */
#define ANCESTORS 64

/* This runtime's own process. */
volatile const u32 self = 0;

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, RING);
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

/* Records that found no room, over all processors. */
u64 lost = 0;

/* What goes first when the reader does not keep up: what only reads is told while the ring is less than half full, what changes something (and flows)
 * while it is less than three quarters full; the last quarter is kept for executions, forks and exits, without which nothing else is understood. */
enum rank {
    READS = RING / 2,
    CHANGES = RING / 4 * 3,
    PROCESSES = RING,
};

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

static __always_inline void lose(u64 *reason) {
    (*reason)++;
    __sync_fetch_and_add(&lost, 1);
}

/* Whether a record of this rank has to give way. */
static __always_inline int must_shed(struct counts *counts, enum rank rank) {
    if (rank == PROCESSES || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < rank)
        return 0;
    lose(&counts->shed);
    return 1;
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
    struct identity *ancestors;
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
    identify(&climb->ancestors[index & (ANCESTORS - 1)], parent);
    climb->count = index + 1;
    climb->task = parent;
    return 0;
}

/* Appends a part to a record; the limit is a power of two. */
static __always_inline u32 append(struct bpf_dynptr *record, u32 at, void *part, u32 len, u32 limit) {
    if (len == 0 || len > limit)
        return at;
    bpf_dynptr_write(record, at, part, below(len - 1, limit) + 1, 0);
    return at + len;
}
