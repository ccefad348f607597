"""What a user's next words are to the task at hand: an objection, an agreement, a go-ahead, or something new.

Told by how they begin, in a dozen languages; words only, no model. What follows from it is cut.py's and signals.py's
business.
"""

from __future__ import annotations

import re

_INTERRUPTED = re.compile(
    r"\W*(?:request interrupted by user|<?turn_aborted|request cancell?ed|(?:conversation |task )?interrupted\b"
    r"|user (?:cancell?ed|aborted|interrupted))",
    re.IGNORECASE,
)


def _begins(*words: str, unspaced: str, rest: str = "") -> re.Pattern[str]:
    """One of the words at the beginning; those of scripts that put no space between words need no end."""
    return re.compile(rf"\W*(?:(?:{'|'.join(words)})\b|{unspaced}){rest}", re.IGNORECASE)


_CORRECTS = _begins(
    r"no|nope|not|don'?t|do not|stop|wait|hold on|hmm+|oops|sorry|actually|instead|undo|revert|still|again|wrong",
    r"(?:that|it|this)(?:'s| is| was)? (?:not|wrong|still|fail(?:s|ed)|did ?n[o']t|does ?n[o']t)",
    r"now (?:it|i|there|this|that|we)|you (?:forgot|missed|broke)|why (?:did|didn'?t|is|are|does|do)",
    r"please (?:do|go on)|do it|go (?:ahead|on)|continue|proceed|carry on|keep going|resume|try again|retry",
    r"nein|nee|nicht|stopp|halt|warte|moment|falsch|eigentlich|stattdessen|rückgängig|immer noch|noch ?mal|weiter|wieso"
    r"|warum|das (?:ist|war|geht|stimmt|funktioniert) (?:nicht|falsch|immer)|es (?:geht|funktioniert) (?:nicht|immer)"
    r"|jetzt (?:geht|ist|kommt|bekomme|sehe)|mach weiter|versuch'?s? (?:es )?(?:noch|erneut)",
    r"non|pas|arrête|attends|en fait|plutôt|annule|encore|toujours pas|ça (?:ne )?(?:marche|va) pas|c'est (?:faux|pas)"
    r"|continues?|réessaie|pourquoi",
    r"espera|detente|alto|en realidad|incorrecto|deshaz|todavía|otra vez|sigue|continúa|eso no|por qué",
    r"não|nao|pare|espere|na verdade|errado|desfaça|ainda|de novo|isso não|ferma|aspetta|in realtà|sbagliato|annulla"
    r"|ancora|di nuovo|continua|perché",
    r"niet|wacht|fout|verkeerd|nog steeds|opnieuw|ga door|waarom",
    r"нет|не|стоп|стой|подожди|погоди|на самом деле|неправильно|неверно|отмени|вс[её] ещ[её]|опять|снова|продолжай"
    r"|почему",
    unspaced=r"不|别|停|等|错|其实|还是|撤销|回退|继续|重试|为什么|いや|いいえ|違|ちが|待って|止め|やめ|実は|まだ|元に戻|続け"
    r"|もう一度|なぜ|아니|잠깐|멈춰|그만|사실|아직|다시|계속|틀렸|되돌려|왜",
)
_THANKS = (
    r"perfect(?:o|o)?|great|nice|cool|awesome|excellent|lgtm|looks good|thanks?|thank you|danke|vielen dank|perfekt"
    r"|super|prima|klasse|toll|passt|merci|parfait|génial|gracias|genial|obrigad[oa]|perfeito|ótimo|grazie|perfetto"
    r"|ottimo|bedankt|dank je|спасибо|отлично|супер"
)
_THANKS_UNSPACED = r"谢谢|完美|不错|太好了|很好|棒|ありがとう|完璧|いいね|고마|감사|완벽"
_AGREES = _begins(
    r"y|yes|yep|yeah|sure|ok|okay|right|correct|exactly|good|done|sounds good",
    r"ja|jep|jo|genau|richtig|gut|oui|ouais|d'accord|bien|exact|sí|vale|exacto|correcto|claro|sim|beleza|certo|sì"
    r"|va bene|bene|esatto|oké|goed|precies|да|ок|хорошо|верно|правильно",
    _THANKS,
    unspaced=rf"好的?|对|是的|可以|行|嗯|はい|うん|了解|お願いします|네|예|응|좋아|맞아|{_THANKS_UNSPACED}",
    rest=r"(?: (?:so much|a lot|that works|work|job|for \w+))?\W*+",
)
_OPENS = _begins(
    r"now|next|then|new task|another (?:thing|task)|separately|moving on",
    r"jetzt|nun|als nächstes|danach|neue aufgabe|maintenant|ensuite|puis|nouvelle tâche|ahora|luego|después|siguiente"
    r"|nueva tarea|agora|depois|próxim[oa]|nova tarefa|ora|adesso|poi|prossim[oa]|nuov[oa] compito|nu|daarna|volgende"
    r"|теперь|далее|затем|следующ\w+|новая задача",
    unspaced=r"现在|接下来|然后|下一|新任务|另外|次|今度|では|それから|新しいタスク|이제|다음|새 작업",
)
_PRAISES = _begins(_THANKS, unspaced=_THANKS_UNSPACED)
_BUT = re.compile(
    r"\b(?:but|however|except|although|aber|leider|nur|mais|sauf|pero|salvo|mas|però|maar|но|только)\b|但|不过|でも|けど|하지만",
    re.IGNORECASE,
)
_UNSPACED_LETTERS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def interrupted(text: str) -> bool:
    """Is it the mark that a tool leaves where its user stopped the agent?"""
    return _INTERRUPTED.match(text) is not None


def corrects(text: str) -> bool:
    """Does it object, take back, ask why, or merely send the agent on?"""
    return _CORRECTS.match(after_agreement(text)) is not None


def thanks(text: str) -> bool:
    """Does it begin with thanks or praise, and take none of it back?"""
    return _PRAISES.match(text) is not None and not corrects(text) and "?" not in text and not _BUT.search(text)


def after_agreement(text: str) -> str:
    """What is left of it after a yes, an ok or thanks."""
    agreed = _AGREES.match(text)
    return text[agreed.end() :] if agreed else text


def says_new(text: str) -> bool:
    """Does it say by itself that something new comes?"""
    return _OPENS.match(text) is not None


def length(text: str) -> int:
    """About how many words it has; two letters of a script without spaces are one."""
    return len(text.split()) + len(_UNSPACED_LETTERS.findall(text)) // 2
