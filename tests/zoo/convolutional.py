"""Convolutional models: one to three dimensions, transposed, separable, residual, with every kind of pooling."""


def lenet(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((12, 12, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(6, 3, padding="same", activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(),
        layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def signal(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((16, 3)), layers.Conv1D(4, 3, strides=2, activation="relu"), layers.MaxPooling1D(2),
        layers.Conv1D(5, 2, padding="same"), layers.GlobalMaxPooling1D(), layers.Dense(2),
    ])  # fmt: skip


def wavenet(keras):
    layers = keras.layers
    inputs = keras.Input((16, 3))
    x = layers.Conv1D(4, 1)(inputs)
    skips = []
    for rate in (1, 2, 4):
        gate = layers.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="sigmoid")(x)
        value = layers.Conv1D(4, 2, padding="causal", dilation_rate=rate, activation="tanh")(x)
        skips.append(layers.Multiply()([gate, value]))
        x = layers.Add()([x, layers.Conv1D(4, 1)(skips[-1])])
    return keras.Model(inputs, layers.Conv1D(2, 1)(layers.ReLU()(layers.Add()(skips))))


def volume(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 6, 6, 1)), layers.Conv3D(3, 2, activation="relu"), layers.MaxPooling3D(2),
        layers.Conv3D(2, 2, padding="same"), layers.GlobalAveragePooling3D(), layers.Dense(2),
    ])  # fmt: skip


def mobile(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(), layers.ReLU(6.0),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False),
        layers.BatchNormalization(), layers.ReLU(6.0), layers.Conv2D(6, 1), layers.GlobalAveragePooling2D(),
        layers.Dense(2),
    ])  # fmt: skip


def separable(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((12, 3)), layers.SeparableConv1D(4, 3, activation="relu"), layers.DepthwiseConv1D(2),
        layers.AveragePooling1D(2), layers.Flatten(), layers.Dense(2),
    ])  # fmt: skip


def separable_images(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 3)), layers.SeparableConv2D(4, 3, padding="same", depth_multiplier=2, activation="relu"),
        layers.SeparableConv2D(4, 2, strides=2), layers.GlobalMaxPooling2D(keepdims=True), layers.Flatten(),
        layers.Dense(2),
    ])  # fmt: skip


def grouped(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 4)), layers.Conv2D(8, 3, groups=2, activation="relu"),
        layers.Conv2D(4, 2, dilation_rate=2), layers.GroupNormalization(2), layers.GlobalAveragePooling2D(),
        layers.Dense(2),
    ])  # fmt: skip


def autoencoder(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 1)), layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(2, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid"),
    ])  # fmt: skip


def transposed_signal(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((5, 3)), layers.Conv1DTranspose(4, 3, strides=2, activation="relu"), layers.Cropping1D((1, 0)),
        layers.UpSampling1D(2), layers.ZeroPadding1D(1), layers.Conv1D(1, 3),
    ])  # fmt: skip


def transposed_volume(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((3, 3, 3, 2)), layers.Conv3DTranspose(2, 2, strides=2), layers.Cropping3D(1),
        layers.ZeroPadding3D(1), layers.AveragePooling3D(2), layers.UpSampling3D(2), layers.GlobalMaxPooling3D(),
        layers.Dense(2),
    ])  # fmt: skip


def unet(keras):
    layers = keras.layers
    inputs = keras.Input((8, 8, 1))
    first = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    second = layers.Conv2D(6, 3, padding="same", activation="relu")(layers.MaxPooling2D()(first))
    deepest = layers.Conv2D(6, 3, padding="same", activation="relu")(layers.MaxPooling2D()(second))
    x = layers.Concatenate()([layers.UpSampling2D()(deepest), second])
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = layers.Concatenate()([layers.UpSampling2D(interpolation="bilinear")(x), first])
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


def inception(keras):
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    branches = [
        layers.Conv2D(2, 1, activation="relu")(inputs),
        layers.Conv2D(2, 3, padding="same", activation="relu")(layers.Conv2D(2, 1)(inputs)),
        layers.Conv2D(2, 5, padding="same", activation="relu")(inputs),
        layers.Conv2D(2, 1)(layers.MaxPooling2D(3, strides=1, padding="same")(inputs)),
    ]
    x = layers.concatenate(branches)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def resnet(keras):
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", use_bias=False)(inputs)))
    for filters, stride in ((4, 1), (6, 2)):
        y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
        shortcut = x if stride == 1 else layers.Conv2D(filters, 1, strides=stride)(x)
        x = layers.ReLU()(layers.add([y, shortcut]))
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


def densenet(keras):
    layers = keras.layers
    inputs = keras.Input((6, 6, 2))
    x = inputs
    for _ in range(3):
        y = layers.Conv2D(2, 3, padding="same")(layers.Activation("relu")(layers.BatchNormalization()(x)))
        x = layers.Concatenate(axis=-1)([x, y])
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.AveragePooling2D(2)(x))))


def squeeze_and_excite(keras):
    layers = keras.layers
    inputs = keras.Input((6, 6, 4))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(inputs)
    gate = layers.Dense(4, activation="sigmoid")(layers.Dense(2, activation="relu")(gate))
    x = layers.multiply([inputs, gate])
    return keras.Model(inputs, layers.Conv2D(1, 6)(x))


def padded_and_cropped(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 7, 2)), layers.ZeroPadding2D(((1, 2), (0, 1))), layers.Conv2D(3, (2, 3), strides=(1, 2)),
        layers.Cropping2D(((1, 1), (0, 1))), layers.MaxPooling2D((2, 1), strides=1, padding="same"),
        layers.SpatialDropout2D(0.0), layers.Flatten(), layers.Dense(2),
    ])  # fmt: skip


def adaptive(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((9, 7, 2)), layers.Conv2D(3, 3), layers.AdaptiveAveragePooling2D((3, 2)), layers.Flatten(),
        layers.Dense(2),
    ])  # fmt: skip


def any_size(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((None, None, 3)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(4, 3, padding="same", activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(2),
    ])  # fmt: skip
