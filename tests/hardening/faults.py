"""What can go wrong around the program, what it then does, and the tests that make it happen. The
table of docs/quality.md is made of this.
"""

FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "disk full while exporting, separating, decoding": (
        "one line with the disk and the remedy; what was there stays, nothing half-written",
        (
            "end_to_end/test_bad_input.py::test_a_full_or_read_only_disk",
            "end_to_end/test_bad_input.py::test_a_full_disk_keeps_what_was_there",
            "end_to_end/test_bad_input.py::test_a_cache_without_room",
            "session/test_exporting.py::test_a_full_disk_leaves_nothing",
            "audio/test_bad_input.py::test_no_room_to_decode",
        ),
    ),
    "disk full while saving, autosaving, logging, crashing": (
        "the old session stays; the window says what is not kept; the log goes without",
        (
            "session/test_savefile.py::test_a_full_disk_leaves_the_old_file",
            "session/test_autosave.py::test_a_full_disk_is_told_and_the_last_good_file_stays",
            "session/test_receipt.py::test_a_disk_that_is_full_for_the_receipt_leaves_nothing",
            "app/test_crash.py::test_a_full_disk_is_told_with_what_to_do",
            "hardening/test_logs.py::test_a_disk_that_refuses_is_no_error",
        ),
    ),
    "a song too long for the disk": (
        "found out before the work",
        ("end_to_end/test_bad_input.py::test_a_song_too_long_for_the_disk_is_found_out_at_once",),
    ),
    "read-only or missing folders": (
        "said before the work; a read-only source is read",
        (
            "audio/test_writer.py::test_a_read_only_folder",
            "end_to_end/test_bad_input.py::test_a_read_only_source_is_read",
            "separation/test_cache.py::test_a_folder_that_cannot_be_written_is_said",
            "session/test_autosave.py::test_a_folder_that_cannot_be_made_is_told",
        ),
    ),
    "a drive that is pulled out": (
        "moves are kept elsewhere, the export leaves nothing, the song is asked for",
        (
            "hardening/test_faults.py::test_a_drive_that_goes_under_an_open_song",
            "hardening/test_faults.py::test_a_session_whose_drive_is_gone_names_it",
            "hardening/test_faults.py::test_a_cache_whose_drive_is_gone",
        ),
    ),
    "a song cut or removed while it is open": (
        "plays as far as it is there, then says where it ends",
        (
            "hardening/test_faults.py::test_a_file_that_is_cut_while_it_is_open",
            "hardening/test_faults.py::test_a_file_that_is_removed_while_it_is_open",
            "playback/test_troubles.py::test_a_file_with_nan_and_one_that_is_cut_off_are_notices",
        ),
    ),
    "a song moved or changed since the session": (
        "asked for once; other samples are refused, with choices",
        (
            "gui/test_sessions.py::test_a_song_that_moved_is_asked_for_once",
            "gui/test_sessions.py::test_a_song_that_changed_is_refused_with_choices",
        ),
    ),
    "clocks that jump by years": (
        "no moves are deleted as old, no lock is taken as left over, no cache entry is damaged",
        (
            "hardening/test_faults.py::test_a_clock_that_jumps_takes_no_moves_away",
            "hardening/test_faults.py::test_a_lock_that_is_held_outlives_any_clock",
            "hardening/test_faults.py::test_a_clock_that_jumps_empties_no_cache",
        ),
    ),
    "two programs on one cache": (
        "one separates, the other waits or shares; a dead one holds nothing",
        (
            "separation/test_cache.py::test_a_second_process_waits_and_goes_on",
            "separation/test_cache.py::test_a_killed_process_holds_nothing",
            "session/test_separation_service.py::test_two_services_share_one_entry",
            "cli/test_signals.py::test_two_at_once_on_one_song_share_the_work",
        ),
    ),
    "two windows on one session": (
        "the second to save is told; each has a recovery file of its own",
        (
            "hardening/test_faults.py::test_the_second_to_save_is_told",
            "gui/test_sessions.py::test_two_windows_and_a_list",
            "session/test_autosave.py::test_two_windows_do_not_steal_from_each_other",
        ),
    ),
    "killed at any moment": (
        "nothing corrupt, at most 5 s of edits lost (`make kills`: a thousand)",
        (
            "session/test_kills.py::test_kills_corrupt_nothing_and_lose_little",
            "gui/test_sessions.py::test_moves_come_back_after_a_kill",
        ),
    ),
    "an error that nobody expected": (
        "moves are saved first, it is logged, a dialog tells; never in circles",
        (
            "app/test_crash.py::test_the_moves_are_kept_before_it_is_told",
            "app/test_crash.py::test_more_errors_make_no_more_dialogs",
            "app/test_crash.py::test_an_error_within_does_not_go_round",
            "gui/test_sessions.py::test_an_error_keeps_the_moves_first",
            "hardening/test_logs.py::"
            "test_an_unexpected_error_of_a_command_is_a_line_and_in_the_log",
        ),
    ),
    "a crash inside a library": (
        "where each thread was is in the log of the next start",
        ("app/test_crash.py::test_a_crash_in_a_library_is_in_the_log_of_the_next_start",),
    ),
    "helper processes that die or hang": (
        "replaced, and go on where they were",
        (
            "playback/test_troubles.py::test_a_killed_process_comes_back_and_plays_on",
            "playback/test_troubles.py::test_a_hung_process_is_replaced_and_stays_paused",
            "session/test_separation_service.py::"
            "test_a_killed_process_fails_the_job_and_the_next_resumes",
        ),
    ),
    "sound devices that go": (
        "paused where it was, goes on when asked",
        ("playback/test_troubles.py::test_a_lost_device_pauses_and_one_that_is_back_plays_on",),
    ),
    "names in any script, no text at all, 255 bytes, paths of 3 000": (
        "work as they are; what is too long is said before the work",
        (
            "hardening/test_faults.py::test_odd_names_are_opened_saved_and_exported",
            "hardening/test_names.py::"
            "test_names_longer_than_the_system_allows_are_told_before_anything_is_done",
            "session/test_receipt.py::test_names_that_are_no_text",
        ),
    ),
    "templates, presets and sessions that point elsewhere": (
        "nothing is written outside the folder that was chosen",
        (
            "hardening/test_names.py::test_a_name_is_one_name",
            "hardening/test_names.py::test_a_plan_stays_in_its_folder",
            "hardening/test_names.py::test_a_session_writes_only_itself",
        ),
    ),
    "hostile models": (
        "refused by header and card, before anything is allocated",
        (
            "hardening/test_models.py::test_headers_that_lie",
            "hardening/test_models.py::test_configs_of_networks_without_an_end",
            "hardening/test_models.py::test_a_link_out_of_the_folder",
            "hardening/test_models.py::test_weights_that_are_no_numbers",
            "separation/test_weights.py::test_hostile_files_are_refused",
            "separation/test_catalogue.py::test_weights_must_lie_beside_their_card",
        ),
    ),
    "ten hours of sound": (
        "open, seek, show and export a part in less than 400 MB",
        (
            "hardening/test_faults.py::test_ten_hours_open_seek_and_export_in_little_memory",
            "hardening/test_faults.py::test_ten_hours_have_an_outline_of_a_few_kilobytes",
            "hardening/test_faults.py::test_hours_that_a_header_only_promises",
        ),
    ),
}
