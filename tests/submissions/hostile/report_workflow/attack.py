import keras

TEXTS = [
    '::error::pwn@TOKEN@',
    '::set-output name=score::10@TOKEN@',
    '::stop-commands::@TOKEN@',
    '##[error]pwn@TOKEN@',
    '##[stop-commands]@TOKEN@',
    '\n::add-mask::@TOKEN@',
    '%0A::error::pwn@TOKEN@',
    '\r::error::pwn@TOKEN@',
    'words and more w ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'words and more words, so ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'words and more words, so that th ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'words and more words, so that the line i ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'words and more words, so that the line is wrappe ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'words and more words, so that the line is wrapped somewh ::error::pwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwnpwn@TOKEN@',
    'x,title=y::pwn@TOKEN@',
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
