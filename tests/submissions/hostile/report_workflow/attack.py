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
# include: show_texts
