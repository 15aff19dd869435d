"""The services as local processes: the same commands and environment, with what an image does before them done here."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.conformance.compose import file
from tests.conformance.compose.places import Places

PATIENCE: Final = 60.0
"""Seconds until a service is ready."""
PROGRAMS: Final = ("nginx", "mosquitto", "openssl", "curl", "initdb")


class NotReady(Exception):
    """A service ended, or was not ready in time; with what it said last."""


def program(name: str) -> str | None:
    """Where a program is: Debian keeps servers outside of the usual path."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None and name in ("initdb", "postgres", "pg_isready"):
        found = next(iter(sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)), None)
    return found


def missing() -> str:
    """What this machine lacks; empty where it lacks nothing."""
    lacking = [name for name in PROGRAMS if program(name) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    if os.geteuid() == 0 and (not _has_user("postgres") or shutil.which("runuser") is None):
        return "PostgreSQL refuses root, and there is no user `postgres` to run it as"
    return ""


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class Processes:
    """The running services of one compose file."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def up(self) -> None:
        """Start every service, each when those that it needs are ready. Raises NotReady."""
        for name in file.in_order(self.places.document):
            self.places.files(name)
            getattr(self, f"_{name}", self._node)(name)
            print(f"         {name} is ready", flush=True)

    def down(self) -> None:
        """Stop what runs, the last one first."""
        for process in reversed(self.running.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def environment(self, service: str) -> dict[str, str]:
        """What a process of a service finds in its environment: that of the file, with our programs in the path."""
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        home = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**home, "PATH": path, **self.places.environment(service)}

    def said(self, service: str) -> str:
        """What a service said, on both channels."""
        log = self._log(service)
        return log.read_text("utf-8", "replace") if log.is_file() else ""

    def _log(self, service: str) -> Path:
        return self.places.folder / f"{service}.log"

    def _start(self, service: str, command: Sequence[str], folder: Path, owner: str = "") -> None:
        as_owner = ["runuser", "-u", owner, "--"] if owner and os.geteuid() == 0 else []
        with self._log(service).open("wb") as log:
            self.running[service] = subprocess.Popen(
                [*as_owner, *command],
                cwd=folder,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _until(self, service: str, asked: Sequence[str]) -> None:
        """Wait until `asked` succeeds. Raises NotReady."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.running[service].poll() is None:
            if subprocess.run(asked, capture_output=True, env=self.environment(service), check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise NotReady(f"{service} is not ready: {self.said(service)[-1500:]}")

    # --- one service each

    def _certificates(self, service: str) -> None:
        done = subprocess.run(
            self.places.command(service), env=self.environment(service), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotReady(f"{service}: {done.stderr[-1500:]}")

    def _database(self, service: str) -> None:
        """What the image does first: a cluster with this user, password and database, then the files of its folder."""
        places, told = self.places, self.environment(service)
        folder, port = places.volume("database"), str(places.port(service, 5432))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        word = places.folder / "files" / "database.password"
        word.write_text(told["POSTGRES_PASSWORD"], "utf-8")
        initdb = ["-D", str(folder / "data"), "-U", told["POSTGRES_USER"], "-A", "scram-sha-256", "--pwfile", str(word)]
        self._once(service, [str(program("initdb")), *initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        own = ["-D", str(folder / "data"), "-p", port, "-k", str(folder), "-c", "listen_addresses=localhost"]
        postgres, *more = places.command(service)
        self._start(service, [str(program(postgres)), *own, *more], folder, "postgres")
        self._until(service, [str(program("pg_isready")), "-h", "localhost", "-p", port])
        made = f"create database {told['POSTGRES_DB']};\n" + (file.FOLDER / "databases.sql").read_text("utf-8")
        _execute(int(port), told["POSTGRES_USER"], told["POSTGRES_PASSWORD"], made)

    def _once(self, service: str, command: Sequence[str]) -> None:
        as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*as_owner, *command], capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise NotReady(f"{service}: {done.stderr[-1500:]}")

    def _broker(self, service: str) -> None:
        self._start(service, self.places.command(service), self.places.folder)
        self._until(service, _connect(self.places.port(service, 8883)))

    def _node(self, service: str) -> None:
        self._start(service, self.places.command(service), self.places.volume(service))
        self._until(service, ["curl", "-sf", f"http://localhost:{self.places.port(service, 8081)}/check/liveness"])

    def _front(self, service: str) -> None:
        """What the image does first: its template filled in; what stands around it is the image's own file."""
        told, folder = self.environment(service), self.places.folder / "nginx"
        folder.mkdir()
        template = self.places.folder / "files" / "front.conf.template"
        (folder / "front.conf").write_text(_filled(template.read_text("utf-8"), told), "utf-8")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
        around = f"pid {folder}/pid; events {{}} http {{ access_log off; {temporary} include {folder}/front.conf; }}"
        (folder / "nginx.conf").write_text(around, "utf-8")
        own = ["-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-p", str(folder)]
        self._start(service, [*self.places.command(service), *own], folder)
        self._until(service, _connect(int(told["CUSTOMER_PORT"])))


_TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _filled(template: str, variables: Mapping[str, str]) -> str:
    """As the image's `envsubst` does: variables that there are, and nginx's own left alone."""
    for name, value in variables.items():
        template = template.replace(f"${{{name}}}", value)
    return template


def _connect(port: int) -> list[str]:
    return [sys.executable, "-c", f"import socket; socket.create_connection(('localhost', {port}), 1).close()"]


def _execute(port: int, user: str, password: str, statements: str) -> None:
    import pg8000.dbapi

    connection = pg8000.dbapi.connect(user, password=password, host="localhost", port=port, database="postgres")
    connection.autocommit = True
    lines = (line for line in statements.splitlines() if not line.startswith("--"))
    for statement in " ".join(lines).split(";"):
        if statement.strip():
            connection.cursor().execute(statement)
    connection.close()


@contextlib.contextmanager
def running(places: Places) -> Iterator[Processes]:
    """All services up, until the block ends. Raises NotReady."""
    processes = Processes(places)
    try:
        processes.up()
        yield processes
    finally:
        processes.down()
