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
# include: show_texts
