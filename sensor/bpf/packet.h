/* What packets show: flows of UDP and ICMP, the first packet of a connection, and the names that DNS answers give. The programs let every packet
 * pass. */
#pragma once

#include "tcp.h"

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define DNS 53
/* Bytes of a query that are kept: its header, and one question of the longest name (RFC 1035, 2.3.4 and 4.1). */
#define QUERY 272
/* Bytes of an answer that are told. */
#define SHORT_ANSWER 512
#define ANSWER 2048
/* Queries without an answer that are remembered. */
#define QUERIES (4 << 10)

/* An answer to a query of a process that is still waited for, from whom it asked. */
struct names {
    struct head head;
    u64 net_cookie;
    /* Bytes that follow: the query first. */
    u32 query;
    u32 answer;
    u8 asked[QUERY];
};

struct short_names { struct names names; u8 answer[SHORT_ANSWER]; };
struct long_names { struct names names; u8 answer[ANSWER]; };

struct query_key {
    u64 cookie;
    struct address resolver;
    u16 port;
    u16 id;
    u32 unused;
};

struct query {
    struct owner owner;
    u32 len;
    u32 unused;
    u8 asked[QUERY];
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, QUERIES);
    __type(key, struct query_key);
    __type(value, struct query);
} queries SEC(".maps");

/* What an entry begins as: too large for the stack. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct query);
} no_query SEC(".maps");

struct packet {
    struct address from;
    struct address to;
    u32 protocol;
    /* Where the protocol's own header begins. */
    u32 at;
};

/* Finds the header behind those of IP; not 0 where there is none. */
static __always_inline int parse(struct __sk_buff *skb, struct packet *packet) {
    if (skb->protocol == bpf_htons(ETH_P_IP)) {
        struct { u8 first; u8 tos; u16 len; u16 id; u16 fragment; u8 ttl; u8 protocol; u16 sum; u32 from; u32 to; } ip;
        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.fragment & bpf_htons(0x1fff))
            return 1;
        map_v4(&packet->from, ip.from);
        map_v4(&packet->to, ip.to);
        packet->protocol = ip.protocol;
        packet->at = (ip.first & 15) * 4;
        return 0;
    }
    if (skb->protocol != bpf_htons(ETH_P_IPV6))
        return 1;
    struct { u32 first; u16 len; u8 next; u8 hops; struct address from; struct address to; } ip6;
    if (bpf_skb_load_bytes(skb, 0, &ip6, sizeof(ip6)))
        return 1;
    packet->from = ip6.from;
    packet->to = ip6.to;
    packet->protocol = ip6.next;
    packet->at = sizeof(ip6);
    /* Options, routing, and the first fragment (RFC 8200, 4). */
    for (int i = 0; i < 8; i++) {
        u8 header[4];
        if (packet->protocol != 0 && packet->protocol != 43 && packet->protocol != 44 && packet->protocol != 60)
            return 0;
        if (bpf_skb_load_bytes(skb, packet->at, header, sizeof(header)))
            return 1;
        if (packet->protocol == 44 && (header[2] || header[3] & 0xf8))
            return 1;
        packet->at += packet->protocol == 44 ? 8 : (header[1] + 1) * 8;
        packet->protocol = header[0];
    }
    return 1;
}

/* The first packet of a connection leaves: its port is known. */
static __always_inline void first_packet(struct __sk_buff *skb, struct bpf_sock *sk, struct packet *packet, struct watched watch) {
    if (sk->state != TCP_SYN_SENT || sk->protocol != TCP || sk->type == SOCK_RAW)
        return;
    struct flow_key key = {.cookie = bpf_get_socket_cookie(skb), .protocol = TCP};
    struct flow_state *flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow || flow->flags & STARTED)
        return;
    flow->local = packet->from;
    flow->remote = packet->to;
    flow->local_port = sk->src_port;
    advance(watch, &key, flow, STARTED | EGRESS);
}

/* A query leaves. */
static __always_inline void asks(struct __sk_buff *skb, struct query_key *key, struct owner *owner, u32 at) {
    u32 only = 0;
    void *empty = bpf_map_lookup_elem(&no_query, &only);
    if (!empty || skb->len <= at + 12 || bpf_map_update_elem(&queries, key, empty, BPF_ANY))
        return;
    struct query *query = bpf_map_lookup_elem(&queries, key);
    if (!query)
        return;
    query->owner = *owner;
    u32 len = skb->len - at;
    if (len > QUERY)
        len = QUERY;
    /* The verifier has to see that it is not 0; that of Linux 6.1 learns nothing from a comparison with 0. */
    asm volatile("" : "+r"(len));
    if (len <= 12 || len > QUERY || bpf_skb_load_bytes(skb, at, query->asked, len))
        return;
    query->len = len;
}

static __always_inline void describe_names(struct names *to, struct query *query, u32 len) {
    to->head.kind = NAMES;
    to->head.tid = query->owner.tid;
    to->head.time = bpf_ktime_get_boot_ns();
    to->head.lost = lost;
    to->head.process = query->owner.process;
    to->head.parent = query->owner.parent;
    to->head.uid = query->owner.uid;
    to->head.gid = query->owner.gid;
    __builtin_memcpy(to->head.comm, query->owner.comm, sizeof(to->head.comm));
    to->net_cookie = query->owner.net_cookie;
    to->query = query->len;
    to->answer = len;
    __builtin_memcpy(to->asked, query->asked, QUERY);
}

#define ANSWERED(kind, room)                                       \
    struct kind *to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);  \
    if (!to) {                                                     \
        lose(&counts->no_room);                                    \
        return;                                                    \
    }                                                              \
    describe_names(&to->names, query, len);                        \
    /* Not 0, for the verifier of Linux 6.1 too. */                   \
    u64 size = len;                                                \
    asm volatile("" : "+r"(size));                                 \
    size = ((size - 1) & (room - 1)) + 1;                          \
    if (bpf_skb_load_bytes(skb, at, to->answer, size))             \
        to->names.answer = 0;                                      \
    bpf_ringbuf_submit(to, 0)

/* An answer comes: told where this socket asked for it, of whom it comes from, once. */
static __always_inline void answers(struct __sk_buff *skb, struct query_key *key, u32 at) {
    struct query *query = bpf_map_lookup_elem(&queries, key);
    if (!query || skb->len <= at + 12)
        return;
    struct counts *counts = count(NAMES);
    if (!counts)
        return;
    counts->made++;
    if (must_shed(counts, READS))
        return;
    u32 len = skb->len - at;
    if (len > ANSWER)
        len = ANSWER;
    asm volatile("" : "+r"(len));
    if (len < 1)
        return;
    if (len <= SHORT_ANSWER) {
        ANSWERED(short_names, SHORT_ANSWER);
    } else if (len <= ANSWER) {
        ANSWERED(long_names, ANSWER);
    }
    bpf_map_delete_elem(&queries, key);
}

static __always_inline void exchange(struct __sk_buff *skb, struct packet *packet, struct watched watch, int out) {
    struct bpf_sock *sk = skb->sk;
    if (!sk)
        return;
    sk = bpf_sk_fullsock(sk);
    if (!sk)
        return;
    if (packet->protocol == TCP) {
        if (out)
            first_packet(skb, sk, packet, watch);
        return;
    }
    struct socket_state *socket = bpf_sk_storage_get(&sockets, sk, 0, 0);
    /* The kernel's own, or this program's. */
    if (!socket)
        return;
    struct flow_key key = {.cookie = bpf_get_socket_cookie(skb), .protocol = packet->protocol};
    struct address local = out ? packet->from : packet->to;
    u8 icmp[2] = {};
    key.remote = out ? packet->to : packet->from;
    if (packet->protocol == UDP) {
        u16 ports[2];
        if (bpf_skb_load_bytes(skb, packet->at, ports, sizeof(ports)))
            return;
        key.local_port = bpf_ntohs(ports[!out]);
        key.remote_port = bpf_ntohs(ports[out]);
    } else if (bpf_skb_load_bytes(skb, packet->at, icmp, sizeof(icmp))) {
        return;
    }
    if (out) {
        struct task_struct *task = (void *)bpf_get_current_task();
        if (is_process(task) && !is_owner(&socket->owner, task)) {
            if (is_own(task))
                return;
            own_it(&socket->owner, task);
        }
    }
    if (key.protocol == UDP && key.remote_port == DNS) {
        struct query_key asked = {.cookie = key.cookie, .resolver = key.remote, .port = key.local_port};
        if (!bpf_skb_load_bytes(skb, packet->at + 8, &asked.id, sizeof(asked.id))) {
            if (out)
                asks(skb, &asked, &socket->owner, packet->at + 8);
            else
                answers(skb, &asked, packet->at + 8);
        }
    }

    u64 now = bpf_ktime_get_boot_ns();
    u32 seen = out ? EGRESS : INGRESS;
    struct flow_state *flow = bpf_map_lookup_elem(&flows, &key);
    /* Another processor's packet may be later than this one. */
    if (!flow || now > flow->last + (flow->flags & ONGOING ? IDLE_ONGOING : IDLE_STARTED)) {
        struct flow_state begins = {
            .owner = socket->owner,
            .began = now,
            .last = now,
            .local = local,
            .remote = key.remote,
            .local_port = key.local_port,
            .remote_port = key.remote_port,
            .protocol = key.protocol,
            .icmp_type = icmp[0],
            .icmp_code = icmp[1],
            .owned = 1,
            .flags = seen | (out ? OUTGOING : INCOMING),
        };
        bpf_map_update_elem(&flows, &key, &begins, BPF_ANY);
        flow = bpf_map_lookup_elem(&flows, &key);
        if (!flow)
            return;
        socket->told = 1;
        advance(watch, &key, flow, STARTED);
        return;
    }
    flow->last = now;
    if (out && flow->owner.process.pid != socket->owner.process.pid) {
        /* Another process sends by the same socket: the flow is its own now. */
        struct counts *counts = count(FLOW);
        if (flow->handovers < HANDOVERS) {
            flow->owner = socket->owner;
            flow->handovers++;
            flow->told = flow->kept = 0;
            tell_flow(watch, &key, flow);
        } else if (counts) {
            flow->owner = socket->owner;
            counts->evicted++;
        }
    }
    if (!(flow->flags & seen))
        advance(watch, &key, flow, seen | ONGOING);
}

static __always_inline int pass(struct __sk_buff *skb, int out) {
    struct watched watch = watched();
    struct packet packet = {};
    if (!watch.rules || parse(skb, &packet))
        return 1;
    if (packet.protocol == UDP || packet.protocol == ICMP || packet.protocol == ICMP6 || (packet.protocol == TCP && out))
        exchange(skb, &packet, watch, out);
    return 1;
}

SEC("cgroup_skb/egress")
int flow_out(struct __sk_buff *skb) {
    return pass(skb, 1);
}

SEC("cgroup_skb/ingress")
int flow_in(struct __sk_buff *skb) {
    return pass(skb, 0);
}

SEC("cgroup/sock_create")
int socket_made(struct bpf_sock *sk) {
    if (!watched().rules || sk->protocol == TCP || (sk->family != AF_INET && sk->family != AF_INET6))
        return 1;
    struct task_struct *task = (void *)bpf_get_current_task();
    if (is_own(task))
        return 1;
    struct socket_state *socket = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
    struct counts *counts = count(FLOW);
    if (socket)
        own_it(&socket->owner, task);
    else if (counts)
        lose(&counts->unresolved);
    return 1;
}

SEC("cgroup/sock_release")
int socket_closed(struct bpf_sock *sk) {
    if (!watched().rules)
        return 1;
    struct socket_state *socket = bpf_sk_storage_get(&sockets, sk, 0, 0);
    struct counts *counts = count(FLOW);
    if (!socket || !socket->told || !counts)
        return 1;
    counts->made++;
    if (must_shed(counts, CHANGES))
        return 1;
    struct flow *to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
    if (!to) {
        lose(&counts->no_room);
        return 1;
    }
    struct flow_key key = {.cookie = bpf_get_socket_cookie(sk)};
    struct flow_state none = {.owner = socket->owner};
    describe(to, &key, &none, ENDED | TERMINATOR, ENDED, FLOW_CLOSED);
    bpf_ringbuf_submit(to, 0);
    return 1;
}
