"""On which channels a chat script runs: the one rule, and the scripts that a messenger cannot carry, each with the reason."""

from __future__ import annotations

import zlib

BUTTONS = ("webchat", "telegram")
NUMBERED = ("zalo_oa", "zalo_bot")
CHANNELS = (*BUTTONS, *NUMBERED)

# The citizen's way from the first word to the contested answer, and the office's. These scripts run on every channel. Every other
# runs on both with buttons and on one kind of Zalo, drawn by its name, so that both kinds meet every part of the program: the two
# differ in what comes in and goes out, not in the numbered text, and all scripts on all four would cost some minutes more.
EVERYWHERE = {
    *("test_citizen_first_contact", "test_citizen_form", "test_citizen_review", "test_citizen_case", "test_citizen_data"),
    "test_office",
}

PRESSED = "It presses what is not, or no more, on the screen, and in a chat with a Zalo bot nothing can be pressed."
ALBUM = "Pictures sent together come to a Zalo bot one by one, and nothing says that they belong together."
PLACE = "Zalo keeps from bots where somebody is."
WEEK = "An Official Account may say nothing to whoever has not written for a week; it is kept until he writes."
SHEET = "An Official Account takes no Excel file; it is told where the file is instead."

NOT_ON: dict[str, dict[str, str]] = {
    "zalo_oa": {
        "test_a_citizen_who_does_not_answer_is_waited_for_no_longer_and_can_still_add": WEEK,
        "test_a_head_who_is_complained_about_is_not_reminded_of_it_and_nobody_else_reminds": WEEK,
        "test_a_late_answer_does_not_pay_the_apology": WEEK,
        "test_a_missed_date_makes_the_head_apologise_and_the_citizen_gets_it_at_once": WEEK,
        "test_a_morning_with_many_cases_is_one_message": WEEK,
        "test_after_a_standstill_the_months_missed_are_told_once_each_the_oldest_first": WEEK,
        "test_every_rung_of_the_ladder_is_heard_by_the_one_it_is_for": WEEK,
        "test_from_an_overdue_case_to_what_was_done": WEEK,
        "test_nobody_hears_of_a_case_about_himself": WEEK,
        "test_the_line_under_the_date_of_the_law_says_that_date": WEEK,
        "test_the_month_is_reported_on_the_15th_to_the_head_and_to_those_above_him": WEEK,
        "test_the_red_line_stands_first_and_comes_back_every_working_morning": WEEK,
        "test_the_supervisor_is_asked_and_told_what_is_overdue": WEEK,
        "test_what_is_not_decided_by_the_due_time_has_lapsed": WEEK,
        "test_where_nobody_can_apologise_the_head_above_is_told": WEEK,
        "test_a_list_of_this_moment_says_so_and_names_no_period": SHEET,
        "test_a_report_that_takes_long_holds_up_nothing_and_is_sent_once": SHEET,
        "test_the_overdue_list_comes_as_a_file_with_the_same_cases": SHEET,
        "test_the_register_comes_as_a_file_without_the_sender_and_without_his_words": SHEET,
        "test_whoever_a_case_speaks_about_is_not_counted_it": SHEET,
    },
    "zalo_bot": {
        "test_a_button_of_somebody_else_changes_nothing": PRESSED,
        "test_a_case_is_returned_twice_and_no_more": PRESSED,
        "test_a_head_asks_for_his_own_offices_only": PRESSED,
        "test_a_head_sees_his_own_part_and_nobody_elses": PRESSED,
        "test_a_head_who_is_complained_about_is_not_reminded_of_it_and_nobody_else_reminds": PRESSED,
        "test_a_second_contest_says_that_the_head_above_is_looking": PRESSED,
        "test_an_answer_is_rated_once_with_one_tap_and_a_comment": PRESSED,
        "test_an_invented_switch_changes_nothing": PRESSED,
        "test_an_old_button_changes_nothing": PRESSED,
        "test_an_old_button_shows_how_the_case_stands_now": PRESSED,
        "test_many_are_shown_by_pages_and_an_older_search_does_not_turn_them": PRESSED,
        "test_the_same_button_pressed_twice_sends_once": PRESSED,
        "test_who_loses_his_place_while_the_file_is_made_gets_nothing": PRESSED,
        "test_who_sent_this_is_shown_only_where_it_may_be_and_each_look_is_written_down": PRESSED,
        "test_a_token_that_nobody_made_says_nothing": PRESSED,
        "test_an_album_as_first_message_is_answered_once": ALBUM,
        "test_of_an_album_that_goes_over_the_limit_the_first_files_are_kept": ALBUM,
        "test_ten_photos_at_once_are_one_answer": ALBUM,
        "test_a_shared_place_offers_the_nearest_offices": PLACE,
    },
}


def channels_of(module: str, name: str) -> tuple[str, ...]:
    """Return the channels for a script of this module (without its package)."""
    able = tuple(channel for channel in NUMBERED if name not in NOT_ON[channel])
    if module not in EVERYWHERE and able:
        able = (able[zlib.crc32(name.encode()) % len(able)],)
    return (*BUTTONS, *able)
