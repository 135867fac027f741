"""The small files that fuzzing starts from, made by the program's own writers or by hand."""

import json
import struct
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import torch

from remixer.audio.reader import open_audio
from remixer.audio.stemfile import StemFileWriter, tracks_of
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS
from remixer.mixing.plain import to_plain
from remixer.mixing.strips import MixState, Strip
from remixer.separation import weights
from remixer.separation.networks.registry import DEFAULTS, build
from remixer.session.saved import Geometry, NamedRegion, SavedMix, View, to_values

RATE = 8_000
LENGTH = 1_000
PLAIN = (
    *(
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("RF64", "PCM_24"),
        ("W64", "PCM_16"),
    ),
    *(("AIFF", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OPUS", "OPUS")),
)
CODED = (("MP3", "MPEG_LAYER_III"), ("M4A", "AAC"), ("M4A", "ALAC_16"))
V1 = Path(__file__).parents[1] / "session" / "files" / "v1.remix"


def noise(length: int = LENGTH) -> np.ndarray:
    """(2, length), the same every time."""
    return np.random.default_rng(1).uniform(-0.5, 0.5, (2, length))


@cache
def sounds() -> dict[str, list[bytes]]:
    """Sound files by their format; made once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, list[bytes]] = {}
        for format, subtype in (*PLAIN, *CODED):
            found.setdefault(format, []).append(_written(folder / "a", format, subtype))
        found["WAV"] += [with_chunks(found["WAV"][0]), _streamed(found["WAV"][0])]
        found["RF64"] += [with_chunks(found["RF64"][0]), _of_others(found["RF64"][0])]
        found["STEM"] = [_stem_file(folder / "a.stem.mp4")]
        soundfile.write(folder / "a.caf", noise().T, RATE, "PCM_16", format="CAF")
        found["CAF"] = [(folder / "a.caf").read_bytes()]
        return found


def _written(path: Path, format: str, subtype: str) -> bytes:
    rate = 48_000 if format in ("OPUS", "MP3") else RATE
    length = 4_000 if format in ("OPUS", "MP3", "M4A") else LENGTH
    shape = {"rate": rate, "channels": 2, "length": length}
    with AudioWriter(path, **shape, format=format, subtype=subtype, overwrite=True) as writer:
        writer.write(
            noise(length) if subtype not in ("PCM_16",) else np.round(noise(length) * 2**15) / 2**15
        )
    data = path.read_bytes()
    path.unlink()
    return data


def _stem_file(path: Path) -> bytes:
    with StemFileWriter(
        path, rate=44_100, channels=2, format="M4A", subtype="AAC", length=2_000
    ) as writer:
        writer.write(tracks_of(noise(2_000), np.stack([noise(2_000) / 4] * len(STEMS))))
    return path.read_bytes()


def _streamed(wav: bytes) -> bytes:
    data = bytearray(wav)
    struct.pack_into("<I", data, 4, 0)
    struct.pack_into("<I", data, data.find(b"data") + 4, 0)
    return bytes(data)


def _of_others(rf64: bytes) -> bytes:
    """A BW64 with a chunk of an odd size before the samples, as libsndfile does not read them."""
    at = rf64.find(b"data")
    return b"BW64" + rf64[4:at] + b"axml" + struct.pack("<I", 5) + b"<a/>\n\0" + rf64[at:]


def _chunk(name: bytes, payload: bytes) -> bytes:
    payload += bytes(len(payload) % 2)
    return name + struct.pack("<I", len(payload)) + payload


def with_chunks(wav: bytes) -> bytes:
    """A WAV or RF64 with bext, iXML, cue points, their labels, a loop, and INFO texts.

    All of even sizes: libsndfile 1.2.2 does not skip the padding of others in RF64.
    """
    bext = b"made by hand".ljust(602, b"\0") + b"A=PCM \r\n"
    ixml = (
        b"<BWFXML><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
        b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>12</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></BWFXML>"
    )
    points = [struct.pack("<II4sIII", n, n * 100, b"data", 0, 0, n * 100) for n in (1, 2, 3)]
    cue = struct.pack("<I", 3) + b"".join(points)
    adtl = b"adtl" + b"".join(_chunk(b"labl", struct.pack("<I", n) + b"verse\0") for n in (1, 2, 3))
    info = b"INFO" + _chunk(b"INAM", b"a title\0") + _chunk(b"IART", b"somebody\0")
    more = b"".join(
        _chunk(*pair)
        for pair in (
            *((b"bext", bext), (b"iXML", ixml), (b"cue ", cue), (b"LIST", adtl), (b"LIST", info)),
            (b"smpl", bytes(60)),
        )
    )
    at = wav.find(b"data")
    return wav[:at] + more + wav[at:]


def treated() -> MixState:
    """A mix with something in most fields."""
    state = MixState(
        strips=(Strip(1.5, pan=-0.25), Strip(mute=True), Strip(-60.0), Strip(solo=True)),
        master_db=-1.0,
    )
    return state.with_treatment("vocals", automation=((0, -3.0), (500, 1.5)))


def saved(song: str = "/music/song.wav") -> SavedMix:
    """All that a session holds."""
    return SavedMix(
        Path(song),
        Geometry(44_100, 2, 100_000),
        treated(),
        (10, 5_000),
        "cnn1",
        content="c0ffee",
        stamp=(37, 1_234_567_890_123_456_789),
        fingerprint="2:abc",
        regions=(NamedRegion("verse", 70_000, 100_000),),
        view=View(0.5, 1.25, "masks", "linear"),
    )


def sessions() -> list[bytes]:
    """`.remix` files of every format."""
    return [json.dumps(to_values(saved(), Path("/music"))).encode(), V1.read_bytes()]


def recovery_files() -> list[bytes]:
    """What a window that was killed leaves."""
    work = to_values(saved(), Path("/music"))
    values = {"recovery": 1, "time": 1.7e9, "session": None, "unsaved": True, "work": work}
    return [
        json.dumps(values).encode(),
        json.dumps({**values, "session": "/music/a.remix"}).encode(),
    ]


def mixes() -> list[bytes]:
    """Files for `--mix`."""
    return [json.dumps(to_plain(state)).encode() for state in (MixState(), treated())]


CONFIG = {**DEFAULTS["cnn1"], "hidden": 8, "channels": [2, 2, 2], "bins": 1025}
UNET = {**DEFAULTS["unet"], "widths": [2, 2, 2], "branch": 1, "bins": 64}


def card(architecture: str = "cnn1", config: dict[str, object] = CONFIG) -> dict[str, object]:
    """A model card; its weights are called a.safetensors."""
    window = 2048 if architecture == "cnn1" else 4096
    return {
        "id": "a",
        "title": "A",
        "architecture": architecture,
        "config": config,
        "stems": ["vocals", "drums", "bass", "other"],
        "rate": 22_050,
        "window": window,
        "hop": window // 4 if architecture == "unet" else window // 8,
        "weights": "a.safetensors",
        "sha256": "0" * 64,
        "licence": "CC0",
        "measured": {"sdr": {"vocals": 5.0}},
    }


def cards() -> list[bytes]:
    """Cards of both architectures."""
    return [json.dumps(card()).encode(), json.dumps(card("unet", UNET)).encode()]


@cache
def weight_files() -> list[bytes]:
    """Weights of small networks, and one with int8 rows."""
    torch.manual_seed(0)
    states = [build("cnn1", CONFIG).state_dict()]
    states.append({"w": torch.ones(4, 3, dtype=torch.int8), "w.scale": torch.rand(4)})
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.safetensors"
        found = []
        for state in states:
            weights.save(state, path)
            found.append(path.read_bytes())
        return found


MANIFEST = b"""path,class,split,licence,seconds,notes
songs/a/vocals.wav,vocals,train,CC0-1.0,3.5,
songs/a/bass.wav,bass,train,CC0-1.0,3.5,"a, note"
songs/b/other.wav,other,valid,CC-BY-4.0,1,bass_in_other
vocals/x.wav,vocals,train,CC0-1.0,2,
"""
RESULTS = {
    "format": 1,
    "measure": "v4",
    "data": "a",
    "split": "test",
    "systems": {"mix": ""},
    "rows": [{"song": "a", "system": "mix", "scores": {"vocals": {"sdr": 1.0, "isr": "inf"}}}],
    "silent": {"b": ["bass"]},
    "failed": {},
}
RECEIPT = {
    "receipt": 1,
    "source": {"file": "a.wav", "path": "/music/a.wav", "sha256": "0", "content": "1"},
    "exports": [{"file": "b.wav", "sha256": "0", "content": "1"}],
}
INDEX = {
    "rate": 22_050,
    "channels": 2,
    "clips": [
        {"song": "a", "stem": "bass", "split": "train", "start": 0, "length": 4, "level": 0.1},
    ],
}
STORE = {
    "layout": {"rate": 8_000, "channels": 2, "length": 100, "bits": 16, "chunk": 64, "fade": 8},
    "about": {"source": "a.wav", "model": "cnn1"},
}
RECIPE = {"model": "cnn1", "plan": {"hours": 1}, "recipe": {}}


def as_json(values: object) -> list[bytes]:
    """One file of JSON."""
    return [json.dumps(values).encode()]


def is_sound(data: bytes) -> bool:
    """Whether a file opens; for those who check the corpus."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a"
        path.write_bytes(data)
        with open_audio(path) as reader:
            return bool(reader.read(0, reader.length).any())
