"""Figures as a language writes them: money, periods, dates, quotas, by CLDR."""

from __future__ import annotations

import datetime as dt

from babel import Locale, dates, numbers, units

from knowledge.schema import Figure

PER = {"EUR_year": "year", "EUR_month": "month", "EUR_hour": "hour"}
DURATION = {
    "days": "duration-day", "weeks": "duration-week", "months": "duration-month", "years": "duration-year",
}  # fmt: skip
WORKING_DAY = {"de": ("Arbeitstag", "Arbeitstage"), "en": ("working day", "working days")}
POINT = {"de": ("Punkt", "Punkte"), "en": ("point", "points")}


def money(amount: float, locale: str) -> str:
    """Euro without cents where there are none."""
    digits = float(amount) != int(amount)
    return numbers.format_currency(
        amount, "EUR", format=None if digits else _whole(locale), locale=locale, currency_digits=digits
    )


def _whole(locale: str) -> str:
    return Locale.parse(locale).currency_formats["standard"].pattern.replace(".00", "")


def number(value: float, locale: str) -> str:
    """A number as the language writes it."""
    return str(numbers.format_decimal(value, locale=locale))


def _counted(value: float, words: dict[str, tuple[str, str]], locale: str) -> str:
    one, many = words.get(locale.split("_")[0], words["en"])
    return f"{numbers.format_decimal(value, locale=locale)} {one if value == 1 else many}"


def say(figure: Figure, day: dt.date, locale: str, *, bare: bool = False) -> str:
    """The figure's value on a day with its unit; `bare` leaves the unit out."""
    value = figure.on(day)
    if isinstance(value, dt.date):
        return dates.format_date(value, "long", locale=locale)
    if bare or figure.unit == "number":
        return numbers.format_decimal(value, locale=locale)
    if figure.unit in ("EUR", *PER):
        text = money(value, locale)
        if figure.unit in PER:
            per = {
                "de": {"year": "im Jahr", "month": "im Monat", "hour": "pro Stunde"},
                "en": {"year": "a year", "month": "a month", "hour": "an hour"},
            }
            text += " " + per.get(locale.split("_")[0], per["en"])[PER[figure.unit]]
        return text
    if figure.unit == "percent":
        return numbers.format_percent(value / 100, locale=locale)
    if figure.unit == "points":
        return _counted(value, POINT, locale)
    if figure.unit == "working_days":
        return _counted(value, WORKING_DAY, locale)
    if figure.unit == "hours_week":
        hours = units.format_unit(value, "duration-hour", "long", locale=locale)
        return f"{hours} pro Woche" if locale.startswith("de") else f"{hours} per week"
    return units.format_unit(value, DURATION[figure.unit], "long", locale=locale)
