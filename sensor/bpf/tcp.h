/* Connections of TCP, by the states of their sockets. */
#pragma once

#include "flow.h"

static __always_inline void read_ends(struct flow_state *flow, struct sock *sk) {
    if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
        map_v4(&flow->local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
        map_v4(&flow->remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
    } else {
        BPF_CORE_READ_INTO(&flow->local, sk, __sk_common.skc_v6_rcv_saddr);
        BPF_CORE_READ_INTO(&flow->remote, sk, __sk_common.skc_v6_daddr);
    }
    flow->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    flow->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
}

static __always_inline void begin_tcp(struct flow_state *flow, struct sock *sk, u32 flags) {
    flow->began = flow->last = bpf_ktime_get_boot_ns();
    flow->protocol = TCP;
    flow->flags = flags;
    read_ends(flow, sk);
}

/* A connection that ends before anybody accepted it is told as that of who listens. */
static __always_inline void own_by_listener(struct flow_state *flow, struct sock *sk) {
    struct listener at = {
        .net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
        .port = BPF_CORE_READ(sk, __sk_common.skc_num),
    };
    struct owner *owner = bpf_map_lookup_elem(&listeners, &at);
    if (owner)
        flow->owner = *owner;
}

static __always_inline void listens(struct sock *sk, struct task_struct *task, int begins) {
    struct listener at = {
        .net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
        .port = BPF_CORE_READ(sk, __sk_common.skc_num),
    };
    struct owner owner = {};
    if (!begins || is_own(task)) {
        bpf_map_delete_elem(&listeners, &at);
        return;
    }
    own_it(&owner, task);
    bpf_map_update_elem(&listeners, &at, &owner, BPF_ANY);
}

/* Who ended a connection whose socket is closed without a FIN of either side before: what the socket's error says (tcp_reset, tcp_write_err). */
static __always_inline u32 ended_by(struct sock *sk) {
    switch (BPF_CORE_READ(sk, sk_err)) {
    /* Closed with data unread, or without lingering; or ended by another process of this machine (SOCK_DESTROY, ECONNABORTED). */
    case 0:
    case 103:
        return TERMINATOR;
    /* EPIPE ECONNRESET ECONNREFUSED: the other side reset it. */
    case 32:
    case 104:
    case 111:
        return TERMINATED | INGRESS;
    }
    return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new) {
    struct watched watch = watched();
    if (!watch.rules || BPF_CORE_READ(sk, sk_protocol) != TCP)
        return 0;
    struct task_struct *task = (void *)bpf_get_current_task();
    if (new == TCP_LISTEN || (old == TCP_LISTEN && new == TCP_CLOSE)) {
        listens(sk, task, new == TCP_LISTEN);
        return 0;
    }
    struct flow_key key = {.cookie = bpf_get_socket_cookie(sk), .protocol = TCP};
    /* Where the process calls connect. The port is not chosen yet: it is told as the first packet leaves. */
    if (new == TCP_SYN_SENT) {
        if (is_own(task)) {
            struct counts *counts = count(FLOW);
            if (counts)
                counts->own++;
            return 0;
        }
        struct flow_state begins = {};
        own_it(&begins.owner, task);
        begins.owned = 1;
        begin_tcp(&begins, sk, OUTGOING);
        bpf_map_update_elem(&flows, &key, &begins, BPF_ANY);
        return 0;
    }
    struct flow_state *flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow) {
        if (old != TCP_SYN_RECV || new != TCP_ESTABLISHED)
            return 0;
        /* Told once somebody accepts it, who is its process. */
        struct flow_state begins = {};
        begin_tcp(&begins, sk, INCOMING | INGRESS | STARTED);
        own_by_listener(&begins, sk);
        bpf_map_update_elem(&flows, &key, &begins, BPF_NOEXIST);
        return 0;
    }
    switch (new) {
    case TCP_ESTABLISHED:
        if (flow->owned) {
            if (!(flow->flags & STARTED)) {
                read_ends(flow, sk);
                advance(watch, &key, flow, STARTED | EGRESS);
            }
            advance(watch, &key, flow, ONGOING | INGRESS | EGRESS);
        }
        break;
    case TCP_FIN_WAIT1:
        if (!(flow->flags & TERMINATED))
            __sync_fetch_and_or(&flow->flags, TERMINATOR | EGRESS);
        break;
    case TCP_CLOSE_WAIT:
        if (!(flow->flags & TERMINATOR))
            __sync_fetch_and_or(&flow->flags, TERMINATED | INGRESS);
        break;
    case TCP_CLOSE:
        if (!flow->owned) {
            tell_flow(watch, &key, flow);
            advance(watch, &key, flow, ONGOING | EGRESS);
        } else if (!(flow->flags & STARTED)) {
            /* It came to nothing: no packet left. */
            read_ends(flow, sk);
            advance(watch, &key, flow, STARTED);
        }
        advance(watch, &key, flow, ENDED | (flow->flags & (TERMINATOR | TERMINATED) ? 0 : ended_by(sk)));
        bpf_map_delete_elem(&flows, &key);
        break;
    }
    return 0;
}

struct pt_regs___x86 { unsigned long orig_ax; } KERNEL;
struct pt_regs___arm64 { s32 syscallno; } KERNEL;

/* Whether a system call that ends is accept(2) or accept4(2). */
static __always_inline int is_accept(void *regs) {
    struct pt_regs___x86 *x86 = regs;
    struct pt_regs___arm64 *arm64 = regs;
    if (bpf_core_field_exists(x86->orig_ax)) {
        u64 number = BPF_CORE_READ(x86, orig_ax);
        /* Those of x32 have a bit set. */
        number &= ~0x40000000ull;
        return number == 43 || number == 288;
    }
    if (bpf_core_field_exists(arm64->syscallno)) {
        s32 number = BPF_CORE_READ(arm64, syscallno);
        return number == 202 || number == 242;
    }
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_accept, void *regs, long result) {
    struct watched watch = watched();
    if (!watch.rules || result < 0 || !is_accept(regs))
        return 0;
    struct task_struct *task = (void *)bpf_get_current_task();
    struct sock *sk = socket_of(task, result);
    if (!sk || BPF_CORE_READ(sk, sk_protocol) != TCP)
        return 0;
    u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    struct flow_key key = {.cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter), .protocol = TCP};
    if (!key.cookie || (family != AF_INET && family != AF_INET6))
        return 0;
    struct flow_state *flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow) {
        /* It was accepted before it is established, or established before anything was watched; or it has ended, and was told. */
        if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE)
            return 0;
        struct flow_state begins = {};
        begin_tcp(&begins, sk, INCOMING | INGRESS | STARTED);
        bpf_map_update_elem(&flows, &key, &begins, BPF_NOEXIST);
        flow = bpf_map_lookup_elem(&flows, &key);
        if (!flow)
            return 0;
    }
    if (is_own(task)) {
        struct counts *counts = count(FLOW);
        if (counts)
            counts->own++;
        bpf_map_delete_elem(&flows, &key);
        return 0;
    }
    own_it(&flow->owner, task);
    flow->owned = 1;
    tell_flow(watch, &key, flow);
    advance(watch, &key, flow, ONGOING | EGRESS);
    return 0;
}

/* `struct bpf_iter__task_file`: every descriptor of every task. */
struct bpf_iter__task_file {
    void *meta;
    struct task_struct *task;
    u32 fd;
    struct file *file;
} KERNEL;

/* Sockets that are there already: whose they are, and connections that stand, whose start nobody is told of. */
SEC("iter/task_file")
int find_sockets(struct bpf_iter__task_file *at) {
    struct task_struct *task = at->task;
    struct file *file = at->file;
    struct watched watch = watched();
    struct flow_use *use = flow_in_use();
    if (!task || !file || !watch.rules || !use || is_own(task))
        return 0;
    struct socket *socket = bpf_sock_from_file(file);
    if (!socket)
        return 0;
    struct sock *sk = socket->sk;
    if (!sk)
        return 0;
    u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    if (family != AF_INET && family != AF_INET6)
        return 0;
    if (BPF_CORE_READ(sk, sk_protocol) != TCP) {
        if (use->pass == 1 && !bpf_sk_storage_get(&sockets, sk, 0, 0)) {
            struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
            if (state)
                own_it(&state->owner, task);
        }
        return 0;
    }
    u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
    if (use->pass == 1) {
        if (state == TCP_LISTEN)
            listens(sk, task, 1);
        return 0;
    }
    if (state == TCP_LISTEN || state == TCP_CLOSE)
        return 0;
    struct flow_key key = {.cookie = bpf_get_socket_cookie(sk), .protocol = TCP};
    struct flow_state begins = {};
    struct listener on = {
        .net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
        .port = BPF_CORE_READ(sk, __sk_common.skc_num),
    };
    begin_tcp(&begins, sk, STARTED | EGRESS | (bpf_map_lookup_elem(&listeners, &on) ? INCOMING : OUTGOING));
    begins.told = STARTED;
    begins.owned = 1;
    own_it(&begins.owner, task);
    if (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING)
        begins.flags |= TERMINATOR;
    if (state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK)
        begins.flags |= TERMINATED;
    if (bpf_map_update_elem(&flows, &key, &begins, BPF_NOEXIST))
        return 0;
    struct flow_state *flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow)
        return 0;
    if (state == TCP_SYN_SENT)
        tell_flow(watch, &key, flow);
    else
        advance(watch, &key, flow, ONGOING | INGRESS);
    return 0;
}
