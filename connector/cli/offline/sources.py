"""What a user means by MODEL: a URN, a Turtle file or a folder, and where its imports come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from connector.adapters.library import FolderLibrary
from connector.cli.offline import documents
from connector.notation.problems import Invalid, Problem, Unprocessable
from submodels.samm.loader import aspects_in, load
from submodels.samm.model import Aspect
from submodels.samm.terms import split_urn
from submodels.samm.turtle import parse

Texts = Callable[[str], Iterable[tuple[str, str]]]
_OWN_NAMESPACE: Final = re.compile(r"@?prefix\s+:\s*<urn:[sb]amm:([^#>\s]+)#>", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Job:
    """One aspect and the texts that it is read from."""

    urn: str
    texts: Texts

    def load(self) -> Aspect:
        """The aspect. Raises Invalid (`samm/...`)."""
        return load(self.urn, self.texts)


@dataclass(frozen=True, slots=True)
class Missing:
    """What was named, but cannot be read as a model."""

    name: str
    problem: Problem


def jobs(models: Sequence[str], roots: Sequence[Path]) -> Iterator[Job | Missing]:
    """The aspects that `models` name, in their order; files of a folder without an aspect are passed over."""
    for root in roots:
        if not root.is_dir():
            raise Invalid("cli/models-root", f"the models root {root} is no folder")
    for name in models:
        if name.startswith("urn:"):
            yield Job(name, FolderLibrary(roots).turtle)
        else:
            yield from _in_path(Path(name), roots)


def single(model: str, roots: Sequence[Path]) -> Job:
    """The one aspect that `model` names. Raises Unprocessable (`cli/aspects`) where it names several."""
    found = list(jobs([model], roots))
    for job in found:
        if isinstance(job, Missing):
            raise job.problem
    if len(found) != 1 or isinstance(found[0], Missing):
        names = ", ".join(job.urn for job in found if isinstance(job, Job))
        raise Invalid("cli/aspects", f"{model} has {len(found)} aspects: name one of {names}")
    return found[0]


def _in_path(path: Path, roots: Sequence[Path]) -> Iterator[Job | Missing]:
    if path.is_dir():
        files = sorted(path.rglob("*.ttl"))
        if not files:
            yield Missing(str(path), Invalid("cli/model", f"there is no .ttl file below {path}"))
    else:
        files = [path]
    for file in files:
        yield from _in_file(file, roots, is_alone=not path.is_dir())


def _in_file(file: Path, roots: Sequence[Path], *, is_alone: bool) -> Iterator[Job | Missing]:
    try:
        urns = aspects_in(_text(file), str(file.resolve()))
    except Problem as problem:
        detail = problem.detail if problem.detail.startswith(str(file.resolve())) else f"{file}: {problem.detail}"
        yield Missing(str(file), type(problem)(problem.code, detail, findings=problem.findings))
        return
    if not urns and is_alone:
        yield Missing(str(file), Unprocessable("samm/no-aspect", f"{file} defines no aspect: name the file that does"))
    texts = _texts_for(file.resolve(), roots)
    yield from (Job(urn, texts) for urn in urns)


def _text(file: Path) -> str:
    if not file.exists() and not str(file).endswith(".ttl"):
        raise Invalid("cli/model", f"{str(file)!r} is no URN (urn:samm:...), .ttl file or folder")
    return documents.read_bytes(file).decode("utf-8-sig", errors="surrogateescape")


def _texts_for(file: Path, roots: Sequence[Path]) -> Texts:
    """Namespaces of files beside `file` come from there; others from the root that it lies in, `roots`, ours."""
    beside = _by_namespace(file.parent)
    folders = f"{file.parent.parent.name}:{file.parent.name}"
    library = FolderLibrary((file.parents[2], *roots) if folders in beside else roots)
    return lambda namespace: beside.get(namespace) or library.turtle(namespace)


@lru_cache(maxsize=64)
def _by_namespace(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """The files of a folder by each namespace that they define something in; what cannot be read goes by its prefix."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(folder.glob("*.ttl")):
        text = file.read_text("utf-8", errors="surrogateescape")
        for namespace in _namespaces(text, str(file)):
            found.setdefault(namespace, []).append((str(file), text))
    return found


def _namespaces(text: str, file: str) -> Iterable[str]:
    try:
        return dict.fromkeys(parts[0] for iri in parse(text, file) if (parts := split_urn(iri)) is not None)
    except Problem:
        match = _OWN_NAMESPACE.search(text)
        return [match.group(1)] if match else []
