"""The printed form of a procedure: diagram, who may do what, time limits, what the public sees."""

from collections.abc import Iterator

from gongzhi.kernel.procedure import Procedure, Transition


def page(procedure: Procedure) -> str:
    """Markdown of one procedure for `docs/workflows/`."""
    return (
        "\n".join(
            [
                *_head(procedure),
                *_diagram(procedure),
                *_states(procedure),
                *_verbs(procedure),
            ]
        )
        + "\n"
    )


def _head(procedure: Procedure) -> Iterator[str]:
    yield f"# {procedure.label}"
    yield ""
    yield f"程序 `{procedure.name}`，第 {procedure.version} 版。本页由声明生成，请不要手改：`gongzhi workflow-docs`。"
    yield ""


def _diagram(procedure: Procedure) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in procedure.states:
        yield f"    {state.value} : {state.label}"
    for transition in procedure.transitions:
        for target in transition.ends():
            for source in transition.sources or ("[*]",):
                yield f"    {source} --> {target} : {transition.label}"
    yield "```"
    yield ""


def _states(procedure: Procedure) -> Iterator[str]:
    yield "| 状态 | 步骤 | 谁负责 | 公众看到 |"
    yield "|---|---|---|---|"
    for state in procedure.states:
        yield f"| {state.label} | {state.phase.label} | {state.responsible or '—'} | {state.public or '不公开'} |"
    yield ""
    if procedure.limits:
        yield "| 时限 | 默认 |"
        yield "|---|---|"
        for key, span in procedure.limits.items():
            yield f"| {procedure.limit_labels.get(key, key)} | {span} |"
        yield ""


def _verbs(procedure: Procedure) -> Iterator[str]:
    yield "| 动作 | 从 | 到 | 谁可以 | 要填写 |"
    yield "|---|---|---|---|---|"
    for transition in procedure.transitions:
        yield "| " + " | ".join(_verb_row(procedure, transition)) + " |"


def _verb_row(procedure: Procedure, transition: Transition) -> tuple[str, ...]:
    sources = "、".join(str(procedure.state(value).label) for value in transition.sources) or "开始"
    targets = "、".join(str(procedure.state(value).label) for value in transition.ends()) or "不变"
    who = transition.who.words + (f"（{transition.not_by_words}）" if transition.not_by_words else "")
    label = str(transition.label) + (f"（{transition.when_words}）" if transition.when_words else "")
    return label, sources, targets, who, _asked(transition)


def _asked(transition: Transition) -> str:
    fields = transition.form.base_fields.values()
    words = [f"{field.label}{'（必填）' if field.required else ''}" for field in fields if field.label]
    return "、".join(words) or "—"
