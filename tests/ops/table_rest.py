"""Calls of the public operations that table_numpy.py has no row for, in its form; dotted names are those of `keras`."""

from __future__ import annotations

import numpy as np

from tests.seeded import RANDOM as _random


def f(*shape, low=0.1, high=0.9, dtype="float32"):
    """Random floats."""
    return np.asarray(_random.uniform(low, high, shape)).astype(dtype)


def i(*shape, high=3, dtype="int32"):
    """Random integers from 0 on."""
    return np.asarray(_random.integers(0, high, shape)).astype(dtype)


def b(*shape):
    """Random booleans."""
    return np.asarray(_random.integers(0, 2, shape)).astype(bool)


def call(*args, **kwargs):
    return args, kwargs


def spd(*lead, n=3):
    """Symmetric matrices with positive eigenvalues."""
    a = f(*lead, n, n)
    return (a @ np.swapaxes(a, -1, -2) + 2 * np.eye(n, dtype="float32")).astype("float32")


_ONE = [call(f(2, 3)), call(i(2, 3)), call(b(3)), call(f(2, dtype="float16"))]
_FLOAT = [call(f(2, 3)), call(f(2, 3, 2, dtype="float16"))]
_TWO = [call(f(2, 3), f(2, 3)), call(f(3, 1), f(4)), call(f(2, 3), 1.5), call(i(2, 3), i(3)), call(f(2, 1, 3), i(4, 1))]
_LOGIC = [call(b(2, 3), b(3)), call(f(2, 3), f(2, 1)), call(i(2, 3), 1)]
_REDUCED = [
    call(f(2, 3)), call(f(2, 3), axis=0), call(f(2, 3, 2), axis=-1, keepdims=True), call(i(2, 3), axis=1),
    call(f(2, 3), keepdims=True),
]  # fmt: skip
_IMAGE = f(2, 6, 5, 3)
_WAVES = f(2, 16)


def names(text: str, calls) -> dict:
    """The same calls for several names."""
    return {name: calls for name in text.split()}


ELEMENTWISE = {
    **names("absolute arctan ceil cos expm1 log log1p sin sqrt tan tanh erf rsqrt reciprocal logical_not", _ONE),
    **names(
        "relu relu6 sigmoid silu swish softplus softsign selu elu celu gelu hard_shrink hard_sigmoid hard_silu "
        "hard_swish hard_tanh leaky_relu log_sigmoid soft_shrink sparse_plus sparse_sigmoid squareplus tanh_shrink",
        _FLOAT,
    ),
    "threshold": [call(f(2, 3), 0.5, 0.0)],
    "round": [*_ONE[:2], call(f(2, 3), 1)],
    "clip": [call(f(2, 3), 0.2, 0.5), call(i(2, 3), 0, 1), call(f(2, 3), f(3), f(2, 1))],
    **names("divide divide_no_nan true_divide subtract minimum power mod floor_divide", _TWO),
    **names("greater greater_equal less_equal not_equal", _TWO),
    **names("logical_and logical_or", _LOGIC),
    "where": [
        call(b(2, 3), f(2, 3), f(2, 3)), call(b(2, 1), f(3), 0.0), call(b(3), i(2, 1), f(3)),
    ],
    "polar": [call(f(2, 3), f(2, 3)), call(f(3), f(2, 1))],
    "view_as_complex": [call(f(3, 2)), call(f(2, 3, 2))],
    "view_as_real": [call(f(3).astype("complex64")), call(f(2, 3).astype("complex64"))],
    "cast": [call(f(2, 3), "int32"), call(i(3), "float16")],
    "saturate_cast": [call(f(2, 3), "uint8")],
    "stop_gradient": [call(f(2, 3))],
    "convert_to_tensor": [call(f(2, 3)), call(i(3), "float32")],
    "shape": [call(f(2, 3)), call(f())],
    "size": [call(f(2, 3)), call(f())],
    "dtype": [call(f(2, 3)), call(i(3))],
    "is_tensor": [call(f(2, 3))],
    "convert_to_numpy": [],  # there are no numbers to convert
}  # fmt: skip

MADE = {
    **names("zeros ones empty", [call((2, 3)), call(4), call((2,), dtype="int32")]),
    **names("zeros_like ones_like empty_like", [call(f(2, 3)), call(i(3)), call(f(3), dtype="int32")]),
    "full": [call((2, 3), 4.0), call((2,), 1, dtype="int32"), call((2, 3), f(3))],
    "full_like": [call(f(2, 3), 2.0), call(i(3), 2), call(f(3), 2, dtype="int32")],
    "arange": [call(4), call(1, 7, 2), call(0.0, 1.0, 0.25), call(3, dtype="float32")],
    "eye": [call(3), call(2, 3, 1), call(2, dtype="int32")],
    "identity": [call(3)],
}

MOVES = {
    "reshape": [
        call(f(2, 3), (3, 2)), call(f(2, 3), (-1, 3)), call(f(2, 3), -1), call(f(2, 3, 4), (2, -1)),
        call(f(2, 3), (2, 3)), call(f(2, 3), (1, 2, 3)), call(f(2, 3, 4), (-1, 12)), call(f(4, 3), (2, 2, -1)),
    ],
    "ravel": [call(f(2, 3)), call(f())],
    "expand_dims": [call(f(2, 3), 0), call(f(2, 3), -1), call(f(2, 3), (0, 2))],
    "squeeze": [call(f(1, 3)), call(f(2, 1), 1), call(f(1, 2, 1), (0, 2)), call(f(1, 3, 1)), call(f(2, 1, 3), axis=-2)],
    "transpose": [call(f(2, 3, 4)), call(f(2, 3, 4), (0, 2, 1))],
    "broadcast_to": [call(f(3), (2, 3)), call(f(2, 1), (4, 2, 3)), call(f(2, 3), (2, 3))],
    "take": [
        call(f(4, 3), i(2), axis=0), call(f(4, 3), i(2, 2)), call(f(4, 3), i(2, 2), axis=1), call(f(4, 3), 1, axis=0),
        call(f(4, 3), i(2, 2), axis=-1),
    ],
    "take_along_axis": [call(f(4, 3), i(2, 3), axis=0), call(f(4, 3), i(4, 1), axis=1), call(f(4, 3), i(5))],
    "rearrange": [
        call(f(2, 3, 4), "b h w -> b (h w)"), call(f(2, 3, 4), "b h w -> w b h"),
        call(f(4, 3), "(a b) c -> a b c", a=2),
    ],
    "depth_to_space": [call(f(2, 2, 3, 8), 2), call(f(2, 8, 2, 3), 2, data_format="channels_first")],
    "space_to_depth": [call(f(2, 4, 6, 2), 2), call(f(2, 2, 4, 6), 2, data_format="channels_first")],
    "glu": [call(f(2, 4)), call(f(4, 3), axis=0)],
    "unfold": [call(f(2, 3, 6, 6), 2), call(f(2, 3, 6, 7), (2, 3), stride=2, padding=1)],
    "fold": [call(f(2, 12, 25), (6, 6), 2)],
}  # fmt: skip

REDUCTIONS = {
    **names("all any min", [*_REDUCED, call(b(2, 3), axis=(0, 1))]),
    **names("argmax argmin", _REDUCED),
    "argpartition": [call(f(5), 2), call(f(2, 4), 1, axis=0), call(f(2, 4), 1, axis=-1)],
    "count_nonzero": [call(i(2, 3)), call(f(2, 3), axis=0), call(f(2, 3, 2), axis=(0, 2))],
    "moments": [call(f(2, 3), 0), call(f(2, 3, 4), (0, 2)), call(f(2, 3), [1], keepdims=True)],
    "norm": [
        call(f(2, 3)), call(f(2, 3), axis=1), call(f(2, 3, 3), ord="fro", axis=(1, 2)), call(f(2, 3), ord=1, axis=0),
        call(f(2, 3, 3), ord="nuc", axis=(1, 2)), call(f(2, 3), ord=2, axis=-1, keepdims=True), call(i(3)),
    ],
    "normalize": [call(f(2, 3)), call(f(2, 3), axis=0, order=1), call(f(2, 3), order=3)],
    "psnr": [call(f(2, 3), f(2, 3), 1.0)],
    "corrcoef": [call(f(3, 5)), call(i(2, 4)), call(f(4))],
    "correlate": [call(f(6), f(3)), call(f(6), f(3), mode="same"), call(f(6), f(3), mode="full"), call(i(4), i(2))],
    **names("softmax log_softmax sparsemax", [call(f(2, 3)), call(f(2, 3), axis=0)]),
}  # fmt: skip

PRODUCTS = {
    "matmul": [
        call(f(2, 3), f(3, 4)), call(f(5, 2, 3), f(5, 3, 2)), call(f(3), f(3, 2)), call(f(2, 3), f(3)),
        call(f(3), f(3)),
        call(f(5, 2, 3), f(3, 2)), call(f(4, 1, 2, 3), f(5, 3, 2)), call(i(2, 3), i(3, 2)), call(f(2, 3), i(3, 2)),
    ],
    "dot": [
        call(f(2, 3), f(3, 4)), call(f(3), f(3)), call(f(2, 3), 2.0), call(f(2, 3), f(3)), call(f(2, 3), f(4, 3, 2)),
    ],
}  # fmt: skip

LINALG = {
    **names("cholesky inv lu_factor", [call(spd()), call(spd(2))]),
    "cholesky_inverse": [call(np.linalg.cholesky(spd())), call(np.linalg.cholesky(spd(2)), upper=False)],
    **names("det logdet slogdet eigh", [call(spd()), call(spd(2))]),
    "eig": [call(spd()), call(spd(2))],
    "lstsq": [call(f(4, 3), f(4)), call(f(4, 3), f(4, 2))],
    "matrix_rank": [call(f(3, 4)), call(f(2, 3, 4))],
    "pinv": [call(f(3, 4)), call(f(2, 4, 3))],
    "qr": [call(f(4, 3)), call(f(2, 3, 4)), call(f(4, 3), mode="complete")],
    "solve": [call(spd(), f(3, 2)), call(spd(), f(3)), call(spd(2), f(2, 3, 4))],
    "solve_triangular": [call(np.tril(spd()), f(3, 2), lower=True), call(spd(2), f(2, 3, 4))],
    "svd": [call(f(3, 4)), call(f(2, 4, 3)), call(f(3, 4), full_matrices=False), call(f(3, 4), compute_uv=False)],
}

FOURIER = {
    **names("fft fft2 ifft2", [call((f(2, 4, 3), f(2, 4, 3)))]),
    "rfft": [call(f(2, 6)), call(f(2, 5)), call(f(2, 6), 8)],
    "irfft": [call((f(2, 5), f(2, 5))), call((f(2, 5), f(2, 5)), 6)],
    "stft": [call(_WAVES, 8, 4, 8), call(_WAVES, 8, 4, 16, center=False), call(f(16), 8, 4, 8)],
    "istft": [call((f(2, 5, 5), f(2, 5, 5)), 8, 4, 8), call((f(2, 5, 5), f(2, 5, 5)), 8, 4, 8, length=10)],
}

LEARNING = {
    **names("max_pool average_pool", [
        call(f(2, 6, 3), 2), call(f(2, 6, 5, 3), (2, 3), 1), call(f(2, 6, 5, 3), 2, 2, "same"),
        call(f(2, 3, 6, 5), 2, data_format="channels_first"), call(f(2, 4, 6, 4, 3), 2),
    ]),
    **names("adaptive_average_pool adaptive_max_pool", [
        call(f(2, 6, 3), 2), call(f(2, 6, 5, 3), (2, 3)), call(f(2, 3, 6, 5), 2, data_format="channels_first"),
    ]),
    "conv": [
        call(f(2, 6, 3), f(2, 3, 4)), call(f(2, 6, 5, 3), f(2, 2, 3, 4), 2, "same"),
        call(f(2, 6, 5, 3), f(2, 2, 3, 4), dilation_rate=2),
        call(f(2, 3, 6, 5), f(2, 2, 3, 4), data_format="channels_first"), call(f(2, 6, 5, 4), f(2, 2, 2, 4)),
        call(f(2, 4, 6, 4, 3), f(2, 2, 2, 3, 2)),
    ],
    "conv_transpose": [
        call(f(2, 6, 3), f(2, 4, 3), 2), call(f(2, 6, 5, 3), f(2, 2, 4, 3), 2, "same"),
        call(f(2, 6, 5, 3), f(3, 3, 4, 3), 2, "same", 1),
        call(f(2, 3, 6, 5), f(2, 2, 4, 3), data_format="channels_first"),
    ],
    "depthwise_conv": [call(f(2, 6, 3), f(2, 3, 2)), call(f(2, 6, 5, 3), f(2, 2, 3, 2), 2, "same")],
    "separable_conv": [
        call(f(2, 6, 3), f(2, 3, 2), f(1, 6, 4)), call(f(2, 6, 5, 3), f(2, 2, 3, 1), f(1, 1, 3, 4), padding="same"),
    ],
    "batch_normalization": [
        call(f(2, 3), f(3), f(3), -1), call(f(2, 3, 4), f(3), f(3), 1, offset=f(3), scale=f(3)),
    ],
    "layer_normalization": [
        call(f(2, 3)), call(f(2, 3), f(3), f(3)), call(f(2, 3, 4), axis=(1, 2)), call(f(2, 3, dtype="float16")),
    ],
    "rms_normalization": [call(f(2, 3)), call(f(2, 3), f(3)), call(f(2, 3, 4), axis=1)],
    "binary_crossentropy": [call(f(2, 3), f(2, 3)), call(f(2, 3), f(2, 3), from_logits=True)],
    "categorical_crossentropy": [call(f(2, 3), f(2, 3)), call(f(2, 3, 4), f(2, 3, 4), axis=1)],
    "sparse_categorical_crossentropy": [call(i(2), f(2, 3)), call(i(2, 4), f(2, 4, 3), from_logits=True)],
    "one_hot": [call(i(2, 3), 4), call(i(2), 3, axis=0), call(i(2, 3), 4, dtype="int32")],
    "multi_hot": [call(i(2, 3), 4), call(i(3), 4), call(i(2, 3), 4, axis=0)],
    "dot_product_attention": [
        call(f(2, 4, 2, 8), f(2, 5, 2, 8), f(2, 5, 2, 8)), 
        call(f(2, 4, 2, 8), f(2, 4, 2, 8), f(2, 4, 2, 8), is_causal=True),
        call(f(2, 4, 4, 8), f(2, 4, 2, 8), f(2, 4, 2, 8)),
        call(f(2, 4, 2, 8), f(2, 5, 2, 8), f(2, 5, 2, 8), mask=b(2, 2, 4, 5)),
    ],
    "ctc_loss": [call(i(2, 3), f(2, 6, 5), np.array([3, 2], "int32"), np.array([6, 6], "int32"))],
    "ctc_decode": [
        call(f(2, 6, 5), np.array([6, 6], "int32")),
        call(f(2, 6, 5), np.array([6, 6], "int32"), "beam_search", 4, 2),
    ],
}  # fmt: skip

IMAGES = {
    **names("image.rgb_to_grayscale image.rgb_to_hsv image.hsv_to_rgb", [call(_IMAGE), call(_IMAGE[0])]),
    "image.affine_transform": [call(_IMAGE, f(2, 8)), call(_IMAGE[0], f(8))],
    "image.crop_images": [
        call(_IMAGE, 1, 1, target_height=3, target_width=2),
        call(_IMAGE, top_cropping=1, bottom_cropping=1, left_cropping=0, right_cropping=2),
        call(_IMAGE[0], 1, 1, target_height=3, target_width=2),
    ],
    "image.pad_images": [
        call(_IMAGE, 1, 1, target_height=9, target_width=8),
        call(_IMAGE, top_padding=1, bottom_padding=1, left_padding=0, right_padding=2),
        call(_IMAGE[0], 1, 1, target_height=9, target_width=8),
    ],
    "image.elastic_transform": [call(_IMAGE, seed=1), call(_IMAGE[0], seed=1)],
    "image.extract_patches": [
        call(_IMAGE, (2, 2)), call(_IMAGE, 3, 1, padding="same"), call(_IMAGE[0], (2, 2)),
        call(_IMAGE, 2, 2, 1, "valid"),
    ],
    "image.extract_patches_3d": [call(f(2, 4, 4, 4, 2), (2, 2, 2)), call(f(4, 4, 4, 2), 2, 1, padding="same")],
    "image.gaussian_blur": [call(_IMAGE), call(_IMAGE[0])],
    "image.map_coordinates": [call(f(4, 5), f(2, 3), 1), call(f(4, 5, 2), f(3, 4, 2), 0)],
    "image.perspective_transform": [call(_IMAGE, f(2, 4, 2), f(2, 4, 2)), call(_IMAGE[0], f(4, 2), f(4, 2))],
    "image.resize": [
        call(_IMAGE, (4, 7)), call(_IMAGE[0], (4, 7), "nearest"), call(i(2, 6, 5, 3, dtype="uint8"), (4, 7)),
        call(_IMAGE, (4, 4), pad_to_aspect_ratio=True), call(_IMAGE, (4, 4), crop_to_aspect_ratio=True),
    ],
    "image.scale_and_translate": [call(f(4, 5), (6, 7), f(2), f(2), (0, 1), "linear")],
    "image.sobel_edges": [call(_IMAGE)],
    "image.ssim": [call(f(2, 16, 16, 3), f(2, 16, 16, 3), 1.0), call(f(16, 16, 3), f(16, 16, 3), 1.0)],
}  # fmt: skip


def _gradient_of_exp(v):
    return v, lambda *_, upstream: upstream


# operations that take functions, as functions of the module of operations and of tensors
BY_FUNCTIONS = {
    "associative_scan": lambda k, x: k.associative_scan(k.add, x),
    "cond": lambda k, p, x: k.cond(p, lambda: k.add(x, 1.0), lambda: k.multiply(x, 2.0)),
    "custom_gradient": lambda k, x: k.custom_gradient(_gradient_of_exp)(x),
    "fori_loop": lambda k, x: k.fori_loop(0, 3, lambda j, v: k.add(v, 1.0), x),
    "jvp": lambda k, x, t: k.jvp(k.sin, (x,), (t,)),
    "linalg.jvp": lambda k, x, t: k.linalg.jvp(k.sin, (x,), (t,)),
    "map": lambda k, x: k.map(lambda v: k.sum(v, axis=-1), x),
    "scan": lambda k, a, x: k.scan(lambda c, v: (k.add(c, v), k.multiply(c, v)), a, x),
    "switch": lambda k, j, x: k.switch(j, [lambda v: k.add(v, 1.0), lambda v: k.multiply(v, 2.0)], x),
    "vectorize": lambda k, x: k.vectorize(lambda v: k.add(v, 1.0))(x),
    "vectorized_map": lambda k, x: k.vectorized_map(lambda v: k.sum(v, axis=-1), x),
    "while_loop": lambda k, x: k.while_loop(lambda v: k.sum(v) < 9.0, lambda v: (k.add(v, 1.0),), (x,)),
}
FUNCTIONAL = {
    "associative_scan": [call(f(4, 3))],
    "cond": [call(np.asarray(True), f(2, 3))],
    "custom_gradient": [call(f(2, 3))],
    "fori_loop": [call(f(2, 3))],
    **names("jvp linalg.jvp", [call(f(2, 3), f(2, 3))]),
    **names("map vectorized_map", [call(f(4, 3))]),
    "scan": [call(f(3), f(4, 3))],
    "switch": [call(np.asarray(1, "int32"), f(2, 3))],
    "vectorize": [call(f(4))],
    "while_loop": [call(f(2, 3))],
}

RANDOM = {
    **names(
        "random.normal random.uniform random.truncated_normal",
        [call((2, 3), seed=1), call((2,), dtype="float16", seed=1)],
    ),
    "random.gamma": [call((2, 3), 0.5, seed=1), call((2, 3), f(3), seed=1)],
    "random.beta": [call((2, 3), 0.5, 0.5, seed=1), call((2, 3), f(3), f(2, 1), seed=1)],
    "random.binomial": [call((2, 3), 4, 0.5, seed=1), call((2, 3), 4.0, f(3), seed=1)],
    "random.categorical": [call(f(2, 3), 4, seed=1), call(f(2, 3), 4, dtype="int32", seed=1)],
    "random.dropout": [call(f(2, 3), 0.5, seed=1), call(f(2, 3), 0.5, noise_shape=(2, 1), seed=1)],
    "random.randint": [call((2, 3), 0, 5, seed=1)],
    "random.shuffle": [call(f(4, 3), seed=1), call(f(4, 3), axis=1, seed=1)],
}  # fmt: skip

REST = {
    n: calls
    for part in (ELEMENTWISE, MADE, MOVES, REDUCTIONS, PRODUCTS, LINALG, FOURIER, LEARNING, IMAGES, FUNCTIONAL, RANDOM)
    for n, calls in part.items()
}
