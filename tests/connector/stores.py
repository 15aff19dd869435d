"""Stores of every kind that this machine has: SQLite always, PostgreSQL where its binaries are."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock

OpenStore = Callable[..., SqlStore]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of each kind, its tables made and empty."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.sqlite")
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose tables are made: making them anew for each test takes most of its time."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite"
    SqlStore(f"sqlite:///{path}", SystemClock()).close()
    return path


@pytest.fixture
def open_store(store_url: str) -> Iterator[OpenStore]:
    """Opens the store at `store_url` (again); all are closed at the end."""
    opened: list[SqlStore] = []

    def open_(**options: object) -> SqlStore:
        opened.append(SqlStore(store_url, SystemClock(), **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> SqlStore:
    """A store on an empty database."""
    return open_store()


@pytest.fixture
def postgresql_url(postgresql_cluster: Path, postgresql_template: str) -> str:
    """A database of its own in the cluster, its tables made and empty."""
    return _database(postgresql_cluster, "d" + os.urandom(6).hex(), postgresql_template)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: Path) -> str:
    """The name of a database whose tables are made."""
    SqlStore(_database(postgresql_cluster, "made", "template0"), SystemClock()).close()
    return "made"


def _database(cluster: Path, name: str, template: str) -> str:
    import pg8000.dbapi

    socket = cluster / ".s.PGSQL.5432"
    connection = pg8000.dbapi.connect("postgres", unix_sock=str(socket), database="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"create database {name} template {template}")
    connection.close()
    return f"postgresql+pg8000://postgres@/{name}?unix_sock={socket}"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Path]:
    """The folder of a running cluster's socket; unprivileged, as PostgreSQL wants it."""
    programs = _programs()
    if programs is None:
        _absent("PostgreSQL's initdb is not on this machine")
    folder = Path(tempfile.mkdtemp(prefix="ionport-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        if not _has_user("postgres") or shutil.which("runuser") is None:
            _absent("PostgreSQL refuses root, and there is no user `postgres` to run it as")
        shutil.chown(folder, "postgres", "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]
    control = [*as_owner, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    try:
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust"]
        _run([*as_owner, *initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], folder)
        options = f"-c listen_addresses='' -c fsync=off -c max_connections=60 -k {folder}"
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"], folder)
        yield folder
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], capture_output=True, cwd="/", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(command: list[str], folder: Path) -> None:
    with (folder.parent / f"{folder.name}.out").open("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd="/", timeout=60, check=False)
        output.seek(0)
        said = output.read()
    (folder.parent / f"{folder.name}.out").unlink()
    if done.returncode:
        _absent(f"PostgreSQL does not start here: {said[-500:]}")


def _absent(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
