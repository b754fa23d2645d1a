// Blocks addresses for the processes of a cgroup and all below it: what they connect and send to, and every packet in and out.
//
// Two tries hold what is blocked, by longest prefix. A value says when the block ends, by the clock that goes on while the machine sleeps, and how
// long its own prefix is: where the longest has ended, the next shorter one is asked, so that an ended block opens no wider one, and nobody has to run
// for a block to end on time.
//
// Only what every kernel since 5.8 has: no BTF of the kernel, no loops that an old verifier refuses.

#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define TCP 6
#define RST 4

/* A kernel's table has an end: as many as there can be leases. */
#define MOST (1 << 20)

struct until {
	/* Nanoseconds since the boot; 0 for good. */
	__u64 end;
	__u64 prefix;
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
	__type(value, struct until);
} blocked4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MOST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key6);
	__type(value, struct until);
} blocked6 SEC(".maps");

/* Whether the longest prefix holds, else whether a shorter one does. */
#define HOLDS(map, key, longest)                                   \
	_Pragma("unroll(1)") for (int i = 0; i <= longest; i++)    \
	{                                                          \
		struct until *found = bpf_map_lookup_elem(&map, &key); \
		if (!found)                                        \
			return 0;                                  \
		if (!found->end || found->end > bpf_ktime_get_boot_ns()) \
			return 1;                                  \
		__u32 prefix = found->prefix;                      \
		if (prefix == 0 || prefix > longest)               \
			return 0;                                  \
		key.prefix = prefix - 1;                           \
	}                                                          \
	return 0

static __noinline int is_blocked4(__u32 address)
{
	struct key4 key = { 32, address };

	HOLDS(blocked4, key, 32);
}

static __noinline int is_blocked6(__u32 a, __u32 b, __u32 c, __u32 d)
{
	struct key6 key = { 128, { a, b, c, d } };

	/* An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2). */
	if (!a && !b && c == bpf_htonl(0xffff))
		return is_blocked4(d);
	HOLDS(blocked6, key, 128);
}

static __always_inline int may_reach4(struct bpf_sock_addr *to)
{
	return !is_blocked4(to->user_ip4);
}

static __always_inline int may_reach6(struct bpf_sock_addr *to)
{
	__u32 a = to->user_ip6[0], b = to->user_ip6[1], c = to->user_ip6[2], d = to->user_ip6[3];

	return !is_blocked6(a, b, c, d);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *to)
{
	return may_reach4(to);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *to)
{
	return may_reach6(to);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *to)
{
	return may_reach4(to);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *to)
{
	return may_reach6(to);
}

/* Whether this is a reset without data: it tells the other side that a connection was ended. */
static __always_inline int is_reset(struct __sk_buff *packet, __u32 header)
{
	__u8 offset = 0, flags = 0;

	if (bpf_skb_load_bytes(packet, header + 12, &offset, 1) || bpf_skb_load_bytes(packet, header + 13, &flags, 1))
		return 0;
	return (flags & RST) && packet->len <= header + (offset >> 4) * 4;
}

static __always_inline int passes(struct __sk_buff *packet, int out)
{
	__u8 protocol = 0;

	if (packet->protocol == bpf_htons(ETH_P_IP)) {
		__u32 address = 0;
		__u8 first = 0;

		if (bpf_skb_load_bytes(packet, out ? 16 : 12, &address, 4) || !is_blocked4(address))
			return 1;
		if (!out || bpf_skb_load_bytes(packet, 0, &first, 1) || bpf_skb_load_bytes(packet, 9, &protocol, 1))
			return 0;
		return protocol == TCP && is_reset(packet, (first & 15) * 4);
	}
	if (packet->protocol == bpf_htons(ETH_P_IPV6)) {
		__u32 address[4] = {};

		if (bpf_skb_load_bytes(packet, out ? 24 : 8, address, 16) || !is_blocked6(address[0], address[1], address[2], address[3]))
			return 1;
		if (!out || bpf_skb_load_bytes(packet, 6, &protocol, 1))
			return 0;
		return protocol == TCP && is_reset(packet, 40);
	}
	return 1;
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *packet)
{
	return passes(packet, 0);
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *packet)
{
	return passes(packet, 1);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
