"""The program's own words around a guide's result, by key."""

from __future__ import annotations

from portal.i18n import N_

LATEST = N_("at the latest")
WHO = {
    "worker": N_("Worker"),
    "employer": N_("Employer"),
    "immigration_authority": N_("Immigration authority (Ausländerbehörde)"),
    "recognition_body": N_("Recognition body (zuständige Stelle)"),
    "employment_agency": N_("Employment agency"),
    "zsba": N_("ZSBA"),
    "diplomatic_mission": N_("German mission abroad (Auslandsvertretung)"),
    "welcome_center": N_("Welcome centre"),
    "iq_network": N_("IQ network"),
    "chamber": N_("Chamber"),
    "municipality": N_("City or municipality"),
}
OUTCOMES = {
    "fits": N_("may fit"),
    "open": N_("something is still open"),
    "no": N_("not possible as things are"),
}
STATES = {"met": N_("met"), "open": N_("open"), "failed": N_("not met")}
NOTES = {
    "choose": N_("Please choose an answer or write one."),
    "which": N_("Which of these do you mean?"),
    "not_in_germany": N_(
        "This place is not in Germany. Please name the federal state or the town in Germany where the work is."
    ),
    "past_date": N_("This day is in the past. Please name today or a later day."),
    "no_such_date": N_("This day does not exist. Please write it as day, month and year."),
    "far_date": N_("This day is too far ahead to plan. Please name an earlier one."),
    "unclear": N_("I did not understand this. Please choose an answer or write it in other words."),
    "first_question": N_("This is the first question; there is nothing to go back to."),
    "changed": N_("Changed:"),
}
