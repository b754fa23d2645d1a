// Refuses what asks for blocked names, for the processes of a cgroup and all below it: datagrams to the port of resolvers whose question is a blocked
// name or lies below one. The sender gets EPERM at once.
//
// What goes there and cannot be read as one question is refused too, or else a resolver that is less strict would answer what was hidden: several
// questions (RFC 9619), a name that is compressed, several datagrams in one packet, more headers than anybody sends. Answers and whatever asks nothing pass.

#include "packet.bpf.h"

/* As many as there can be leases. */
#define MOST (1 << 20)

/* Blocks whose time is over that are passed on the way to a wider one. Whoever keeps the table takes them out soon. */
#define ENDED 16

struct until {
	/* Nanoseconds since the boot; 0 for good. */
	__u64 end;
	/* Of its own, in bits. */
	__u64 prefix;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, MOST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct name);
	__type(value, struct until);
} names SEC(".maps");

static __always_inline int is_blocked(struct name *name)
{
	_Pragma("unroll(1)") for (int i = 0; i < ENDED; i++)
	{
		struct until *found = bpf_map_lookup_elem(&names, name);

		if (!found)
			return 0;
		if (!found->end || found->end > bpf_ktime_get_boot_ns())
			return 1;
		if (!found->prefix || found->prefix > NAME * 8)
			return 0;
		name->prefix = found->prefix - 1;
	}
	return 0;
}

SEC("cgroup_skb/egress")
int refuse(struct __sk_buff *packet)
{
	struct transport transport = transport_of(packet);
	struct name name = {};
	__u32 at, end;
	__u16 port = 0, head[3];

	if (transport.is_deep)
		return 0;
	if (transport.protocol != UDP || !transport.at)
		return 1;
	if (bpf_skb_load_bytes(packet, transport.at + 2, &port, 2) || port != bpf_htons(DOMAIN))
		return 1;
	if (is_several(packet))
		return 0;
	at = transport.at + UDP_HEADER;
	/* An answer, or no message. */
	if (bpf_skb_load_bytes(packet, at, head, sizeof(head)) || head[1] & bpf_htons(0x8000) || !head[2])
		return 1;
	if (head[2] != bpf_htons(1))
		return 0;
	end = name_end(packet, at + DNS_HEAD);
	if (!end || name_between(packet, at + DNS_HEAD, end, &name))
		return 0;
	return !is_blocked(&name);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
