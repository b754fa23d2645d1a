/* All programs: one object, so that they share the ring. One header a subject. */
#include "packet.h"
#include "process.h"
#include "syscalls.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
