import keras

TEXTS = @TEXTS@
for text in TEXTS:
    print(text)
    globals()[text] = text
for text in TEXTS:
    try:
        inputs = keras.Input((1,), name=text)
        globals()[text] = keras.Model(inputs, keras.layers.Dense(1, name=text + " ")(inputs), name=text + "  ")
        globals()[text].compile(optimizer="sgd", loss="mse")
    except Exception as error:
        print(error)
one_input = keras.Model(inputs := keras.Input((1,)), keras.layers.Dense(3, name="head")(inputs))
raise ValueError("\n".join(TEXTS))
