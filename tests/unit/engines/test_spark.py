"""What stands in the way of Spark is told in one line; work over a real cluster is in tests/flows/test_spark.py."""

import socket

import pytest

from tasks import errors
from tasks.engines import spark
from tasks.engines.spark import check_engine, uses_spark
from tasks.errors import InputError
from tasks.settings import EngineSettings


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: name)
    monkeypatch.setattr(spark.shutil, "which", lambda name, path: name)


def refusal(master):
    with pytest.raises(InputError) as told:
        check_engine(EngineSettings(master=master))
    assert "\n" not in str(told.value)
    return str(told.value)


def test_local_processes_need_nothing(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    check_engine(EngineSettings())
    assert not uses_spark(EngineSettings())


def test_a_missing_pyspark_is_told(installed, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    assert (
        refusal("local[2]") == "engine local[2] needs pyspark; install it with: pip install 'minlex[spark]'"
    )


def test_a_missing_java_is_told(installed, monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(errors, "find_spec", lambda name: name)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert refusal("local[2]").startswith(
        f"engine local[2] needs Java 17 or later, and {tmp_path}/bin has no java"
    )


def test_a_master_that_does_not_answer_is_told(installed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check_engine(EngineSettings(master=f"spark://127.0.0.1:1,127.0.0.1:{port}"))
    said = refusal(f"spark://127.0.0.1:{port}")
    assert said.startswith(
        f"no Spark master answers at spark://127.0.0.1:{port}: Connection refused; start it"
    )
    assert refusal("spark://127.0.0.1:99999").startswith(
        "no Spark master answers at spark://127.0.0.1:99999: "
    )


def test_of_pages_of_errors_one_line_is_told():
    traced = (
        "Job aborted due to stage failure\n"
        "Traceback (most recent call last):\n"
        '  File "x.py", line 1, in f\n'
        "ModuleNotFoundError: No module named 'tasks'\n\n\tat org.apache.spark.X(X.scala:1)\n"
        "Caused by: java.lang.RuntimeError: y"
    )
    assert spark._cause(traced) == "ModuleNotFoundError: No module named 'tasks'"
    java = "An error occurred while calling None.X.\n: java.lang.IllegalStateException: stopped\n\tat org.X"
    assert spark._cause(java) == "java.lang.IllegalStateException: stopped"
    assert spark._cause("\nno resources\n\tat java") == "no resources"
