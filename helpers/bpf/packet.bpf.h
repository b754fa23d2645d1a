// What is read of packets by more than one program: where the header of a datagram stands, and the name that a message of the domain name system asks for.
#pragma once

#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define TCP 6
#define UDP 17
#define ICMPV6 58

/* The port of resolvers. */
#define DOMAIN 53
#define UDP_HEADER 8
#define DNS_HEAD 12

/* Headers behind that of IPv6 that are followed. Nobody who is honest sends more. */
#define EXTENSIONS 8

/* Bytes of a name on the wire, and of one label (RFC 1035, 2.3.4). */
#define NAME 255
#define LABEL 63

/* An address of either family; that of IPv4 as mapped into IPv6. */
struct address {
	__u32 part[4];
};

/* What stands where, in a packet that carries a transport. */
struct transport {
	/* Its header; 0 where this packet has none, such as the later part of a datagram. */
	__u32 at;
	__u8 protocol;
	/* There are more headers than are followed. */
	__u8 is_deep;
};

static __always_inline void transport4(struct __sk_buff *packet, struct transport *found)
{
	__u8 first = 0;
	__u16 part = 0;

	if (bpf_skb_load_bytes(packet, 0, &first, 1) || bpf_skb_load_bytes(packet, 9, &found->protocol, 1) || bpf_skb_load_bytes(packet, 6, &part, 2))
		return;
	/* Only the first part of a datagram has its header. */
	if (!(part & bpf_htons(0x1fff)))
		found->at = (first & 15) * 4;
}

static __always_inline void transport6(struct __sk_buff *packet, struct transport *found)
{
	__u8 next = 0;
	__u32 at = 40;

	if (bpf_skb_load_bytes(packet, 6, &next, 1))
		return;
	_Pragma("unroll") for (int i = 0; i < EXTENSIONS; i++)
	{
		__u8 head[4] = {};

		/* Hop-by-hop, routing, destination, mobility, HIP, shim6; fragment; authentication (RFC 7045). */
		if (next != 0 && next != 43 && next != 60 && next != 135 && next != 139 && next != 140 && next != 44 && next != 51) {
			found->protocol = next;
			found->at = at;
			return;
		}
		if (bpf_skb_load_bytes(packet, at, head, 4))
			return;
		if (next == 44 && (head[2] || head[3] & 0xf8))
			return;
		at += next == 44 ? 8 : next == 51 ? (head[1] + 2) * 4 : (head[1] + 1) * 8;
		next = head[0];
	}
	found->is_deep = 1;
}

/* Finds the header of what the packet carries. */
static __always_inline struct transport transport_of(struct __sk_buff *packet)
{
	struct transport found = {};

	if (packet->protocol == bpf_htons(ETH_P_IP))
		transport4(packet, &found);
	else if (packet->protocol == bpf_htons(ETH_P_IPV6))
		transport6(packet, &found);
	return found;
}

/* The address that a packet comes from, or goes to. */
static __always_inline int address_of(struct __sk_buff *packet, int destination, struct address *found)
{
	if (packet->protocol == bpf_htons(ETH_P_IP)) {
		found->part[0] = found->part[1] = 0;
		found->part[2] = bpf_htonl(0xffff);
		return bpf_skb_load_bytes(packet, destination ? 16 : 12, &found->part[3], 4);
	}
	if (packet->protocol == bpf_htons(ETH_P_IPV6))
		return bpf_skb_load_bytes(packet, destination ? 24 : 8, found->part, 16);
	return -1;
}

/* Whether several datagrams are sent as one packet (UDP_SEGMENT of udp(7)). */
static __always_inline int is_several(struct __sk_buff *packet)
{
	return packet->gso_size != 0;
}

struct walk {
	struct __sk_buff *packet;
	__u32 begin;
	__u32 at;
	__u32 end;
};

static long walk_label(__u32 i, struct walk *walk)
{
	__u8 length = 0;

	if (bpf_skb_load_bytes(walk->packet, walk->at, &length, 1) || length > LABEL)
		return 1;
	if (!length) {
		walk->end = walk->at;
		return 1;
	}
	walk->at += length + 1;
	return walk->at - walk->begin >= NAME;
}

/* The end of the name that begins at a place, its last byte excluded, or 0 where none is there that could be asked for: a name in a question is never
 * compressed, since nothing stands before it. */
static __always_inline __u32 name_end(struct __sk_buff *packet, __u32 begin)
{
	struct walk walk = { packet, begin, begin, 0 };

	bpf_loop(NAME / 2 + 1, walk_label, &walk, 0);
	return walk.end;
}

static __always_inline __u8 lower(__u8 byte)
{
	return byte | ((__u8)(byte - 'A') < 26) << 5;
}

/* A name from its end to its beginning, in lower case: a label's length stands behind it, so that what is below a name begins with it, by whole labels. */
struct name {
	/* Bits. */
	__u32 prefix;
	__u8 text[NAME + 1];
};

struct copy {
	struct __sk_buff *packet;
	struct name *name;
	__u32 end;
	__u32 has_failed;
};

static long copy_byte(__u32 i, struct copy *copy)
{
	__u8 byte = 0;

	if (bpf_skb_load_bytes(copy->packet, copy->end - 1 - i, &byte, 1)) {
		copy->has_failed = 1;
		return 1;
	}
	copy->name->text[i & 0xff] = lower(byte);
	return 0;
}

/* Reads the name between two places. */
static __always_inline int name_between(struct __sk_buff *packet, __u32 begin, __u32 end, struct name *name)
{
	struct copy copy = { packet, name, end, 0 };
	__u32 length = end - begin;

	if (length >= NAME)
		return -1;
	name->prefix = length * 8;
	bpf_loop(length, copy_byte, &copy, 0);
	return copy.has_failed;
}

/* Whether this is a reset without data: it tells the other side that a connection was ended. */
static __always_inline int is_bare_reset(struct __sk_buff *packet, const struct transport *transport)
{
	__u8 offset = 0, flags = 0;
	__u32 at = transport->at;

	if (transport->protocol != TCP || !at || bpf_skb_load_bytes(packet, at + 12, &offset, 1) || bpf_skb_load_bytes(packet, at + 13, &flags, 1))
		return 0;
	return (flags & 4) && packet->len <= at + (offset >> 4) * 4;
}
