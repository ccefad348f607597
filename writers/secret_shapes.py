"""Tokens that give themselves away by how they begin: one row for one kind, as its provider documents it.

A row is the kind, the literal beginnings, and what follows them. Every repetition is bounded, so that no text takes
long. Where two rows fit the same place, the earlier one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs

_A, _U, _H = "[A-Za-z0-9]", "[A-Za-z0-9_-]", "[0-9a-f]"
_UUID = f"{_H}{{8}}-{_H}{{4}}-{_H}{{4}}-{_H}{{4}}-{_H}{{12}}"

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("anthropic-key", "sk-ant-", f"{_U}{{20,200}}"),
    ("telltale-key", "tt_", f"{_H}{{16}}_{_H}{{16,72}}"),
    ("openrouter-key", "sk-or-", f"(?:v1-)?{_A}{{32,128}}"),
    ("langfuse-key", "sk-lf-", "[0-9a-f-]{36}"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None-", f"{_U}{{20,250}}"),
    ("openai-key", "sk-", f"{_A}{{20,64}}"),
    ("aws-key-id", "AKIA ASIA ABIA ACCA", "[A-Z0-9]{16}"),
    ("aws-bedrock-key", "ABSK", "[A-Za-z0-9+/]{100,200}={0,2}"),
    ("google-api-key", "AIza", f"{_U}{{35}}"),
    ("google-oauth-token", "ya29.", f"{_U}{{20,2000}}"),
    ("google-client-secret", "GOCSPX-", f"{_U}{{20,40}}"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", f"{_A}{{36,255}}"),
    ("github-token", "github_pat_", "[A-Za-z0-9_]{22,255}"),
    ("gitlab-token", "glpat- gldt- glptt- glrt- glcbt- glft- glimt- glagent- glsoat- gloas-", f"{_U}{{20,100}}"),
    ("slack-token", "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-", "[A-Za-z0-9.-]{10,250}"),
    ("slack-webhook", "hooks.slack.com/services/ hooks.slack.com/workflows/", r"[\w/+-]{20,200}"),
    ("discord-webhook", "discord.com/api/webhooks/ discordapp.com/api/webhooks/", r"[0-9]{15,22}/[\w-]{40,100}"),
    ("teams-webhook", ".webhook.office.com/webhookb2/", r"[\w@/-]{60,300}"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_", f"{_A}{{10,250}}"),
    ("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/]{20,100}={0,2}"),
    ("huggingface-token", "hf_ api_org_", f"{_A}{{30,60}}"),
    ("npm-token", "npm_", f"{_A}{{36}}"),
    ("pypi-token", "pypi-", f"{_U}{{50,500}}"),
    ("rubygems-key", "rubygems_", f"{_H}{{48}}"),
    ("sendgrid-key", "SG.", f"{_U}{{16,32}}\\.{_U}{{32,64}}"),
    ("sendinblue-key", "xkeysib-", f"{_H}{{64}}-{_A}{{16}}"),
    ("resend-key", "re_", f"{_A}{{8,12}}_{_A}{{20,32}}"),
    ("twilio-key", "SK", f"{_H}{{32}}"),
    ("mailgun-key", "key-", f"{_H}{{32}}"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", f"{_H}{{64}}"),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", f"{_H}{{32}}"),
    ("square-token", "sq0atp- sq0csp- sq0idp-", f"{_U}{{22,60}}"),
    ("square-token", "EAAA", f"{_U}{{60}}"),
    ("facebook-token", "EAAC EAAG EAAB", f"{_A}{{80,300}}"),
    ("databricks-token", "dapi", f"{_H}{{32}}(?:-[0-9])?"),
    ("docker-token", "dckr_pat_ dckr_oat_", f"{_U}{{27,40}}"),
    ("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", "[A-Za-z0-9_.-]{40,60}"),
    ("vault-token", "hvs. hvb. hvr.", f"{_U}{{24,300}}"),
    ("terraform-token", ".atlasv1.", f"{_U}{{60,70}}"),
    ("pulumi-token", "pul-", f"{_H}{{40}}"),
    ("linear-key", "lin_api_ lin_oauth_", f"{_A}{{32,64}}"),
    ("notion-token", "ntn_", f"{_A}{{40,50}}"),
    ("notion-token", "secret_", f"{_A}{{43}}"),
    ("figma-token", "figd_ figo_ figu_", f"{_U}{{38,60}}"),
    ("airtable-token", "pat", f"{_A}{{14}}\\.{_H}{{64}}"),
    ("atlassian-token", "ATATT3xFfGF0 ATCTT3xFfGN0 ATBB", "[A-Za-z0-9_=-]{20,250}"),
    ("grafana-token", "glsa_ glc_", "[A-Za-z0-9+/_=]{32,400}"),
    ("sentry-token", "sntrys_ sntryu_", "[A-Za-z0-9+/_=]{40,400}"),
    ("newrelic-key", "NRAK- NRJS- NRAA- NRII- NRIQ-", f"{_U}{{19,40}}"),
    ("datadog-key", "ddapp_ ddpub_", f"{_H}{{32,40}}"),
    ("dynatrace-token", "dt0c01. dt0s01. dt0s16.", "[A-Z0-9]{24}\\.[A-Z0-9]{64}"),
    ("postman-key", "PMAK-", f"{_H}{{24}}-{_H}{{34}}"),
    ("planetscale-token", "pscale_tkn_ pscale_oauth_ pscale_pw_", "[A-Za-z0-9_.=-]{32,64}"),
    ("supabase-key", "sbp_ sb_secret_", f"{_U}{{22,64}}"),
    ("neon-key", "napi_", f"{_A}{{40,80}}"),
    ("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", f"{_A}{{20,64}}"),
    ("netlify-token", "nfp_ nfc_ nfo_ nfu_", f"{_A}{{36,40}}"),
    ("fly-token", "fo1_ fm1r_ fm2_", "[A-Za-z0-9+/_=,-]{40,600}"),
    ("render-key", "rnd_", f"{_A}{{28,32}}"),
    ("heroku-key", "HRKU-", f"{_U}{{36,66}}"),
    ("cloudflare-key", "v1.0-", f"{_H}{{24}}-{_H}{{146}}"),
    ("langsmith-key", "lsv2_pt_ lsv2_sk_ ls__", f"{_H}{{32}}(?:_{_H}{{10}})?"),
    ("groq-key", "gsk_", f"{_A}{{40,60}}"),
    ("xai-key", "xai-", f"{_A}{{60,100}}"),
    ("perplexity-key", "pplx-", f"{_A}{{40,64}}"),
    ("replicate-token", "r8_", f"{_A}{{36,40}}"),
    ("fireworks-key", "fw_", f"{_A}{{20,32}}"),
    ("nvidia-key", "nvapi-", f"{_U}{{60,80}}"),
    ("pinecone-key", "pcsk_", f"{_A}{{5,8}}_{_A}{{50,70}}"),
    ("tavily-key", "tvly-", f"(?:dev-|prod-)?{_A}{{28,40}}"),
    ("firecrawl-key", "fc-", f"{_H}{{32}}"),
    ("e2b-key", "e2b_", f"{_H}{{40}}"),
    ("cerebras-key", "csk-", f"{_A}{{40,60}}"),
    ("voyage-key", "pa-", f"{_U}{{40,48}}"),
    ("elevenlabs-key", "sk_", f"{_H}{{48}}"),
    ("posthog-key", "phx_", f"{_A}{{40,60}}"),
    ("wandb-key", "wandb_v1_", f"{_A}{{40,100}}"),
    ("tailscale-key", "tskey-", f"[a-z]{{3,10}}-{_A}{{8,20}}-{_A}{{20,40}}"),
    ("1password-token", "ops_eyJ", f"{_A}{{200,2000}}"),
    ("age-secret-key", "AGE-SECRET-KEY-1", "[A-Z0-9]{58}"),
    ("easypost-key", "EZAK EZTK", f"{_A}{{54}}"),
    ("flutterwave-key", "FLWSECK_TEST- FLWSECK-", f"{_A}{{12,40}}(?:-X)?"),
    ("lob-key", "live_ test_", f"{_H}{{35}}"),
    ("shippo-key", "shippo_live_ shippo_test_", f"{_H}{{40}}"),
    ("plaid-token", "access-sandbox- access-development- access-production-", _UUID),
    ("mapbox-token", "sk.eyJ", f"{_U}{{40,200}}\\.{_U}{{20,40}}"),
    ("typeform-token", "tfp_", f"{_U}{{40,60}}"),
    ("prefect-key", "pnu_ pnb_", f"{_A}{{36}}"),
    ("readme-key", "rdme_", f"{_A}{{60,80}}"),
    ("sourcegraph-token", "sgp_", f"(?:{_H}{{16}}_|local_)?{_H}{{40}}"),
    ("harness-token", "pat.", f"{_U}{{22}}\\.{_H}{{24}}\\.{_A}{{20}}"),
    ("artifactory-key", "AKCp", f"{_A}{{60,80}}"),
    ("dropbox-token", "sl.", f"{_U}{{130,160}}"),
    ("openshift-token", "sha256~", f"{_U}{{43}}"),
    ("alibaba-key-id", "LTAI", f"{_A}{{16,24}}"),
    ("tencent-key-id", "AKID", f"{_A}{{32}}"),
    ("adobe-secret", "p8e-", f"{_A}{{32}}"),
    ("jwt", "eyJ", f"{_U}{{8,4000}}\\.eyJ{_U}{{8,4000}}\\.{_U}{{8,4000}}"),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of token. ``pattern`` matches at a beginning."""

    kind: str
    beginnings: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(kind: str, beginnings: str, tail: str) -> Shape:
    literals = tuple(beginnings.split())
    either = "|".join(map(re.escape, literals))
    return Shape(kind, literals, re.compile(f"(?:{either}){tail}(?![A-Za-z0-9])"))


SHAPES = tuple(_shape(*row) for row in _ROWS)
_BEGINNINGS = [(literal, shape) for shape in SHAPES for literal in shape.beginnings]
_AUTOMATON: Any = ahocorasick_rs.AhoCorasick([literal for literal, _ in _BEGINNINGS])
_ESCAPES = frozenset(("\\n", "\\r", "\\t"))


def beginnings(text: str) -> list[tuple[int, Shape]]:
    """Where tokens may begin in ``text``, in order; at one place the shapes in the order of the table."""
    found = _AUTOMATON.find_matches_as_indexes(text, overlapping=True)
    return [
        (start, _BEGINNINGS[index][1])
        for start, index in sorted((start, index) for index, start, _ in found)
        if _stands_alone(text, start)
    ]


def _stands_alone(text: str, start: int) -> bool:
    """Does a word begin here? An escaped line break or a percent code ends in a letter, too."""
    before = text[start - 1 : start]
    if not (before.isalnum() and before.isascii()) and before != "_":
        return True
    return text[start - 2 : start] in _ESCAPES or text[start - 3 : start - 2] == "%"
