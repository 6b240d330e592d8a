"""The server of one command: where it keeps its records, and what is heard of it when it cannot."""

from pathlib import Path

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.server import prefect_home, prefect_server
from tasks.errors import InputError


def test_the_folder_of_prefect_is_the_usual_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    assert prefect_home() == tmp_path / "prefect"
    monkeypatch.delenv("PREFECT_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert prefect_home() == tmp_path / ".prefect"


def test_where_the_usual_folder_cannot_be_written_there_is_one_for_the_time(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    found = prefect_home()
    assert found.is_dir()
    assert found.name.startswith("minlex-prefect-")
    assert prefect_home() == found


def test_of_a_server_that_cannot_start_one_line_is_heard(monkeypatch, tmp_path, capfd):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("MINLEX_DEBUG", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    database = tmp_path / "absent" / "prefect.db"
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", f"sqlite+aiosqlite:///{database}")
    with pytest.raises(RuntimeError, match="the Prefect server ended at once") as caught, prefect_server():
        pass
    told = str(caught.value)
    assert "unable to open database file" in told
    assert "\n" not in told
    assert capfd.readouterr() == ("", "")
    assert not Path(database).exists()


API = "http://127.0.0.1:9/api"


def answered(code):
    request = httpx.Request("POST", API)
    answer = httpx.Response(code, request=request)
    return PrefectHTTPStatusError.from_httpx_error(
        httpx.HTTPStatusError(str(code), request=request, response=answer)
    )


@pytest.mark.parametrize(("configured", "running"), [(None, API), (API, None)])
def test_a_password_that_was_not_given_is_named_in_one_line(configured, running):
    with temporary_settings({PREFECT_API_URL: configured}):
        with (
            pytest.raises(InputError, match="set PREFECT_SERVER_API_AUTH_STRING to"),
            prefect_server(running),
        ):
            raise answered(401)
        with pytest.raises(PrefectHTTPStatusError), prefect_server(running):
            raise answered(500)
