"""The configuration file: what is read, what the environment changes, and how a mistake is told."""

from pathlib import Path
from typing import Any

import pytest

from connector.notation.problems import Invalid
from connector.settings import Settings, load, read

MINIMAL = """
[node]
name = "maker"
did = "did:web:localhost%3A8080:maker"
[public]
port = 8080
[management]
port = 8081
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("IONPORT_")]:
        monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    (folder / "ionport.toml").write_text(text, "utf-8")
    return folder


def refusal(folder: Path, text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        load(written(folder, text))
    return caught.value


def test_a_minimal_file_has_safe_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path, MINIMAL))
    assert settings == load(tmp_path / "ionport.toml")
    assert settings.public.url == "http://localhost:8080"
    assert settings.dsp_url == "http://localhost:8080/dsp/2025-1"
    assert settings.public.bind == ["127.0.0.1", "::1"]
    assert settings.store_url == f"sqlite:///{tmp_path / 'ionport.sqlite'}"
    assert settings.path("key.pem") == tmp_path / "key.pem"
    assert settings.issuer is None
    assert settings.identity.trusted_issuers == []
    assert settings.identity.unsafe_did_web_http is False
    assert settings.node.unsafe_fault == ""
    assert settings.identity.status_max_age == 60


def test_the_public_address_is_apart_from_where_it_binds(tmp_path: Path) -> None:
    text = MINIMAL.replace("port = 8080\n", 'port = 8080\naddress = "https://maker.example/"\nbind = ["0.0.0.0"]\n')
    settings = load(written(tmp_path, text))
    assert settings.public.url == "https://maker.example"
    assert settings.public.bind == ["0.0.0.0"]


@pytest.mark.parametrize(
    ("old", "new", "pointer", "nearest"),
    [
        ("name =", "nmae =", "/node/nmae", "name"),
        ("[public]", "[publik]", "/publik", "public"),
        ("port = 8081", "prot = 8081", "/management/prot", "port"),
        (
            "[management]",
            "[identity]\ntrusted_issuer = []\n[management]",
            "/identity/trusted_issuer",
            "trusted_issuers",
        ),
        (
            "[management]",
            "[limits]\nrequest_per_sec = 3\n[management]",
            "/limits/request_per_sec",
            "requests_per_second",
        ),
        ("[management]", "[issuer]\nvalid_day = 3\n[management]", "/issuer/valid_day", "valid_days"),
        ("[management]", "[store]\nurll = 'x'\n[management]", "/store/urll", "url"),
    ],
)
def test_a_mistyped_key_is_told_with_the_nearest_right_one(
    tmp_path: Path, old: str, new: str, pointer: str, nearest: str
) -> None:
    problem = refusal(tmp_path, MINIMAL.replace(old, new, 1))
    assert problem.code == "settings/invalid"
    finding = next(each for each in problem.findings if each.pointer == pointer)
    assert finding.code == "settings/unknown-key"
    assert f"did you mean {nearest!r}?" in finding.message
    assert pointer.strip("/").replace("/", ".") in problem.detail


def test_a_key_that_is_like_none_is_told_with_all(tmp_path: Path) -> None:
    problem = refusal(tmp_path, MINIMAL + "[issuer]\nqqq = 1\n")
    assert "known here: valid_days" in problem.detail


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    problem = refusal(tmp_path, MINIMAL.replace("8080\n", '"x"\n', 1).replace("8081", "70000") + "[stoer]\n")
    assert {finding.pointer for finding in problem.findings} == {"/public/port", "/management/port", "/stoer"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[node", "settings/syntax"),
        ("a = 1\na = 2", "settings/syntax"),
        ("", "settings/invalid"),
        ("x = 1", "settings/invalid"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert refusal(tmp_path, text).code == code


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as missing:
        load(tmp_path)
    assert missing.value.code == "settings/missing"
    assert "ionport init" in missing.value.detail
    (tmp_path / "ionport.toml").mkdir()
    with pytest.raises(Invalid) as folder:
        load(tmp_path)
    assert folder.value.code == "settings/unreadable"
    (tmp_path / "ionport.toml").rmdir()
    (tmp_path / "ionport.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid) as binary:
        load(tmp_path)
    assert binary.value.code == "settings/syntax"


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("node", "name", "Maker"),
        ("node", "name", "a" * 33),
        ("node", "name", "-a"),
        ("node", "name", "m\n"),
        ("node", "did", "did:key:z6"),
        ("node", "did", "did:web:localhost%3A8080:other"),
        ("node", "did", "did:web:localhost%3A8080"),
        ("node", "did", "did:web:localhost%3A8080:maker\n"),
        ("node", "bpn", "BPNL1"),
        ("node", "bpn", "BPNL00000075MFC\u0661"),
        ("node", "log_level", "loud"),
        ("node", "profile", "gaia-x"),
        ("node", "unsafe_fault", "rm -rf"),
        ("public", "port", 0),
        ("public", "port", 65536),
        ("identity", "status_max_age", 61),
        ("limits", "body_bytes", 10),
        ("limits", "depth", 1),
        ("limits", "requests_per_second", 0),
        ("partners", "BPNL00000075MFCT", "did:web:x"),
    ],
)
def test_a_value_out_of_bounds_is_refused_at_its_place(table: str, key: str, value: Any) -> None:
    document: dict[str, Any] = {
        "node": {"name": "maker", "did": "did:web:localhost%3A8080:maker"},
        "public": {"port": 8080},
        "management": {"port": 8081},
    }
    read(document)
    document[table] = {**document.get(table, {}), key: value}
    with pytest.raises(Invalid) as caught:
        read(document)
    assert any(finding.pointer.startswith(f"/{table}") for finding in caught.value.findings)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONPORT_NODE__LOG_LEVEL", "debug")
    monkeypatch.setenv("IONPORT_PUBLIC__PORT", "9999")
    monkeypatch.setenv("IONPORT_PUBLIC__BIND", "127.0.0.1, ::1")
    monkeypatch.setenv("IONPORT_IDENTITY__TRUSTED_ISSUERS", "did:web:a,did:web:b")
    monkeypatch.setenv("IONPORT_IDENTITY__UNSAFE_DID_WEB_HTTP", "true")
    monkeypatch.setenv("IONPORT_STORE__URL", "postgresql+pg8000://u:p@h/d")
    settings = load(written(tmp_path, MINIMAL))
    assert settings.node.log_level == "debug"
    assert settings.public.port == 9999
    assert settings.public.bind == ["127.0.0.1", "::1"]
    assert settings.identity.trusted_issuers == ["did:web:a", "did:web:b"]
    assert settings.identity.unsafe_did_web_http is True
    assert settings.store_url == "postgresql+pg8000://u:p@h/d"


@pytest.mark.parametrize(
    ("variable", "nearest"), [("IONPORT_NODE__LOGLEVEL", "log_level"), ("IONPORT_NODES__NAME", "node")]
)
def test_a_mistyped_variable_is_told_like_a_mistyped_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, nearest: str
) -> None:
    monkeypatch.setenv(variable, "info")
    assert f"did you mean {nearest!r}?" in refusal(tmp_path, MINIMAL).detail


def test_variables_of_another_kind_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONPORT_KEY", "x")
    monkeypatch.setenv("IONPORT_REGION_PASSWORD", "x")
    assert load(written(tmp_path, MINIMAL)).region is None


def test_a_table_that_is_no_table_is_told_even_with_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONPORT_STORE__URL", "sqlite:///x")
    assert "store" in refusal(tmp_path, "store = 3\n" + MINIMAL).detail


def test_everything_unsafe_is_off_unless_asked_for() -> None:
    unsafe = {
        f"{table}.{key}": inner.default
        for table, field in Settings.model_fields.items()
        for key, inner in getattr(field.annotation, "model_fields", {}).items()
        if "unsafe" in key
    }
    assert {"identity.unsafe_did_web_http", "node.unsafe_fault"} <= set(unsafe)
    assert not any(unsafe.values()), unsafe


def test_a_folder_that_may_not_be_entered_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(Invalid) as caught:
        load(tmp_path)
    assert caught.value.code == "settings/unreadable"
    assert "Permission denied" in caught.value.detail


def test_a_bridge_needs_a_platform_or_its_stand_in(tmp_path: Path) -> None:
    bridge = MINIMAL.replace("[public]", 'profile = "ouranos"\n[public]', 1)
    problem = refusal(tmp_path, bridge)
    assert [finding.pointer for finding in problem.findings] == ["/region/address"]
    assert "region_listener" in problem.detail
    assert load(written(tmp_path, bridge + "[region_listener]\nport = 8082\n")).region_listener is not None
    settings = load(written(tmp_path, bridge + '[region]\naddress = "https://region.example"\nresponse_days = 7\n'))
    assert settings.region is not None
    assert settings.region.response_days == 7
    assert settings.region.longest_poll == 30.0
