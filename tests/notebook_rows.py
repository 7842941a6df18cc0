"""Rows 1 to 51 of what the notebook must do, and the tests that show each of them; tests/notebook_table.py reads this.

A row without tests, or with a reason, says no in docs/notebook-table.md.
"""

from __future__ import annotations

from typing import NamedTuple

W, B = "tests/widgets", "tests/browser"


class Row(NamedTuple):
    """A row of the table.

    Attributes:
        feature: What the notebook must do.
        tests: Paths and names of the tests that show it.
        reason: Why it says no all the same.
    """

    feature: str
    tests: tuple[str, ...] = ()
    reason: str = ""


GROUPS = {
    "Live training": range(1, 13),
    "Controls during training": range(13, 21),
    "Summaries and inspection": range(21, 33),
    "Building step by step": range(33, 39),
    "Exploring predictions": range(39, 42),
    "Notebooks and teaching": range(42, 48),
    "Accessibility and fallbacks": range(48, 52),
}

ROWS: dict[int, Row] = {
    1: Row("Curves with zero config"),
    2: Row("Batch-level streaming without flicker"),
    3: Row("Log scale, smoothing, zoom and hidden series while the kernel is busy"),
    4: Row("One honest line: time left, steps a second, metrics"),
    5: Row("Best epoch, gap of training and validation"),
    6: Row("Runs compared in place"),
    7: Row("One timeline over several fits"),
    8: Row("The compile phase is visible"),
    9: Row("Survives a reload and a closed tab"),
    10: Row("Meter of CPU, GPU and memory"),
    11: Row("Coach: NaN, divergence, overfitting, dead layers"),
    12: Row("Live decision boundary and sample predictions"),
    13: Row("An interrupt ends gracefully and returns the History"),
    14: Row("Stop, pause and resume"),
    15: Row("Step one batch or one epoch"),
    16: Row("Learning rate and other numbers change live"),
    17: Row("More epochs"),
    18: Row("Scrub back and restore an epoch"),
    19: Row("fit in the background"),
    20: Row("Every click becomes code"),
    21: Row("A model is displayable"),
    22: Row("Nested, foldable, coloured by kind, frozen dimmed"),
    23: Row("Graph without graphviz"),
    24: Row("Volumes with names and shapes"),
    25: Row("Activations of one's own model for one's own input"),
    26: Row("The arithmetic of one unit"),
    27: Row("Live statistics of weights, activations and gradients"),
    28: Row("Dead and saturated units"),
    29: Row("Measured ms, FLOPs and bytes of each layer"),
    30: Row("Open the hood: the kernel that ran"),
    31: Row("Viewer of N-d arrays"),
    32: Row(
        "Shape errors explained",
        (
            f"{W}/errors/test_explain.py::test_a_planted_case",
            f"{W}/errors/test_explain.py::test_mended_models_train",
            f"{W}/errors/test_explain.py::test_the_traceback_is_short",
            f"{B}/test_shape_error.py::test_the_chain_breaks_and_is_mended_where_it_should",
            f"{B}/test_shape_error.py::test_the_fix_is_copied",
        ),
    ),
    33: Row("Shapes and parameters after each add"),
    34: Row("GUI and code, both ways"),
    35: Row("Insert, replace and undo keep the weights"),
    36: Row(
        "Sanity ladder before training",
        (
            f"{W}/checks/test_check.py::test_a_planted_fault_is_found_at_its_rung",
            f"{W}/checks/test_check.py::test_a_sound_model_passes",
            f"{W}/checks/test_check.py::test_nothing_changes",
            f"{W}/checks/test_check.py::test_it_takes_a_few_seconds",
        ),
    ),
    37: Row(
        "Finder of the learning rate",
        (
            f"{W}/checks/test_check.py::test_nothing_changes",
            f"{W}/checks/test_check.py::test_the_rate_that_is_found_trains",
        ),
    ),
    38: Row(
        "Guided lesson steps",
        (
            f"{W}/lesson/test_lesson.py::test_questions",
            f"{W}/lesson/test_lesson.py::test_blanks_wait",
            f"{W}/lesson/test_plans.py::test_planted_errors_get_different_hints",
            f"{B}/test_lesson.py::test_a_choice_waits_for_the_run_and_locks",
            f"{B}/test_lesson.py::test_in_jupyterlab_the_next_cell_locks",
        ),
    ),
    39: Row("Draw a digit, live bars"),
    40: Row("Confusion matrix, samples, corrected labels"),
    41: Row("What-if sliders, saliency"),
    42: Row("A saved notebook shows the result everywhere"),
    43: Row(
        "Strict pytest --nbval passes",
        (
            f"{W}/notebook/test_nbval_plugin.py::test_a_users_notebook_passes_strictly",
            f"{W}/notebook/test_nbval_plugin.py::test_a_real_difference_still_fails",
            f"{W}/notebook/test_nbval_plugin.py::test_without_nbval_nothing_changes",
        ),
    ),
    44: Row(
        "Weight of notebooks",
        (
            f"{W}/notebook/test_nbval_plugin.py::test_the_notebook_is_light_and_without_widget_state",
            f"{W}/notebook/test_nbclean.py::test_the_command_cleans",
            f"{W}/notebook/test_nbclean.py::test_the_hook_runs_the_command",
            "tests/test_notebooks.py::test_saved_notebook",
        ),
    ),
    45: Row(
        "Reproducible runs",
        (
            f"{W}/checks/test_seeds.py::test_weights_are_equal_across_runs_and_threads",
            f"{W}/checks/test_seeds.py::test_the_seed_covers_everything",
            f"{W}/checks/test_seeds.py::test_any_bit_changes_the_hash",
        ),
    ),
    46: Row(
        "Grader-safe",
        (
            f"{W}/testing/test_asserts.py::test_graders_need_nothing_else",
            f"{W}/testing/test_asserts.py::test_what_students_read",
            f"{W}/testing/test_asserts.py::test_accuracy_is_numpys",
        ),
    ),
    47: Row("Zero-install browser", reason="comes with the browser edition: it needs a wheel for JupyterLite"),
    48: Row("Dark and light"),
    49: Row("Keyboard and screen reader"),
    50: Row("Console and plain text"),
    51: Row("VS Code, Colab, marimo, Voila, offline"),
}
