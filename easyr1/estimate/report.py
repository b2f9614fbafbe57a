"""Say of a run what it plays, what memory and disk it needs, and how long a step takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from easyr1.estimate import disk, memory, time
from easyr1.estimate.plan import Plan
from easyr1.estimate.transfer import fetched_gb, png_bytes, put_gb
from easyr1.machine.facts import Report
from easyr1.machine.gpus import Gpu

ASSUMED_GPU_GB = 80 * 2**30 / 1e9
WORTH_NAMING_GB = 1.0


def describe_run(plan: Plan, gpus: Sequence[Gpu], host_gb: float) -> Report:
    """Facts about a run.

    Args:
        plan: The run.
        gpus: Those of this machine; where there are none, those of a GPU profile are taken to be H100 of 80 GB.
        host_gb: Memory of this machine, to be compared.
    """
    report = Report()
    _model(report, plan)
    _step(report, plan)
    _memory(report, plan, min((gpu.memory_gb for gpu in gpus), default=ASSUMED_GPU_GB), host_gb)
    _disk(report, plan)
    _time(report, plan, [gpu.name for gpu in gpus])
    return report


def _step(report: Report, plan: Plan) -> None:
    turns = f" x up to {plan.turns} turns" if plan.turns > 1 else ""
    picture = f"{plan.picture_tokens} of them a picture" if plan.window == 1 else f"{plan.window} pictures"
    text = (
        f"{plan.states} levels x {plan.replies} replies{turns} = {plan.rows} samples, "
        f"{_thousands(plan.tokens)} tokens\n"
        f"prompt {plan.prompt_tokens} tokens ({picture}), reply {plan.reply_tokens} on average, "
        f"at most {plan.reply_limit}"
    )
    value = {
        "levels": plan.states,
        "replies": plan.replies,
        "turns": plan.turns,
        "samples": plan.rows,
        "tokens": plan.tokens,
        "prompt_tokens": plan.prompt_tokens,
        "reply_tokens": plan.reply_tokens,
    }
    report.tell("step", "a step", value, text)


def _model(report: Report, plan: Plan) -> None:
    where = f"{plan.nodes} nodes of {plan.gpus}" if plan.nodes > 1 else str(plan.gpus)
    unit = "GPU" if plan.device == "cuda" else "slot"
    place = f"{where} {unit}{'s' if plan.devices > 1 else ''}{'' if plan.device == 'cuda' else ' on the CPU'}"
    trained = f"{plan.trained_billions:.2g} billion of them trained" if plan.is_lora else "all trained"
    report.tell(
        "model",
        "model",
        {"name": plan.model, "billion_weights": plan.billions, "trained": round(plan.trained_billions, 4)},
        f"{plan.model}, {plan.billions:g} billion weights, {trained}; {place}"
        + ("" if plan.is_known else "\nits sizes are not known, and are taken to be those of the nearest in size"),
    )


def _memory(report: Report, plan: Plan, gpu_gb: float, host_gb: float) -> None:
    found = memory.phases(plan, gpu_gb)
    is_cuda = plan.device == "cuda"
    lines = [f"{'':<20}{'host':>6}{'each GPU' if is_cuda else '':>11}"]
    for phase in found:
        on_gpu = f"{phase.gpu_gb:.0f}" if phase.gpu else "-" if is_cuda else ""
        lines.append(f"{phase.name:<20}{phase.host_gb:>6.0f}{on_gpu:>11}".rstrip())
    most = max(found, key=lambda phase: phase.host_gb)
    lines.append(f"of the {most.host_gb:.0f} on the host ({most.name}): {_largest(most.host)}")
    if is_cuda:
        most = max(found, key=lambda phase: phase.gpu_gb)
        lines.append(f"of the {most.gpu_gb:.0f} on a GPU ({most.name}): {_largest(most.gpu)}")
        tokens = memory.cache_tokens(plan, gpu_gb) // 1000
        lines.append(f"vLLM's cache on a GPU of {gpu_gb:.0f} GB holds {1000 * tokens:,} tokens")
    lines.append(f"this machine has {host_gb:.0f} GB")
    value = {
        phase.name: {
            "gpu": {name: round(size, 2) for name, size in phase.gpu.items()},
            "host": {name: round(size, 2) for name, size in phase.host.items()},
        }
        for phase in found
    }
    report.tell("memory_gb", "memory, GB", value, "\n".join(lines))


def _largest(parts: Mapping[str, float]) -> str:
    """The largest parts by name and size."""
    largest = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {size:.0f}" for name, size in largest if size >= WORTH_NAMING_GB)


def _disk(report: Report, plan: Plan) -> None:
    one, kept, history = disk.checkpoint_gb(plan), disk.checkpoints_gb(plan), disk.history_gb(plan)
    text = (
        f"{_gigabytes(kept)} for {plan.kept} checkpoint{'s' if plan.kept > 1 else ''} of {_gigabytes(one)}; "
        f"at most {_gigabytes(history)} for replies and pictures"
    )
    value = {"checkpoint": round(one, 3), "checkpoints": round(kept, 3), "history": round(history, 3)}
    report.tell("disk_gb", "disk", value, text)
    put, fetched = put_gb(plan), fetched_gb(plan)
    report.tell(
        "samples_gb",
        "samples",
        {"put": round(put, 3), "fetched": round(fetched, 3)},
        f"{_gigabytes(put)} put into the store a step, {_gigabytes(fetched)} fetched; "
        f"a picture has about {_rounded(png_bytes(plan) / 1e3)} kB",
    )


def _time(report: Report, plan: Plan, names: Sequence[str]) -> None:
    kind = time.gpu_kind(names)
    spans = time.step_spans(plan, kind)
    whole = time.total(spans)
    lines = [f"{name:<24}{_range(span)}" for name, span in spans.items()]
    lines.append(f"{'in all':<24}{_range(whole)}; {plan.steps} steps {_hours(whole, plan.steps)}")
    lines += [f"assumed: {line}" for line in _assumptions(plan, kind, names)]
    value = {
        "phases": {name: [round(span.low_s, 2), round(span.high_s, 2)] for name, span in spans.items()},
        "step": [round(whole.low_s, 2), round(whole.high_s, 2)],
        "is_an_estimate": True,
        "assumptions": _assumptions(plan, kind, names),
    }
    report.tell("seconds", "time, an estimate", value, "\n".join(lines))


def _assumptions(plan: Plan, kind: time.GpuKind, names: Sequence[str]) -> list[str]:
    lines = [f"replies of {plan.reply_tokens} tokens on average; without validation and checkpoints"]
    if plan.device == "cpu":
        return [*lines, "the speed of two cores with the tiny model, measured"]
    slow, fast = time.PASS_SHARE
    given = kind.name if kind is not time.UNKNOWN_KIND else f"{names[0]}, taken as {kind.tflops:g} TFLOP/s"
    alone = time.longest_reply_s(plan, kind)
    return [
        *lines,
        f"{given}, passes at {slow:.0%} to {fast:.0%} of its bfloat16 rate",
        f"one reply that runs to {plan.reply_limit} tokens adds up to {alone:.0f} s (data.max_response_length)",
    ]


def _range(span: time.Span) -> str:
    low, high = (f"{seconds:.1f}" if span.high_s < 10 else f"{seconds:.0f}" for seconds in (span.low_s, span.high_s))
    return f"{low} to {high} s"


def _hours(span: time.Span, steps: int) -> str:
    low, high = (seconds * steps / 3600 for seconds in (span.low_s, span.high_s))
    if high < 2:
        return f"{60 * low:.0f} to {60 * high:.0f} min"
    return f"{low:.1f} to {high:.1f} h" if high < 20 else f"{low:.0f} to {high:.0f} h"


def _thousands(number: int) -> str:
    return f"{number / 1e6:.1f} million" if number >= 1e6 else f"{number:,}"


def _gigabytes(size: float) -> str:
    return f"{size:.0f} GB" if size >= 10 else f"{size:.1f} GB" if size >= 1 else f"{size * 1000:.0f} MB"


def _rounded(value: float) -> str:
    """A rough figure, with one digit that counts."""
    return f"{float(f'{value:.1g}'):g}"
