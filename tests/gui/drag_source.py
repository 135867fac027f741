"""Run as a program: a small window from which a file can be dragged, as from a file manager."""

import sys

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Handle(QLabel):
    def mousePressEvent(self, _event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


application = QApplication([])
handle = Handle("drag me")
handle.setWindowFlags(Qt.WindowType.X11BypassWindowManagerHint)
handle.resize(60, 60)
handle.move(QPoint(0, 0))
handle.show()
sys.exit(application.exec())
