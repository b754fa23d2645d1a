// What of the kernel's own structures the programs read. No header of a kernel: the fields are found on the running one.
#pragma once

#include <linux/types.h>

#include <bpf/bpf_core_read.h>

#define CORE __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} CORE;

struct user_namespace {
	struct ns_common ns;
} CORE;

struct net {
	struct user_namespace *user_ns;
	struct ns_common ns;
} CORE;

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	possible_net_t skc_net;
} CORE;

/* The network that a socket is in. Its head is read whole: the verifier lets nobody point into the middle of a socket. */
static __always_inline struct net *net_of(void *socket)
{
	__u64 head[16];
	__u32 at = __builtin_preserve_field_info(((struct sock_common *)0)->skc_net, 0);

	if (at > sizeof(head) - 8 || bpf_probe_read_kernel(head, sizeof(head), socket))
		return 0;
	return *(struct net **)((char *)head + at);
}
