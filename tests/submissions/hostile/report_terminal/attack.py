import keras

TEXTS = [
    '\x1b]52;c;cHdu@TOKEN@\x07',
    '\x1b[2J\x1b[Hpwn@TOKEN@',
    '\x1b]0;pwn@TOKEN@\x07',
    '\x1b]8;;http://e.org/@TOKEN@\x1b\\pwn\x1b]8;;\x1b\\',
    '\x9b2Jpwn@TOKEN@',
    '\x1bP$q@TOKEN@\x1b\\',
    '\x1b\x1b[2Jpwn@TOKEN@',
    '\x1b[2\x1b[2JJpwn@TOKEN@',
    'pwn\u202e@TOKEN@',
    'a\rpwn@TOKEN@\x08\x7f\x00',
    '\x1b]52;c;@TOKEN@',
]
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
