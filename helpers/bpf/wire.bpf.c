// Tells what resolvers answer to the processes of a cgroup and all below it.
//
// Anybody can make a network in which they answer themselves, so an answer counts only where its query was seen to leave: towards a resolver of this
// machine, out of a network that belongs to whoever administers it, with the same number, ports and name. Each query takes one answer.

#include "packet.bpf.h"
#include "kernel.bpf.h"

/* Queries that wait for their answer. Those asked longest ago give way. */
#define WAITING 16384

/* How long a query waits, in nanoseconds: longer than any client does. */
#define PATIENCE 60000000000ULL

/* Bytes of an answer that are told: what resolvers send at most over UDP is less, but for those that are told to by their configuration. */
#define SHORT 512
#define LONG 4096
#define LONGEST 16384

/* `LOOPBACK_IFINDEX` (net/net_namespace.h). */
#define LOOPBACK 1

struct settings {
	/* The user namespace that trusted networks belong to, and the network of the runtime, by their inodes. */
	__u32 user;
	__u32 network;
	/* So that nobody can choose names whose hashes are the same. */
	__u64 secret;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

/* The machine's resolvers. 1 is another machine; 2 has an address of this one, so that its answers come over the loopback of the runtime's network. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct address);
	__type(value, __u32);
} resolvers SEC(".maps");

struct query {
	struct address local;
	struct address resolver;
	__u32 network;
	__u16 port;
	__u16 id;
};

struct asked {
	__u64 hash;
	__u64 time;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, WAITING);
	__type(key, struct query);
	__type(value, struct asked);
} asked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} answers SEC(".maps");

/* Answers that matched a query; of them lost since nobody read; of them cut since they were too long. */
enum { MATCHED, LOST, CUT, COUNTS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline void count(__u32 which)
{
	__u64 *held = bpf_map_lookup_elem(&counts, &which);

	if (held)
		__sync_fetch_and_add(held, 1);
}

struct digest {
	struct __sk_buff *packet;
	__u64 hash;
	__u32 at;
};

/* FNV-1a. */
static long digest_byte(__u32 i, struct digest *digest)
{
	__u8 byte = 0;

	if (bpf_skb_load_bytes(digest->packet, digest->at + i, &byte, 1))
		return 1;
	digest->hash = (digest->hash ^ lower(byte)) * 0x100000001b3ULL;
	return 0;
}

/* A number for the name in lower case, and what follows it: what kind of record is asked for. 0 where there is no name. */
static __always_inline __u64 hash_of(struct __sk_buff *packet, __u32 begin, __u64 secret)
{
	struct digest digest = { packet, 0xcbf29ce484222325ULL ^ secret, begin };
	__u32 end = name_end(packet, begin);

	if (!end)
		return 0;
	/* The end of the name, the type and the class. */
	bpf_loop(end - begin + 5, digest_byte, &digest, 0);
	return digest.hash ?: 1;
}

/* What one packet says, and whether it may count. */
static __always_inline int read(struct __sk_buff *packet, int out, struct query *query, __u64 *hash, __u32 *message)
{
	struct transport transport = transport_of(packet);
	struct settings *own;
	struct net *net;
	__u16 ports[2], head[3];
	__u32 zero = 0, *where, user = 0;
	struct user_namespace *owner = 0;

	if (transport.protocol != UDP || !transport.at || bpf_skb_load_bytes(packet, transport.at, ports, sizeof(ports)))
		return 0;
	if (ports[out] != bpf_htons(DOMAIN))
		return 0;
	if (address_of(packet, out, &query->resolver) || address_of(packet, !out, &query->local))
		return 0;
	where = bpf_map_lookup_elem(&resolvers, &query->resolver);
	own = bpf_map_lookup_elem(&settings, &zero);
	if (!where || !own || !packet->sk)
		return 0;
	net = net_of(packet->sk);
	if (!net || bpf_core_read(&query->network, 4, &net->ns.inum) || bpf_core_read(&owner, sizeof(owner), &net->user_ns) || !owner ||
	    bpf_core_read(&user, 4, &owner->ns.inum) || user != own->user)
		return 0;
	if (*where == 2 && query->network != own->network)
		return 0;
	/* What another machine says does not come from this one. */
	if (!out && *where == 1 && packet->ifindex == LOOPBACK)
		return 0;
	*message = transport.at + UDP_HEADER;
	if (bpf_skb_load_bytes(packet, *message, head, sizeof(head)) || head[2] != bpf_htons(1))
		return 0;
	if (((head[1] & bpf_htons(0x8000)) == 0) != out)
		return 0;
	query->port = ports[!out];
	query->id = head[0];
	*hash = hash_of(packet, *message + DNS_HEAD, own->secret);
	return *hash != 0;
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *packet)
{
	struct query query = {};
	struct asked entry = {};
	__u32 message = 0;

	if (is_several(packet) || !read(packet, 1, &query, &entry.hash, &message))
		return 1;
	entry.time = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&asked, &query, &entry, BPF_ANY);
	return 1;
}

/* Bytes, and of which size each datagram is where there are several. */
#define TELL(most)                                                                  \
	do {                                                                        \
		struct {                                                            \
			__u32 length;                                               \
			__u32 each;                                                 \
			__u8 bytes[most];                                           \
		} *told = bpf_ringbuf_reserve(&answers, sizeof(*told), 0);          \
		if (!told) {                                                        \
			count(LOST);                                                \
			return;                                                     \
		}                                                                   \
		told->length = length;                                              \
		told->each = packet->gso_size;                                      \
		if (length > 0 && length <= most && !bpf_skb_load_bytes(packet, message, told->bytes, length)) \
			bpf_ringbuf_submit(told, 0);                                \
		else                                                                \
			bpf_ringbuf_discard(told, 0);                               \
	} while (0)

static __always_inline void tell(struct __sk_buff *packet, __u32 message)
{
	__u32 length;

	if (packet->len <= message)
		return;
	length = packet->len - message;
	if (length > LONGEST) {
		count(CUT);
		length = LONGEST;
	}
	/* The compiler may not know that it is bounded, or the verifier does not see it. */
	asm volatile("" : "+r"(length));
	if (length <= SHORT)
		TELL(SHORT);
	else if (length <= LONG)
		TELL(LONG);
	else
		TELL(LONGEST);
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *packet)
{
	struct query query = {};
	struct asked *entry;
	__u32 message = 0;
	__u64 hash = 0;

	if (!read(packet, 0, &query, &hash, &message))
		return 1;
	entry = bpf_map_lookup_elem(&asked, &query);
	if (!entry || entry->hash != hash || bpf_ktime_get_boot_ns() - entry->time > PATIENCE)
		return 1;
	/* Whoever takes it out has its answer. */
	if (bpf_map_delete_elem(&asked, &query))
		return 1;
	count(MATCHED);
	tell(packet, message);
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
