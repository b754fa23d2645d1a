/* All programs: one object, so that they share the ring. */
#include "process.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
