"""What secrets look like that are known by what stands beside them: a name, a header, a URL around them.

A commit hash, a uuid or "reset my password" is no secret here. Every repetition is bounded or possessive, so that no
text takes long. Tokens that give themselves away are in secret_shapes.py; redact.py applies both.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret: ``words`` (lower case), one of which a text must have, and where the secret is.

    The pattern's last group is what is replaced. With ``at_word`` it matches where a word begins, else anywhere.
    ``random`` asks that the value looks random, for names that stand for other things too.
    """

    kind: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    at_word: bool = False
    random: bool = False


def _rule(kind: str, words: str, pattern: str, *, at_word: bool = False, random: bool = False) -> Rule:
    return Rule(kind, tuple(words.split()), re.compile(pattern, re.IGNORECASE), at_word, random)


# A line that goes on: broken off by a newline or an escaped one, with what a wrapped text or a string literal adds.
BREAK = (
    r"(?:[\"'`][ \t]{0,8}[+\\]?|[=\\])?[ \t]{0,8}(?:\r?\n|\\{1,2}r\\{1,2}n|\\{1,2}n)"
    r"[ \t]{0,40}(?:[>|#*+]{1,2}[ \t])?[\"'`]?"
)
# A value that only stands for a secret: a variable, a placeholder, a mask, a type, a path, code.
_REFERENCE = (
    r"(?:[$<%*{/~.]|\[secret:|(?:self|os|env|config|cfg|settings|process|request|args|this|data|user|options)[.\[]"
    r"|(?:string|str|required|optional|undefined|number|boolean|null|none|true|false|redacted|process)\b)"
)
_QUOTE = r"""\\{0,2}["']"""
_IS = rf"(?:(?:{_QUOTE})?\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}}|>)"  # the last in XML
_NOT_PUBLIC = ("public", "primary", "foreign", "sort", "cache", "partition", "idempotency", "object", "group", "index")
_NOT_PAGING = ("page", "next", "ation", "cursor", "sync", "csrf")
_SECRET_KEYS = ("api", "access", "secret", "private", "account", "master", "signing", "encryption", "auth")


def _none_before(words: tuple[str, ...]) -> str:
    return "".join(f"(?<!{word})(?<!{word}[_-])" for word in words)


_NAMED = (
    r"(?:passw(?:or)?d|passwd|pwd|passphrase|secret"
    rf"|{_none_before(_NOT_PAGING)}token"
    rf"|(?:{'|'.join(f'(?<={word})|(?<={word}[_-])' for word in _SECRET_KEYS)})key){_IS}"
)
_BEGINS = r"(?:(?<![A-Za-z0-9])|(?-i:(?<=[a-z0-9])(?=[A-Z])))"
_HEX = "[0-9a-f]"

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
    _rule("url-token", "://", rf"(?<=://)(?P<secret>{_HEX}{{32}}|(?=[a-z_-]{{0,60}}[0-9])[a-z0-9_-]{{30,200}})@"),
    _rule(
        "url-signature", "sig= signature=", r"[?&](?:sig|x-(?:amz|goog)-signature)=(?P<secret>[a-z0-9%+/=_-]{40,400})"
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
    _rule(
        "cookie",
        "cookie:",
        r"\bcookie:\s{1,4}(?P<secret>[\w.-]{1,60}=(?=[^\s;0-9]{0,80}[0-9])[^\s;\"']{16,4000})",
    ),
    _rule(
        "url-password",
        "curl",
        rf"\bcurl\b[^\n]{{0,120}}?\s(?:-u|--user)[\s=][\"']?[^\s:\"']{{1,80}}:(?P<secret>(?!{_REFERENCE})[^\s\"']{{4,200}})",
    ),
    _rule(
        "credential",
        "-token -pass -secret -key",
        rf"(?<![\w-])--?[a-z-]{{0,30}}(?:token|password|passwd|secret|api-?key)\s{{1,4}}[\"']?"
        rf"(?P<secret>(?!{_REFERENCE})(?=[^\s\"']{{0,80}}[0-9])[^\s\"']{{8,400}})",
    ),
    _rule(
        "credential",
        "sshpass mysql machine",
        r"(?:\bsshpass\s{1,4}-p\s{0,4}|\bmysql[a-z]{0,10}\b[^\n]{0,80}?\s-p|\bmachine\s[^\n]{1,100}?\spassword\s{1,4})[\"']?"
        rf"(?P<secret>(?!{_REFERENCE})(?=[^\s\"']{{0,80}}[0-9])[^\s\"']{{6,200}})",
    ),
    _rule(
        "discord-token",
        "discord login( bot",
        r"(?<![\w.-])(?P<secret>[mno][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38})(?![\w.-])",
    ),
    _rule(
        "telegram-bot-token", ":aa", r"(?:(?<=bot)|(?<![0-9a-z_]))(?P<secret>[0-9]{8,10}:AA[a-z0-9_-]{33})(?![a-z0-9])"
    ),
    _rule("azure-client-secret", "8q~ 7q~", r"(?<![\w~.-])(?P<secret>[\w~.-]{3}[78]Q~[\w~.-]{31,34})(?![\w~.-])"),
    _rule("mailchimp-key", "-us", rf"(?<![0-9a-z])(?P<secret>{_HEX}{{32}}-us[0-9]{{1,2}})(?![0-9a-z])"),
    _rule(
        "heroku-key",
        "heroku",
        rf"heroku[\w .:=\"'-]{{0,40}}key[\s:=\"']{{1,5}}(?P<secret>{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}})",
    ),
    _rule(  # without quotes it must have a digit and something else
        "credential",
        "passw pwd passphrase secret key token",
        rf"{_NAMED}(?:(?P<quote>{_QUOTE})(?!{_REFERENCE})"
        rf"(?P<quoted>[^\"'\s\\(]{{6,400}}(?:{BREAK}[a-z0-9_./+=~-]{{4,400}}){{0,8}})(?P=quote)"
        rf"|(?!{_REFERENCE})(?=[a-z_./+=!@#%^*~|?-]{{0,100}}[0-9])(?=[0-9]{{0,100}}[^0-9\s,;&)}}\]])"
        r"(?P<secret>[a-z0-9_./+=!@#%^*~|?-]{6,200})(?![\w(\[]))",
        at_word=True,
    ),
    _rule(
        "credential",
        "password passphrase passcode",
        rf"\bpass(?:word|phrase|code)\s(?:is|was)\s{{1,3}}[\"'`]?(?!{_REFERENCE})"
        r"(?P<secret>(?=[^\s\"'`0-9]{0,60}[0-9])[^\s\"'`,;]{5,100}?)(?=[.,;!?\"'`)]{0,3}(?:\s|\Z))",
    ),
    _rule(  # any name that ends in such a word, where the value looks random
        "credential",
        "key auth credential creds",
        rf"{_BEGINS}{_none_before(_NOT_PUBLIC)}(?:key|auth|credentials?|creds){_IS}(?:{_QUOTE})?"
        r"(?P<secret>[a-z0-9_./+=~-]{20,400})(?![\w(\[])",
        at_word=True,
        random=True,
    ),
)
PLACEHOLDER = "[secret:"
_SMALL = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_WORDS = tuple(sorted({word for rule in RULES for word in rule.words}))
_AUTOMATON: Any = ahocorasick_rs.AhoCorasick(_WORDS)
_RULES_OF = [tuple(at for at, rule in enumerate(RULES) if word in rule.words) for word in _WORDS]


def matches(text: str) -> Iterator[tuple[Rule, re.Match[str]]]:
    """What the rules find in ``text``, rule by rule."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose small form is two
        lower = text.translate(_SMALL)
    for index, start, _ in _AUTOMATON.find_matches_as_indexes(lower, overlapping=True):
        for rule in _RULES_OF[index]:
            places[rule].append(start)
    for index in sorted(places):
        rule = RULES[index]
        if not rule.at_word:
            yield from ((rule, found) for found in rule.pattern.finditer(text))
            continue
        for start in places[index]:
            found = rule.pattern.match(text, start)
            if found is not None and not _in_placeholder(text, start):
                yield rule, found


def _in_placeholder(text: str, start: int) -> bool:
    """Does ``start`` lie in what stands for a secret? "github-token:1a2b3c4d" looks named."""
    opening = text.rfind(PLACEHOLDER, max(0, start - 48), start + len(PLACEHOLDER))
    return opening >= 0 and text.find("]", opening, start) < 0


# ---- values that their key calls secret ----------------------------------------------------------------------------

PASSWORDS = ("password", "passwd", "pwd", "passphrase", "passcode")
_SECRETS = (
    "secret", "api_key", "apikey", "access_key", "secret_key", "private_key", "account_key", "signing_key",
    "encryption_key", "master_key", "auth_key", "authorization", "set_cookie", "cookie", "token", "credential",
    "credentials", "connection_string",
)  # fmt: skip
_RANDOM = ("key", "auth", "creds")
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
    found = next((end for end in (*PASSWORDS, *_SECRETS) if plain.endswith(end)), "")
    if not found and not any(word in plain for word in _NOT_PUBLIC):
        found = next((end for end in _RANDOM if plain == end or plain.endswith(f"_{end}")), "")
    return found.replace("_", "-")


def is_secret(kind: str, value: str) -> bool:
    """Is this value under a key of that kind a secret, and not a word about one or a reference to one?"""
    if not value.strip() or _IS_REFERENCE.match(value):
        return False
    if kind in PASSWORDS:
        return True
    if kind in _RANDOM:
        return looks_random(value)
    if len(value) < 8 or (kind not in _SPACED and any(map(str.isspace, value))):
        return False
    return kind != "token" or any(map(str.isdigit, value))


# ---- values that look random ---------------------------------------------------------------------------------------

_HASH = re.compile(r"(?:[0-9a-f]{7,64}|[0-9a-f]{96}|[0-9a-f]{128})|[0-9A-F]{32,64}|sha(?:1|256|384|512)[-:].*")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_WORDLIKE = re.compile(r"[A-Za-z]?[a-z]{3,}|[A-Z]{4,}|[0-9]+|[A-Za-z]{1,2}")
_BITS = 3.5  # of each character


def looks_random(value: str) -> bool:
    """Is it a long value of mixed characters, and no hash, uuid, name or path?

    >>> looks_random("q8Zr1vK0xN3mT7bYw5Lc2"), looks_random("9f86d081884c7d659a2feaa0c55ad015"), looks_random("a/b")
    (True, False, False)
    """
    if not 20 <= len(value) <= 400 or _HASH.fullmatch(value) or _UUID.fullmatch(value):
        return False
    digits = sum(map(str.isdigit, value))
    if digits < 2 or digits > 0.6 * len(value):
        return False
    words = [part for part in re.split(r"[^A-Za-z0-9]+", value) if part]
    if not words or sum(bool(_WORDLIKE.fullmatch(word)) for word in words) * 2 > len(words):
        return False
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values()) >= _BITS
