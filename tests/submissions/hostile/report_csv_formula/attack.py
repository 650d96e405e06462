TEXTS = [
    "=cmd|' C calc@TOKEN@'!A0",
    '+pwn@TOKEN@',
    '-2+3+pwn@TOKEN@',
    '@SUM(pwn@TOKEN@)',
    '\t=pwn@TOKEN@',
    '",=pwn@TOKEN@',
    '＝pwn@TOKEN@',
]
# include: show_texts
