"""Icons: line drawings in SVG, in the colours of the theme they are painted under."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from remixer.app.icon_files import icon_folder, icon_path
from remixer.app.theme import current_theme

_DISABLED_OPACITY = 0.4


def icon(name: str) -> QIcon:
    """The icon `name` of resources/icons, sharp at any scale and recoloured with the theme.

    Where a button is checked, and so filled with the accent, it has the colour of text on it.
    Raises: KeyError for a name that no file has.
    """
    _drawing(name)
    return QIcon(_ThemedEngine(name))


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: str) -> None:
    """Paints an icon in a colour of your choice, for widgets that paint themselves."""
    drawing = _drawing(name).replace("currentColor", colour)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, rect)


@lru_cache
def _drawing(name: str) -> str:
    path = icon_path(name)
    if path is None:
        raise KeyError(f"no icon {name!r} in {icon_folder()}")
    return path.read_text(encoding="utf-8")


class _ThemedEngine(QIconEngine):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        theme = current_theme()
        colour = theme.on_accent if state == QIcon.State.On else theme.text
        side = min(rect.width(), rect.height())
        square = QRectF(0.0, 0.0, side, side)
        square.moveCenter(QRectF(rect).center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * _DISABLED_OPACITY)
            colour = theme.text
        paint_icon(painter, self._name, square, colour)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _ThemedEngine(self._name)
