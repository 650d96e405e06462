TEXTS = [
    '[pwn@TOKEN@](javascript:alert)',
    '\\[pwn@TOKEN@](http://e.org)',
    '![pwn@TOKEN@](http://e.org/x.png)',
    '\n# pwn@TOKEN@',
    '\n| pwn@TOKEN@ | 10 |',
    '\n\n- pwn@TOKEN@',
    '\\<x-@TOKEN@>',
    '\\\\<x-@TOKEN@>',
    '`<x-@TOKEN@>',
    '\n```\n<x-@TOKEN@>\n```',
    '<!-- pwn@TOKEN@',
    '\n> pwn@TOKEN@',
]
# include: show_texts
