"""Dense models: activations, regularizers, normalizations."""


def classifier(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(5, activation="tanh"),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def batch_normalized(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,)), layers.Dense(8, use_bias=False), layers.BatchNormalization(), layers.Activation("relu"),
        layers.Dense(4, use_bias=False), layers.BatchNormalization(momentum=0.9, scale=False), layers.Dense(2),
    ])  # fmt: skip


def layer_normalized(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,)), layers.Dense(8, activation="gelu"), layers.LayerNormalization(), layers.Dense(8, "silu"),
        layers.RMSNormalization(), layers.Dense(4), layers.UnitNormalization(), layers.Dense(2),
    ])  # fmt: skip


def penalized(keras):
    layers, regularizers = keras.layers, keras.regularizers
    return keras.Sequential([
        keras.Input((6,)),
        layers.Dense(8, "selu", kernel_initializer="lecun_normal", kernel_regularizer=regularizers.L2(0.01)),
        layers.Dense(8, "relu", kernel_constraint="max_norm", bias_regularizer="l1", activity_regularizer="l2"),
        layers.ActivityRegularization(l1=0.001), layers.Dense(2, kernel_regularizer="l1"),
    ])  # fmt: skip


def activation_layers(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,)), layers.Dense(8), layers.PReLU(), layers.Dense(8), layers.LeakyReLU(0.1), layers.Dense(8),
        layers.ELU(0.5), layers.Dense(8), layers.ReLU(max_value=6.0), layers.Dense(3), layers.Softmax(),
    ])  # fmt: skip


def einsum(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((4, 6)), layers.EinsumDense("abc,cde->abde", (4, 2, 3), bias_axes="de", activation="relu"),
        layers.EinsumDense("abde,def->abf", (4, 5), bias_axes="f"), layers.Flatten(), layers.Dense(2),
    ])  # fmt: skip


def reshaped(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((12,)), layers.Rescaling(0.5, offset=-0.1), layers.Reshape((3, 4)), layers.Permute((2, 1)),
        layers.Dense(5, activation="relu"), layers.Flatten(), layers.RepeatVector(2), layers.Dense(3),
    ])  # fmt: skip


def deep(keras):
    layers = keras.layers
    hidden = [layers.Dense(8, activation="relu") for _ in range(12)]
    return keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(1, activation="sigmoid")])


def without_dropout_in_inference(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dropout(0.0), layers.GaussianNoise(0.0),
        layers.AlphaDropout(0.0), layers.GaussianDropout(0.0), layers.Dense(2),
    ])  # fmt: skip
