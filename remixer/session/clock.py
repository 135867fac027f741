"""Places in a song and lengths of it, as people read them."""


def clock(seconds: float) -> str:
    """Seconds as m:ss.mmm or h:mm:ss.mmm."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest / 1000:06.3f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def misplaced(start: int, stop: int, length: int, rate: int) -> str:
    """What is wrong with samples [start, stop) in a song of `length` samples; "" where nothing is.
    To stand behind the name of the part.
    """
    begins, ends, whole = (clock(max(sample, 0) / rate) for sample in (start, stop, length))
    if start < 0:
        return "begins before the song"
    if start >= length:
        return f"begins at {begins}, and the song is {whole} long"
    if stop <= start:
        return f"ends at {ends}, not after it begins ({begins})"
    return f"goes from {begins} to {ends}, and the song is {whole} long" if stop > length else ""
