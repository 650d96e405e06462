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
# include: show_texts
