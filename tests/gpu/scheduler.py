"""The round robin of simulated GPU threads, compiled by Numba.

A kernel with barriers becomes a Numba generator (rewrite.py): one frame of it per GPU thread lies in a
byte buffer, and a `yield` gives the number of the place where the thread waits. Numba lists cannot
hold generators, so two small intrinsics store a frame in the buffer and resume it there.
"""

from __future__ import annotations

import functools

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import call_iternext
from numba.extending import intrinsic

BLOCK, WARP = 0, 1  # what a waiting thread waits for: its block, or the lanes of its warp
RUNNING, DONE = 0, -1  # events; a positive event is the number of a waiting place
LANES = 32
OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


@intrinsic
def frame_size(typing, generator):
    """The bytes of one generator frame, rounded up to 16."""

    def build(context, builder, signature, args):
        size = context.get_abi_sizeof(context.get_data_type(generator))
        return context.get_constant(types.intp, -(-size // 16) * 16)

    return types.intp(generator), build


@intrinsic
def store_frame(typing, generator, address):
    """Copies a fresh generator frame to an address."""

    def build(context, builder, signature, args):
        frame = builder.load(args[0])
        builder.store(frame, builder.inttoptr(args[1], frame.type.as_pointer()))
        return context.get_dummy_value()

    return types.none(generator, types.uintp), build


@intrinsic
def resume(typing, like, address):
    """Runs the frame at an address to its next yield: the number yielded, or DONE."""

    def build(context, builder, signature, args):
        place = builder.inttoptr(args[1], args[0].type)
        result = call_iternext(context, builder, like, place)
        event = cgutils.alloca_once_value(builder, ir.Constant(ir.IntType(64), DONE))
        with builder.if_then(result.is_valid()):
            value = context.cast(builder, result.yielded_value(), like.yield_type, types.int64)
            builder.store(value, event)
        return builder.load(event)

    return types.int64(like, types.uintp), build


@intrinsic
def release(typing, arguments):
    """Drops the references to arrays that a generator frame took when it was made."""

    def build(context, builder, signature, args):
        context.nrt.decref(builder, arguments, args[0])
        return context.get_dummy_value()

    return types.none(arguments), build


@numba.njit(cache=True, **OPTIONS)
def set_running(events):
    """A loop: slices would be compiled anew, at length, into every launch."""
    for t in range(events.size):
        events[t] = RUNNING


@numba.njit(cache=True, **OPTIONS)
def wake_warps(events, masks, kinds):
    """Sets the lanes running whose whole mask waits at one warp barrier; returns whether there were any."""
    any_woken = False
    for t in range(events.size):
        if events[t] <= 0 or kinds[events[t]] != WARP:
            continue
        first = t - t % LANES
        complete = True
        for lane in range(min(LANES, events.size - first)):
            other = first + lane
            if masks[t] >> lane & 1 and (events[other] != events[t] or masks[other] != masks[t]):
                complete = False
        if complete:
            mask, any_woken = masks[t], True
            for lane in range(min(LANES, events.size - first)):
                if mask >> lane & 1:
                    events[first + lane] = RUNNING
    return any_woken


@numba.njit(cache=True, **OPTIONS)
def wake_block(events, kinds):
    """Sets all threads running when all wait at the same block barrier."""
    for t in range(events.size):
        if events[t] != events[0] or events[t] <= 0 or kinds[events[t]] != BLOCK:
            return False
    set_running(events)
    return True


@numba.njit(cache=True, **OPTIONS)
def ended(events):
    """Whether every thread has returned."""
    for t in range(events.size):
        if events[t] != DONE:
            return False
    return True


@numba.njit(cache=True, **OPTIONS)
def coordinates(thread, place, grid, block):
    """threadIdx and blockIdx, six int32 as on the GPU."""
    x, y, z = thread % block[0], thread // block[0] % block[1], thread // (block[0] * block[1])
    bx, by, bz = place % grid[0], place // grid[0] % grid[1], place // (grid[0] * grid[1])
    return np.int32(x), np.int32(y), np.int32(z), np.int32(bx), np.int32(by), np.int32(bz)


@numba.njit(cache=True, **OPTIONS)
def begin(block_number, at, events, pool, unwritten):
    """A block begins: its shared memory is unwritten, all its threads are ready."""
    at[0] = block_number
    for i in range(pool.size):
        pool[i] = unwritten[i]
    set_running(events)


@numba.njit(cache=True, **OPTIONS)
def go_on(events, masks, kinds):
    """Wakes threads that waited long enough: 1 if some can run, 0 if all have ended, -1 if none ever will."""
    if wake_warps(events, masks, kinds):
        return 1
    if ended(events):
        return 0
    return 1 if wake_block(events, kinds) else -1


@numba.njit(cache=True, **OPTIONS)
def frames_for(threads, size):
    return np.empty(threads * size + 16, np.uint8)


@numba.njit(cache=True, **OPTIONS)
def hold(frames):
    """Keeps a buffer alive up to here: Numba frees it behind its last use, and an address is none."""


@numba.njit(cache=True, **OPTIONS)
def address_of(frames):
    """The first address in a buffer that is a multiple of 16."""
    return np.uintp((frames.ctypes.data + 15) // 16 * 16)


@functools.cache
def with_barriers(kernel):
    """The compiled launch of a kernel that is a generator.

    It returns -1, or the number of the block whose threads cannot go on; `events` records where they wait.
    `at` always holds the block and the thread that runs.
    """

    @numba.njit(**OPTIONS)
    def launch(grid, block, backwards, at, events, masks, kinds, exchange, pool, unwritten, args):
        threads, blocks = events.size, grid[0] * grid[1] * grid[2]
        for number in range(blocks):
            place = blocks - 1 - number if backwards else number
            begin(place, at, events, pool, unwritten)
            like = kernel(0, coordinates(0, place, grid, block), grid, block, masks, exchange, *args)
            size = np.uintp(frame_size(like))
            frames = frames_for(threads, size)
            base = address_of(frames)
            for t in range(threads):
                frame = kernel(t, coordinates(t, place, grid, block), grid, block, masks, exchange, *args)
                store_frame(frame, base + np.uintp(t) * size)
            forwards, state = not backwards, 1
            while state > 0:
                for n in range(threads):
                    t = n if forwards else threads - 1 - n
                    if events[t] == RUNNING:
                        at[1] = t
                        events[t] = resume(like, base + np.uintp(t) * size)
                forwards = not forwards
                state = go_on(events, masks, kinds)
            for _ in range(threads + 1):
                release((masks, exchange, args))
            hold(frames)
            if state < 0:
                return place
        return -1

    return launch


@numba.njit(cache=True, **OPTIONS)
def begin_thread(number, threads, at, events, pool, unwritten):
    """A thread of a kernel without barriers begins, and with it perhaps a block."""
    if at[0] != number // threads:
        begin(number // threads, at, events, pool, unwritten)
    at[1] = number % threads


@functools.cache
def without_barriers(kernel):
    """The compiled launch of a kernel whose threads never wait: one loop over all threads."""

    @numba.njit(**OPTIONS)
    def launch(grid, block, backwards, at, events, masks, kinds, exchange, pool, unwritten, args):
        threads = events.size
        total = grid[0] * grid[1] * grid[2] * threads
        for n in range(total):
            number = total - 1 - n if backwards else n
            begin_thread(number, threads, at, events, pool, unwritten)
            kernel(at[1], coordinates(at[1], at[0], grid, block), grid, block, masks, exchange, *args)
        return -1

    return launch
