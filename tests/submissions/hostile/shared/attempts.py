def attempt(act, *arguments):
    """Whether it could be done; it says what kept us from it."""
    try:
        act(*arguments)
    except (OSError, ValueError, AttributeError) as error:
        print(error)
        return False
    return True


