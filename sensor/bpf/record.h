/* What the programs hand to user space. `src/live/record.rs` reads these layouts; both sides say what each number means only here. */
#pragma once

#include "kernel.h"

enum kind { EXEC = 1, FORK = 2, EXIT = 3, KINDS = 4 };

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

/* A process has a new program. Behind it come the bytes of its parts, in the order of their lengths. */
struct exec {
    struct head head;
    /* mnt pid uts ipc net cgroup */
    u32 namespaces[6];
    /* A set of the bits below. */
    u32 flags;
    /* The executable's mode, size in bytes and owner. */
    u32 mode;
    s64 size;
    u32 owner;
    u32 owner_group;
    u32 exe;
    u32 cwd;
    u32 cgroup;
    /* Each argument, and each variable, ends with a zero byte. */
    u32 args;
    u32 envs;
    /* How many identities, the parent's first. */
    u32 ancestors;
};

enum {
    /* There are more arguments, or variables, or ancestors. */
    ARGS_CUT = 1,
    ENVS_CUT = 2,
    ANCESTORS_CUT = 4,
    /* The memory could not be read. */
    ARGS_UNREAD = 8,
    ENVS_UNREAD = 16,
    /* The path is longer than what is here, which is its end. */
    EXE_CUT = 32,
    CWD_CUT = 64,
    /* The file has no name any more. */
    EXE_DELETED = 128,
};

/* A process has a child. The head is about who called fork, whose child it need not be (CLONE_PARENT). */
struct fork {
    struct head head;
    struct identity child;
};

/* A process is gone. */
struct exit {
    struct head head;
};

/* Counts of one processor, by kind. */
struct counts {
    /* Records that were to be made. */
    u64 made;
    /* Of those: there was no room in the ring. */
    u64 no_room;
    /* Acts of this program's own processes. */
    u64 own;
    /* Own children that could not be remembered: the table is full. */
    u64 own_forgotten;
};
