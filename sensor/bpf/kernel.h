/* The kernel's structures, as far as the programs read them: each access is relocated to where the running kernel has the member (CO-RE),
 * so a structure lists only what is read, in any order. */
#pragma once

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define KERNEL __attribute__((preserve_access_index))

struct qstr { u32 hash; u32 len; const unsigned char *name; } KERNEL;
typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
struct super_block { unsigned long s_magic; u32 s_dev; } KERNEL;
struct inode {
    u16 i_mode;
    u32 i_nlink;
    kuid_t i_uid;
    kgid_t i_gid;
    s64 i_size;
    unsigned long i_ino;
    u32 i_generation;
    struct super_block *i_sb;
} KERNEL;
struct hlist_bl_node { struct hlist_bl_node **pprev; } KERNEL;
struct dentry { struct hlist_bl_node d_hash; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; } KERNEL;
struct vfsmount { struct dentry *mnt_root; } KERNEL;
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; } KERNEL;
struct path { struct vfsmount *mnt; struct dentry *dentry; } KERNEL;
struct file { struct path f_path; struct inode *f_inode; u32 f_mode; u32 f_flags; } KERNEL;
struct fdtable { u32 max_fds; struct file **fd; } KERNEL;
struct files_struct { struct fdtable *fdt; } KERNEL;
struct fs_struct { struct path root; struct path pwd; } KERNEL;

struct mm_struct { unsigned long arg_start, arg_end, env_start, env_end; struct file *exe_file; } KERNEL;

struct ns_common { u32 inum; } KERNEL;
struct mnt_namespace { struct ns_common ns; } KERNEL;
struct uts_namespace { struct ns_common ns; } KERNEL;
struct ipc_namespace { struct ns_common ns; } KERNEL;
struct net { struct ns_common ns; } KERNEL;
struct cgroup_namespace { struct ns_common ns; } KERNEL;
struct pid_namespace { struct ns_common ns; } KERNEL;
struct nsproxy {
    struct mnt_namespace *mnt_ns;
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct net *net_ns;
    struct cgroup_namespace *cgroup_ns;
} KERNEL;
struct upid { int nr; struct pid_namespace *ns; } KERNEL;
struct pid { u32 level; struct upid numbers[1]; } KERNEL;

struct kernfs_node { const char *name; struct kernfs_node *__parent; } KERNEL;
/* Before 6.15. */
struct kernfs_node___old { struct kernfs_node *parent; } KERNEL;
struct cgroup { struct kernfs_node *kn; } KERNEL;
struct cgroup_subsys_state { struct cgroup *cgroup; } KERNEL;
enum cgroup_subsys_id { memory_cgrp_id = 1 };
struct css_set { struct cgroup_subsys_state *subsys[16]; struct cgroup *dfl_cgrp; } KERNEL;

struct cred { kuid_t uid; kgid_t gid; } KERNEL;

typedef struct { int counter; } atomic_t;
struct signal_struct { atomic_t live; u32 flags; int group_exit_code; } KERNEL;

struct thread_info { u32 status; } KERNEL;
struct task_struct {
    struct thread_info thread_info;
    struct files_struct *files;
    u64 self_exec_id;
    u32 pid;
    u32 tgid;
    u64 start_boottime;
    char comm[16];
    struct task_struct *group_leader;
    struct task_struct *real_parent;
    struct mm_struct *mm;
    struct fs_struct *fs;
    struct nsproxy *nsproxy;
    struct pid *thread_pid;
    struct css_set *cgroups;
    const struct cred *cred;
    struct signal_struct *signal;
} KERNEL;

struct linux_binprm;

/* Of x86, the only architecture whose system calls are read. */
struct pt_regs { unsigned long bp, bx, r8, r9, r10, cx, dx, si, di, orig_ax; } KERNEL;

/* A number from 0 to `limit - 1`, `limit` being a power of two. What the compiler knows of it is hidden from it, else it would leave the mask
 * out, from which alone every kernel's verifier knows. */
static __always_inline u32 below(u32 number, u32 limit) {
    asm volatile("" : "+r"(number));
    return number & (limit - 1);
}
