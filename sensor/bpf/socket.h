/* Sockets, and whose they are. */
#pragma once

#include <bpf/bpf_endian.h>

#include "ring.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_RAW 3

enum protocol { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };
/* include/net/tcp_states.h */
enum state { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_FIN_WAIT1 = 4, TCP_FIN_WAIT2 = 5, TCP_CLOSE = 7, TCP_CLOSE_WAIT = 8, TCP_LAST_ACK = 9, TCP_LISTEN = 10, TCP_CLOSING = 11 };

/* An address of either kind: one of version 4 as version 6 writes it (RFC 4291, 2.5.5.2). */
struct address { u32 words[4]; };

typedef struct { struct net *net; } possible_net_t;
typedef struct { s64 counter; } atomic64_t;
struct sock_common {
    u32 skc_daddr;
    u32 skc_rcv_saddr;
    u16 skc_dport;
    u16 skc_num;
    u16 skc_family;
    u8 skc_state;
    possible_net_t skc_net;
    struct address skc_v6_daddr;
    struct address skc_v6_rcv_saddr;
    atomic64_t skc_cookie;
} KERNEL;
struct sock { struct sock_common __sk_common; u16 sk_protocol; int sk_err; } KERNEL;
struct socket { struct sock *sk; } KERNEL;
struct file___socket { void *private_data; struct inode *f_inode; } KERNEL;
struct net___cookie { u64 net_cookie; } KERNEL;
struct task_struct___socket { struct files_struct *files; u32 flags; } KERNEL;

/* Who a socket belongs to: the process, as it was when it took the socket. */
struct owner {
    struct identity process;
    struct identity parent;
    u32 uid;
    u32 gid;
    u32 net_ns;
    u32 tid;
    /* The network namespace again, by a number that no later one has (SO_NETNS_COOKIE). */
    u64 net_cookie;
    char comm[16];
};

/* A socket of UDP or ICMP. */
struct socket_state {
    /* Who used it last: made it, or sent by it. */
    struct owner owner;
    /* Whether user space knows of a flow of this socket. */
    u32 told;
    u32 unused;
};

/* Sockets that processes made; those that the kernel made for itself are not here, and what they send belongs to nobody. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct socket_state);
} sockets SEC(".maps");

static __always_inline void map_v4(struct address *address, u32 v4) {
    address->words[0] = address->words[1] = 0;
    address->words[2] = bpf_htonl(0xffff);
    address->words[3] = v4;
}

static __always_inline void own_it(struct owner *owner, struct task_struct *task) {
    identify(&owner->process, task);
    identify(&owner->parent, BPF_CORE_READ(task, real_parent));
    owner->uid = BPF_CORE_READ(task, cred, uid.val);
    owner->gid = BPF_CORE_READ(task, cred, gid.val);
    owner->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
    owner->tid = BPF_CORE_READ(task, pid);
    struct net___cookie *net = (void *)BPF_CORE_READ(task, nsproxy, net_ns);
    owner->net_cookie = BPF_CORE_READ(net, net_cookie);
    BPF_CORE_READ_INTO(&owner->comm, task, comm);
}

static __always_inline int is_owner(struct owner *owner, struct task_struct *task) {
    return owner->process.pid == (u32)BPF_CORE_READ(task, tgid) && owner->process.start == BPF_CORE_READ(task, group_leader, start_boottime);
}

/* Whether the current task is a process, as opposed to the kernel's own. */
static __always_inline int is_process(struct task_struct *task) {
    /* PF_KTHREAD (include/linux/sched.h) */
    struct task_struct___socket *flags = (void *)task;
    return BPF_CORE_READ(task, tgid) && !(BPF_CORE_READ(flags, flags) & 0x00200000);
}

/* The socket behind a descriptor of the current task. */
static __always_inline struct sock *socket_of(struct task_struct *task, u32 fd) {
    struct task_struct___socket *holder = (void *)task;
    struct fdtable *table = BPF_CORE_READ(holder, files, fdt);
    if (fd >= BPF_CORE_READ(table, max_fds))
        return 0;
    struct file___socket *file = 0;
    bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
    /* S_IFSOCK */
    if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0140000)
        return 0;
    struct socket *socket = BPF_CORE_READ(file, private_data);
    return BPF_CORE_READ(socket, sk);
}
