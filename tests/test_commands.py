"""The commands as the person who runs the program types them, each as a process' own `main`."""

from __future__ import annotations

import io
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.__main__ import main
from storage.seal import new_key


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys):
    """Run a command in a folder of its own; return exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "TELEGRAM_TOKEN", "PUBLIC_URL", "SECRET_KEYS", "PORT"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def migrated(run):
    assert run("migrate")[0] == 0
    return run


@pytest.fixture
def lang_son(migrated):
    code, out, err = migrated("import-units", "--province", "lang son")
    assert code == 0 and "613 offices added, 0 changed, 0 left as they are." in out, err
    return migrated


def test_a_first_start_makes_a_key_file_that_only_its_owner_reads(migrated, tmp_path: Path):
    assert (tmp_path / "langnghe.db.keys").stat().st_mode & 0o077 == 0
    assert (tmp_path / "langnghe.db").stat().st_mode & 0o077 == 0
    (tmp_path / "langnghe.db.keys").unlink()
    code, _out, err = migrated("staff")
    assert code != 0 and "langnghe.db.keys" in err  # A lost key file is never silently replaced.
    assert not (tmp_path / "langnghe.db.keys").exists()


def test_the_wrong_keys_are_said_in_words(lang_son, monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", new_key())
    code, _out, err = lang_son("staff")
    assert code == 1 and "keys" in err


def test_every_wrong_setting_is_told_at_once(run, monkeypatch):
    monkeypatch.setenv("PORT", "high")
    monkeypatch.setenv("PUBLIC_URL", "example")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    code, _out, err = run("staff")
    assert code == 2 and all(name in err for name in ("PORT", "PUBLIC_URL", "LOG_LEVEL"))


def test_a_province_is_safe_to_import_again_and_keeps_what_a_file_changed(lang_son, tmp_path: Path):
    (tmp_path / "doi.csv").write_text("code,name,type,parent,phone\n05986,Phường Tam Thanh,UBND_X,20,0205 3870 000\n")
    assert "0 offices added, 1 changed" in lang_son("import-units", "doi.csv")[1]
    code, out, _err = lang_son("import-units", "--province", "20")
    assert code == 0 and "0 offices added, 0 changed, 613 left as they are." in out
    assert "0 offices added, 0 changed, 1 left as they are." in lang_son("import-units", "doi.csv")[1]


def test_an_unknown_province_is_refused_with_the_nearest_names(migrated):
    code, _out, err = migrated("import-units", "--province", "lang sonn")
    assert code == 1 and "Lạng Sơn" in err


def test_a_hospital_with_its_wards_comes_from_a_sheet_and_one_bad_line_stops_all(lang_son, tmp_path: Path):
    book = Workbook()
    sheet = book.active
    sheet.append(["code", "name", "type", "parent", "head_title"])
    sheet.append(["20-BVDK", "Bệnh viện Đa khoa tỉnh", "BV", "20-SYT", "Giám đốc"])
    for number in range(1, 35):
        sheet.append([f"20-BVDK-K{number:02}", f"Khoa số {number}", "KHOA", "20-BVDK", "Trưởng khoa"])
    sheet.append(["20-BVDK-K99", "Khoa lạc", "KHOA", "20-NOWHERE", "Trưởng khoa"])
    out = io.BytesIO()
    book.save(out)
    (tmp_path / "bv.xlsx").write_bytes(out.getvalue())
    code, _said, err = lang_son("import-units", "bv.xlsx")
    assert code == 1 and "37" in err and "20-NOWHERE" in err and "Nothing was changed" in err
    assert lang_son("find-unit", "khoa so 7 benh vien da khoa")[1].count("Khoa số 7") == 0
    sheet.delete_rows(37)
    out = io.BytesIO()
    book.save(out)
    (tmp_path / "bv.xlsx").write_bytes(out.getvalue())
    assert "35 offices added" in lang_son("import-units", "bv.xlsx", "--dry-run")[1]
    assert "35 offices added" in lang_son("import-units", "bv.xlsx")[1]
    assert lang_son("find-unit", "khoa so 7 benh vien da khoa")[1].splitlines()[0].split("\t")[:2] == ["20-BVDK-K07", "Khoa số 7"]


def test_find_unit_prints_one_office_a_line_tab_separated(lang_son):
    code, out, _err = lang_son("find-unit", "xa tri phuong")
    first = out.splitlines()[0].split("\t")
    assert code == 0 and first[:3] == ["06004", "Xã Quốc Khánh", "UBND tỉnh Lạng Sơn"] and "Xã Tri Phương" in first[3]
    assert lang_son("find-unit", "zzzzqqqq")[0] == 1


def test_an_invitation_is_printed_once_and_staff_can_be_listed_and_revoked(lang_son):
    code, out, _err = lang_son("invite", "--role", "admin", "--unit", "20", "--name", "Lý Thị Hoa")
    assert code == 0 and "/start i_" in out
    assert "no office with the code" in lang_son("invite", "--role", "head", "--unit", "99")[2]
    assert "invited until" in lang_son("staff")[1]
    assert lang_son("revoke", "7")[0] == 1


def test_many_people_come_from_a_file_with_a_sheet_to_print(lang_son, tmp_path: Path):
    rows = "name,badge,role,unit\nTrần Thị Mai,TT-001,unit_head,05986\nLê Văn Bình,,handler,Sở Nội vụ\n"
    (tmp_path / "nguoi.csv").write_text(rows)
    code, out, err = lang_son("import-staff", "nguoi.csv", "--sheet", "in.html")
    assert code == 0 and "2 people are invited" in out, err
    page = (tmp_path / "in.html").read_text()
    assert "Trần Thị Mai" in page and page.count("/start i_") == 2 and page.count("Dùng một lần") == 2
    assert 'class="qr"' not in page  # Nothing opens a chat yet.
    (tmp_path / "sai.csv").write_text("name,badge,role,unit\nTrần Thị Mai,TT-001,boss,05986\n")
    code, _out, err = lang_son("import-staff", "sai.csv")
    assert code == 1 and "boss" in err and "2" in err


def test_an_invitation_opens_any_of_our_chats(lang_son, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("ZALO_BOT_LINK", "https://zalo.me/1459232241454765289")
    # Without a page of ours the address opens the chat, and the line is sent there.
    assert "Zalo Bot: https://zalo.me/1459232241454765289\n" in lang_son("invite", "--role", "admin", "--unit", "20")[1]
    monkeypatch.setenv("PUBLIC_URL", "https://phananh.example.gov.vn")
    for name in ("ZALO_OA_ID", "ZALO_OA_SECRET", "ZALO_APP_ID", "ZALO_APP_SECRET"):
        monkeypatch.setenv(name, "3886132808788086450")
    _code, out, _err = lang_son("invite", "--role", "admin", "--unit", "20")
    typed = out.split()[-1]
    assert typed.startswith("i_") and len(typed) == 24
    # Behind the `#` no server sees it.
    assert f"Zalo: https://phananh.example.gov.vn/open/zalo_oa#{typed}" in out
    assert f"Zalo Bot: https://phananh.example.gov.vn/open/zalo_bot#{typed}" in out and "t.me" not in out
    (tmp_path / "nguoi.csv").write_text("name,badge,role,unit\nTrần Thị Mai,TT-001,unit_head,05986\n")
    assert lang_son("import-staff", "nguoi.csv", "--sheet", "in.html")[0] == 0
    page = (tmp_path / "in.html").read_text()
    assert page.count('class="qr"') == 2 and "<p>Zalo</p>" in page and "<p>Zalo Bot</p>" in page


def test_a_file_that_is_not_there_is_said_in_words(lang_son):
    code, _out, err = lang_son("import-units", "khong-co.csv")
    assert code == 1 and "khong-co.csv cannot be read" in err


def test_there_are_no_dead_letters_at_first(lang_son):
    assert "no dead letters" in lang_son("dead-letters")[1]
    assert "0 messages will be tried again." in lang_son("dead-letters", "--retry")[1]


def test_a_link_needs_the_bots_name(lang_son):
    code, _out, err = lang_son("link", "--unit", "05986", "--counter", "3")
    assert code == 1 and "u_05986_3_" in err


def test_a_due_date_is_worked_out_day_by_day_without_any_database(run):
    code, out, _err = run("due", "2026-11-20T16:00+07:00", "3wd")
    first, *days = out.splitlines()
    assert code == 0 and first == "2026-11-26T23:59:59+07:00"
    assert [line[:14] for line in days] == [
        f"2026-11-{day}" for day in ("20 Fri", "21 Sat", "22 Sun", "23 Mon", "24 Tue", "25 Wed", "26 Thu")
    ]
    assert "day off: Ngày Văn hóa Việt Nam (NQ 28/2026/QH16)" in days[4] and "working day 3" in days[6]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("2026-11-20T16:00", "8wh"), "2026-11-23T16:30:00+07:00"),
        (("2026-10-25T09:00", "30d"), "2026-11-25T23:59:59+07:00"),
        (("2026-11-20T09:00Z", "2m"), "2027-01-20T23:59:59+07:00"),
        (("2026-11-20", "45d!"), "2027-01-04T23:59:59+07:00"),
        (("2026-11-20T16:00", "3wd", "--extend", "5wd"), "2026-12-03T23:59:59+07:00"),
        (("2026-11-20T16:00", "3wd", "--pause", "2026-11-23T10:00/2026-11-25T09:00"), "2026-11-27T23:59:59+07:00"),
    ],
)
def test_a_due_date_is_worked_out_for_every_kind_of_term_in_vietnams_time(migrated, words, first):
    assert migrated("due", *words)[1].splitlines()[0] == first


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("yesterday", "3wd"), "2026-11-20T16:00"),
        (("2026-11-20T16:00", "three"), "3wd"),
        (("2026-11-20T16:00", "0wd"), "at least 1"),
        (("2100-12-31", "2wd"), "import-holidays"),
        (("9999-12-31T23:59Z", "3h"), "2026-11-20T16:00"),
        (("2026-11-20", "3wd", "--pause", "Monday"), "SINCE/UNTIL"),
        (("2026-11-20", "3wd", "--pause", "2026-11-25/2026-11-24"), "before it begins"),
        (("2026-11-20", "3wd", "--extend", "much"), "3wd"),
        (("2026-11-20", "3wd", "--unit", "05986"), "no office with the code '05986'"),
    ],
)
def test_what_due_cannot_read_is_said_in_words(run, words, says):
    code, out, err = run("due", *words)
    assert code == 1 and out == "" and says in err and len(err.splitlines()) == 1


SWAP = "ngày;loại;tên;căn cứ;hoán đổi với\n23/11/2026;nghỉ hoán đổi;Nghỉ hoán đổi;CV 1/BNV;28/11/2026\n"


def due_of(run) -> str:
    return run("due", "2026-11-20T16:00", "3wd")[1].splitlines()[0]


def test_a_swap_is_switched_on_in_one_step_and_off_again(migrated, tmp_path: Path):
    (tmp_path / "doi.csv").write_text(SWAP)
    said = migrated("import-holidays", "doi.csv", "--dry-run")[1]
    assert "0 rows added, 2 changed, 0 left as they are, if this were not a dry run." in said
    assert due_of(migrated) == "2026-11-26T23:59:59+07:00"
    code, out, err = migrated("import-holidays", "doi.csv", "--list", "doi-han.csv")
    assert code == 0 and "0 rows added, 2 changed, 0 left as they are." in out and "0 dates of 0 cases moved." in out, err
    assert (tmp_path / "doi-han.csv").read_text("utf-8-sig") == "case,clock,old,new,moved\n"
    assert due_of(migrated) == "2026-11-27T23:59:59+07:00"
    assert migrated("import-holidays", "doi.csv")[1] == "0 rows added, 0 changed, 2 left as they are.\n"
    assert "2 rows brought back." in migrated("import-holidays", "--undo")[1]
    assert due_of(migrated) == "2026-11-26T23:59:59+07:00"
    assert "2 rows brought back." in migrated("import-holidays", "--undo")[1]  # What was undone can be done again.
    assert due_of(migrated) == "2026-11-27T23:59:59+07:00"
    assert "your own row stays" in migrated("migrate")[1] and due_of(migrated) == "2026-11-27T23:59:59+07:00"


def test_one_bad_line_of_a_calendar_stops_all(migrated, tmp_path: Path):
    (tmp_path / "sai.csv").write_text(SWAP + "24/13/2026;nghỉ lễ;;;\n")
    code, _out, err = migrated("import-holidays", "sai.csv")
    assert code == 1 and "line 3, date: '24/13/2026' is no day" in err and "Nothing was changed: 3 problems in sai.csv." in err
    assert due_of(migrated) == "2026-11-26T23:59:59+07:00"
    assert migrated("import-holidays", "--undo")[0] == 1 and migrated("import-holidays")[0] == 2


def test_a_year_of_which_too_little_is_entered_is_pointed_out(migrated, tmp_path: Path):
    (tmp_path / "2028.csv").write_text("date,kind,name,source\n2028-01-01,holiday,Tết Dương lịch,BLLĐ\n")
    assert "2028 has only 1 days off" in migrated("import-holidays", "2028.csv")[1]


def test_a_closed_office_has_dates_of_its_own(lang_son, tmp_path: Path):
    (tmp_path / "lu.csv").write_text("date,kind,name,source,place\n2026-11-25,local_off,Lũ,CV 2/UBND,05986\n")
    assert "1 rows added" in lang_son("import-holidays", "lu.csv")[1]
    assert due_of(lang_son) == "2026-11-26T23:59:59+07:00"
    out = lang_son("due", "2026-11-20T16:00", "3wd", "--unit", "05986-VP")[1]
    assert out.startswith("2026-11-27") and "day off: Lũ (CV 2/UBND)" in out


def test_whoever_reads_only_the_first_line_hears_of_no_error(run):
    words = f"{shlex.quote(sys.executable)} -m bot due 2026-01-20 2m | head -1"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(words, shell=True, cwd=root, capture_output=True, text=True)
    assert done.stdout == "2026-03-20T23:59:59+07:00\n" and done.stderr == ""


def test_the_demo_leaves_a_file_alone_that_it_did_not_make(lang_son, tmp_path: Path):
    before = (tmp_path / "langnghe.db").read_bytes()
    code, _out, err = lang_son("demo", "--file", "langnghe.db", "--port", "0")
    assert code == 1 and "not a demo's file" in err
    (tmp_path / "brief.txt").write_text("no database at all")
    assert lang_son("demo", "--file", "brief.txt", "--port", "0")[0] == 1
    assert (tmp_path / "langnghe.db").read_bytes() == before


def test_an_old_copy_still_opens(lang_son, tmp_path: Path):
    for name in ("langnghe.db", "langnghe.db.keys"):
        shutil.copy(tmp_path / name, tmp_path / f"copy-{name}")
    (tmp_path / "langnghe.db").unlink()
    (tmp_path / "langnghe.db.keys").unlink()
    for name in ("langnghe.db", "langnghe.db.keys"):
        shutil.copy(tmp_path / f"copy-{name}", tmp_path / name)
    assert lang_son("find-unit", "tam thanh")[0] == 0


@pytest.fixture
def taken_port():
    with socket.socket() as end:
        end.bind(("0.0.0.0", 0))
        end.listen()
        yield end.getsockname()[1]


def test_a_taken_port_is_one_sentence(migrated, monkeypatch, taken_port: int, tmp_path: Path):
    code, _out, err = migrated("demo", "--port", str(taken_port))
    assert code == 1 and err == f"Port {taken_port} is taken. Use another one: --port {taken_port + 1}\n"
    assert not (tmp_path / "demo.db").exists()
    monkeypatch.setenv("PORT", str(taken_port))
    code, _out, err = migrated("web")
    assert code == 1 and f"Port {taken_port} cannot be used" in err and "Traceback" not in err


def test_a_folder_that_cannot_be_made_is_one_sentence(migrated, monkeypatch, tmp_path: Path):
    (tmp_path / "in the way").write_text("")
    monkeypatch.setenv("FILES_DIR", str(tmp_path / "in the way" / "files"))
    code, _out, err = migrated("web")
    assert code == 1 and "in the way" in err and "cannot be used" in err and "Traceback" not in err


def test_an_unreachable_postgresql_is_one_sentence_without_the_password(run, monkeypatch):
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://role:hush@127.0.0.1:{end.getsockname()[1]}/langnghe")
        monkeypatch.setenv("SECRET_KEYS", new_key())
        for command in ("migrate", "web", "work", "staff"):
            code, _out, err = run(command)
            assert code == 1 and "The database langnghe on 127.0.0.1 cannot be used" in err, err
            assert "hush" not in err and "Traceback" not in err


def test_a_staff_sheet_read_again_invites_nobody_twice_and_an_invitation_can_be_cancelled(lang_son, tmp_path: Path):
    (tmp_path / "staff.csv").write_text("name,role,unit,badge\nTrần Thị Mai,head,20,TT-001\n")
    assert "1 people are invited" in lang_son("import-staff", "staff.csv")[1]
    again = lang_son("import-staff", "staff.csv")[1]
    assert "0 people are invited" in again and "1 have joined or are invited already" in again
    listed = lang_son("staff")[1]
    assert listed.startswith("invitation 1\tTrần Thị Mai") and listed.count("\n") == 1
    assert lang_son("revoke", "--invitation", "1")[0] == 0
    assert lang_son("revoke", "--invitation", "1")[0] == 1
    assert "Trần" not in lang_son("staff")[1]
