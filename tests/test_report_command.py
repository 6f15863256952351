"""`report` on the command line, beside a running program."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image

from bot.commands import parser, run_reading
from tests.chats.test_office import a_citizen, files_feedback


async def says(town, *words):
    return await run_reading(town.program.config, parser().parse_args(["report", *words]))


async def test_the_operator_writes_a_report_to_a_file_without_the_sender(town):
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, "Phường Tam Thanh")
    outcome = await says(town, "register", "--unit", "20", "--period", "2026", "-o", "so.xlsx")
    assert (outcome.code, outcome.text) == (0, "so.xlsx is written.")
    cells = [cell for row in load_workbook(BytesIO(outcome.files["so.xlsx"])).active.iter_rows(values_only=True) for cell in row]
    assert ref in cells and "SỔ TIẾP NHẬN PHẢN ÁNH, KIẾN NGHỊ" in cells
    assert not [cell for cell in cells if "0912" in str(cell) or "Lan" in str(cell).split()]


async def test_the_chart_is_a_picture(town):
    outcome = await says(town, "by_unit", "--unit", "20", "-o", "thang.PNG")
    assert Image.open(BytesIO(outcome.files["thang.PNG"])).format == "PNG"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("register", "--unit", "nowhere", "-o", "a.xlsx"), "There is no office with the code"),
        (("register", "--unit", "20", "-o", "a.png"), "has no picture"),
        (("register", "--unit", "20", "-o", "a.pdf"), "must end in .xlsx"),
        (("register", "--unit", "20", "--period", "soon", "-o", "a.xlsx"), "is no period"),
    ],
)
async def test_what_cannot_be_is_said(town, words, said):
    outcome = await says(town, *words)
    assert outcome.code > 0 and said in outcome.text and not outcome.files
