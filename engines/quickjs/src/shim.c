/* What cannot be Rust: the frames that a jump skips.
 *
 * A script runs below reactant_guarded(), and every way out of it that the script must not stop (deadline, memory, the host's verdict)
 * is a jump back there. The machine's memory is then restored from its image, so nothing is left behind. Rust code that has anything to
 * clean up is only ever entered through the trampolines below, which raise `in_host`; no jump is taken while it is raised.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <ucontext.h>

/* ---- The part of quickjs.h that is used here (64-bit values; the bindings that Rust uses are of the same version). ---- */

typedef struct JSRuntime JSRuntime;
typedef struct JSContext JSContext;
typedef uint32_t JSAtom;
typedef struct {
    union {
        int32_t int32;
        double float64;
        void *ptr;
    } u;
    int64_t tag;
} JSValue;
typedef struct {
    int flags;
    JSValue value;
    JSValue getter;
    JSValue setter;
} JSPropertyDescriptor;
typedef struct {
    bool is_enumerable;
    JSAtom atom;
} JSPropertyEnum;
typedef struct {
    int (*get_own_property)(JSContext *, JSPropertyDescriptor *, JSValue, JSAtom);
    int (*get_own_property_names)(JSContext *, JSPropertyEnum **, uint32_t *, JSValue);
    int (*delete_property)(JSContext *, JSValue, JSAtom);
    int (*define_own_property)(JSContext *, JSValue, JSAtom, JSValue, JSValue, JSValue, int);
    int (*has_property)(JSContext *, JSValue, JSAtom);
    JSValue (*get_property)(JSContext *, JSValue, JSAtom, JSValue);
    int (*set_property)(JSContext *, JSValue, JSAtom, JSValue, JSValue, int);
} JSClassExoticMethods;
typedef struct {
    int version;
    int eval_flags;
    const char *filename;
    int line_num;
} JSEvalOptions;

enum { TAG_STRING_ROPE = -6, TAG_STRING = -7, TAG_OBJECT = -1, TAG_INT = 0, TAG_NULL = 2, TAG_UNDEFINED = 3, TAG_EXCEPTION = 6, TAG_FLOAT64 = 8 };
enum { PROP_CONFIGURABLE = 1, PROP_WRITABLE = 2, PROP_ENUMERABLE = 4 };
enum { EVAL_FLAG_COMPILE_ONLY = 1 << 5 };

JSRuntime *JS_GetRuntime(JSContext *);
JSValue JS_Call(JSContext *, JSValue, JSValue, int, JSValue *);
JSValue JS_CallConstructor2(JSContext *, JSValue, JSValue, int, JSValue *);
JSValue JS_Eval2(JSContext *, const char *, size_t, JSEvalOptions *);
JSValue JS_EvalFunction(JSContext *, JSValue);
int JS_ExecutePendingJob(JSRuntime *, JSContext **);
int JS_DefineProperty(JSContext *, JSValue, JSAtom, JSValue, JSValue, JSValue, int);
int JS_DeleteProperty(JSContext *, JSValue, JSAtom, int);
int JS_ToFloat64(JSContext *, double *, JSValue);
void JS_FreeValue(JSContext *, JSValue);
bool JS_IsDate(JSValue);
JSValue JS_ThrowTypeError(JSContext *, const char *, ...);

/* ---- The guard. ---- */

/* Rust sees the first three fields (shim.rs). */
typedef struct Guard {
    _Atomic uint64_t deadline; /* nanoseconds of CLOCK_MONOTONIC; 0: none */
    _Atomic uint32_t active;   /* whether the watchdog should look at it; Rust's */
    _Atomic uint32_t in_host;  /* how many trampolines are open */
    _Atomic uint32_t leave;    /* a jump that waits for the host to return; a LEAVE_ code */
    volatile int32_t *polls;   /* the engine's countdown to its next interrupt check */
    struct Guard *outer;
    sigjmp_buf env;
} Guard;

enum { LEAVE_TIMEOUT = 1, LEAVE_MEMORY = 2, LEAVE_HOST = 3 };

static _Thread_local Guard *current __attribute__((tls_model("initial-exec")));
/* The text of the module that holds the engine: the only place the signal handler jumps out of. */
static _Atomic uintptr_t text_start, text_end;

Guard *reactant_guard_new(int32_t *polls) {
    Guard *guard = calloc(1, sizeof(Guard));
    if (guard)
        guard->polls = polls;
    return guard;
}
void reactant_guard_free(Guard *guard) { free(guard); }

static uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool overdue(Guard *guard) {
    uint64_t deadline = atomic_load_explicit(&guard->deadline, memory_order_relaxed);
    return deadline != 0 && monotonic() >= deadline;
}

_Noreturn static void jump(Guard *guard, int code) { siglongjmp(guard->env, code); }

/* Runs `body`; 0 when it returned, else the LEAVE_ code of the jump that ended it. */
static int guarded(Guard *guard, void (*body)(void *), void *arg) {
    guard->outer = current;
    atomic_store_explicit(&guard->in_host, 0, memory_order_relaxed);
    atomic_store_explicit(&guard->leave, 0, memory_order_relaxed);
    /* The mask is not saved, which would cost two system calls: the handler runs with its signal unblocked. */
    int code = sigsetjmp(guard->env, 0);
    if (code == 0) {
        current = guard;
        atomic_signal_fence(memory_order_seq_cst);
        body(arg);
        atomic_signal_fence(memory_order_seq_cst);
    }
    current = guard->outer;
    return code;
}

static Guard *enter_host(void) {
    Guard *guard = current;
    if (guard) {
        uint32_t depth = atomic_load_explicit(&guard->in_host, memory_order_relaxed);
        atomic_store_explicit(&guard->in_host, depth + 1, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
    }
    return guard;
}

static void leave_host(Guard *guard) {
    if (!guard)
        return;
    atomic_signal_fence(memory_order_seq_cst);
    uint32_t depth = atomic_load_explicit(&guard->in_host, memory_order_relaxed) - 1;
    atomic_store_explicit(&guard->in_host, depth, memory_order_relaxed);
    uint32_t code = atomic_load_explicit(&guard->leave, memory_order_relaxed);
    if (code != 0 && depth == 0)
        jump(guard, (int)code);
}

#define IN_HOST(statement)            \
    do {                              \
        Guard *guard_ = enter_host(); \
        statement;                    \
        leave_host(guard_);           \
    } while (0)

/* The script must end: at once from engine code; from host code when it returns, and then this returns true. */
static bool leave(int code) {
    Guard *guard = current;
    if (!guard)
        return false;
    if (atomic_load_explicit(&guard->in_host, memory_order_relaxed) == 0)
        jump(guard, code);
    uint32_t none = 0;
    atomic_compare_exchange_strong(&guard->leave, &none, (uint32_t)code);
    return true;
}

/* The allocator has no room left (called by arena.rs, whose frames hold nothing). */
int reactant_refused(void) { return leave(LEAVE_MEMORY); }

/* The host's verdict (called from Rust inside a trampoline). */
void reactant_leave_host(void) { leave(LEAVE_HOST); }

/* Whether host code that has much to do should return: what waits for that is a jump (called from Rust inside a trampoline). */
int reactant_overdue(void) {
    Guard *guard = current;
    if (!guard)
        return 0;
    if (overdue(guard))
        leave(LEAVE_TIMEOUT);
    return atomic_load_explicit(&guard->leave, memory_order_relaxed) != 0;
}

int reactant_interrupt(JSRuntime *rt, void *opaque) {
    (void)rt, (void)opaque;
    Guard *guard = current;
    if (guard && overdue(guard))
        leave(LEAVE_TIMEOUT);
    return 0;
}

/* ---- The watchdog's signal. ---- */

static bool in_engine(uintptr_t address) {
    return address >= atomic_load_explicit(&text_start, memory_order_relaxed) && address < atomic_load_explicit(&text_end, memory_order_relaxed);
}

static uintptr_t program_counter(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#elif defined(__riscv)
    return (uintptr_t)context->uc_mcontext.__gregs[0];
#else
    (void)context;
    return 0; /* never the engine's: no jump */
#endif
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    Guard *guard = current;
    /* clock_gettime is async-signal-safe (signal-safety(7)). */
    if (!guard || !overdue(guard))
        return;
    /* From host code when it returns: a script that spends its time there hardly ever meets a signal outside. */
    if (atomic_load_explicit(&guard->in_host, memory_order_relaxed) != 0 || in_engine(program_counter(context)))
        leave(LEAVE_TIMEOUT);
    /* The C library is never left, since it may hold a lock. A loop that spends its time there ends at the engine's next check, which is now
     * the next time round: the engine counts down on this thread, and is not doing so while it waits for the C library. */
    else if (guard->polls)
        *guard->polls = 0;
}

/* 0: claimed. 1: another handler is installed. -1: the system refused. */
int reactant_claim_signal(int number, uintptr_t start, uintptr_t end) {
    struct sigaction old, action = {0};
    if (sigaction(number, NULL, &old) != 0)
        return -1;
    if ((old.sa_flags & SA_SIGINFO) || (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN))
        return 1;
    atomic_store(&text_start, start);
    atomic_store(&text_end, end);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0 ? 0 : -1;
}

/* Gives the signal back to what it did before (only the default and "ignored" are ever replaced). */
void reactant_release_signal(int number, int ignored) {
    struct sigaction old, action = {0};
    if (sigaction(number, NULL, &old) == 0 && (old.sa_flags & SA_SIGINFO) && old.sa_sigaction == on_signal) {
        action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
        sigaction(number, &action, NULL);
    }
}

int reactant_signal_ignored(int number) {
    struct sigaction old;
    return sigaction(number, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_IGN;
}

/* ---- Loading and running. ---- */

static const JSValue UNDEFINED = {{0}, TAG_UNDEFINED};

/* The Rust side of the trampolines. */
JSValue reactant_host_open(JSContext *);
void reactant_host_close(JSContext *, JSValue result, int failed);
void reactant_host_loaded(JSContext *, JSValue process);
void reactant_host_rejection(JSContext *, JSValue promise, JSValue reason, int handled);
JSValue reactant_host_call(JSContext *, int helper, int argc, JSValue *argv);
JSValue reactant_host_builtin(JSContext *, int which);
double reactant_host_now(JSContext *);
double reactant_host_random(JSContext *);
JSValue reactant_host_date_text(JSContext *, double millis, int part);
JSValue reactant_host_date_zone(JSContext *, JSValue text);
JSValue reactant_host_stringify(JSContext *, int argc, JSValue *argv);
JSValue reactant_host_early(JSContext *, int which);
int reactant_host_late(JSContext *, int which, JSValue value);
int reactant_view_get(JSContext *, JSValue view, JSAtom name, JSValue *value);
int reactant_view_names(JSContext *, JSValue view, JSPropertyEnum **names, uint32_t *count);
int reactant_view_solidify(JSContext *, JSValue view);

/* Runs promise jobs until none is left; -1 when one threw. Jobs alone never reach the engine's own interrupt check. */
static int pump(JSContext *ctx) {
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSContext *job;
    int left;
    while ((left = JS_ExecutePendingJob(rt, &job)) > 0)
        reactant_interrupt(rt, NULL);
    return left;
}

typedef struct {
    JSContext *ctx;
    JSValue process;
} Run;

static void run_body(void *arg) {
    Run *run = arg;
    JSContext *ctx = run->ctx;
    JSValue data, result;
    IN_HOST(data = reactant_host_open(ctx));
    result = data.tag == TAG_EXCEPTION ? data : JS_Call(ctx, run->process, UNDEFINED, 1, &data);
    int failed = result.tag == TAG_EXCEPTION || pump(ctx) < 0;
    IN_HOST(reactant_host_close(ctx, result, failed));
}

int reactant_run(Guard *guard, Run *run) { return guarded(guard, run_body, run); }

typedef struct {
    JSContext *ctx;
    const char *text; /* NUL-terminated */
    size_t len;
    const char *name;
    /* The engine's pointer to its compiler: set while the host compiles, null while scripts run, so that `eval`, `Function` and their
       kin refuse. */
    void **compiler_slot;
    void *compiler;
    int only_compile;
} Load;

static JSValue compile(Load *load, const char *text, size_t len, int flags) {
    JSEvalOptions options = {1, flags, load->name, 1};
    *load->compiler_slot = load->compiler;
    JSValue value = JS_Eval2(load->ctx, text, len, &options);
    *load->compiler_slot = NULL;
    return value;
}

static void load_body(void *arg) {
    static const char process[] = "typeof process === 'undefined' ? undefined : process";
    Load *load = arg;
    JSContext *ctx = load->ctx;
    JSValue value = compile(load, load->text, load->len, EVAL_FLAG_COMPILE_ONLY);
    if (value.tag != TAG_EXCEPTION && !load->only_compile)
        value = JS_EvalFunction(ctx, value);
    int failed = value.tag == TAG_EXCEPTION || pump(ctx) < 0;
    IN_HOST(reactant_host_close(ctx, UNDEFINED, failed));
    if (failed || load->only_compile)
        return;
    value = compile(load, process, sizeof process - 1, 0);
    IN_HOST(reactant_host_loaded(ctx, value));
}

int reactant_load(Guard *guard, Load *load) { return guarded(guard, load_body, load); }

void reactant_rejection(JSContext *ctx, JSValue promise, JSValue reason, bool handled, void *opaque) {
    (void)opaque;
    IN_HOST(reactant_host_rejection(ctx, promise, reason, handled));
}

/* ---- Functions that scripts call. ---- */

JSValue reactant_helper(JSContext *ctx, JSValue this_value, int argc, JSValue *argv, int helper) {
    JSValue value;
    (void)this_value;
    IN_HOST(value = reactant_host_call(ctx, helper, argc, argv));
    return value;
}

static JSValue builtin(JSContext *ctx, int which) {
    JSValue value;
    IN_HOST(value = reactant_host_builtin(ctx, which));
    return value;
}

/* A helper named as a built-in constructor: called, it is the helper; with `new`, the constructor. */
JSValue reactant_constructor(JSContext *ctx, JSValue new_target, int argc, JSValue *argv, int helper) {
    if (new_target.tag == TAG_UNDEFINED)
        return reactant_helper(ctx, UNDEFINED, argc, argv, helper);
    return JS_CallConstructor2(ctx, builtin(ctx, -1 - helper), new_target, argc, argv);
}

static JSValue number(double value) {
    return (JSValue){{.float64 = value}, TAG_FLOAT64};
}

JSValue reactant_random(JSContext *ctx, JSValue this_value, int argc, JSValue *argv) {
    double value;
    (void)this_value, (void)argc, (void)argv;
    IN_HOST(value = reactant_host_random(ctx));
    return number(value);
}

/* A global that only a running invocation has, while the script loads. */
JSValue reactant_early(JSContext *ctx, JSValue this_value, int magic) {
    JSValue value;
    (void)this_value;
    IN_HOST(value = reactant_host_early(ctx, magic));
    return value;
}

JSValue reactant_late(JSContext *ctx, JSValue this_value, JSValue value, int magic) {
    int result;
    (void)this_value;
    IN_HOST(result = reactant_host_late(ctx, magic, value));
    return result < 0 ? (JSValue){{0}, TAG_EXCEPTION} : UNDEFINED;
}

/* JSON.stringify: answered by the host where that cannot be told apart, else by the original. */
JSValue reactant_stringify(JSContext *ctx, JSValue this_value, int argc, JSValue *argv) {
    JSValue value;
    IN_HOST(value = reactant_host_stringify(ctx, argc, argv));
    if (value.tag != TAG_UNDEFINED)
        return value;
    return JS_Call(ctx, builtin(ctx, 0), this_value, argc, argv);
}

/* ---- Date, on the run's clock and in UTC. The engine's own would ask the C library for the local time zone, under its lock. ---- */

enum { BUILTIN_DATE = 1, BUILTIN_DATE_UTC = 2, BUILTIN_DATE_PARSE = 3, BUILTIN_GET_TIME = 4, BUILTIN_TO_PRIMITIVE = 5, BUILTIN_UTC_METHODS = 6 };

static double now(JSContext *ctx) {
    double value;
    IN_HOST(value = reactant_host_now(ctx));
    return value;
}

static bool is_text(JSValue value) { return value.tag == TAG_STRING || value.tag == TAG_STRING_ROPE; }

/* Date.parse(text), where a text without a time zone is UTC. */
static JSValue parse_text(JSContext *ctx, JSValue text) {
    JSValue zoned, value;
    IN_HOST(zoned = reactant_host_date_zone(ctx, text));
    if (zoned.tag == TAG_EXCEPTION)
        return zoned;
    value = JS_Call(ctx, builtin(ctx, BUILTIN_DATE_PARSE), UNDEFINED, 1, &zoned);
    JS_FreeValue(ctx, zoned);
    return value;
}

JSValue JS_ToString(JSContext *, JSValue);

JSValue reactant_date_parse(JSContext *ctx, JSValue this_value, int argc, JSValue *argv) {
    (void)this_value;
    JSValue text = JS_ToString(ctx, argc > 0 ? argv[0] : UNDEFINED);
    if (text.tag == TAG_EXCEPTION)
        return text;
    JSValue value = parse_text(ctx, text);
    JS_FreeValue(ctx, text);
    return value;
}

JSValue reactant_date_now(JSContext *ctx, JSValue this_value, int argc, JSValue *argv) {
    (void)this_value, (void)argc, (void)argv;
    return number(now(ctx));
}

static JSValue date_text(JSContext *ctx, double millis, int part) {
    JSValue value;
    IN_HOST(value = reactant_host_date_text(ctx, millis, part));
    return value;
}

/* ECMA-262, 21.4.2.1. */
JSValue reactant_date(JSContext *ctx, JSValue new_target, int argc, JSValue *argv) {
    JSValue value;
    if (new_target.tag == TAG_UNDEFINED)
        return date_text(ctx, now(ctx), 0);
    if (argc == 0) {
        value = number(now(ctx));
    } else if (argc > 1) {
        value = JS_Call(ctx, builtin(ctx, BUILTIN_DATE_UTC), UNDEFINED, argc, argv);
    } else if (argv[0].tag != TAG_OBJECT && !is_text(argv[0])) {
        return JS_CallConstructor2(ctx, builtin(ctx, BUILTIN_DATE), new_target, 1, argv);
    } else if (JS_IsDate(argv[0])) {
        value = JS_Call(ctx, builtin(ctx, BUILTIN_GET_TIME), argv[0], 0, NULL);
    } else {
        JSValue primitive = is_text(argv[0]) ? argv[0] : JS_Call(ctx, builtin(ctx, BUILTIN_TO_PRIMITIVE), UNDEFINED, 1, argv);
        if (primitive.tag == TAG_EXCEPTION)
            return primitive;
        if (!is_text(primitive)) {
            value = JS_CallConstructor2(ctx, builtin(ctx, BUILTIN_DATE), new_target, 1, &primitive);
            JS_FreeValue(ctx, primitive);
            return value;
        }
        value = parse_text(ctx, primitive);
        if (!is_text(argv[0]))
            JS_FreeValue(ctx, primitive);
    }
    if (value.tag == TAG_EXCEPTION)
        return value;
    return JS_CallConstructor2(ctx, builtin(ctx, BUILTIN_DATE), new_target, 1, &value);
}

/* toString and its kin; also getTimezoneOffset (part 6) and getYear (part 7), which only need the time. */
JSValue reactant_date_string(JSContext *ctx, JSValue this_value, int argc, JSValue *argv, int part) {
    (void)argc, (void)argv;
    JSValue time = JS_Call(ctx, builtin(ctx, BUILTIN_GET_TIME), this_value, 0, NULL);
    if (time.tag == TAG_EXCEPTION)
        return time;
    double millis = time.tag == TAG_INT ? time.u.int32 : time.u.float64;
    return date_text(ctx, millis, part);
}

/* getHours is getUTCHours, setHours is setUTCHours, and so on. */
JSValue reactant_date_alias(JSContext *ctx, JSValue this_value, int argc, JSValue *argv, int method) {
    return JS_Call(ctx, builtin(ctx, BUILTIN_UTC_METHODS + method), this_value, argc, argv);
}

/* B.2.3.2: a year from 0 to 99 is one of the 20th century. */
JSValue reactant_date_set_year(JSContext *ctx, JSValue this_value, int argc, JSValue *argv, int method) {
    JSValue time = JS_Call(ctx, builtin(ctx, BUILTIN_GET_TIME), this_value, 0, NULL);
    if (time.tag == TAG_EXCEPTION)
        return time;
    double year;
    if (JS_ToFloat64(ctx, &year, argc > 0 ? argv[0] : UNDEFINED) < 0)
        return (JSValue){{0}, TAG_EXCEPTION};
    if (year > -1 && year < 100)
        year = (double)(int)year + 1900;
    JSValue value = number(year);
    return JS_Call(ctx, builtin(ctx, BUILTIN_UTC_METHODS + method), this_value, 1, &value);
}

/* ---- Views. ---- */

static int view_get_own(JSContext *ctx, JSPropertyDescriptor *descriptor, JSValue view, JSAtom name) {
    JSValue value;
    int found;
    IN_HOST(found = reactant_view_get(ctx, view, name, descriptor ? &value : NULL));
    if (found > 0 && descriptor) {
        descriptor->flags = PROP_CONFIGURABLE | PROP_WRITABLE | (found == 1 ? PROP_ENUMERABLE : 0);
        descriptor->value = value;
        descriptor->getter = UNDEFINED;
        descriptor->setter = UNDEFINED;
    }
    return found < 0 ? -1 : found > 0;
}

static int view_names(JSContext *ctx, JSPropertyEnum **names, uint32_t *count, JSValue view) {
    int result;
    IN_HOST(result = reactant_view_names(ctx, view, names, count));
    return result;
}

/* Turns the view into a plain object, on which the engine then does what was asked. */
static int solidify(JSContext *ctx, JSValue view) {
    int result;
    IN_HOST(result = reactant_view_solidify(ctx, view));
    return result;
}

static int view_define(JSContext *ctx, JSValue view, JSAtom name, JSValue value, JSValue getter, JSValue setter, int flags) {
    if (solidify(ctx, view) < 0)
        return -1;
    return JS_DefineProperty(ctx, view, name, value, getter, setter, flags);
}

static int view_delete(JSContext *ctx, JSValue view, JSAtom name) {
    int found;
    IN_HOST(found = reactant_view_get(ctx, view, name, NULL));
    if (found <= 0)
        return found < 0 ? -1 : 1;
    if (solidify(ctx, view) < 0)
        return -1;
    return JS_DeleteProperty(ctx, view, name, 0);
}

const JSClassExoticMethods reactant_view_methods = {view_get_own, view_names, view_delete, view_define, NULL, NULL, NULL};
