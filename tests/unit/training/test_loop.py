import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tasks.settings import TrainingSettings
from tasks.training.arrays import load_module, module_arrays
from tasks.training.checkpoint import Checkpoint, Checkpoints
from tasks.training.loop import Point, fit, reproducible

SETTINGS = TrainingSettings(epochs=6, batch=8, learning_rate=0.05, checkpoint_steps=3, patience=6, seed=5)


class CutOffError(Exception):
    pass


class Regression:
    """y = 2 x + 1 with noise; dropout in the module makes every step draw."""

    steps = 7

    def __init__(self, *, cut_off_at: int | None = None) -> None:
        with reproducible(1, 1):
            self.module = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))
            self._x = torch.randn(64, 3)
            self._y = self._x.sum(dim=1, keepdim=True) * 2 + 1
        self._cut_off_at = cut_off_at
        self.validations: list[float] | None = None

    def batches(self, epoch: int) -> Iterator[np.ndarray]:
        order = np.random.default_rng([11, epoch]).permutation(56)
        yield from order.reshape(self.steps, 8)

    def loss(self, batch: np.ndarray, step: int) -> torch.Tensor:
        if step == self._cut_off_at:
            raise CutOffError
        return nn.functional.mse_loss(self.module(self._x[batch]), self._y[batch])

    def validate(self) -> Mapping[str, float]:
        if self.validations is not None:
            return {"validation_loss": self.validations.pop(0)}
        return {"validation_loss": float(nn.functional.mse_loss(self.module(self._x[56:]), self._y[56:]))}


def trained(settings: TrainingSettings = SETTINGS) -> tuple[dict[str, np.ndarray], list[Point]]:
    problem = Regression()
    points = fit(problem.module, problem, settings)
    return module_arrays(problem.module), points


def assert_same(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> None:
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.tobytes() == second[name].tobytes(), name


def test_training_learns_and_tells_its_curves():
    _, points = trained(SETTINGS.model_copy(update={"epochs": 30, "patience": 30}))
    losses = [point.value for point in points if point.series == "validation_loss"]
    assert [point.step for point in points if point.series == "training_loss"] == [
        7 * n for n in range(1, 31)
    ]
    assert min(losses) < losses[0] / 4


@pytest.mark.parametrize("averaging", [0.0, 0.9])
@pytest.mark.parametrize("cut_off_at", [2, 4, 7, 19, 41])
def test_a_training_that_was_cut_off_goes_on_to_the_same_weights(
    tmp_path: Path, cut_off_at: int, averaging: float
):
    settings = SETTINGS.model_copy(update={"averaging": averaging})
    whole, points = trained(settings)
    checkpoints = Checkpoints(tmp_path / "checkpoint.safetensors")
    with pytest.raises(CutOffError):
        broken = Regression(cut_off_at=cut_off_at)
        fit(broken.module, broken, settings, checkpoints)
    torch.manual_seed(999)
    done: list[int] = []
    problem = Regression()
    assert fit(problem.module, problem, settings, checkpoints, done.append) == points
    assert_same(module_arrays(problem.module), whole)
    assert sum(done) == settings.epochs * Regression.steps
    assert (cut_off_at < 3) == (max(done) == 1), "it must have gone on from a checkpoint, if there was one"


def test_the_best_weights_are_kept_and_patience_ends_training():
    problem = Regression()
    problem.validations = [3.0, 2.0, 2.5, 2.5, 1.0, 1.0]
    points = fit(problem.module, problem, SETTINGS.model_copy(update={"patience": 2}))
    assert [p.value for p in points if p.series == "validation_loss"] == [3.0, 2.0, 2.5, 2.5]
    assert not problem.module.training


def test_early_stopping_returns_the_weights_of_the_best_epoch():
    problem = Regression()
    problem.validations = [3.0, 2.0, 2.5, 2.6]
    seen = []
    validate = problem.validate

    def watch() -> Mapping[str, float]:
        seen.append(module_arrays(problem.module))
        return validate()

    problem.validate = watch
    fit(problem.module, problem, SETTINGS.model_copy(update={"patience": 2}))
    assert_same(module_arrays(problem.module), seen[1])


def test_what_is_validated_with_averaging_is_the_average():
    problem = Regression()
    weight = problem.module[0].weight
    average = weight.detach().clone()
    taken = 0

    def follow(steps: int) -> None:
        nonlocal taken
        taken += steps
        average.lerp_(weight.detach(), 1 - min(0.5, taken / (9 + taken)))

    fit(problem.module, problem, SETTINGS.model_copy(update={"averaging": 0.5, "epochs": 1}), advance=follow)
    assert torch.equal(weight, average)


def test_a_loss_that_is_not_finite_is_refused():
    problem = Regression()
    problem.loss = lambda batch, step: problem.module(torch.zeros(2, 3)).sum() * math.inf
    with pytest.raises(ValueError, match="loss must stay finite, got"):
        fit(problem.module, problem, SETTINGS)


def test_the_surroundings_are_left_as_they_were():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    trained()
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_tied_parameters_stand_once_and_stay_tied():
    module = nn.ModuleDict({"a": nn.Linear(3, 4, bias=False), "b": nn.Linear(3, 4, bias=False)})
    module["b"].weight = module["a"].weight
    arrays = module_arrays(module)
    assert list(arrays) == ["a.weight"]
    load_module(module, {"a.weight": np.ones((4, 3), np.float32)})
    assert module["b"].weight.sum() == 12


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"weight is None and not \(4, 3\)"):
        load_module(nn.Linear(3, 4, bias=False), {})
    with pytest.raises(ValueError, match=r"weight is \(3, 4\) and not \(4, 3\)"):
        load_module(nn.Linear(3, 4, bias=False), {"weight": np.ones((3, 4), np.float32)})


def test_a_damaged_checkpoint_counts_as_none(tmp_path: Path):
    checkpoints = Checkpoints(tmp_path / "kept" / "checkpoint.safetensors")
    assert checkpoints.load() is None
    checkpoints.save(Checkpoint(arrays={"a": np.arange(3)}, state={"step": 4}))
    kept = checkpoints.load()
    assert kept is not None
    assert kept.state == {"step": 4}
    assert kept.arrays["a"].tolist() == [0, 1, 2]
    (tmp_path / "kept" / "checkpoint.safetensors").write_bytes(b"\x05" * 40)
    assert checkpoints.load() is None
    checkpoints.clear()
    assert not list((tmp_path / "kept").iterdir())
