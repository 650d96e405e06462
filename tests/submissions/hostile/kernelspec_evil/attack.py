print('which kernel is this?')
