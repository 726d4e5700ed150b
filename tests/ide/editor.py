"""An editor without a screen: asks pyright's language server what it would show at a cursor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import keyrack


class Editor:
    """One file, open in a language server.

    Questions take the last line of the file, with ``|`` where the cursor is.

    Args:
        folder: where the file seems to lie; nothing is written.
        program: what stands above the last line.
    """

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder.as_uri()
        self._file = (folder / "program.py").as_uri()
        self._program = program
        self._version = 0
        self._asked = 0
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            env={**os.environ, "PATH": path, "PYTHONPATH": str(Path(keyrack.__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        capabilities = {"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}
        folders = [{"uri": self._folder, "name": "folder"}]
        self._ask("initialize", processId=os.getpid(), workspaceFolders=folders, capabilities=capabilities)
        self._tell("initialized")
        document = {"uri": self._file, "languageId": "python", "version": 0, "text": self._program}
        self._tell("textDocument/didOpen", textDocument=document)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        with self._process:  # waits for its end
            self._ask("shutdown")
            self._tell("exit")

    def completions(self, line: str) -> list[str]:
        """Give what may follow, without private names."""
        found = self._at_cursor("textDocument/completion", line)
        return [item["label"] for item in found["items"] if not item["label"].startswith("_")]

    def hover(self, line: str) -> str:
        """Give the text that is shown for the name under the cursor."""
        text: str = self._at_cursor("textDocument/hover", line)["contents"]["value"]
        return text

    def signatures(self, line: str) -> list[str]:
        """Give the signatures of the call in which the cursor stands."""
        return [found["label"] for found in self._at_cursor("textDocument/signatureHelp", line)["signatures"]]

    def _at_cursor(self, question: str, line: str) -> Any:
        before, after = line.split("|")
        self._version += 1
        document = {"uri": self._file, "version": self._version}
        text = f"{self._program}{before}{after}\n"
        self._tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
        cursor = {"line": self._program.count("\n"), "character": len(before)}
        return self._ask(question, textDocument={"uri": self._file}, position=cursor)

    def _ask(self, question: str, **parameters: Any) -> Any:
        """Give the answer to a question, and answer what the server asks meanwhile."""
        self._asked += 1
        self._send({"id": self._asked, "method": question, "params": parameters})
        while True:
            message = self._receive()
            if "method" not in message:
                assert message["id"] == self._asked
                return message["result"]
            if "id" in message:
                settings = message["params"].get("items")  # asks about each; there are none
                self._send({"id": message["id"], "result": settings and [None] * len(settings)})

    def _tell(self, event: str, **parameters: Any) -> None:
        self._send({"method": event, "params": parameters})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while header := self._process.stdout.readline().strip():
            name, value = header.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
