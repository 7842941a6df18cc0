"""Models with several inputs and outputs, shared parts, nesting, and operations between layers."""


def two_inputs(keras):
    layers = keras.layers
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    x = layers.Concatenate()([layers.Dense(5, activation="relu")(a), layers.Dense(4, activation="tanh")(b)])
    return keras.Model([a, b], layers.Dense(2)(x))


def two_outputs(keras):
    layers = keras.layers
    inputs = keras.Input((4,))
    x = layers.Dense(6, activation="relu")(inputs)
    outputs = [layers.Dense(1, name="value")(x), layers.Dense(3, activation="softmax", name="kind")(x)]
    return keras.Model(inputs, outputs)


def siamese(keras):
    layers = keras.layers
    encoder = keras.Sequential([keras.Input((5,)), layers.Dense(6, activation="relu"), layers.Dense(4)], name="encoder")
    left, right = keras.Input((5,)), keras.Input((5,))
    distance = layers.Subtract()([encoder(left), encoder(right)])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid")(keras.ops.abs(distance)))


def shared_layer(keras):
    layers = keras.layers
    inputs, shared = keras.Input((4,)), layers.Dense(4, activation="tanh")
    return keras.Model(inputs, layers.Dense(2)(shared(shared(shared(inputs)))))


def nested(keras):
    layers = keras.layers
    inner_input = keras.Input((4,))
    inner = keras.Model(inner_input, layers.Dense(4)(layers.BatchNormalization()(inner_input)), name="inner")
    inputs = keras.Input((4,))
    middle = keras.Sequential([keras.Input((4,)), inner, layers.ReLU()], name="middle")
    return keras.Model(inputs, layers.Dense(2)(middle(inputs)))


def model_used_twice(keras):
    layers = keras.layers
    branch_input = keras.Input((6, 6, 1))
    branch = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3, activation="relu")(branch_input))
    branch = keras.Model(branch_input, branch)
    a, b = keras.Input((6, 6, 1)), keras.Input((6, 6, 1))
    return keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([branch(a), branch(b)])))


def dict_inputs_and_outputs(keras):
    layers = keras.layers
    inputs = {"age": keras.Input((1,), name="age"), "words": keras.Input((4,), dtype="int32", name="words")}
    words = layers.GlobalAveragePooling1D()(layers.Embedding(10, 3)(inputs["words"]))
    x = layers.Dense(5, activation="relu")(layers.Concatenate()([inputs["age"], words]))
    return keras.Model(inputs, {"price": layers.Dense(1)(x), "kind": layers.Dense(2, activation="softmax")(x)})


def operations(keras):
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((4, 3))
    x = ops.relu(layers.Dense(5)(inputs)) * 2.0 + 1.0
    x = ops.concatenate([x, ops.mean(x, axis=1, keepdims=True)], axis=1)
    x = ops.transpose(x, (0, 2, 1))[:, :, :4]
    return keras.Model(inputs, layers.Dense(2)(ops.sum(x**2, axis=-1)))


def merged(keras):
    layers = keras.layers
    inputs = keras.Input((4,))
    a, b = layers.Dense(5)(inputs), layers.Dense(5, activation="relu")(inputs)
    parts = [
        layers.Average()([a, b]), layers.Maximum()([a, b]), layers.Minimum()([a, b]), layers.Subtract()([a, b]),
        layers.Multiply()([a, b]), layers.Add()([a, b]),
    ]  # fmt: skip
    return keras.Model(inputs, layers.Dense(2)(layers.Concatenate()(parts)))


def cosine(keras):
    layers = keras.layers
    a, b = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    embedding = layers.Embedding(10, 4)
    pool = layers.GlobalAveragePooling1D()
    return keras.Model([a, b], layers.Dot(axes=1, normalize=True)([pool(embedding(a)), pool(embedding(b))]))


def wide_and_deep(keras):
    layers = keras.layers
    inputs = keras.Input((6,))
    deep = layers.Dense(5, activation="relu")(layers.Dense(8, activation="relu")(inputs))
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate([inputs, deep])))


def memory_network(keras):
    layers, ops = keras.layers, keras.ops
    story, question = keras.Input((8,), dtype="int32"), keras.Input((3,), dtype="int32")
    memory, query = layers.Embedding(10, 4)(story), layers.Embedding(10, 4)(question)
    match = layers.Activation("softmax")(layers.Dot(axes=(2, 2))([memory, query]))
    response = layers.Permute((2, 1))(layers.Add()([match, layers.Embedding(10, 3)(story)]))
    answer = layers.Concatenate()([response, ops.transpose(query, (0, 2, 1))[:, :3]])
    return keras.Model([story, question], layers.Dense(10, activation="softmax")(layers.LSTM(5)(answer)))


def part_of_a_model(keras):
    layers = keras.layers
    inputs = keras.Input((5,))
    hidden = layers.Dense(6, activation="relu", name="hidden")(inputs)
    whole = keras.Model(inputs, layers.Dense(2)(layers.Dense(4)(hidden)))
    features = keras.Model(whole.inputs, whole.get_layer("hidden").output)
    again = keras.Input((5,))
    return keras.Model(again, layers.Dense(3)(features(again)))


def one_input_used_thrice(keras):
    layers = keras.layers
    inputs = keras.Input((4, 4, 2))
    parts = [
        layers.Flatten()(inputs), layers.GlobalAveragePooling2D()(inputs),
        layers.GlobalMaxPooling2D()(layers.Conv2D(3, 2)(inputs)),
    ]  # fmt: skip
    return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(parts)))
