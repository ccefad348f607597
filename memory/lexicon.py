"""The words that telltale knows the meaning of: named choices, negators, counts, relative dates.

Data alone. The lists are small and general on purpose: what a tenant's own choices are called is learned from its
context keys and from evidence, not listed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from .text import words

# dimension -> value -> other ways to say it. Plurals in -s are understood.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "payment": {
        "gift card": "giftcard, gift certificate", "credit card": "creditcard", "debit card": "", "paypal": "",
        "visa": "", "mastercard": "", "amex": "american express", "apple pay": "", "google pay": "", "cash": "",
        "bank transfer": "wire transfer", "direct debit": "sepa", "store credit": "shop credit", "voucher": "",
        "cheque": "", "bitcoin": "crypto, cryptocurrency", "original payment method": "original method of payment",
    },
    "action": {
        "cancel": "canceling, cancelling, cancellation", "refund": "refunding, reimburse, reimbursement",
        "return": "returning, send back", "exchange": "exchanging, swap", "replace": "replacement, replacing",
        "modify": "modifying, change, changing, alter, edit", "upgrade": "upgrading", "downgrade": "downgrading",
        "renew": "renewal, renewing", "reserve": "booking, reservation", "reschedule": "rescheduling, postpone",
        "delete": "deleting, remove, removing", "create": "creating", "update": "updating", "track": "tracking",
        "block": "blocking, freeze", "activate": "activating, activation", "install": "installing",
        "restart": "reboot", "deploy": "deploying", "revert": "roll back, rollback", "merge": "merging",
        "transfer": "transferring",
    },
    "status": {
        "shipped": "dispatched, in transit, on its way, out for delivery", "delivered": "", "pending": "",
        "processing": "", "processed": "", "cancelled": "canceled", "refunded": "", "returned": "", "received": "",
        "arrived": "", "lost": "", "stolen": "", "damaged": "broken, defective", "expired": "", "paid": "",
        "unpaid": "", "declined": "rejected", "blocked": "",
    },
    "colour": {
        "black": "", "white": "", "red": "", "blue": "", "green": "", "yellow": "", "orange": "", "purple": "",
        "pink": "", "brown": "", "grey": "gray", "silver": "", "gold": "", "beige": "", "navy": "",
    },
    "size": {"small": "", "medium": "", "large": "big", "extra large": "xl", "extra small": "xs", "double xl": "xxl"},
    "temperature": {"hot": "heated, warm, microwaved, cooked, heat", "cold": "cool, cooled, chilled, chill"},
    "cleanliness": {"clean": "cleaned, washed, rinsed, wash, rinse", "dirty": "unwashed"},
    "channel": {
        "email": "e-mail", "phone": "telephone", "chat": "live chat", "sms": "text message", "whatsapp": "",
        "in person": "in store", "letter": "", "app": "mobile app",
    },
    "shipping": {"express": "expedited", "overnight": "next day", "standard shipping": "", "pick up": "pickup"},
    "environment": {
        "production": "prod", "staging": "", "development": "dev", "sandbox": "", "localhost": "", "qa": "",
    },
    "os": {"linux": "", "windows": "", "macos": "mac os, os x", "ubuntu": "", "android": "", "ios": "", "debian": ""},
    "priority": {
        "urgent": "asap, as soon as possible, immediately, critical", "high priority": "", "low priority": "no rush",
        "p0": "", "p1": "", "p2": "", "p3": "",
    },
    "daypart": {"morning": "", "afternoon": "", "evening": "", "night": "tonight", "noon": "midday", "midnight": ""},
    "period": {
        "daily": "every day", "weekly": "every week", "monthly": "every month",
        "yearly": "annual, annually, every year",
    },
    "account": {"checking": "checking account", "savings": "saving account, savings account", "joint account": ""},
    "trip": {"one way": "oneway", "round trip": "roundtrip, return ticket"},
    "cabin": {"economy": "coach", "business class": "", "first class": ""},
    "tier": {"free trial": "trial", "basic": "", "premium": "", "enterprise": ""},
    "language": {
        "english": "", "spanish": "", "french": "", "german": "", "italian": "", "portuguese": "", "dutch": "",
        "chinese": "", "japanese": "", "korean": "", "arabic": "", "hindi": "", "russian": "",
    },
}  # fmt: skip
FILE_WORDS = words("pdf csv xlsx docx pptx json xml yaml png jpg gif svg parquet")
DAYS = (
    *words("today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday weekend"),
    "day after tomorrow", "end of month", "end of the month", "end of year", "end of the year",
)  # fmt: skip
MONTHS = {  # march and may mean other things too often
    "january": 1, "february": 2, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10,
    "november": 11, "december": 12,
}  # fmt: skip
NUMBERS = dict(zip(words("two three four five six seven eight nine ten eleven twelve"), range(2, 13), strict=True))
COUNTS = {"both": "2", "couple of": "2", "pair of": "2", "dozen": "12", "several": "several", "multiple": "several"}
NEGATORS = (
    "not", "never", "without", "no", "no longer", "instead of", "rather than", "neither", "nor", "cannot", "except",
    *(verb + ending for verb in words("do does did ca could wo would should is are was were has have had must")
      for ending in ("n't", "nt")),
)  # fmt: skip
PASSED_OVER = frozenset(  # between a negator and what it negates
    words(
        "a an the any my your his her our their this that these those it its i you he she we they to of be been being "
        "is are was were have has had do does did got get getting yet even really just still ever so very much at all "
        "and or in on for with by from"
    )
)
WISHES = frozenset(words("want wish need able allowed like"))  # negated only where nothing more telling follows
QUESTION_WORDS = frozenset(
    words("what how why when where who whom which whose can could is are do does did will would should")
)
AFTER_ALL = frozenset(words("of my the these those our his her their your"))
NOT_PLURAL = frozenset(words("is was as has this us its does plus minus less across perhaps always yes"))
EXTENSIONS = frozenset(
    words(
        "pdf csv tsv xls xlsx doc docx ppt pptx json jsonl xml yaml yml toml ini md txt log html css js ts py ipynb "
        "java go rs rb php sh sql png jpg jpeg gif svg webp mp3 mp4 wav mov zip tar gz parquet db sqlite env lock"
    )
)
THINGS = words(  # a bare number after one of these identifies it
    "order invoice ticket case account issue room flight booking reservation tracking policy claim user customer "
    "employee product item sku serial pr line port page course gate seat apartment suite zip zipcode postcode"
)
SOFTWARE = words("version release python node java ubuntu postgres mysql php ruby django react numpy cuda go")
