"""What secrets look like: named rules, each for one kind of token, none that guesses from randomness.

A commit hash, a uuid or "reset my password" is no secret here. Every repetition is bounded or possessive, so that no
text takes long. The shapes are those that the providers document; redact.py applies them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# ---- tokens that give themselves away by their beginning -----------------------------------------------------------

_SHAPES = {
    "anthropic_key": r"sk-ant-[A-Za-z0-9_-]{20,200}",
    "openrouter_key": r"sk-or-(?:v1-)?[A-Za-z0-9]{32,128}",
    "langfuse_key": r"sk-lf-[0-9a-f-]{36}",
    "openai_key": r"sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,250}|[A-Za-z0-9]{20,64})",
    "aws_key_id": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    "google_api_key": r"AIza[A-Za-z0-9_-]{35}",
    "google_oauth_token": r"ya29\.[A-Za-z0-9_-]{20,2000}",
    "google_client_secret": r"GOCSPX-[A-Za-z0-9_-]{20,40}",
    "github_token": r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    "gitlab_token": r"gl(?:pat|dt|ptt|rt)-[A-Za-z0-9_-]{20,64}",
    "slack_token": r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,250}",
    "slack_webhook": r"hooks\.slack\.com/(?:services|workflows)/[\w/+-]{20,200}",
    "stripe_key": r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,250}",
    "stripe_webhook_secret": r"whsec_[A-Za-z0-9+/]{20,100}={0,2}",
    "huggingface_token": r"hf_[A-Za-z0-9]{30,60}",
    "npm_token": r"npm_[A-Za-z0-9]{36}",
    "pypi_token": r"pypi-[A-Za-z0-9_-]{50,500}",
    "sendgrid_key": r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
    "twilio_key": r"SK[0-9a-f]{32}",
    "mailgun_key": r"key-[0-9a-f]{32}",
    "digitalocean_token": r"do[opr]_v1_[0-9a-f]{64}",
    "telegram_bot_token": r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    "jwt": r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}",
}
# All in one pattern, whose group's name is the kind; the lookahead lets most characters be passed over in one step.
TOKENS = re.compile(
    r"(?=[0-9AGSadeghknprswxy])(?<![A-Za-z0-9_])(?:"
    + "|".join(f"(?P<{kind}>{shape})" for kind, shape in _SHAPES.items())
    + r")(?![A-Za-z0-9])"
)

# ---- values that their surroundings call secret --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret: ``words`` (lower case), one of which a text must have, and where the secret is."""

    kind: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]  # its last group is what is replaced; a match without one is to be left as it is


def _rule(kind: str, words: str, pattern: str) -> Rule:
    return Rule(kind, tuple(words.split()), re.compile(pattern, re.IGNORECASE))


# A value that only stands for a secret: a variable, a placeholder, a mask, a type, a path, code.
_REFERENCE = (
    r"(?:[$<%*{/~.]|\[secret:|(?:self|os|env|config|cfg|settings|process|request|args|this|data|user|options)[.\[]"
    r"|(?:string|str|required|optional|undefined|number|boolean|null|none|true|false|redacted|process)\b)"
)
_PLACEHOLDER = r"\[secret:[a-z0-9-]{1,32}:[0-9a-f]{8}\]"  # passed over whole: "github-token:1a2b3c4d" looks named
_QUOTE = r"""\\{0,2}["']"""
_NAMED = (
    r"(?:passw(?:or)?d|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key"
    r"|(?<!page)(?<!page[_-])(?<!next[_-])(?<!ation[_-])(?<!cursor[_-])(?<!sync[_-])(?<!csrf[_-])token)"
    rf"(?:{_QUOTE})?\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}}"
)

RULES: tuple[Rule, ...] = (
    _rule(
        "private-key",
        "-----begin",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?=[\s\S]{0,200}?[A-Za-z0-9+/]{32})(?P<secret>(?:[^-]++|-(?!----)){1,20000}+)",
    ),
    _rule(
        "aws-secret-key",
        "secret",
        rf"(?:aws|secret)[\w.-]{{0,40}}?key(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}(?:{_QUOTE})?"
        r"(?P<secret>[a-z0-9/+]{40})(?![a-z0-9/+=])",
    ),
    _rule(
        "url-password",
        "://",
        rf"(?<=://)[^\s:/?#@\"'\[\]]{{0,100}}:(?P<secret>(?!{_REFERENCE})[^\s/@\"'<>\\]{{1,200}})@",
    ),
    _rule(
        "authorization",
        "authorization",
        rf"authorization(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}(?:{_QUOTE})?(?:bearer|basic|token|apikey|digest)\s{{1,4}}"
        rf"(?P<secret>(?!{_REFERENCE})[a-z0-9._~+/=-]{{8,4000}})",
    ),
    _rule(
        "authorization",
        "bearer",
        r"\bbearer\s{1,4}(?P<secret>(?=[a-z._~+/-]{0,300}[0-9])[a-z0-9._~+/-]{16,4000}={0,2})",
    ),
    _rule(  # without quotes it must have a digit and something else
        "credential",
        "passw pwd passphrase secret key token",
        rf"(?=[apst\[])(?:{_PLACEHOLDER}|{_NAMED}"
        rf"(?:(?P<quote>{_QUOTE})(?!{_REFERENCE})(?P<quoted>[^\"'\s\\(]{{6,400}})(?P=quote)"
        rf"|(?!{_REFERENCE})(?=[a-z_./+=!@#%^*~|?-]{{0,100}}[0-9])(?=[0-9]{{0,100}}[^0-9\s,;&)}}\]])"
        r"(?P<secret>[a-z0-9_./+=!@#%^*~|?-]{6,200})(?![\w(\[])))",
    ),
    _rule(
        "credential",
        "password passphrase passcode",
        rf"\bpass(?:word|phrase|code)\s(?:is|was)\s{{1,3}}[\"'`]?(?!{_REFERENCE})"
        r"(?P<secret>(?=[^\s\"'`0-9]{0,60}[0-9])[^\s\"'`,;]{5,100}?)(?=[.,;!?\"'`)]{0,3}(?:\s|\Z))",
    ),
)
WORDS = tuple(sorted({word for rule in RULES for word in rule.words}))

# ---- values that their key calls secret ----------------------------------------------------------------------------

PASSWORDS = ("password", "passwd", "pwd", "passphrase", "passcode")
_SECRETS = (
    "secret", "api_key", "apikey", "access_key", "secret_key", "private_key", "authorization", "set_cookie", "cookie",
    "token", "credential", "credentials",
)  # fmt: skip
_SPACED = {"authorization", "cookie", "set-cookie", "private-key"}
_PAGING = ("page", "next", "continuation", "cursor", "sync", "csrf")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IS_REFERENCE = re.compile(r"\s*" + _REFERENCE, re.IGNORECASE)


def key_kind(name: str) -> str:
    """What the value under a key of that name is: ``password``, ``token``, ...; "" for all that is no secret.

    >>> key_kind("dbPassword"), key_kind("X-Api-Key"), key_kind("tokens"), key_kind("next_page_token")
    ('password', 'api-key', '', '')
    """
    plain = _CAMEL.sub("_", name[:100]).lower().replace("-", "_").replace(" ", "_")
    if any(word in plain for word in _PAGING):
        return ""
    return next((end.replace("_", "-") for end in (*PASSWORDS, *_SECRETS) if plain.endswith(end)), "")


def is_secret(kind: str, value: str) -> bool:
    """Is this value under a key of that kind a secret, and not a word about one or a reference to one?"""
    if not value.strip() or _IS_REFERENCE.match(value):
        return False
    if kind in PASSWORDS:
        return True
    if len(value) < 8 or (kind not in _SPACED and any(map(str.isspace, value))):
        return False
    return kind != "token" or any(map(str.isdigit, value))
