"""Numbers, units and dates in canonical form, so that equal facts are equal strings."""

from __future__ import annotations

import re
from collections.abc import Mapping

CURRENCIES = {
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "usd": "USD", "eur": "EUR", "gbp": "GBP",
    "jpy": "JPY", "inr": "INR", "cad": "CAD", "aud": "AUD", "chf": "CHF", "cny": "CNY", "sek": "SEK", "dollar": "USD",
    "dollars": "USD", "bucks": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "yen": "JPY",
    "rupees": "INR",
}  # fmt: skip
SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_SECONDS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400, "week": 604800,
    "weeks": 604800, "wk": 604800, "wks": 604800, "fortnight": 1209600,
}  # fmt: skip
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12, "yr": 12, "yrs": 12}
_QUANTITIES = {
    "%": "%", "percent": "%", "kg": "kg", "kilo": "kg", "kilos": "kg", "g": "g", "grams": "g", "mg": "mg", "lb": "lb",
    "lbs": "lb", "oz": "oz", "km": "km", "cm": "cm", "mm": "mm", "m": "m", "meter": "m", "meters": "m", "metres": "m",
    "mile": "mile", "miles": "mile", "ft": "ft", "feet": "ft", "inch": "inch", "inches": "inch", "l": "l",
    "liter": "l", "liters": "l", "litres": "l", "ml": "ml", "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "ms": "ms",
    "px": "px", "mph": "mph", "°c": "°c", "°f": "°f", "°": "°", "kwh": "kwh", "w": "w", "watts": "w", "v": "v",
    "ghz": "ghz", "mhz": "mhz", "rpm": "rpm",
}  # fmt: skip
_UNITS: Mapping[str, tuple[str, str, int]] = (  # unit -> (family, canonical unit, factor)
    {unit: ("duration", "second", factor) for unit, factor in _SECONDS.items()}
    | {unit: ("duration", "month", factor) for unit, factor in _MONTHS.items()}
    | {unit: ("quantity", name, 1) for unit, name in _QUANTITIES.items()}
    | {unit: ("amount", code, 1) for unit, code in CURRENCIES.items()}
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DAYS_AND_BELOW = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_MONTHS_AND_ABOVE = (("year", 12), ("month", 1))


def number(text: str) -> float:
    """The number that digits with separators write: ``1,200.50``, ``1.200,50``, ``5,50``, ``1.5``."""
    if _GROUPED.fullmatch(text):
        return float(text.replace(",", ""))
    if "." in text and "," in text:
        return float(text.replace(".", "").replace(",", "."))
    return float(text.replace(",", "."))


def plain(value: float) -> str:
    """A number without exponent or trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def measured(value: float, unit: str) -> tuple[str, str] | None:
    """Kind and canonical value of ``value unit``; None where the unit is unknown.

    >>> measured(2, "weeks"), measured(1.5, "hours"), measured(30, "eur"), measured(5, "kg")
    (('duration', '14 days'), ('duration', '90 minutes'), ('amount', 'EUR 30.00'), ('quantity:kg', '5 kg'))
    """
    if unit not in _UNITS:
        return None
    family, name, factor = _UNITS[unit]
    if family == "amount":
        return "amount", f"{name} {value:.2f}"
    if family == "quantity":
        return f"quantity:{name}", f"{plain(value)} {name}"
    total, steps = value * factor, _DAYS_AND_BELOW if name == "second" else _MONTHS_AND_ABOVE
    step, size = next((step for step in steps if total and total % step[1] == 0), steps[-1])
    return "duration", f"{plain(total / size)} {step}{'' if total == size else 's'}"


def date(year: str | None, month: int, day: str | None) -> str | None:
    """ISO date of its parts, ``--05-03`` without a year, ``2024-05`` without a day; None where there is no such day."""
    if not 1 <= month <= 12 or (day and not 1 <= int(day) <= 31):
        return None
    whole = year if year is None or len(year) == 4 else f"20{year}"
    return f"{whole or '-'}-{month:02d}" + (f"-{int(day):02d}" if day else "")
