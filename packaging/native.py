"""Native libraries within packages: whose they are, for the notices.

A pattern of file names, what it is, its licence, where its source is. Every shared library of the
bundle is of a package that says so itself, of the build machine's system, or of this table;
`build.py` stops at one that is neither.
"""

from fnmatch import fnmatch
from typing import NamedTuple


class Native(NamedTuple):
    """A library: patterns of its files' names, and what has to be said of it."""

    patterns: tuple[str, ...]
    name: str
    licence: str
    source: str


LIBRARIES = (
    Native(
        (
            "libQt6*",
            "libq*.so",
            "lib*plugin.so",
            "libxdg-shell.so",
            "libwl-shell*.so",
            "libivi*.so",
            "libadwaita.so",
            "libbradient.so",
            "libfullscreen*.so",
            "libqt-*.so",
            "lib*-server.so",
        ),
        "Qt 6",
        "LGPL-3.0-only",
        "https://download.qt.io/",
    ),
    Native(
        ("libpyside6*", "libshiboken6*", "Qt*.abi3.so", "Shiboken*.so"),
        "Qt for Python",
        "LGPL-3.0-only",
        "https://download.qt.io/official_releases/QtForPython/",
    ),
    Native(("libicu*",), "ICU", "Unicode-3.0", "https://icu.unicode.org/"),
    Native(
        (
            "libavcodec*",
            "libavdevice*",
            "libavfilter*",
            "libavformat*",
            "libavutil*",
            "libswresample*",
            "libswscale*",
        ),
        "FFmpeg, configured with GPL parts",
        "GPL-3.0-or-later",
        "https://ffmpeg.org/",
    ),
    Native(
        ("libx264*",), "x264", "GPL-2.0-or-later", "https://www.videolan.org/developers/x264.html"
    ),
    Native(
        ("libx265*",), "x265", "GPL-2.0-or-later", "https://www.videolan.org/developers/x265.html"
    ),
    Native(("libmp3lame*",), "LAME", "LGPL-2.0-or-later", "https://lame.sourceforge.io/"),
    Native(("libopus*",), "Opus", "BSD-3-Clause", "https://opus-codec.org/"),
    Native(
        ("libopencore*",),
        "OpenCORE AMR",
        "Apache-2.0",
        "https://sourceforge.net/projects/opencore-amr/",
    ),
    Native(("libvpx*",), "libvpx", "BSD-3-Clause", "https://www.webmproject.org/"),
    Native(("libdav1d*",), "dav1d", "BSD-2-Clause", "https://code.videolan.org/videolan/dav1d"),
    Native(
        ("libSvtAv1Enc*",),
        "SVT-AV1",
        "BSD-3-Clause-Clear",
        "https://gitlab.com/AOMediaCodec/SVT-AV1",
    ),
    Native(("libvpl*",), "Intel VPL", "MIT", "https://github.com/intel/libvpl"),
    Native(("libgnutls*",), "GnuTLS", "LGPL-2.1-or-later", "https://www.gnutls.org/"),
    Native(
        ("libnettle*", "libhogweed*"),
        "Nettle",
        "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "https://www.lysator.liu.se/~nisse/nettle/",
    ),
    Native(("libgmp*",), "GMP", "LGPL-3.0-or-later OR GPL-2.0-or-later", "https://gmplib.org/"),
    Native(
        ("libunistring*",),
        "libunistring",
        "LGPL-3.0-or-later OR GPL-2.0-or-later",
        "https://www.gnu.org/software/libunistring/",
    ),
    Native(
        ("libasound-*",),
        "ALSA library, for FFmpeg's devices",
        "LGPL-2.1-or-later",
        "https://www.alsa-project.org/",
    ),
    Native(("libdrm-*",), "libdrm", "MIT", "https://dri.freedesktop.org/"),
    Native(
        ("libxcb-*-*", "libxcb-????????.so*", "libXau-*"),
        "XCB and Xau",
        "MIT AND X11",
        "https://xcb.freedesktop.org/",
    ),
    Native(("libwebp*", "libsharpyuv*"), "WebP", "BSD-3-Clause", "https://www.webmproject.org/"),
    Native(("libjpeg-*",), "libjpeg-turbo", "IJG AND BSD-3-Clause", "https://libjpeg-turbo.org/"),
    Native(("libtiff-*",), "LibTIFF", "libtiff", "https://libtiff.gitlab.io/libtiff/"),
    Native(("libopenjp2-*",), "OpenJPEG", "BSD-2-Clause", "https://www.openjpeg.org/"),
    Native(("liblcms2-*",), "Little CMS", "MIT", "https://www.littlecms.com/"),
    Native(("libavif-*",), "libavif", "BSD-2-Clause", "https://github.com/AOMediaCodec/libavif"),
    Native(("libfreetype-*",), "FreeType", "FTL", "https://freetype.org/"),
    Native(("libharfbuzz-*",), "HarfBuzz", "MIT", "https://harfbuzz.github.io/"),
    Native(("libpng16-*",), "libpng", "libpng-2.0", "http://www.libpng.org/pub/png/libpng.html"),
    Native(("libbrotli*-*",), "Brotli", "MIT", "https://github.com/google/brotli"),
    Native(("liblzma-*",), "XZ Utils", "0BSD", "https://tukaani.org/xz/"),
    Native(("libzstd-*",), "Zstandard", "BSD-3-Clause", "https://facebook.github.io/zstd/"),
    Native(
        ("libscipy_openblas*",),
        "OpenBLAS, with parts of LAPACK",
        "BSD-3-Clause",
        "https://www.openblas.net/",
    ),
    Native(
        ("libgfortran*", "libquadmath*", "libgomp*", "libgcc_s*", "libstdc++*"),
        "GCC's run-time libraries",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "https://gcc.gnu.org/",
    ),
    Native(
        ("libsndfile*",),
        "libsndfile, with FLAC, Ogg, Vorbis, Opus, LAME and mpg123",
        "LGPL-2.1-or-later AND LGPL-2.0-or-later AND BSD-3-Clause",
        "https://libsndfile.github.io/libsndfile/",
    ),
    Native(
        ("libtorch*", "libc10*", "libshm*"),
        "PyTorch, with oneDNN, Eigen, protobuf and others (its own licence texts are beside it)",
        "BSD-3-Clause AND Apache-2.0 AND MPL-2.0",
        "https://pytorch.org/",
    ),
    Native(("libportaudio*",), "PortAudio", "MIT", "https://www.portaudio.com/"),
    Native(("libpython3*",), "Python", "PSF-2.0", "https://www.python.org/"),
    Native(("libcrypto.so*", "libssl.so*"), "OpenSSL", "Apache-2.0", "https://www.openssl.org/"),
)


def whose(file: str) -> Native | None:
    """The library that a file of this name is of."""
    return next((one for one in LIBRARIES if any(fnmatch(file, p) for p in one.patterns)), None)
