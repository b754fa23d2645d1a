/* Network flows: told when they start, when both sides have been heard, and when they end. */
#pragma once

#include "socket.h"

/* Flows that are remembered. The oldest is forgotten for a new one: what is new is what matters, and whoever opens many hides none of his own. */
#define FLOWS (32 << 10)
/* Listening ports whose process is remembered. */
#define LISTENERS (4 << 10)
/* How often a flow may pass to another process. */
#define HANDOVERS 8
/* Nanoseconds after which a flow without connection has ended: by how far it had come. `src/live/flow/idle.rs` has the same numbers. */
#define IDLE_STARTED (30ull * 1000000000)
#define IDLE_ONGOING (120ull * 1000000000)

/* What is known of a flow: `reactant_core::event::Flag`, in its order. */
enum flow_flag {
    INGRESS = 1 << 0,
    EGRESS = 1 << 1,
    INCOMING = 1 << 2,
    OUTGOING = 1 << 3,
    STARTED = 1 << 4,
    ONGOING = 1 << 5,
    ENDED = 1 << 6,
    TERMINATOR = 1 << 7,
    TERMINATED = 1 << 8,
    FLAGS = 9,
    FLOW_STATUS = STARTED | ONGOING | ENDED,
};

/* What became of a flow, or of all flows of a socket. Behind the first one of a flow come the ancestors of its process. */
struct flow {
    struct head head;
    /* The socket (SO_COOKIE), and since when, in nanoseconds since boot: together they name the flow. */
    u64 cookie;
    u64 began;
    struct address local;
    struct address remote;
    u16 local_port;
    u16 remote_port;
    u8 protocol;
    u8 icmp_type;
    u8 icmp_code;
    /* A set of the bits below. */
    u8 is;
    u32 net_ns;
    /* All that is known, and what of its status was not told before. */
    u16 flags;
    u16 news;
    /* How many identities, the parent's first. */
    u32 ancestors;
    u32 unused;
    u64 net_cookie;
};

struct first_flow {
    struct flow flow;
    struct identity ancestors[ANCESTORS];
};

enum flow_is {
    /* Recipes may match it; else it is told for the background of other events only. */
    FLOW_EVENT = 1,
    /* Recipes may match its end, which user space finds out. */
    FLOW_END_WANTED = 2,
    /* The socket was closed: all its flows end. Nothing but its cookie counts. */
    FLOW_CLOSED = 4,
    FLOW_ANCESTORS_CUT = 8,
};

struct flow_key {
    u64 cookie;
    /* The rest of it is zero for TCP, whose sockets have one flow at a time. */
    struct address remote;
    u16 remote_port;
    u16 local_port;
    u32 protocol;
};

struct flow_state {
    struct owner owner;
    u64 began;
    /* The last packet, in nanoseconds since boot. */
    u64 last;
    struct address local;
    struct address remote;
    u16 local_port;
    u16 remote_port;
    u8 protocol;
    u8 icmp_type;
    u8 icmp_code;
    /* Whether the owner is who accepted, or made, it. */
    u8 owned;
    u32 flags;
    u32 told;
    /* The same, for the background of other events too. */
    u32 kept;
    u32 handovers;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FLOWS);
    __type(key, struct flow_key);
    __type(value, struct flow_state);
} flows SEC(".maps");

struct listener { u32 net_ns; u32 port; };

/* Who listens where: whose connections are that nobody accepted. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, LISTENERS);
    __type(key, struct listener);
    __type(value, struct owner);
} listeners SEC(".maps");

/* What the recipes could match: `reactant_core::interest::flows`. Each bit of a 64-bit number is a rule. */
struct flow_rules {
    /* 0: nothing is watched. */
    u32 on;
    /* Flows are told for the background of other events. */
    u32 background;
    /* tcp udp icmp */
    u64 protocols[3];
    u64 flags[FLAGS];
    /* Rules that name no port, and no address: local, remote. */
    u64 any_port[2];
    u64 any_address[2];
};

/* Two sets of rules: one is written while the other is in use. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, struct flow_rules);
} flow_rules SEC(".maps");

struct flow_use {
    /* Which set of rules is in use. */
    u32 set;
    /* Sockets that are there already are looked for: 1 those that wait for others, 2 connections. */
    u32 pass;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct flow_use);
} flow_use SEC(".maps");

/* The end: 0 local, 1 remote; 2 and 3 in the second set. */
struct flow_port { u16 end; u16 port; };

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4 << 10);
    __type(key, struct flow_port);
    __type(value, u64);
} flow_ports SEC(".maps");

struct flow_prefix { u32 bits; u32 end; struct address address; };

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 256 << 10);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct flow_prefix);
    __type(value, u64);
} flow_addresses SEC(".maps");

/* The rules in use, and which set they are. */
struct watched { struct flow_rules *rules; u32 set; };

static __always_inline struct flow_use *flow_in_use(void) {
    u32 only = 0;
    return bpf_map_lookup_elem(&flow_use, &only);
}

static __always_inline struct flow_rules *rules_of(u32 set) {
    return bpf_map_lookup_elem(&flow_rules, &set);
}

static __always_inline struct watched watched(void) {
    struct watched watched = {};
    struct flow_use *use = flow_in_use();
    if (use) {
        watched.set = use->set;
        watched.rules = rules_of(watched.set);
        if (watched.rules && !watched.rules->on)
            watched.rules = 0;
    }
    return watched;
}

static __always_inline u64 by_port(struct flow_rules *rules, u32 set, u32 end, u16 port) {
    struct flow_port key = {.end = set * 2 + end, .port = port};
    u64 *found = bpf_map_lookup_elem(&flow_ports, &key);
    return rules->any_port[end & 1] | (found ? *found : 0);
}

static __always_inline u64 by_address(struct flow_rules *rules, u32 set, u32 end, struct address *address) {
    struct flow_prefix key = {.bits = 160, .end = set * 2 + end, .address = *address};
    u64 *found = bpf_map_lookup_elem(&flow_addresses, &key);
    return rules->any_address[end & 1] | (found ? *found : 0);
}

/* Whether a recipe could match the flow by one of these flags. */
static __noinline u32 may_match(struct flow_rules *rules, u32 set, struct flow_state *flow, u32 flags) {
    if (!rules || !flow)
        return 0;
    u64 fit = 0;
    for (u32 flag = 0; flag < FLAGS; flag++)
        if (flags & (1 << flag))
            fit |= rules->flags[flag];
    fit &= rules->protocols[flow->protocol == TCP ? 0 : flow->protocol == UDP ? 1 : 2];
    if (!fit)
        return 0;
    fit &= by_port(rules, set, 0, flow->local_port) & by_port(rules, set, 1, flow->remote_port);
    return fit && (fit & by_address(rules, set, 0, &flow->local) & by_address(rules, set, 1, &flow->remote));
}

static __always_inline void describe(struct flow *to, struct flow_key *key, struct flow_state *flow, u32 flags, u32 news, u32 is) {
    to->head.kind = FLOW;
    to->head.tid = flow->owner.tid;
    to->head.time = bpf_ktime_get_boot_ns();
    to->head.lost = lost;
    to->head.process = flow->owner.process;
    to->head.parent = flow->owner.parent;
    to->head.uid = flow->owner.uid;
    to->head.gid = flow->owner.gid;
    __builtin_memcpy(to->head.comm, flow->owner.comm, sizeof(to->head.comm));
    to->cookie = key->cookie;
    to->began = flow->began;
    to->local = flow->local;
    to->remote = flow->remote;
    to->local_port = flow->local_port;
    to->remote_port = flow->remote_port;
    to->protocol = flow->protocol;
    to->icmp_type = flow->icmp_type;
    to->icmp_code = flow->icmp_code;
    to->is = is;
    to->net_ns = flow->owner.net_ns;
    to->flags = flags;
    to->news = news;
    to->ancestors = 0;
    to->unused = 0;
    to->net_cookie = flow->owner.net_cookie;
}

/* Tells what is new of a flow, where that is wanted; a flow of nobody that is known is not told. */
static __noinline int tell_by(struct flow_rules *rules, u32 set, struct flow_key *key, struct flow_state *flow) {
    if (!rules || !key || !flow || !flow->owner.process.pid)
        return 0;
    struct counts *counts = count(FLOW);
    if (!counts)
        return 0;
    u32 flags = flow->flags, first = !flow->kept;
    u32 news = flags & ~flow->told & FLOW_STATUS, is = 0;
    u32 ends = flow->protocol != TCP && may_match(rules, set, flow, ENDED | TERMINATOR | (flags & ~FLOW_STATUS));
    if (news && may_match(rules, set, flow, news | (flags & ~FLOW_STATUS))) {
        /* Two processors may have the same news: one of them tells. */
        news &= ~__sync_fetch_and_or(&flow->told, news);
        is = FLOW_EVENT;
        __sync_fetch_and_or(&flow->kept, flags & FLOW_STATUS);
    } else if (rules->background || ends) {
        news = flags & ~flow->kept & (STARTED | ENDED);
        news &= ~__sync_fetch_and_or(&flow->kept, news);
    } else {
        if (news)
            counts->filtered++;
        return 0;
    }
    if (!news)
        return 0;
    is |= ends ? FLOW_END_WANTED : 0;
    counts->made++;
    if (must_shed(counts, CHANGES))
        goto untold;
    struct task_struct *task = (void *)bpf_get_current_task();
    if (!first || !is_owner(&flow->owner, task)) {
        struct flow *to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
        if (!to) {
            lose(&counts->no_room);
            goto untold;
        }
        describe(to, key, flow, flags, news, is);
        bpf_ringbuf_submit(to, 0);
        return 1;
    }
    struct first_flow *to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
    if (!to) {
        lose(&counts->no_room);
        goto untold;
    }
    describe(&to->flow, key, flow, flags, news, is);
    u32 ancestors = 0;
    for (; ancestors < ANCESTORS; ancestors++) {
        task = BPF_CORE_READ(task, group_leader, real_parent);
        if (!task || !BPF_CORE_READ(task, tgid))
            break;
        identify(&to->ancestors[ancestors], task);
    }
    if (ancestors == ANCESTORS)
        to->flow.is |= FLOW_ANCESTORS_CUT;
    to->flow.ancestors = ancestors;
    bpf_ringbuf_submit(to, 0);
    return 1;
untold:
    /* What was lost is news to who is told next. */
    if (is & FLOW_EVENT)
        __sync_fetch_and_and(&flow->told, ~news);
    __sync_fetch_and_and(&flow->kept, ~news);
    return 0;
}

static __always_inline void tell_flow(struct watched watched, struct flow_key *key, struct flow_state *flow) {
    tell_by(watched.rules, watched.set, key, flow);
}

/* Adds to what is known of a flow, and tells it. */
static __always_inline void advance(struct watched watched, struct flow_key *key, struct flow_state *flow, u32 flags) {
    __sync_fetch_and_or(&flow->flags, flags);
    tell_flow(watched, key, flow);
}
