/* Acts on files as system calls tell of them, on x86: what a descriptor stands for is taken at the entry, since another thread may close it; a name is
 * read at the exit, when the kernel has read it and its page is there. Only what succeeded is told, but for close(2), which always closes. */
#pragma once

#include "file.h"

/* What a call does. */
enum {
    NOTHING,
    ALLOCATE, READ_FD, WRITE_FD, COPY, PIPE, OPEN_NAME, OPEN_AT, OPEN_AT2, CREAT,
    OPEN_HANDLE, MEMORY_FILE, CLOSE_FD, DUP, CLOSE_RANGE, MAP, TRUNCATE_FD, TRUNCATE_NAME,
    SYNC_FD, LOCK_FD, CONTROL_FD, IOCTL_FD, SEEK_FD, RENAME_NAME, RENAME_AT, RENAME_AT2,
    LINK_NAME, LINK_AT, SYMLINK_NAME, SYMLINK_AT, UNLINK_NAME, UNLINK_AT, RMDIR_NAME, MKNOD_NAME,
    MKNOD_AT, MKDIR_NAME, MKDIR_AT,
    CALLS,
};

/* What it may bring. */
static const u16 brings[CALLS] = {
    [READ_FD] = READ,
    [ALLOCATE] = WRITE,
    [WRITE_FD] = WRITE,
    [COPY] = READ | WRITE,
    [PIPE] = READ | WRITE,
    [OPEN_NAME] = OPEN | CREATE | TRUNCATE,
    [OPEN_AT] = OPEN | CREATE | TRUNCATE,
    [OPEN_AT2] = OPEN | CREATE | TRUNCATE,
    [CREAT] = OPEN | CREATE | TRUNCATE,
    [OPEN_HANDLE] = OPEN | TRUNCATE,
    [MEMORY_FILE] = OPEN | CREATE,
    [CLOSE_FD] = CLOSE,
    [DUP] = CLOSE,
    [CLOSE_RANGE] = CLOSE,
    [MAP] = MMAP,
    [TRUNCATE_FD] = TRUNCATE,
    [TRUNCATE_NAME] = TRUNCATE,
    [SYNC_FD] = FSYNC,
    [LOCK_FD] = FLOCK,
    [CONTROL_FD] = FLOCK | FASYNC,
    [IOCTL_FD] = FASYNC | READ | WRITE,
    [SEEK_FD] = LLSEEK,
    [RENAME_NAME] = RENAME,
    [RENAME_AT] = RENAME,
    [RENAME_AT2] = RENAME,
    [LINK_NAME] = LINK,
    [LINK_AT] = LINK,
    [SYMLINK_NAME] = LINK | CREATE,
    [SYMLINK_AT] = LINK | CREATE,
    [UNLINK_NAME] = UNLINK,
    [UNLINK_AT] = UNLINK,
    [RMDIR_NAME] = UNLINK,
    [MKNOD_NAME] = CREATE,
    [MKNOD_AT] = CREATE,
    [MKDIR_NAME] = CREATE,
    [MKDIR_AT] = CREATE,
};

/* By the numbers of asm/unistd_64.h; from 512 on those of x32. */
#define NUMBERS 1024
static const u8 calls_64[NUMBERS] = {
    [0] = READ_FD, [17] = READ_FD, [19] = READ_FD, [295] = READ_FD, [327] = READ_FD, [515] = READ_FD, [534] = READ_FD, [546] = READ_FD,
    [1] = WRITE_FD, [18] = WRITE_FD, [20] = WRITE_FD, [285] = ALLOCATE, [296] = WRITE_FD, [328] = WRITE_FD, [516] = WRITE_FD, [535] = WRITE_FD, [547] = WRITE_FD,
    [40] = COPY,
    [275] = PIPE, [326] = PIPE,
    [2] = OPEN_NAME,
    [257] = OPEN_AT,
    [437] = OPEN_AT2,
    [85] = CREAT,
    [304] = OPEN_HANDLE,
    [319] = MEMORY_FILE,
    [3] = CLOSE_FD,
    [33] = DUP, [292] = DUP,
    [436] = CLOSE_RANGE,
    [9] = MAP,
    [77] = TRUNCATE_FD,
    [76] = TRUNCATE_NAME,
    [74] = SYNC_FD, [75] = SYNC_FD, [277] = SYNC_FD,
    [73] = LOCK_FD,
    [72] = CONTROL_FD,
    [16] = IOCTL_FD,
    [8] = SEEK_FD,
    [82] = RENAME_NAME,
    [264] = RENAME_AT,
    [316] = RENAME_AT2,
    [86] = LINK_NAME,
    [265] = LINK_AT,
    [88] = SYMLINK_NAME,
    [266] = SYMLINK_AT,
    [87] = UNLINK_NAME,
    [263] = UNLINK_AT,
    [84] = RMDIR_NAME,
    [133] = MKNOD_NAME,
    [259] = MKNOD_AT,
    [83] = MKDIR_NAME,
    [258] = MKDIR_AT,
};

/* By the numbers of asm/unistd_32.h. */
static const u8 calls_32[NUMBERS] = {
    [3] = READ_FD, [145] = READ_FD, [180] = READ_FD, [333] = READ_FD, [378] = READ_FD,
    [4] = WRITE_FD, [146] = WRITE_FD, [181] = WRITE_FD, [324] = ALLOCATE, [334] = WRITE_FD, [379] = WRITE_FD,
    [187] = COPY, [239] = COPY,
    [313] = PIPE, [377] = PIPE,
    [5] = OPEN_NAME,
    [295] = OPEN_AT,
    [437] = OPEN_AT2,
    [8] = CREAT,
    [342] = OPEN_HANDLE,
    [356] = MEMORY_FILE,
    [6] = CLOSE_FD,
    [63] = DUP, [330] = DUP,
    [436] = CLOSE_RANGE,
    [192] = MAP,
    [93] = TRUNCATE_FD, [194] = TRUNCATE_FD,
    [92] = TRUNCATE_NAME, [193] = TRUNCATE_NAME,
    [118] = SYNC_FD, [148] = SYNC_FD, [314] = SYNC_FD,
    [143] = LOCK_FD,
    [55] = CONTROL_FD, [221] = CONTROL_FD,
    [54] = IOCTL_FD,
    [19] = SEEK_FD, [140] = SEEK_FD,
    [38] = RENAME_NAME,
    [302] = RENAME_AT,
    [353] = RENAME_AT2,
    [9] = LINK_NAME,
    [303] = LINK_AT,
    [83] = SYMLINK_NAME,
    [304] = SYMLINK_AT,
    [10] = UNLINK_NAME,
    [301] = UNLINK_AT,
    [40] = RMDIR_NAME,
    [14] = MKNOD_NAME,
    [297] = MKNOD_AT,
    [39] = MKDIR_NAME,
    [296] = MKDIR_AT,
};

struct arguments {
    u64 of[6];
};

/* What an entry leaves for its exit. */
struct entered {
    u32 call;
    struct file *file;
    struct file *other;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct entered);
} entered SEC(".maps");

/* What call it is, if a recipe may want what it brings. */
static __always_inline u32 call_of(struct task_struct *task, struct pt_regs *registers, u32 number, struct arguments *arguments) {
    /* TS_COMPAT of asm/thread_info.h: entered as a 32-bit program does. */
    int compat = task->thread_info.status & 2;
    /* __X32_SYSCALL_BIT */
    u32 at = below(number & ~0x40000000, NUMBERS), slot = 0;
    if ((number & ~0x40000000) != at)
        return NOTHING;
    u32 call = compat ? calls_32[at] : calls_64[at];
    struct filter *filter = filter_now(&slot);
    if (call >= CALLS || !filter || !(brings[call] & filter->wanted))
        return NOTHING;
    if (compat) {
        arguments->of[0] = (u32)registers->bx;
        arguments->of[1] = (u32)registers->cx;
        arguments->of[2] = (u32)registers->dx;
        arguments->of[3] = (u32)registers->si;
        arguments->of[4] = (u32)registers->di;
        arguments->of[5] = (u32)registers->bp;
    } else {
        arguments->of[0] = registers->di;
        arguments->of[1] = registers->si;
        arguments->of[2] = registers->dx;
        arguments->of[3] = registers->r10;
        arguments->of[4] = registers->r8;
        arguments->of[5] = registers->r9;
    }
    return call;
}

struct closing {
    struct task_struct *task;
    u32 first;
    u32 last;
};

static long close_step(u32 index, struct closing *closing) {
    u32 descriptor = closing->first + index;
    if (descriptor > closing->last || descriptor < closing->first)
        return 1;
    struct file *file = open_file(closing->task, descriptor);
    if (file)
        act_on(file, CLOSE);
    return 0;
}

/* The most descriptors that one call is said to close. */
#define CLOSED 1024

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *registers, long number) {
    struct arguments arguments;
    struct task_struct *task = bpf_get_current_task_btf();
    u32 call = call_of(task, registers, number, &arguments);
    s64 descriptor = -1, other = -1;
    switch (call) {
    case READ_FD: case WRITE_FD: case ALLOCATE: case TRUNCATE_FD: case SYNC_FD: case LOCK_FD: case SEEK_FD: case CLOSE_FD:
        descriptor = (u32)arguments.of[0];
        break;
    case CONTROL_FD: {
        u32 command = arguments.of[1];
        /* F_SETFL with O_ASYNC; F_SETLK, F_SETLKW and both for 64 bits, F_OFD_SETLK, F_OFD_SETLKW */
        if ((command == 4 && arguments.of[2] & 020000) || command == 6 || command == 7 || command == 13 || command == 14 || command == 37 || command == 38)
            descriptor = (u32)arguments.of[0];
        break;
    }
    case IOCTL_FD: {
        u32 command = arguments.of[1];
        /* FIOASYNC, FICLONE, FICLONERANGE */
        if (command == 0x5452 || command == 0x40049409 || command == 0x4020940d)
            descriptor = (u32)arguments.of[0];
        if (command == 0x40049409)
            other = (u32)arguments.of[2];
        if (command == 0x4020940d) {
            s64 from = -1;
            bpf_probe_read_user(&from, sizeof(from), (void *)arguments.of[2]);
            other = from;
        }
        break;
    }
    case COPY:
        descriptor = (u32)arguments.of[0];
        other = (u32)arguments.of[1];
        break;
    case PIPE:
        descriptor = (u32)arguments.of[2];
        other = (u32)arguments.of[0];
        break;
    case MAP:
        /* MAP_ANONYMOUS */
        if (!(arguments.of[3] & 0x20))
            descriptor = (u32)arguments.of[4];
        break;
    case DUP:
        if ((u32)arguments.of[0] != (u32)arguments.of[1] && open_file(task, arguments.of[0]))
            descriptor = (u32)arguments.of[1];
        break;
    case CLOSE_RANGE: {
        struct closing closing = {.task = task, .first = arguments.of[0], .last = arguments.of[1]};
        u32 most = BPF_CORE_READ(task, files, fdt, max_fds);
        /* CLOSE_RANGE_CLOEXEC closes later, CLOSE_RANGE_UNSHARE another table. */
        if (!((u32)arguments.of[2] & 6) && closing.first <= closing.last)
            bpf_loop(most < CLOSED ? most : CLOSED, close_step, &closing, 0);
        return 0;
    }
    default:
        return 0;
    }
    struct file *file = descriptor >= 0 ? open_file(task, descriptor) : 0;
    struct file *second = other >= 0 ? open_file(task, other) : 0;
    if (call == CLOSE_FD || call == DUP) {
        if (file)
            act_on(file, CLOSE);
        return 0;
    }
    if (!file && !second)
        return 0;
    struct entered *left = bpf_task_storage_get(&entered, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!left) {
        struct counts *counts = count(FILE);
        if (counts)
            lose(&counts->unresolved);
        return 0;
    }
    left->call = call;
    left->file = file;
    left->other = second;
    return 0;
}

/* FMODE_CREATED (linux/fs.h) */
#define CREATED (1 << 20)
/* O_TRUNC, O_ACCMODE, O_PATH, __O_TMPFILE (asm-generic/fcntl.h) */
#define TRUNCATES 01000
#define ACCESS 03
#define ONLY_PATH 010000000
#define WITHOUT_NAME 020000000

/* What an open file brought by being opened so. */
static __always_inline u32 opened(struct file *file, u64 flags) {
    u32 is = BPF_CORE_READ(file, f_flags);
    if (is & ONLY_PATH)
        return 0;
    if (BPF_CORE_READ(file, f_mode) & CREATED || (is & WITHOUT_NAME) == WITHOUT_NAME)
        return OPEN | CREATE;
    u32 kind = BPF_CORE_READ(file, f_inode, i_mode) & 0170000;
    return flags & TRUNCATES && kind == 0100000 ? OPEN | TRUNCATE : OPEN;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *registers, long result) {
    struct arguments arguments;
    struct task_struct *task = bpf_get_current_task_btf();
    u32 call = call_of(task, registers, registers->orig_ax, &arguments);
    if (call == NOTHING || call == CLOSE_FD || call == DUP || call == CLOSE_RANGE)
        return 0;
    /* What failed says so by -4095 to -1; an address may be negative too. A 32-bit program's is extended. */
    int failed = (u64)result >= (u64)-4095;
    struct file *file = 0, *other = 0;
    u32 actions = 0, others = READ;
    struct naming naming = {.to = {.folder = -100}, .from = {.folder = -100}};
    if (call == OPEN_NAME || call == OPEN_AT || call == OPEN_AT2 || call == CREAT || call == OPEN_HANDLE || call == MEMORY_FILE) {
        if (failed)
            return 0;
        file = open_file(task, result);
        if (!file) {
            struct counts *counts = count(FILE);
            if (counts)
                lose(&counts->unresolved);
            return 0;
        }
        u64 flags = call == OPEN_NAME ? arguments.of[1] : call == CREAT ? TRUNCATES : arguments.of[2];
        if (call == OPEN_AT2) {
            void *how = (void *)arguments.of[2];
            flags = 0;
            bpf_probe_read_user(&flags, sizeof(flags), how);
        }
        actions = call == MEMORY_FILE ? OPEN | CREATE : opened(file, flags);
        goto act;
    }
    const char *first = (void *)arguments.of[0], *second = (void *)arguments.of[1], *fourth = (void *)arguments.of[3];
    switch (call) {
    case TRUNCATE_NAME:
        naming.actions = TRUNCATE;
        naming.flags = FOLLOWED;
        naming.to.name = first;
        break;
    case RENAME_NAME: case LINK_NAME: case SYMLINK_NAME:
        naming.actions = call == RENAME_NAME ? RENAME : call == LINK_NAME ? LINK : LINK | CREATE;
        naming.flags = call == SYMLINK_NAME ? SYMBOLIC : 0;
        naming.from.name = first;
        naming.to.name = second;
        break;
    case RENAME_AT: case RENAME_AT2: case LINK_AT:
        naming.actions = call == LINK_AT ? LINK : RENAME;
        naming.from.folder = arguments.of[0];
        naming.from.name = second;
        naming.to.folder = arguments.of[2];
        naming.to.name = fourth;
        /* RENAME_EXCHANGE; AT_SYMLINK_FOLLOW and AT_EMPTY_PATH */
        if (call == RENAME_AT2 && arguments.of[4] & 2)
            naming.flags = EXCHANGED;
        if (call == LINK_AT && arguments.of[4] & 0x400)
            naming.flags = FOLLOWED;
        naming.from.may_be_empty = call == LINK_AT && arguments.of[4] & 0x1000;
        break;
    case SYMLINK_AT:
        naming.actions = LINK | CREATE;
        naming.flags = SYMBOLIC;
        naming.from.name = first;
        naming.to.folder = arguments.of[1];
        naming.to.name = (void *)arguments.of[2];
        break;
    case UNLINK_NAME: case RMDIR_NAME: case MKNOD_NAME: case MKDIR_NAME:
        naming.actions = call == UNLINK_NAME || call == RMDIR_NAME ? UNLINK : CREATE;
        naming.flags = call == RMDIR_NAME || call == MKDIR_NAME ? FOLDER : 0;
        naming.to.name = first;
        break;
    case UNLINK_AT: case MKNOD_AT: case MKDIR_AT:
        naming.actions = call == UNLINK_AT ? UNLINK : CREATE;
        /* AT_REMOVEDIR */
        naming.flags = call == MKDIR_AT || (call == UNLINK_AT && arguments.of[2] & 0x200) ? FOLDER : 0;
        naming.to.folder = arguments.of[0];
        naming.to.name = second;
        break;
    }
    if (naming.actions) {
        if (!failed)
            act_named(&naming);
        return 0;
    }

    struct entered *left = bpf_task_storage_get(&entered, task, 0, 0);
    if (!left || left->call != call)
        return 0;
    file = left->file;
    other = left->other;
    left->call = NOTHING;
    /* Nothing was moved: neither read nor written. */
    if (failed || (result == 0 && (call == READ_FD || call == WRITE_FD || call == COPY || call == PIPE)))
        return 0;
    actions = brings[call];
    switch (call) {
    case CONTROL_FD:
        actions = (u32)arguments.of[1] == 4 ? FASYNC : FLOCK;
        break;
    case IOCTL_FD:
        actions = WRITE;
        if ((u32)arguments.of[1] == 0x5452) {
            u32 on = 0;
            bpf_probe_read_user(&on, sizeof(on), (void *)arguments.of[2]);
            actions = on ? FASYNC : 0;
        }
        break;
    case COPY: case PIPE:
        actions = WRITE;
        break;
    }
act:
    if (file && actions)
        act_on(file, actions);
    if (other)
        act_on(other, others);
    return 0;
}
