"""What actionlint finds in GitHub workflows."""

from tests.evaluators import go_program


def findings(workflow: str, name: str) -> str:
    """What is wrong with a workflow, a line each; empty where nothing is.

    Args:
        workflow: the workflow's text.
        name: its file's name.

    Raises:
        Refusal: actionlint must be built and cannot be.
        ValueError: it checked nothing.
    """
    # Not with what a machine happens to have.
    alone = ("-shellcheck=", "-pyflakes=")
    done = go_program.run(
        "actionlint", "-no-color", *alone, "-stdin-filename", f".github/workflows/{name}", "-", asked=workflow
    )
    if done.returncode not in (0, 1):
        raise ValueError(f"actionlint checked nothing: {done.stderr}")
    return done.stdout
