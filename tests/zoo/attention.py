"""Models with attention."""


def dot_product(keras):
    layers = keras.layers
    query, value = keras.Input((4, 3)), keras.Input((5, 3))
    x = layers.Attention(use_scale=True)([query, value])
    return keras.Model([query, value], layers.Dense(2)(layers.Flatten()(x)))


def additive(keras):
    layers = keras.layers
    query, value = keras.Input((4, 3)), keras.Input((5, 3))
    x = layers.AdditiveAttention()([query, value])
    return keras.Model([query, value], layers.Dense(2)(layers.Concatenate()([query, x])))


def _encoder_block(keras, x):
    layers = keras.layers
    y = layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))
    y = layers.Dense(6)(layers.Dense(12, activation="gelu")(x))
    return layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))


def encoder(keras):
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((5,), dtype="int32")
    x = layers.Embedding(10, 6)(inputs) + layers.Embedding(5, 6)(ops.cumsum(ops.ones_like(inputs), axis=1) - 1)
    x = _encoder_block(keras, _encoder_block(keras, x))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def decoder(keras):
    layers = keras.layers
    memory, inputs = keras.Input((5, 6)), keras.Input((4,), dtype="int32")
    x = layers.Embedding(10, 6)(inputs)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)])
    x = layers.Add()([x, layers.MultiHeadAttention(3, 2, output_shape=6)(x, memory)])
    return keras.Model([memory, inputs], layers.Dense(10, activation="softmax")(x))


def masked_encoder(keras):
    layers = keras.layers
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(10, 6, mask_zero=True)(inputs)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


def grouped_query(keras):
    layers = keras.layers
    inputs = keras.Input((5, 8))
    x = layers.GroupQueryAttention(4, 4, 2)(inputs, inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.RMSNormalization()(x)))


def lstm_with_attention(keras):
    layers = keras.layers
    inputs = keras.Input((6,), dtype="int32")
    sequence = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.Embedding(10, 4)(inputs))
    weights = layers.Softmax(axis=1)(layers.Dense(1, use_bias=False)(sequence))
    context = layers.Dot(axes=1)([weights, sequence])
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(context)))
