"""Be Vietnam Pro, drawn for Vietnamese, for everything that is printed or drawn; its licence is in OFL.txt beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

REGULAR: Final = Path(__file__).with_name("BeVietnamPro-Regular.ttf")
BOLD: Final = Path(__file__).with_name("BeVietnamPro-Bold.ttf")
