import keras

TEXTS = [
    '<x-@TOKEN@/>',
    ']]></failure></testcase><testcase name="pwn@TOKEN@"/><testcase name="',
    '"/><x-@TOKEN@ a="',
    '<!DOCTYPE x [<!ENTITY pwn@TOKEN@ SYSTEM "@CANARY_FILE@">]>',
    '&pwn@TOKEN@;',
    '<?pwn@TOKEN@?>',
    '\ufffe\uffff\x00\x0bpwn@TOKEN@',
    '<!--pwn@TOKEN@',
    '--><x-@TOKEN@>',
    '���pwn@TOKEN@',
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
