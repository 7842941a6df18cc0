/* A stand-in for libcuda.so.1: enough of the CUDA driver for numba.cuda's own runtime to run without a GPU.
 *
 * Device memory is malloc'd and filled with 0xFF (NaN). A launch calls back into Python, where the simulator runs
 * the kernel. Every entry is counted. Nothing here says anything about a GPU's speed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_FOUND = 500 };
enum { ENTRIES = 256, KERNELS = 4096, NAME = 1024, ALIGNMENT = 512 };

typedef unsigned int u32;
typedef unsigned long long u64;
typedef int (*launch_callback)(const char *name, const u32 *grid, const u32 *block, void **arguments);

/* --- what the tests see -------------------------------------------------------------------------------------- */

static struct { const char *name; long count; } entries[ENTRIES];
static launch_callback on_launch;
static size_t memory_limit = (size_t)15 << 30, memory_used;

static void count(const char *name) {
    for (int i = 0; i < ENTRIES; i++) {
        if (!entries[i].name) entries[i].name = name;
        if (!strcmp(entries[i].name, name)) { entries[i].count++; return; }
    }
}
#define COUNT count(__func__)

void standin_on_launch(launch_callback callback) { on_launch = callback; }
void standin_limit_memory(size_t bytes) { memory_limit = bytes; }
size_t standin_memory_used(void) { return memory_used; }
void standin_reset(void) { for (int i = 0; i < ENTRIES; i++) entries[i].count = 0; }
const char *standin_entry(int i, long *value) {
    if (i >= ENTRIES || !entries[i].name) return 0;
    *value = entries[i].count;
    return entries[i].name;
}

/* --- device -------------------------------------------------------------------------------------------------- */

static void *const context = (void *)0x1000;
static __thread void *current;

int cuInit(u32 flags) { return SUCCESS; }
int cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
int cuDeviceGetCount(int *number) { *number = 1; return SUCCESS; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return SUCCESS; }
int cuDeviceGetName(char *name, int size, int device) { snprintf(name, size, "stand-in"); return SUCCESS; }
int cuDeviceGetUuid_v2(char *uuid, int device) { memset(uuid, 7, 16); return SUCCESS; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)16 << 30; return SUCCESS; }
int cuDeviceCanAccessPeer(int *can, int device, int peer) { *can = 0; return SUCCESS; }

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    static const struct { int attribute, value; } known[] = {
        {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {10, 32},
        {12, 65536}, {16, 40}, {39, 1024}, {75, 7}, {76, 5}, {81, 65536}, {82, 65536}, {97, 65536}, {106, 16},
    };
    *value = 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].attribute == attribute) *value = known[i].value;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void **made, int device) { *made = context; return SUCCESS; }
int cuDevicePrimaryCtxRelease_v2(int device) { return SUCCESS; }
int cuDevicePrimaryCtxGetState(int device, u32 *flags, int *active) { *flags = 0; *active = 1; return SUCCESS; }
int cuCtxGetCurrent(void **found) { *found = current; return SUCCESS; }
int cuCtxSetCurrent(void *wanted) { current = wanted; return SUCCESS; }
int cuCtxPushCurrent_v2(void *wanted) { current = wanted; return SUCCESS; }
int cuCtxPopCurrent_v2(void **popped) { if (popped) *popped = current; return SUCCESS; }
int cuCtxGetDevice(int *device) { *device = 0; return SUCCESS; }
int cuCtxGetDevice_v2(int *device, void *of) { *device = 0; return SUCCESS; }
int cuCtxGetId(void *of, u64 *id) { *id = 1; return SUCCESS; }
int cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; return SUCCESS; }
int cuCtxGetLimit(size_t *value, int limit) { *value = 1024; return SUCCESS; }
int cuCtxSynchronize(void) { COUNT; return SUCCESS; }

/* --- memory: each block is preceded by its size --------------------------------------------------------------- */

static int allocate(void **pointer, size_t bytes) {
    if (memory_used + bytes > memory_limit) return OUT_OF_MEMORY;
    char *base = aligned_alloc(ALIGNMENT, ALIGNMENT + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (!base) return OUT_OF_MEMORY;
    *(size_t *)base = bytes;
    memset(base + ALIGNMENT, 0xFF, bytes);
    memory_used += bytes;
    *pointer = base + ALIGNMENT;
    return SUCCESS;
}

static int deallocate(void *pointer) {
    if (!pointer) return SUCCESS;
    char *base = (char *)pointer - ALIGNMENT;
    memory_used -= *(size_t *)base;
    free(base);
    return SUCCESS;
}

static int copy(void *target, const void *source, size_t bytes) { memmove(target, source, bytes); return SUCCESS; }

int cuMemGetInfo_v2(size_t *available, size_t *total) {
    *available = memory_limit - memory_used;
    *total = (size_t)16 << 30;
    return SUCCESS;
}
int cuMemAlloc_v2(void **p, size_t n) { COUNT; return allocate(p, n); }
int cuMemAllocAsync(void **p, size_t n, void *stream) { COUNT; return allocate(p, n); }
int cuMemAllocFromPoolAsync(void **p, size_t n, void *pool, void *stream) { COUNT; return allocate(p, n); }
int cuMemFree_v2(void *p) { COUNT; return deallocate(p); }
int cuMemFreeAsync(void *p, void *stream) { COUNT; return deallocate(p); }
int cuMemHostAlloc(void **p, size_t n, u32 flags) { COUNT; return allocate(p, n); }
int cuMemFreeHost(void *p) { COUNT; return deallocate(p); }
int cuMemcpyHtoD_v2(void *t, const void *s, size_t n) { COUNT; return copy(t, s, n); }
int cuMemcpyDtoH_v2(void *t, const void *s, size_t n) { COUNT; return copy(t, s, n); }
int cuMemcpyDtoD_v2(void *t, const void *s, size_t n) { COUNT; return copy(t, s, n); }
int cuMemcpyHtoDAsync_v2(void *t, const void *s, size_t n, void *stream) { COUNT; return copy(t, s, n); }
int cuMemcpyDtoHAsync_v2(void *t, const void *s, size_t n, void *stream) { COUNT; return copy(t, s, n); }
int cuMemcpyDtoDAsync_v2(void *t, const void *s, size_t n, void *stream) { COUNT; return copy(t, s, n); }
int cuMemsetD8_v2(void *p, unsigned char value, size_t n) { COUNT; memset(p, value, n); return SUCCESS; }
int cuMemsetD8Async(void *p, unsigned char value, size_t n, void *stream) { COUNT; memset(p, value, n); return SUCCESS; }
int cuMemGetAddressRange_v2(void **base, size_t *bytes, void *p) {
    *base = p;
    *bytes = *(size_t *)((char *)p - ALIGNMENT);
    return SUCCESS;
}
int cuPointerGetAttribute(void *value, int attribute, void *p) {
    if (attribute == 9) *(int *)value = 0; /* the device's number */
    else if (attribute == 2) *(int *)value = 2; /* memory of a device */
    else *(void **)value = attribute == 3 ? p : context;
    return SUCCESS;
}
int cuDeviceGetMemPool(void **pool, int device) { *pool = (void *)0x2000; return SUCCESS; }
int cuDeviceGetDefaultMemPool(void **pool, int device) { *pool = (void *)0x2000; return SUCCESS; }
int cuMemPoolGetAttribute(void *pool, int attribute, void *value) { *(u64 *)value = 0; return SUCCESS; }
int cuMemPoolSetAttribute(void *pool, int attribute, void *value) { return SUCCESS; }

/* --- streams and events: all work is done when its call returns ----------------------------------------------- */

int cuStreamCreate(void **stream, u32 flags) { *stream = (void *)0x3000; return SUCCESS; }
int cuStreamCreateWithPriority(void **stream, u32 flags, int priority) { *stream = (void *)0x3000; return SUCCESS; }
int cuStreamGetCtx(void *stream, void **found) { *found = context; return SUCCESS; }
int cuStreamDestroy_v2(void *stream) { return SUCCESS; }
int cuStreamSynchronize(void *stream) { COUNT; return SUCCESS; }
int cuStreamWaitEvent(void *stream, void *event, u32 flags) { return SUCCESS; }
int cuEventCreate(void **event, u32 flags) { *event = (void *)0x4000; return SUCCESS; }
int cuEventRecord(void *event, void *stream) { return SUCCESS; }
int cuEventQuery(void *event) { return SUCCESS; }
int cuEventSynchronize(void *event) { COUNT; return SUCCESS; }
int cuEventElapsedTime(float *ms, void *start, void *end) { *ms = 0; return SUCCESS; }
int cuEventElapsedTime_v2(float *ms, void *start, void *end) { *ms = 0; return SUCCESS; }
int cuEventDestroy_v2(void *event) { return SUCCESS; }

/* --- code: a kernel is its name ------------------------------------------------------------------------------- */

static char kernels[KERNELS][NAME];
static int kernels_made;

static int kernel_named(void **kernel, const char *name) {
    if (kernels_made == KERNELS || strlen(name) >= NAME) return INVALID_VALUE;
    *kernel = strcpy(kernels[kernels_made++], name);
    return SUCCESS;
}

int cuLibraryLoadData(void **library, const void *code, void *a, void *b, u32 n, void *c, void *d, u32 m) {
    static intptr_t number = 0x5000;
    COUNT;
    *library = (void *)(number += 16);
    return SUCCESS;
}
int cuLibraryUnload(void *library) { return SUCCESS; }
int cuLibraryGetKernel(void **kernel, void *library, const char *name) { return kernel_named(kernel, name); }
int cuLibraryGetModule(void **module, void *library) { *module = library; return SUCCESS; }
int cuKernelGetFunction(void **function, void *kernel) { *function = kernel; return SUCCESS; }
int cuKernelGetAttribute(int *value, int attribute, void *kernel, int device) { *value = attribute ? 1 : 1024; return SUCCESS; }
int cuFuncGetAttribute(int *value, int attribute, void *function) { *value = attribute ? 1 : 1024; return SUCCESS; }
int cuModuleLoadDataEx(void **module, const void *code, u32 n, void *a, void *b) { COUNT; *module = (void *)0x6000; return SUCCESS; }
int cuModuleUnload(void *module) { return SUCCESS; }
int cuModuleGetFunction(void **function, void *module, const char *name) { return kernel_named(function, name); }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *n, void *f, int block, size_t shared) { *n = 4; return SUCCESS; }
int cuOccupancyMaxPotentialBlockSize(int *grid, int *block, void *f, void *g, size_t shared, int limit) {
    *grid = 80;
    *block = 256;
    return SUCCESS;
}

struct launch { u32 grid[3], block[3], shared; void *stream, *attributes; u32 attributes_count; };

int cuLaunchKernelEx(const struct launch *how, void *function, void **arguments, void **extra) {
    COUNT;
    return on_launch ? on_launch(function, how->grid, how->block, arguments) : NOT_FOUND;
}
int cuLaunchKernel(void *f, u32 gx, u32 gy, u32 gz, u32 bx, u32 by, u32 bz, u32 shared, void *stream, void **arguments,
                   void **extra) {
    struct launch how = {{gx, gy, gz}, {bx, by, bz}, shared, stream, 0, 0};
    return cuLaunchKernelEx(&how, f, arguments, extra);
}

/* --- errors and the way in ------------------------------------------------------------------------------------ */

int cuGetErrorName(int error, const char **text) {
    static char name[32];
    snprintf(name, sizeof name, "STANDIN_ERROR_%d", error);
    *text = name;
    return SUCCESS;
}
int cuGetErrorString(int error, const char **text) { return cuGetErrorName(error, text); }

int cuGetProcAddress_v2(const char *symbol, void **function, int version, u64 flags, int *status) {
    static const char *const endings[] = {"_v3", "_v2", ""};
    void *self = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_NOW);
    char name[256];
    *function = 0;
    if (!strcmp(symbol, "cuGetProcAddress")) *function = (void *)cuGetProcAddress_v2;
    for (int i = 0; i < 3 && !*function; i++) {
        snprintf(name, sizeof name, "%s%s", symbol, endings[i]);
        *function = dlsym(self, name);
    }
    if (status) *status = !*function;
    return *function ? SUCCESS : NOT_FOUND;
}
int cuGetProcAddress(const char *symbol, void **function, int version, u64 flags) {
    return cuGetProcAddress_v2(symbol, function, version, flags, 0);
}
