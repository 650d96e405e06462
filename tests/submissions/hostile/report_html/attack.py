TEXTS = [
    '<x-@TOKEN@>',
    '<script>pwn@TOKEN@()</script>',
    '<img src=x onerror=pwn@TOKEN@()>',
    "'><x-@TOKEN@ onclick='pwn@TOKEN@()'>",
    '"><x-@TOKEN@ onclick="pwn@TOKEN@()">',
    '</pre></td></code></script></style></title></textarea></svg>--><x-@TOKEN@>',
    "{{ '<x-@TOKEN@>' }}",
    '&lt;x-@TOKEN@&gt;<svg/onload=pwn@TOKEN@()>',
    '<a href=javascript:pwn@TOKEN@()>',
    '`<x-@TOKEN@>`',
    '$<x-@TOKEN@>$',
    ']]><x-@TOKEN@/>',
]
# include: show_texts
