"""Standard MIDI files: read into parts of stems, written for the synthesiser.

Source: The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remixer.errors import InputError
from remixer.training.generator.score import (
    DRUM_CHANNEL,
    STRINGS,
    VOICE_PROGRAMMES,
    Control,
    Note,
    Part,
    Score,
    stem_of,
)

TICKS = 9600
"""Ticks a second of what is written: a division of 9600 to a beat of one second."""
_TEMPO = 500_000
_BANKS = (0, 32)
"""Bank select is left out: the banks of one synthesiser are not those of another."""
_LONGEST = 20_000_000

_Event = tuple[int, bytes]
"""Ticks since the start and a message: status with channel and data, or FF 51 and the tempo."""


def read_midi(path: Path) -> Score:
    """A General MIDI file's parts, one for each channel and programme that has notes.

    Voices become strings, sound effects are left out. Raises InputError where it is no MIDI file,
    or is cut short.
    """
    try:
        division, events = _events(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (struct.error, IndexError, ValueError) as error:
        raise InputError(f"{path} is no whole MIDI file ({error}): leave it out") from error
    return _parts(list(_timed(division, events)))


def _events(data: bytes) -> tuple[int, list[_Event]]:
    if data[:4] != b"MThd":
        raise ValueError("it does not begin with MThd")
    size, _, tracks, division = struct.unpack_from(">IHHh", data, 4)
    if division <= 0:
        raise ValueError("its time is counted in film frames")
    position = 8 + size
    events: list[_Event] = []
    for _ in range(tracks):
        kind, size = struct.unpack_from(">4sI", data, position)
        if position + 8 + size > len(data):
            raise ValueError("a track ends early")
        if kind == b"MTrk":
            events += _track(data[position + 8 : position + 8 + size])
        position += 8 + size
    return division, sorted(events, key=lambda event: event[0])


def _track(data: bytes) -> Iterator[_Event]:
    position, ticks, status = 0, 0, 0
    while position < len(data):
        delta, position = _number(data, position)
        ticks += delta
        if data[position] >= 0x80:
            status = data[position]
            position += 1
        if status < 0x80 or ticks > _LONGEST:
            raise ValueError(f"byte {position} of a track is no event")
        if status >= 0xF0:
            kind = data[position] if status == 0xFF else 0
            size, position = _number(data, position + (status == 0xFF))
            if status == 0xFF and kind == 0x51:
                yield ticks, b"\xff\x51" + data[position : position + size]
            position += size
        else:
            size = 1 if 0xC0 <= status < 0xE0 else 2
            yield ticks, bytes([status]) + data[position : position + size]
            position += size


def _number(data: bytes, position: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = 0
    while True:
        value = value << 7 | data[position] & 0x7F
        position += 1
        if not data[position - 1] & 0x80:
            return value, position


def _timed(division: int, events: Sequence[_Event]) -> Iterator[tuple[float, bytes]]:
    """Channel messages with their seconds, by the tempo events among them."""
    seconds, ticks, tempo = 0.0, 0, _TEMPO
    for at, data in events:
        seconds += (at - ticks) * tempo / division / 1e6
        ticks = at
        if data[:2] == b"\xff\x51":
            tempo = int.from_bytes(data[2:5], "big") or _TEMPO
        else:
            yield seconds, data


@dataclass
class _Channel:
    programme: int = 0
    held: dict[int, tuple[float, int, int]] = field(default_factory=dict)
    notes: dict[int, list[Note]] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)

    def release(self, pitch: int, seconds: float) -> None:
        """End a note that is held."""
        if pitch in self.held:
            start, velocity, programme = self.held.pop(pitch)
            note = Note(start, max(0.02, seconds - start), pitch, velocity)
            self.notes.setdefault(programme, []).append(note)


def _parts(events: Sequence[tuple[float, bytes]]) -> Score:
    channels = [_Channel() for _ in range(16)]
    for seconds, data in events:
        _take(channels[data[0] & 0x0F], data, seconds)
    last = events[-1][0] if events else 0.0
    parts = []
    for number, channel in enumerate(channels):
        for pitch in list(channel.held):
            channel.release(pitch, last)
        for programme, notes in channel.notes.items():
            stem = stem_of(number, programme)
            if stem is not None:
                played = STRINGS if programme in VOICE_PROGRAMMES else programme
                played = played if number != DRUM_CHANNEL else 0
                notes.sort(key=lambda note: (note.start, note.pitch))
                parts.append(Part(stem, played, tuple(notes), tuple(channel.controls)))
    return tuple(parts)


def _take(channel: _Channel, data: bytes, seconds: float) -> None:
    kind = data[0] & 0xF0
    if kind == 0x90 and data[2]:
        channel.release(data[1], seconds)
        channel.held[data[1]] = (seconds, data[2], channel.programme)
    elif kind in (0x80, 0x90):
        channel.release(data[1], seconds)
    elif kind == 0xC0:
        channel.programme = data[1]
    elif kind == 0xE0 or (kind == 0xB0 and data[1] not in _BANKS):
        channel.controls.append(Control(seconds, data))


def write_midi(path: Path, parts: Sequence[Part], seconds: float) -> None:
    """A file of the parts, each on a channel of its own, that ends after `seconds`.

    Drums, which are pitches of one kit, share the tenth channel, unless they are a melodic
    programme. More than fifteen parts do not fit: those with the fewest notes are left out.
    """
    kits = [part for part in parts if _is_kit(part)]
    others = sorted((p for p in parts if not _is_kit(p)), key=lambda p: -len(p.notes))[:15]
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    events: list[tuple[float, int, bytes]] = []
    for channel, part in [(DRUM_CHANNEL, k) for k in kits] + list(zip(free, others, strict=False)):
        events.append((0.0, 0, bytes([0xC0 | channel, part.programme])))
        events += [
            (c.seconds, 1, bytes([c.data[0] & 0xF0 | channel]) + c.data[1:]) for c in part.controls
        ]
        for n in part.notes:
            events.append((n.start, 3, bytes([0x90 | channel, n.pitch, n.velocity])))
            events.append((n.end, 2, bytes([0x80 | channel, n.pitch, 64])))
    path.write_bytes(_file(sorted(events, key=lambda event: event[:2]), seconds))


def _is_kit(part: Part) -> bool:
    return part.stem == "drums" and stem_of(0, part.programme) != "drums"


def _file(events: Sequence[tuple[float, int, bytes]], seconds: float) -> bytes:
    track, ticks = bytearray(b"\x00\xff\x51\x03\x0f\x42\x40"), 0
    for at, _, data in events:
        now = round(at * TICKS)
        track += _variable(now - ticks) + data
        ticks = now
    track += _variable(max(0, round(seconds * TICKS) - ticks)) + b"\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHh", 6, 0, 1, TICKS)
    return head + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _variable(value: int) -> bytes:
    """A number as MIDI writes it: seven bits a byte, the highest bit on all but the last."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
