/* What the programs hand to user space: what all records and counts have in common. Each subject's header says what its own records hold; a
 * module of its own reads them (`src/live/`). */
#pragma once

#include "kernel.h"

/* What a record is about. `src/live/record.rs` has the same numbers. */
enum kind { EXEC = 1, FORK = 2, EXIT = 3, FILE = 4, FLOW = 5, NAMES = 6, KINDS = 8 };

/* A process: its pid in the initial namespace, and when its first thread started, in nanoseconds since boot. */
struct identity {
    u64 start;
    u32 pid;
    u32 unused;
};

/* Who acts: the beginning of each record. */
struct head {
    u32 kind;
    /* The thread. */
    u32 tid;
    /* Nanoseconds since boot, times of suspension included. */
    u64 time;
    /* Records lost since the programs were loaded, by all processors, as far as it was known when this one was made. */
    u64 lost;
    struct identity process;
    struct identity parent;
    u32 uid;
    u32 gid;
    char comm[16];
};

/* Counts of one processor, by kind: `Count` of `src/live/figures.rs`, in the same order. */
struct counts {
    /* Records that were to be made. */
    u64 made;
    /* Of those: there was no room in the ring. */
    u64 no_room;
    /* Of those: what room there was is kept for what matters more. */
    u64 shed;
    /* Acts of this program's own processes. */
    u64 own;
    /* Own children that could not be remembered: the table is full. */
    u64 own_forgotten;
    /* Acts that no recipe asks for. */
    u64 filtered;
    /* Acts that were told of the same process and object already. */
    u64 accumulated;
    /* Process and object that were forgotten for want of room, so that what was told of them is told again. */
    u64 evicted;
    /* Acts of which it could not be found out on what: not told. */
    u64 unresolved;
};
