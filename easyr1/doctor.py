"""Say what this machine can run, what a recipe will need, and what is missing: `python -m easyr1.doctor`.

Usage:
    python -m easyr1.doctor [RECIPE] [KEY=VALUE ...] [--json] [--no-imports]
    python -m easyr1.doctor --train [ARGUMENT ...]

RECIPE is a file under recipes/ (default g0/shisensho), KEY=VALUE what `python -m easyr1.train` takes. Memory, disk and
time are worked out and not measured. It runs with nothing installed but Python, and then tells less. `--train` trains a
small random model on this machine, ten minutes on a GPU, and shows what it measured; its arguments are its own.

Exit status: 0 this machine can run the recipe, 1 something is missing, 2 bad arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from easyr1.config.hardware import DEFAULT_VLM, profile_for
from easyr1.config.paths import PACKAGE, recipes_folder
from easyr1.errors import ConfigError
from easyr1.machine import packages
from easyr1.machine.facts import Report
from easyr1.machine.gpus import count_gpus, list_gpus
from easyr1.machine.inspection import KEYS, look_over, wanted_device
from easyr1.machine.memory import host_memory_gb
from easyr1.machine.page import Page

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from easyr1.config.schema import RunKeys

DEFAULT_RECIPE = "g0/shisensho"
COMPOSING = ("hydra", "omegaconf", "yaml", "numpy", "PIL", "gymnasium", "verl")
"""What a recipe is put together with; none of it is heavy but verl, of which files are read."""

IMPORTS = "easyr1.bridge.check_imports"


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, and say what was found.

    Args:
        arguments: Command line without the program's name; None reads sys.argv.

    Returns:
        Exit status: 0 can run, 1 something is missing, 2 bad arguments; with `--train` that of the proof.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--train" in given:
        return _prove([argument for argument in given if argument != "--train"])
    options = _parser().parse_intermixed_args(given)
    recipe, overrides = _recipe(options.words)
    try:
        page = _examine(recipe, overrides, imports=options.imports)
        print(page.as_json() if options.json else page.as_text(), flush=True)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head`; what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0 if page.can_run else 1


def _prove(arguments: list[str]) -> int:
    """Train a small random model; it needs the engine."""
    if missing := packages.missing_modules((*COMPOSING, *packages.ENGINE)):
        print(f"error: {', '.join(missing)} not installed: bash install.sh", file=sys.stderr)
        return 1
    from easyr1.bridge.proof.main import prove

    return int(prove(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.doctor", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="RECIPE, KEY=VALUE")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    parser.add_argument(
        "--no-imports", dest="imports", action="store_false", help="do not try to import the engine (half a minute)"
    )
    return parser


def _recipe(words: Sequence[str]) -> tuple[str, list[str]]:
    """The recipe and the overrides among the words of a command line."""
    names = [word for word in words if "=" not in word and not word.startswith(("~", "+"))]
    return (names[0] if names else DEFAULT_RECIPE), [word for word in words if word not in names[:1]]


def _examine(recipe: str, overrides: Sequence[str], imports: bool) -> Page:
    """All that there is to tell. Raises ConfigError for bad arguments."""
    if "/" not in recipe or not (recipes_folder() / f"{recipe}.yaml").is_file():
        files = sorted(path.relative_to(recipes_folder()) for path in recipes_folder().glob("g[0-9]*/*.yaml"))
        known = ", ".join(file.with_suffix("").as_posix() for file in files)
        raise ConfigError(f"{recipe}: no such recipe; known: {known}")
    config = _compose(recipe, overrides) if not packages.missing_modules(COMPOSING) else None
    machine = look_over(wanted_device(), Path(_given(overrides, "runs_dir") or "runs"), _keys(overrides))
    if imports and not packages.missing_modules():
        _import(machine)
    if config is None:
        run, device = _without_engine(), "cpu" if _given(overrides, "hardware") in ("", "auto", "cpu") else "cuda"
    else:
        run = _with_engine(*config, may_import=imports and not machine.is_fatal)
        device = str(config[0].trainer.device)
    # What needs a GPU is no advice where there is none.
    is_here = bool(count_gpus()) or device == "cpu" or bool(os.environ.get("RAY_ADDRESS"))
    return Page(
        machine=machine,
        recipe=recipe,
        run=run,
        command=_command(recipe, overrides) if is_here else _command(DEFAULT_RECIPE, []),
        is_instead=not is_here,
        is_for_cpu=not is_here or (device == "cpu" and not count_gpus()),
    )


def _given(overrides: Sequence[str], key: str) -> str:
    """The value of a key on the command line, empty where there is none."""
    return next((word.partition("=")[2] for word in reversed(overrides) if word.partition("=")[0] == key), "")


def _keys(overrides: Sequence[str]) -> tuple[str, ...]:
    """Variables that hold keys, that of a chat endpoint under its own name if it has one."""
    chat = [word.partition("=")[2] for word in overrides if word.partition("=")[0].endswith("key_variable")]
    return (*KEYS, *(name for name in chat if name and name not in KEYS))


def _compose(recipe: str, overrides: Sequence[str]) -> tuple[DictConfig, RunKeys]:
    """The configuration; raises ConfigError where keys or values are wrong whatever the machine is."""
    from easyr1.config import batches, game_knobs, tuning, validate, values
    from easyr1.config.compose import compose_recipe, resolved
    from easyr1.config.schema import run_keys

    config = compose_recipe(recipe, overrides)
    keys = run_keys(config)
    resolved(config)
    for stage in ((validate.known_keys,), (values.check, tuning.check), (game_knobs.check, batches.check)):
        if findings := [finding for check in stage for finding in check(config, keys)]:
            raise ConfigError("\nerror: ".join(findings))
    return config, keys


def _import(machine: Report) -> None:
    """Try what training imports, in a process of its own: it takes half a minute, and an extension may crash."""
    platform = {} if count_gpus() else {"VERL_PLATFORM": "cpu"}
    failures = packages.import_failures(IMPORTS, {**os.environ, **platform, "PYTHONPATH": _python_path()})
    machine.tell("import_failures", "imports", failures, "\n".join(failures) or "all that training imports")
    for failure in failures:
        machine.lack(failure, "bash install.sh")


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH", ""))))


def _without_engine() -> Report:
    """What can be told of a recipe that cannot be put together: what `auto` stands for."""
    report = Report()
    hardware = profile_for(count_gpus())
    vlm = DEFAULT_VLM.get(hardware, "qwen2_5_vl_7b")
    report.tell(
        "settings",
        "settings",
        {"hardware": hardware, "vlm": vlm},
        f"hardware={hardware} vlm={vlm}, chosen for this machine\n"
        "memory, disk and time are worked out once the engine is installed",
    )
    return report


def _with_engine(config: DictConfig, keys: RunKeys, may_import: bool) -> Report:
    from easyr1.config import devices, disk, memory, model_folder, resume
    from easyr1.config.validate import check_config
    from easyr1.estimate.plan import plan_run
    from easyr1.estimate.report import describe_run

    report = Report()
    groups = {"hardware": keys.hardware.name, "vlm": keys.vlm.name, "tuning": keys.tuning.name}
    groups["objective"] = keys.objective.name
    games = ", ".join(getattr(game, "id", "") for game in keys.games.values())
    text = " ".join(f"{group}={name}" for group, name in groups.items())
    report.tell("settings", "settings", {**groups, "games": games}, f"{text}\n{games}")
    _tell_model(report, str(config.actor_rollout_ref.model.path))
    plan = plan_run(config, keys)
    if plan is not None:
        found = describe_run(plan, list_gpus() if plan.device == "cuda" else [], host_memory_gb())
        report.facts += found.facts
    checks = (devices.check, memory.check, disk.check, resume.check, model_folder.check)
    for finding in [finding for check in checks for finding in check(config, keys)]:
        _tell_finding(report, finding, str(config.actor_rollout_ref.model.path))
    if may_import and not report.problems:
        # What is left reads the model's processor, which takes seconds.
        try:
            check_config(config)
        except ConfigError as error:
            _tell_finding(report, str(error).splitlines()[0], str(config.actor_rollout_ref.model.path))
    return report


def _tell_finding(report: Report, finding: str, model: str) -> None:
    """A finding of the check before a run as a problem: what is before the first semicolon, and how to mend it."""
    if "as a model of the hub it cannot be had" in finding:
        mend = f"where the hub is reached: hf download {model} --local-dir FOLDER; then vlm.path=FOLDER"
        report.lack(f"vlm.path: {model} is not on this machine, and the hub does not give it", mend)
        return
    what, _, mend = finding.partition("; ")
    report.lack(what, mend or "set the key that is named")


def _tell_model(report: Report, path: str) -> None:
    from easyr1.machine.models import hub_cache, model_files

    folder = model_files(path)
    text = f"{path}: {'in ' + str(folder) if folder else f'not in {hub_cache()}; the hub is asked for it'}"
    report.tell("model_folder", "model's files", str(folder) if folder else None, text if path != str(folder) else path)


def _command(recipe: str, overrides: Sequence[str]) -> str:
    """What runs the recipe, with these settings."""
    kind, _, game = recipe.partition("/")
    script = Path("recipes") / f"{'rl' if kind == 'g0' else kind}_{game}.sh"
    start = f"bash {script}" if (PACKAGE.parent / script).is_file() else f"easyr1-train --config-name {recipe}"
    return " ".join([start, *(f"'{word}'" if set(word) & set(" []{}$~*") else word for word in overrides)])


if __name__ == "__main__":
    sys.exit(main())
