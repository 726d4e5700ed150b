"""The guard: what a program is kept from while it is imported, and what is let be.

A guard stays in its process for good, so that everything is tried in one that is made for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent, indent

import pytest

from keyrack.check.guard import EffectError, caused_by_guard

posix = pytest.mark.skipif(sys.platform == "win32", reason="as POSIX has it")

TRY = """\
import json, sys
from pathlib import Path
from keyrack.check.guard import EffectError, Guard

Path("shop.py").write_text(sys.stdin.read())
guard = Guard()
raised = ""
try:
    with guard.on():
        import shop
except BaseException as error:
    raised = type(error).__name__
tried = [[one.act, *([] if one.spot is None else [Path(one.spot.file).name, one.spot.line])] for one in guard.tried]
print("\\n" + json.dumps({"tried": tried, "raised": raised}))
"""


def imported(folder: Path, source: str) -> tuple[list[list[str | int]], str]:
    """Import a program under a guard, in *folder*: what it tried, and what came out of it."""
    result = subprocess.run(
        [sys.executable, "-c", TRY], input=dedent(source), cwd=folder, capture_output=True, text=True, check=True
    )
    answer = json.loads(result.stdout.splitlines()[-1])
    return answer["tried"], answer["raised"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in {"shop.py", "__pycache__"})


# --- what is prevented ----------------------------------------------------------------------------

ACTS = [
    ("open('new.txt', 'w')", "write 'new.txt'"),
    ("open('old.txt', 'r+')", "write 'old.txt'"),
    ("open('old.txt', 'ab')", "write 'old.txt'"),
    ("open(b'new.txt', 'x')", "write b'new.txt'"),
    ("io.FileIO('new.txt', 'w')", "write 'new.txt'"),
    ("Path('new.txt').write_text('x')", "write 'new.txt'"),
    ("os.open('new.txt', os.O_CREAT)", "write 'new.txt'"),
    ("os.open('old.txt', os.O_WRONLY)", "write 'old.txt'"),
    ("os.open('old.txt', os.O_RDWR | os.O_APPEND)", "write 'old.txt'"),
    ("logging.FileHandler('new.log')", None),
    ("tempfile.mkstemp(dir='.')", None),
    ("tempfile.TemporaryFile(dir='.')", None),
    ("os.mkdir('new')", "make the folder 'new'"),
    ("os.makedirs('new/newer')", "make the folder 'new'"),
    ("os.rmdir('folder')", "remove the folder 'folder'"),
    ("os.remove('old.txt')", "remove 'old.txt'"),
    ("Path('old.txt').unlink()", None),
    ("os.rename('old.txt', 'new.txt')", "rename 'old.txt'"),
    ("os.replace('old.txt', 'new.txt')", "rename 'old.txt'"),
    ("os.truncate('old.txt', 0)", "truncate 'old.txt'"),
    ("os.utime('old.txt')", "change 'old.txt'"),
    ("os.chmod('old.txt', 0o600)", "change 'old.txt'"),
    ("os.symlink('old.txt', 'new.txt')", "make a link to 'old.txt'"),
    ("os.link('old.txt', 'new.txt')", "make a link to 'old.txt'"),
    ("shutil.rmtree('folder')", "remove 'folder'"),
    ("shutil.copyfile('old.txt', 'new.txt')", "copy 'old.txt'"),
    ("shutil.move('old.txt', 'new.txt')", "move 'old.txt'"),
    ("sqlite3.connect('new.db')", "open the database 'new.db'"),
    ("sqlite3.connect('file:new.db?mode=rwc', uri=True)", None),
    ("dbm.dumb.open('new')._commit()", None),
    ("socket.create_connection(('127.0.0.1', 9))", None),
    ("socket.socket().connect(('127.0.0.1', 9))", "connect to ('127.0.0.1', 9)"),
    ("socket.socket().connect_ex(('127.0.0.1', 9))", "connect to ('127.0.0.1', 9)"),
    ("socket.socket().bind(('127.0.0.1', 0))", "listen on ('127.0.0.1', 0)"),
    ("socket.getaddrinfo('localhost', 80)", "look up 'localhost'"),
    ("socket.gethostbyname('localhost')", "look up 'localhost'"),
    ("urllib.request.urlopen('http://127.0.0.1:9')", None),
    ("asyncio.run(asyncio.open_connection('127.0.0.1', 9))", None),
    ("subprocess.run([sys.executable, '-c', 'pass'])", None),
    ("subprocess.check_output('touch new.txt', shell=True)", None),
    ("os.system('touch new.txt')", None),
    ("os.kill(os.getpid(), 0)", None),
]
ON_POSIX = [
    ("os.fork()", "fork"),
    ("os.execv(sys.executable, [sys.executable, '-c', 'pass'])", None),
    ("os.posix_spawn('/bin/touch', ['touch', 'new.txt'], {})", "start '/bin/touch'"),
    ("os.spawnv(os.P_WAIT, '/bin/touch', ['touch', 'new.txt'])", None),
    ("multiprocessing.get_context('fork').Process(target=print).start()", None),
    ("concurrent.futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context('fork')).submit(print)", None),
]
MODULES = (
    "asyncio, concurrent.futures, dbm.dumb, io, logging, multiprocessing, os, shutil, socket, sqlite3, subprocess, "
    "sys, tempfile, urllib.request"
)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[list[str | int]], str, list[str]]]:
    """Try each act in one process, and see what was tried, what was raised, and which files there are afterwards."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "old.txt").touch()
    (folder / "folder").mkdir()
    acts = [source for source, _ in [*ACTS, *([] if sys.platform == "win32" else ON_POSIX)]]
    tries = "".join(f"def act{at}():\n    {source}\n" for at, source in enumerate(acts))
    program = f"""\
        import {MODULES}, dbm, json
        from pathlib import Path
        from keyrack.check.guard import EffectError, Guard

        {indent(tries, " " * 8).lstrip()}
        here = __file__
        guard = Guard()
        told = []
        for at in range({len(acts)}):
            raised = ""
            try:
                with guard.on():
                    globals()[f"act{{at}}"]()
            except BaseException as error:
                raised = type(error).__name__
            told.append([[[one.act, one.spot.line if one.spot else 0] for one in guard.tried], raised,
                         sorted(os.listdir())])
            guard.tried.clear()
        print(json.dumps(told))
        """
    (folder.parent / "tries.py").write_text(dedent(program))
    result = subprocess.run(
        [sys.executable, str(folder.parent / "tries.py")], cwd=folder, capture_output=True, text=True, check=True
    )
    return dict(zip(acts, json.loads(result.stdout.splitlines()[-1]), strict=True))


Outcome = dict[str, tuple[list[list[str | int]], str, list[str]]]


@pytest.mark.parametrize(
    ("act", "told"),
    [*ACTS, *(pytest.param(*one, marks=posix) for one in ON_POSIX)],
    ids=lambda value: value if isinstance(value, str) and "(" in value else "",
)
def test_an_act_is_prevented_and_remembered(outcome: Outcome, act: str, told: str | None) -> None:
    tried, raised, files = outcome[act]

    assert len(tried) >= 1
    assert tried[0][0] == told or told is None
    assert all(line for _, line in tried)
    assert raised
    assert files == ["folder", "old.txt"]


def test_an_act_in_a_library_is_told_with_the_line_of_the_program(tmp_path: Path) -> None:
    source = """\
        import logging

        def set_up():
            logging.basicConfig(filename="app.log")

        set_up()
        """

    tried, raised = imported(tmp_path, source)

    [[act, *place]] = tried
    assert (str(act)[:7], place) == ("write '", ["shop.py", 4])
    assert (raised, names(tmp_path)) == ("EffectError", [])


def test_an_act_whose_error_the_program_swallows_is_remembered_all_the_same(tmp_path: Path) -> None:
    source = """\
        try:
            open("app.log", "w")
        except Exception:
            pass
        """

    assert imported(tmp_path, source) == ([["write 'app.log'", "shop.py", 2]], "")


def test_acts_of_a_thread_that_a_program_starts_are_prevented_even_when_it_is_imported(tmp_path: Path) -> None:
    source = """\
        import threading

        def work():
            go_on.wait()
            try:
                open("app.log", "w")
            finally:
                done.set()

        go_on, done = threading.Event(), threading.Event()
        threading.excepthook = lambda told: print(told.exc_type.__name__)
        threading.Thread(target=work).start()
        """
    after = "\nshop.go_on.set(); shop.done.wait(); open('ours.txt', 'w').close()\n"

    result = subprocess.run(
        [sys.executable, "-c", TRY + after],
        input=dedent(source),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "EffectError" in result.stdout.splitlines()
    assert names(tmp_path) == ["ours.txt"]


# --- what is let be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "print(open(__file__).read())",
        "import os; os.listdir(); os.stat('.'); os.getcwd()",
        "import os; open(os.devnull, 'w').write('x'); os.open(os.devnull, os.O_RDWR)",
        "import os; open(os.dup(1), 'w')",
        "import sqlite3; sqlite3.connect(':memory:').execute('create table t (x)')",
        "import sqlite3; sqlite3.connect('file:x?mode=memory', uri=True).execute('create table t (x)')",
        "import socket; one, other = socket.socketpair(); one.send(b'x')",
        "import socket; getattr(socket, '_fallback_socketpair', socket.socketpair)()",  # that of Windows
        "import asyncio; asyncio.new_event_loop().close()",
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "import threading; one = threading.Thread(target=print); one.start(); one.join()",
        "import concurrent.futures as f; f.ThreadPoolExecutor().submit(print).result()",
        "import logging; logging.basicConfig(); logging.warning('x')",
        "import email.mime.text, xml.dom.minidom, unittest.mock, decimal, uuid, platform, multiprocessing, numpy",
        "import pydantic; pydantic.create_model('M', x=(int, 1))",
        "import os; os.environ['X'] = '1'; os.putenv('Y', '2')",
        "import random, secrets, time; random.random(); secrets.token_hex(); time.time()",
        "import tempfile; tempfile.gettempdir()",
        "import io; io.StringIO().write('x'); io.BytesIO().write(b'x')",
    ],
)
def test_what_has_no_effect_is_let_be(tmp_path: Path, source: str) -> None:
    assert imported(tmp_path, source) == ([], "")
    assert names(tmp_path) == []


def test_python_may_keep_what_it_has_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    (tmp_path / "prices.py").write_text("PRICE = 1\n")

    assert imported(tmp_path, "import prices") == ([], "")
    assert [path.name.partition(".")[0] for path in sorted((tmp_path / "__pycache__").iterdir())] == ["prices", "shop"]


def test_python_may_keep_what_it_has_compiled_in_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "new" / "compiled"))
    (tmp_path / "prices.py").write_text("tea = 3")

    assert imported(tmp_path, "import prices") == ([], "")
    assert {"prices", "shop"} <= {path.name.partition(".")[0] for path in (tmp_path / "new").rglob("*.pyc")}


def test_reading_is_let_be_where_the_file_is_missing(tmp_path: Path) -> None:
    assert imported(tmp_path, "open('missing.txt')") == ([], "FileNotFoundError")


def test_what_is_not_wanted_is_let_be(tmp_path: Path) -> None:
    after = "\nwith guard.on(wanted=False): open('a.txt', 'w').close()\nopen('b.txt', 'w').close()\n"

    subprocess.run([sys.executable, "-c", TRY + after], input="", cwd=tmp_path, text=True, check=True)

    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_events_that_a_program_makes_up_are_no_reason_to_fail(tmp_path: Path) -> None:
    source = """\
        import sys
        for event in ("open", "sqlite3.connect", "socket.connect", "os.mkdir", "os.rename", "subprocess.Popen"):
            for args in [(), (None,), (object(), object(), object(), object())]:
                try:
                    sys.audit(event, *args)
                except Exception as error:
                    assert type(error).__name__ == "EffectError", error
        """

    assert imported(tmp_path, source)[1] == ""


# --- whose error it is ----------------------------------------------------------------------------


def after(inner: BaseException, outer: BaseException, *, explicit: bool) -> BaseException:
    """Give an error as it is when it is raised where another one is handled."""
    outer.__context__ = inner
    outer.__cause__ = inner if explicit else None
    return outer


@pytest.mark.parametrize("explicit", [True, False])
def test_an_error_that_comes_of_a_prevented_act_is_known(explicit: bool) -> None:
    assert caused_by_guard(EffectError())
    assert caused_by_guard(after(EffectError(), KeyError(), explicit=explicit))
    assert not caused_by_guard(after(ValueError(), KeyError(), explicit=explicit))
    assert not caused_by_guard(None)


def test_errors_that_are_each_others_cause_are_no_reason_to_hang() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one

    assert not caused_by_guard(one)
