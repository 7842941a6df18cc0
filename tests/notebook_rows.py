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
    1: Row(
        "Curves with zero config",
        (
            f"{B}/test_panel_lab.py::test_the_card_lives_in_a_blocking_cell_and_stays_after_it",
            f"{W}/test_views.py::test_the_first_point_comes_with_the_first_batch",
            "tests/model/run/test_text.py::test_every_character_is_that_of_keras",
        ),
    ),
    2: Row(
        "Batch-level streaming without flicker",
        (
            f"{B}/test_panel.py::test_points_appear_with_the_batches",
            f"{W}/test_views.py::test_a_hundred_thousand_batches_cost_what_their_points_cost",
            f"{W}/test_views.py::test_bytes_a_second_are_bounded_for_many_metrics",
            f"{B}/test_store.py::test_the_memory_of_a_page_stays_flat",
        ),
    ),
    3: Row(
        "Log scale, smoothing, zoom and hidden series while the kernel is busy",
        (
            f"{B}/test_panel.py::test_log_smooth_zoom_and_hide_need_no_kernel",
        ),
    ),
    4: Row(
        "One honest line: time left, steps a second, metrics",
        (
            "tests/model/run/test_run.py::test_time_left_leaves_out_pauses_and_compiling",
            "tests/model/run/test_text.py::test_a_training_with_keras_writes_the_same_lines",
        ),
    ),
    5: Row(
        "Best epoch, gap of training and validation",
        (
            f"{B}/test_panel.py::test_the_pointer_and_the_arrow_keys_read_an_epoch_in_all_charts",
            "tests/model/run/test_run.py::test_the_best_epoch_is_judged_by_validation",
            f"{W}/test_static.py::test_every_number_of_a_picture_is_in_the_text",
        ),
    ),
    6: Row(
        "Runs compared in place",
        (
            f"{W}/runs/test_compare.py::test_the_verdict_has_the_numbers_of_the_histories",
            f"{W}/runs/test_fits.py::test_titles_show_only_what_differs",
            "tests/model/run/test_endings.py::test_ghosts_are_the_last_five_runs_of_models_like_this_one",
            f"{B}/test_runs.py::test_two_cells_open_the_comparison_by_keyboard",
        ),
    ),
    7: Row(
        "One timeline over several fits",
        (
            "tests/model/run/test_steering.py::test_the_timeline_holds_all_fits",
        ),
    ),
    8: Row(
        "The compile phase is visible",
        (
            f"{W}/test_views.py::test_compiling_is_shown_before_the_first_batch",
            f"{B}/test_panel.py::test_compiling_says_which_kernel_for_how_long",
        ),
    ),
    9: Row(
        "Survives a reload and a closed tab",
        (
            f"{B}/test_panel_lab.py::test_the_panel_comes_back_after_a_reload_in_the_middle",
            f"{B}/test_panel_lab.py::test_a_restart_in_the_middle_leaves_the_points_and_says_so",
        ),
    ),
    10: Row(
        "Meter of CPU, GPU and memory",
        (
            f"{W}/runs/test_meter.py::test_memory_is_what_the_system_says",
            f"{W}/runs/test_meter.py::test_cores_are_processor_time_by_time",
        ),
    ),
    11: Row(
        "Coach: NaN, divergence, overfitting, dead layers",
        (
            "tests/model/run/test_coach.py::test_each_rule",
            "tests/model/run/test_coach.py::test_overfitting_is_told_with_its_evidence",
            "tests/model/run/test_trouble.py::test_a_learning_rate_that_is_too_large",
            f"{B}/test_panel.py::test_a_value_that_is_not_finite_is_named_with_its_place",
        ),
    ),
    12: Row(
        "Live decision boundary and sample predictions",
        (
            f"{W}/watch/test_watch.py::test_the_boundary_is_that_of_the_model",
            f"{W}/watch/test_watch.py::test_looks_stay_within_their_share",
            f"{B}/test_watch.py::test_the_ground_is_painted_as_the_model_says",
        ),
    ),
    13: Row(
        "An interrupt ends gracefully and returns the History",
        (
            f"{B}/test_panel_lab.py::test_an_interrupt_finishes_the_batch_and_returns_the_history",
        ),
    ),
    14: Row(
        "Stop, pause and resume",
        (
            f"{B}/test_panel_lab.py::test_pause_learning_rate_and_steps",
            f"{B}/test_panel_lab.py::test_buttons_are_greyed_with_the_reason_where_they_cannot_work",
        ),
    ),
    15: Row(
        "Step one batch or one epoch",
        (
            "tests/model/run/test_steering.py::test_steps_run_one_batch_or_one_epoch_and_wait",
            "tests/model/run/test_steering.py::test_a_single_step_says_what_it_did",
            "tests/model/run/test_steering.py::test_a_single_step_tells_both_losses_and_what_changed_most",
            f"{B}/test_panel.py::test_a_single_step_has_a_folded_table",
            "tests/model/run/test_steering.py::test_a_single_step_tells_both_losses_and_what_changed_most",
            f"{B}/test_panel.py::test_a_single_step_has_a_folded_table",
        ),
    ),
    16: Row(
        "Learning rate and other numbers change live",
        (
            "tests/model/run/test_steering.py::test_a_value_that_is_set_counts_from_the_next_batch_on",
            f"{B}/test_panel_lab.py::test_pause_learning_rate_and_steps",
        ),
    ),
    17: Row(
        "More epochs",
        (
            "tests/model/run/test_steering.py::test_epochs_are_added_while_training",
            f"{B}/test_panel_lab.py::test_weights_come_back_and_more_epochs_follow",
        ),
    ),
    18: Row(
        "Scrub back and restore an epoch",
        (
            "tests/model/run/test_restoring.py::test_restored_weights_are_bit_equal",
            "tests/model/run/test_restoring.py::test_a_training_starts_again_from_its_initial_weights",
            "tests/model/run/test_restoring.py::test_snapshots_keep_to_their_budget",
        ),
    ),
    19: Row(
        "fit in the background",
        (
            "tests/model/run/test_background.py::test_it_returns_at_once_and_gives_the_history_later",
            f"{B}/test_hosts.py::test_a_fit_on_a_thread_stays_in_its_cell",
        ),
    ),
    20: Row(
        "Every click becomes code",
        (
            "tests/model/run/test_exported_code.py::test_a_thousand_random_clicks_are_replayed_by_the_code",
        ),
    ),
    21: Row(
        "A model is displayable",
        (
            f"{W}/summary/test_summary.py::test_a_model_alone_in_a_cell_shows_its_summary",
            f"{W}/summary/test_summary.py::test_the_text_is_that_of_keras",
        ),
    ),
    22: Row(
        "Nested, foldable, coloured by kind, frozen dimmed",
        (
            f"{B}/test_summary.py::test_folding_by_click_key_and_button",
            f"{W}/summary/test_summary.py::test_rows_are_frozen_with_their_model",
            f"{W}/summary/test_summary.py::test_connections_are_never_cut",
        ),
    ),
    23: Row(
        "Graph without graphviz",
        (
            f"{W}/graph/test_graph.py::test_fifty_layers_in_a_fifth_of_a_second",
            f"{W}/graph/test_graph.py::test_boxes_do_not_meet",
        ),
    ),
    24: Row(
        "Volumes with names and shapes",
        (
            f"{W}/graph/test_graph.py::test_volumes_name_shapes_and_parameters",
        ),
    ),
    25: Row(
        "Activations of one's own model for one's own input",
        (
            f"{W}/inspect/test_peek.py::test_activations_equal_a_model_of_all_outputs",
        ),
    ),
    26: Row(
        "The arithmetic of one unit",
        (
            f"{W}/inspect/test_arithmetic.py::test_the_arithmetic_gives_the_value_of_the_engine",
            f"{B}/test_peek.py::test_a_click_on_a_pixel_shows_its_arithmetic",
        ),
    ),
    27: Row(
        "Live statistics of weights, activations and gradients",
        (
            f"{W}/watch/test_watch.py::test_strips_hold_every_weight",
            f"{W}/watch/test_watch.py::test_gradients_are_those_of_the_loss",
        ),
    ),
    28: Row(
        "Dead and saturated units",
        (
            f"{W}/summary/test_cost.py::test_dead_and_saturated_units",
            f"{W}/summary/test_follow.py::test_dead_units_are_counted_after_each_epoch",
            f"{W}/summary/test_follow.py::test_the_training_does_not_notice",
            f"{W}/summary/test_follow.py::test_looks_stay_within_their_share",
            f"{B}/test_summary.py::test_rows_follow_a_training",
        ),
    ),
    29: Row(
        "Measured ms, FLOPs and bytes of each layer",
        (
            f"{W}/summary/test_cost.py::test_times_add_up_to_the_step",
            f"{W}/summary/test_cost.py::test_forward_operations",
            f"{W}/summary/test_cost.py::test_bytes_are_those_of_the_output",
        ),
    ),
    30: Row(
        "Open the hood: the kernel that ran",
        (
            f"{W}/hood/test_hood.py::test_the_code_is_of_the_kernels_that_run",
            f"{W}/hood/test_hood.py::test_the_step_shows_the_functions_of_the_plan",
            f"{W}/hood/test_hood.py::test_the_difference_is_computed",
            f"{B}/test_hood.py::test_it_opens_on_what_ran",
        ),
    ),
    31: Row(
        "Viewer of N-d arrays",
        (
            f"{W}/arrays/test_array.py::test_facets_are_slices_of_the_array",
            f"{B}/test_array.py::test_the_number_under_the_pointer",
        ),
    ),
    32: Row(
        "Shape errors explained",
        (
            f"{W}/errors/test_explain.py::test_a_planted_case",
            f"{W}/errors/test_explain.py::test_mended_models_train",
            f"{W}/errors/test_explain.py::test_the_traceback_is_short",
            f"{B}/test_shape_error.py::test_the_chain_breaks_and_is_mended_where_it_should",
            f"{B}/test_shape_error.py::test_the_fix_is_copied",
            f"{W}/errors/test_render.py::test_a_notebook_draws_the_error",
            f"{B}/test_shape_error.py::test_in_jupyterlab_a_failing_cell_draws_and_opens_the_builder",
            f"{W}/errors/test_render.py::test_a_terminal_has_the_text",
        ),
    ),
    33: Row(
        "Shapes and parameters after each add",
        (
            f"{B}/test_summary.py::test_a_displayed_model_follows_add_and_pop",
            f"{W}/summary/test_summary.py::test_a_display_follows_its_model",
        ),
    ),
    34: Row(
        "GUI and code, both ways",
        (
            f"{W}/builder/test_builder.py::test_code_makes_an_equal_model",
            f"{W}/builder/test_builder.py::test_edited_code_rebuilds_the_model_and_keeps_weights",
            f"{W}/builder/test_builder.py::test_random_steps_keep_model_and_code_equal",
            f"{B}/test_builder.py::test_a_convnet_by_keys_only",
        ),
    ),
    35: Row(
        "Insert, replace and undo keep the weights",
        (
            f"{W}/builder/test_builder.py::test_steps_change_the_real_model_and_undo_is_bit_equal",
            f"{W}/builder/test_builder.py::test_setting_an_argument_keeps_weights_that_fit",
        ),
    ),
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
            f"{W}/lesson/test_lesson.py::test_a_lesson_of_ones_own",
            f"{B}/test_lesson.py::test_a_choice_waits_for_the_run_and_locks",
            f"{B}/test_lesson.py::test_in_jupyterlab_the_next_cell_locks",
        ),
    ),
    39: Row(
        "Draw a digit, live bars",
        (
            f"{W}/predict/test_draw.py::test_ink_is_centred_and_scaled",
            f"{B}/test_explore.py::test_bars_follow_within_50_ms_of_a_stroke",
            f"{B}/test_explore.py::test_the_keyboard_draws",
        ),
    ),
    40: Row(
        "Confusion matrix, samples, corrected labels",
        (
            f"{W}/predict/test_confusion.py::test_the_matrix_counts_labels_and_answers",
            f"{W}/predict/test_confusion.py::test_corrections_stay_when_the_cell_changes",
            f"{B}/test_explore.py::test_corrections_are_kept_when_the_cell_changes",
        ),
    ),
    41: Row(
        "What-if sliders, saliency",
        (
            f"{W}/predict/test_explore.py::test_slopes_are_the_gradient",
            f"{W}/predict/test_explore.py::test_occlusion_is_the_answer_for_covered_images",
            f"{B}/test_explore.py::test_a_slider_moves_the_bars",
        ),
    ),
    42: Row(
        "A saved notebook shows the result everywhere",
        (
            f"{B}/test_panel_lab.py::test_the_saved_notebook_shows_the_end_without_a_kernel",
            f"{B}/test_tools_in_lab.py::test_untrusted_outputs_are_whole",
            f"{B}/test_tools_in_lab.py::test_a_sanitized_page_holds_the_same_as_text",
        ),
    ),
    43: Row(
        "Strict pytest --nbval passes",
        (
            f"{W}/notebook/test_nbval_plugin.py::test_a_users_notebook_passes_strictly",
            f"{W}/notebook/test_nbval_plugin.py::test_a_real_difference_still_fails",
            f"{W}/notebook/test_nbval_plugin.py::test_without_nbval_nothing_changes",
            "tests/test_lessons.py::test_make_runs_the_lessons_three_times_on_one_thread_and_on_two",
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
    48: Row(
        "Dark and light",
        (
            f"{B}/test_panel_lab.py::test_readable_in_every_light_and_width",
            f"{B}/test_accessibility.py::test_axe_finds_no_serious_fault",
        ),
    ),
    49: Row(
        "Keyboard and screen reader",
        (
            f"{B}/test_panel.py::test_keys_steer_and_all_others_pass",
            f"{B}/test_panel.py::test_epochs_are_announced_one_by_one",
            f"{B}/test_accessibility.py::test_axe_finds_no_serious_fault",
        ),
    ),
    50: Row(
        "Console and plain text",
        (
            f"{W}/runs/test_console.py::test_a_run_prints_the_numbers_of_the_page",
            f"{W}/runs/test_console.py::test_a_long_run_fits_a_line",
        ),
    ),
    51: Row(
        "VS Code, Colab, marimo, Voila, offline",
        (
            f"{B}/test_hosts.py::test_marimo_shows_the_widget_in_the_cell",
            f"{B}/test_hosts.py::test_an_unwatched_kernel_shows_pictures",
            f"{B}/test_hosts.py::test_colab_gets_text_from_a_thread",
        ),
    ),
}
