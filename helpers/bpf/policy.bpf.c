// Holds a network policy up for the processes of a cgroup and all below it: which addresses they may reach and be reached from, and which names they
// may ask for.
//
// What is denied is refused, or told, or both, as the policy's modes say. The rule with the longest prefix decides; before every rule that is wider than one
// address stands what resolvers said of an address: whose names are denied, and whose are allowed. Never cut off are the loopback, this machine's own
// addresses and resolvers, what a link needs (its multicast, neighbour discovery), and the resets that end a connection.

#include "packet.bpf.h"
#include "kernel.bpf.h"

#define MOST (1 << 20)
#define LEARNED (1 << 16)

/* What the modes come to. */
enum { ADDRESS_ENFORCED = 1, ADDRESS_TOLD = 2, ADDRESS_DENIED = 4, NAME_ENFORCED = 8, NAME_TOLD = 16, NAME_DENIED = 32 };

struct settings {
	__u32 flags;
	/* The pid namespace of the runtime, by its inode: pids are told as they are there. */
	__u32 pids;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct rule {
	__u32 denies;
	/* Of its own, in bits. */
	__u32 prefix;
	/* Its place in the file, from 1. */
	__u32 number;
};

struct key4 {
	__u32 prefix;
	__u32 address;
};

struct key6 {
	__u32 prefix;
	__u32 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MOST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key4);
	__type(value, struct rule);
} rules4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MOST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key6);
	__type(value, struct rule);
} rules6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MOST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct name);
	__type(value, struct rule);
} domains SEC(".maps");

/* What resolvers said of an address: until when (nanoseconds since the boot) it is that of a denied name, and of an allowed one, each with its rule. */
struct resolved {
	__u64 denied;
	__u64 allowed;
	__u32 denies;
	__u32 allows;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LEARNED);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct address);
	__type(value, struct resolved);
} learned SEC(".maps");

/* This machine's own addresses, and its resolvers. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct address);
	__type(value, __u32);
} spared SEC(".maps");

struct who {
	/* Of its process, in nanoseconds since the boot. */
	__u64 start;
	/* 0 where it is none of the runtime's namespace, or is not known. */
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 pad;
	char comm[16];
};

/* Who uses a socket towards resolvers: a packet may be sent on from somewhere else than its process. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct who);
} askers SEC(".maps");

enum { CONNECT, SEND, OUT, IN, ASK };

struct alert {
	__u64 time;
	struct who who;
	struct address local;
	struct address remote;
	__u32 rule;
	__u16 local_port;
	__u16 remote_port;
	__u8 hook;
	__u8 protocol;
	__u8 is_refused;
	/* Bytes of the name. */
	__u8 length;
	/* From its end to its beginning, each label's length behind it. */
	__u8 name[NAME + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 19);
} alerts SEC(".maps");

/* Told; not told since the same was told just now; lost since nobody read. */
enum { TOLD, AGAIN, LOST, COUNTS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* The same is told once in so many nanoseconds: by whom it is known, and where it is not. */
#define SOON 1000000000ULL
#define LATER 60000000000ULL

struct same {
	struct address remote;
	__u64 name;
	__u32 pid;
	__u16 port;
	__u8 hook;
	__u8 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct same);
	__type(value, __u64);
} told SEC(".maps");

static __always_inline void count(__u32 which)
{
	__u64 *held = bpf_map_lookup_elem(&counts, &which);

	if (held)
		__sync_fetch_and_add(held, 1);
}

static __always_inline struct settings *own_settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid_namespace {
	struct ns_common ns;
} CORE;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} CORE;

struct task_struct {
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
} CORE;

static __always_inline void fill(struct who *who, __u32 pids)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	__u64 ids = bpf_get_current_uid_gid();
	void *numbers = (void *)pid + __builtin_preserve_field_info(((struct pid *)0)->numbers, 0);

	who->start = BPF_CORE_READ(leader, start_boottime);
	who->uid = ids;
	who->gid = ids >> 32;
	who->pid = 0;
	who->pad = 0;
	_Pragma("unroll") for (__u32 i = 0; i < 8; i++)
	{
		struct upid number = {};

		if (i <= level && !bpf_probe_read_kernel(&number, sizeof(number), numbers + i * sizeof(number)) &&
		    BPF_CORE_READ(number.ns, ns.inum) == pids)
			who->pid = number.nr;
	}
	bpf_get_current_comm(who->comm, sizeof(who->comm));
}

static __always_inline int is_spared(const struct address *at)
{
	__u32 a = bpf_ntohl(at->part[0]), d = bpf_ntohl(at->part[3]);

	if (!at->part[0] && !at->part[1] && at->part[2] == bpf_htonl(0xffff)) {
		/* This host, the loopback, a link's multicast and broadcast. */
		if (d >> 24 == 0 || d >> 24 == 127 || d >> 8 == 0xe00000 || d == 0xffffffff)
			return 1;
	} else if ((!at->part[0] && !at->part[1] && !at->part[2] && d <= 1) || a >> 16 == 0xff02 || a >> 16 == 0xff01) {
		return 1;
	}
	return bpf_map_lookup_elem(&spared, at) != 0;
}

/* Whether an address is denied; gives the rule that says so, 0 where none does. */
static __noinline int is_denied(const struct address *at, __u32 *number)
{
	struct settings *own = own_settings();
	struct resolved *resolved;
	struct rule *rule;
	int is_mapped, is_alone;

	if (!own || !at || !number || !(own->flags & (ADDRESS_ENFORCED | ADDRESS_TOLD)) || is_spared(at))
		return 0;
	is_mapped = !at->part[0] && !at->part[1] && at->part[2] == bpf_htonl(0xffff);
	if (is_mapped) {
		struct key4 key = { 32, at->part[3] };

		rule = bpf_map_lookup_elem(&rules4, &key);
		is_alone = rule && rule->prefix == 32;
	} else {
		struct key6 key = { 128, { at->part[0], at->part[1], at->part[2], at->part[3] } };

		rule = bpf_map_lookup_elem(&rules6, &key);
		is_alone = rule && rule->prefix == 128;
	}
	resolved = is_alone ? 0 : bpf_map_lookup_elem(&learned, at);
	if (resolved) {
		__u64 now = bpf_ktime_get_boot_ns();

		if (resolved->denied > now) {
			*number = resolved->denies;
			return 1;
		}
		if (resolved->allowed > now)
			return 0;
	}
	*number = rule ? rule->number : 0;
	return rule ? rule->denies : (own->flags & ADDRESS_DENIED) != 0;
}

/* Whether the same was told just now. */
static __always_inline int is_again(const struct same *same, __u64 time, __u64 pause)
{
	__u64 *last = bpf_map_lookup_elem(&told, same);

	if (last && time - *last < pause) {
		count(AGAIN);
		return 1;
	}
	bpf_map_update_elem(&told, same, &time, BPF_ANY);
	return 0;
}

static __always_inline int judge_call(struct bpf_sock_addr *to, const struct address *at, __u8 hook)
{
	struct settings *own = own_settings();
	struct same same = {};
	struct alert *alert;
	struct who who = {};
	__u32 number = 0, is_refused;
	__u64 time;

	if (!own)
		return 1;
	if (to->user_port == bpf_htons(DOMAIN) && to->protocol == UDP && own->flags & (NAME_ENFORCED | NAME_TOLD) && to->sk) {
		struct who *asker = bpf_sk_storage_get(&askers, to->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

		if (asker)
			fill(asker, own->pids);
	}
	if (!is_denied(at, &number))
		return 1;
	is_refused = (own->flags & ADDRESS_ENFORCED) != 0;
	if (!(own->flags & ADDRESS_TOLD))
		return !is_refused;
	fill(&who, own->pids);
	time = bpf_ktime_get_boot_ns();
	same.remote = *at;
	same.pid = bpf_get_current_pid_tgid() >> 32;
	same.port = to->user_port;
	same.hook = CONNECT;
	same.protocol = to->protocol;
	if (is_again(&same, time, SOON))
		return !is_refused;
	alert = bpf_ringbuf_reserve(&alerts, sizeof(*alert), 0);
	if (!alert) {
		count(LOST);
		return !is_refused;
	}
	__builtin_memset(alert, 0, sizeof(*alert));
	alert->time = time;
	alert->who = who;
	alert->remote = *at;
	alert->rule = number;
	alert->remote_port = to->user_port;
	alert->hook = hook;
	alert->protocol = to->protocol;
	alert->is_refused = is_refused;
	bpf_ringbuf_submit(alert, 0);
	count(TOLD);
	/* Its packets are the same, and tell nothing more. */
	same.pid = 0;
	bpf_map_update_elem(&told, &same, &time, BPF_ANY);
	return !is_refused;
}

static __always_inline int judge4(struct bpf_sock_addr *to, __u8 hook)
{
	struct address at = { { 0, 0, bpf_htonl(0xffff), to->user_ip4 } };

	return judge_call(to, &at, hook);
}

static __always_inline int judge6(struct bpf_sock_addr *to, __u8 hook)
{
	struct address at = { { to->user_ip6[0], to->user_ip6[1], to->user_ip6[2], to->user_ip6[3] } };

	return judge_call(to, &at, hook);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *to)
{
	return judge4(to, CONNECT);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *to)
{
	return judge6(to, CONNECT);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *to)
{
	return judge4(to, SEND);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *to)
{
	return judge6(to, SEND);
}

/* Whether a link needs it: neighbours, routers and listeners are found so (RFC 4861, 2710, 3810). */
static __always_inline int is_of_link(struct __sk_buff *packet, const struct transport *transport)
{
	__u8 type = 0;

	if (transport->protocol != ICMPV6 || !transport->at || bpf_skb_load_bytes(packet, transport->at, &type, 1))
		return 0;
	return (type >= 130 && type <= 137) || type == 143;
}

/* Whether it begins a connection. */
static __always_inline int is_first(struct __sk_buff *packet, const struct transport *transport)
{
	__u8 flags = 0;

	if (transport->protocol != TCP)
		return 1;
	/* `SYN` without `ACK`. */
	return transport->at && !bpf_skb_load_bytes(packet, transport->at + 13, &flags, 1) && (flags & 0x12) == 2;
}

/* One packet, of which nobody knows whose it is. */
static __always_inline int judge_packet(struct __sk_buff *packet, int out, const struct transport *transport)
{
	struct settings *own = own_settings();
	struct address remote, local;
	struct same same = {};
	struct alert *alert;
	__u32 number = 0, is_refused;
	__u16 ports[2] = {};
	__u64 time;

	if (!own || address_of(packet, out, &remote) || !is_denied(&remote, &number))
		return 1;
	if (is_of_link(packet, transport) || (out && is_bare_reset(packet, transport)))
		return 1;
	is_refused = (own->flags & ADDRESS_ENFORCED) != 0;
	if (!(own->flags & ADDRESS_TOLD) || address_of(packet, !out, &local))
		return !is_refused;
	if (transport->at && (transport->protocol == TCP || transport->protocol == UDP))
		bpf_skb_load_bytes(packet, transport->at, ports, sizeof(ports));
	time = bpf_ktime_get_boot_ns();
	same.remote = remote;
	same.protocol = transport->protocol;
	same.hook = CONNECT;
	same.port = ports[out];
	if (!out) {
		__u64 *last = bpf_map_lookup_elem(&told, &same);

		/* What answers a packet that was told of, or goes on after the first. */
		if ((last && time - *last < LATER) || !is_first(packet, transport)) {
			count(AGAIN);
			return !is_refused;
		}
		/* What comes in from one address is the same, whatever port it comes from. */
		same.hook = IN;
		same.port = ports[1];
	}
	if (is_again(&same, time, LATER))
		return !is_refused;
	alert = bpf_ringbuf_reserve(&alerts, sizeof(*alert), 0);
	if (!alert) {
		count(LOST);
		return !is_refused;
	}
	__builtin_memset(alert, 0, sizeof(*alert));
	alert->time = time;
	alert->local = local;
	alert->remote = remote;
	alert->rule = number;
	alert->local_port = ports[!out];
	alert->remote_port = ports[out];
	alert->hook = out ? OUT : IN;
	alert->protocol = transport->protocol;
	alert->is_refused = is_refused;
	bpf_ringbuf_submit(alert, 0);
	count(TOLD);
	return !is_refused;
}

/* A question. What cannot be read as one is denied where names that no rule covers are. */
static __always_inline int judge_question(struct __sk_buff *packet, __u32 header)
{
	struct settings *own = own_settings();
	struct name name = {};
	struct rule *rule = 0;
	struct same same = {};
	struct who *asker = 0;
	struct alert *alert;
	__u32 at = header + UDP_HEADER, end = 0, is_refused, is_plain;
	__u16 port = 0, head[3];
	__u64 time;

	if (!own || !(own->flags & (NAME_ENFORCED | NAME_TOLD)))
		return 1;
	if (bpf_skb_load_bytes(packet, header + 2, &port, 2) || port != bpf_htons(DOMAIN))
		return 1;
	if (bpf_skb_load_bytes(packet, at, head, sizeof(head)) || head[1] & bpf_htons(0x8000) || !head[2])
		return 1;
	is_refused = (own->flags & NAME_ENFORCED) != 0;
	is_plain = head[2] == bpf_htons(1) && !is_several(packet);
	if (is_plain)
		end = name_end(packet, at + DNS_HEAD);
	if (!end || name_between(packet, at + DNS_HEAD, end, &name))
		/* Some resolver may read it all the same. */
		return !is_refused;
	rule = bpf_map_lookup_elem(&domains, &name);
	if (!(rule ? rule->denies : own->flags & NAME_DENIED))
		return 1;
	if (!(own->flags & NAME_TOLD))
		return !is_refused;
	if (packet->sk) {
		struct bpf_sock *full = bpf_sk_fullsock(packet->sk);

		if (full)
			asker = bpf_sk_storage_get(&askers, full, 0, 0);
	}
	time = bpf_ktime_get_boot_ns();
	address_of(packet, 1, &same.remote);
	same.name = 0xcbf29ce484222325ULL;
	_Pragma("unroll(1)") for (int i = 0; i <= NAME; i++) same.name = (same.name ^ name.text[i]) * 0x100000001b3ULL;
	same.pid = asker ? asker->pid : 0;
	same.hook = ASK;
	if (is_again(&same, time, SOON))
		return !is_refused;
	alert = bpf_ringbuf_reserve(&alerts, sizeof(*alert), 0);
	if (!alert) {
		count(LOST);
		return !is_refused;
	}
	__builtin_memset(alert, 0, sizeof(*alert));
	alert->time = time;
	if (asker)
		alert->who = *asker;
	alert->remote = same.remote;
	address_of(packet, 0, &alert->local);
	bpf_skb_load_bytes(packet, header, &alert->local_port, 2);
	alert->remote_port = port;
	alert->rule = rule ? rule->number : 0;
	alert->hook = ASK;
	alert->protocol = UDP;
	alert->is_refused = is_refused;
	alert->length = name.prefix / 8;
	__builtin_memcpy(alert->name, name.text, sizeof(alert->name));
	bpf_ringbuf_submit(alert, 0);
	count(TOLD);
	return !is_refused;
}

SEC("cgroup_skb/egress")
int question(struct __sk_buff *packet)
{
	struct transport transport = transport_of(packet);
	struct settings *own = own_settings();

	/* Behind more headers than anybody sends may stand a question. */
	if (transport.is_deep && own && own->flags & NAME_ENFORCED)
		return 0;
	if (transport.protocol != UDP || !transport.at)
		return 1;
	return judge_question(packet, transport.at);
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *packet)
{
	struct transport transport = transport_of(packet);

	return judge_packet(packet, 1, &transport);
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *packet)
{
	struct transport transport = transport_of(packet);

	return judge_packet(packet, 0, &transport);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
