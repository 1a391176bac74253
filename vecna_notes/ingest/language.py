"""Which language a note is written in: what it says itself, else what `py3langid` says where that is installed, else
its script, or the small words and letters that languages have.

On notes of one sentence in 20 languages py3langid was right about all, small words about five in six and wrong about
almost none: they rather say nothing. Either is good enough to filter by and to warn of a model that reads no such text.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from vecna_notes.markup import blank, hidden
from vecna_notes.store import Store
from vecna_notes.store.languages import language_code
from vecna_notes.types import NoteId

WAY = "language"
"""Meta key: how languages were recognised; when it changes, every note is looked at anew."""
_BATCH = 200

MAX_CHARACTERS = 3_000
"""Of a note's prose; its beginning tells."""
FEWEST_WORDS = 3
"""Small words that must be there."""
MOST_OF_ONE = 20
"""Times that one word counts."""
MARGIN = 1.25
"""How much better the best language must fit than the next."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_OWN_LETTERS: Mapping[str, str] = {
    "de": "äöüß", "fr": "éèêëàâçîïôœùû", "es": "ñáéíóú", "it": "àèéìòù", "pt": "ãõçáéíóúâê", "sv": "åäö", "da": "æøå",
    "no": "æøå", "fi": "äö", "pl": "ąćęłńóśźż", "cs": "ěščřžýáíéůúňť", "tr": "ğışçöü", "ro": "ășțâî", "hu": "őűáéíóöü",
    "vi": "ơưđạảấầậắặẹếềểệịọốồộớợụứừự",
}  # fmt: skip
_SMALL_WORDS: Mapping[str, str] = {
    "en": "the of and to in is that it for as was with be by on not he his but at are this have from or had an they"
    " which you were her all she there would their we him been has when who will more no if out so what up said its"
    " about than into them can only other some could these two may then do how my your just get like i a",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er"
    " hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis"
    " mehr durch man sein wurde sei kann wenn ich wir mein dir mir mich kein keine muss schon doch",
    "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec son"
    " ou mais comme on été aux cette ces nous vous je leur sa si être fait tout elle même deux ont aussi peu où quand"
    " c'est d'un d'une qu'il l'on à y était mon mes très",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin"
    " sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué"
    " hay nos yo eso ni ese hoy",
    "it": "di e il che la in a per un del non è una i le si da sono con come al ma più della lo nel gli alla dei anche"
    " o se su ha ci mi delle era questo nella ho quando perché essere tra cui molto fare così quello cosa nei dal"
    " dalla sul tutto poi già stato sia",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu"
    " sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter"
    " seus quem nas me esse eles estão você",
    "nl": "de het een van en in is dat op te zijn met voor niet die er aan om ook als dan maar bij nog uit wordt door"
    " naar heeft hij ik ze worden of wat over kan meer was geen hebben tot zo je deze dit moet zou wel werd mijn deel"
    " al waar want haar we wij hun",
    "sv": "och i att det som en på är av för med den till inte om ett han men var jag från vi så kan man när år under"
    " har också de eller hon mig sig efter ska nu sin vid mot där hur bara mycket alla upp denna finns detta skulle"
    " här ut över",
    "da": "og i at det er en til af på for med der den de ikke som har et jeg fra men om sig var han kan vil så eller"
    " også når blev efter ved nu være meget hvor skal mig hun bare over ud op deres hvad være mod alle havde noget"
    " mere du min sin hvis",
    "no": "og i det er på som en til av for at med ikke den har de om et fra jeg men så vi var kan han også seg når"
    " etter skal eller bare nå være mer blir hvor ble ved noe ut opp over hva alle vil må hadde noen dette hun fordi"
    " mot bli mye",
    "fi": "ja on ei se että oli hän en mutta niin kun ovat ole myös kuin tai mitä joka sen minä nyt jos vain sitä"
    " kanssa mukaan jo voi vielä ne hänen olen tämä siitä ollut sekä sitten kaikki tämän jonka jotka minun siis koska",
    "pl": "w i na z się nie że do jest to o jak po co ale za od tym przez dla jego są tylko czy tak ze by już może był"
    " oraz było ich która który jako kiedy przy lub gdy bardzo jeszcze jej pod mnie ma być mam więc tego także",
    "cs": "a v se na je že to s z do o i ve jako za pro by jsem si ale po jeho jsou od které který tak ze aby než"
    " nebo byl jen až při už bylo také když není co ještě mezi kde může mi být má jak této pod které",
    "tr": "ve bir bu da de için ile çok olarak daha olan gibi en kadar ne ama var sonra ben her ki mi değil o mı ise"
    " kendi göre şey yok bunu oldu nasıl veya iki diye ya ancak hem olduğu bana benim",
    "ro": "și de în a la cu pe nu o să din un care că mai este pentru au se ce fi al sunt dar sau prin după ca lui"
    " ale fost când era le îi te am ei său foarte acest această despre numai fără asta",
    "hu": "a az és hogy nem is egy ez de meg csak már van ha mint volt vagy el még ki azt le fel azonban most mert"
    " lehet így minden után pedig én szerint ezt lesz majd kell között aki sem mi akkor",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke karena ada kita mereka oleh sudah"
    " atau bisa saat kami seperti telah dia lebih bagi agar harus sebagai adalah",
    "vi": "và của là có không cho được trong một các với những này người đã để khi đến về như làm từ ra cũng tôi"
    " vào ở bị nhưng phải rằng thì",
}
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(f"[{letters}]"))
    for code, letters in (
        ("ja", "\u3040-\u30ff"),
        ("ko", "\uac00-\ud7af\u1100-\u11ff"),
        ("zh", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"),
        ("ru", "\u0400-\u04ff"),
        ("el", "\u0370-\u03ff\u1f00-\u1fff"),
        ("he", "\u0590-\u05ff"),
        ("ar", "\u0600-\u06ff"),
        ("hi", "\u0900-\u097f"),
        ("th", "\u0e00-\u0e7f"),
        ("ka", "\u10a0-\u10ff"),
        ("hy", "\u0530-\u058f"),
        ("bn", "\u0980-\u09ff"),
        ("ta", "\u0b80-\u0bff"),
    )
)
_LETTERS_OF: tuple[tuple[str, str, str], ...] = (
    ("ru", "uk", "іїєґІЇЄҐ"),
    ("ru", "bg", "ъЪ"),
    ("ru", "sr", "ђћџљњјЂЋЏЉЊЈ"),
    ("ar", "fa", "پچژگ"),
)


def name_languages(store: Store) -> None:
    """Have every stored note's language known: of those that are new or changed, or of all where the way is another."""
    recognise, way = _recogniser()
    if store.meta.get(WAY) != way:
        with store.transaction():
            store.notes.forget_languages()
            store.meta.set(WAY, way)
    while ids := store.notes.without_language(_BATCH):
        store.notes.set_languages([(id, _language(store, id, recognise)) for id in ids])


def _language(store: Store, id: NoteId, recognise: Callable[[str], str]) -> str:
    stored = store.notes.by_id(id)
    if stored is None:
        return ""
    named = {key.strip().casefold(): value for key, value in stored.note.properties.items()}
    for key in ("lang", "language"):
        if isinstance(said := named.get(key), str) and (code := language_code(said)):
            return code
    lines = store.notes.text(id).split("\n", stored.note.body_line - 1)
    body = lines[-1][: 2 * MAX_CHARACTERS] if len(lines) == stored.note.body_line else ""
    return recognise(blank(body, hidden(body), "fence", "code", "comment"))


def _recogniser() -> tuple[Callable[[str], str], str]:
    """The way that can be gone here, and a name for it."""
    if importlib.util.find_spec("py3langid") is None:
        return language_of, "words/1"
    import py3langid

    def recognise(text: str) -> str:
        prose = " ".join(match.group() for match in _WORD.finditer(text[:MAX_CHARACTERS]))
        if prose.count(" ") < FEWEST_WORDS and prose.isascii():
            return ""
        return language_code(str(py3langid.classify(prose)[0]).replace("zxx", ""))

    return recognise, "py3langid/1"


def language_of(text: str) -> str:
    """The code of a text's language; "" when it says too little, or nothing we know."""
    words = [match.group().lower() for match in _WORD.finditer(text[:MAX_CHARACTERS])]
    return _by_script(words) or _by_words(words)


def _by_script(words: list[str]) -> str:
    """For texts most of whose words are not in Latin letters."""
    letters = "".join(words)
    counts = {code: len(pattern.findall(letters)) for code, pattern in _SCRIPTS}
    cjk = counts["ja"] + counts["zh"] + counts["ko"]
    most = max(counts, key=lambda code: counts[code])
    if max(cjk * 2, counts[most]) * 2 < len(letters) or not counts[most]:
        return ""
    if most == "zh" and counts["ja"] * 20 > counts["zh"]:
        return "ja"
    for code, other, own in _LETTERS_OF:
        if most == code and sum(letters.count(letter) for letter in own) * 100 > len(letters):
            return other
    return most


def _by_words(words: list[str]) -> str:
    scores: dict[str, float] = {}
    telling = 0
    for word, count in Counter(word.replace("’", "'") for word in words).items():
        votes = _votes(word)
        telling += count if votes else 0
        for code, vote in votes.items():
            scores[code] = scores.get(code, 0.0) + vote * min(count, MOST_OF_ONE)
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])[:2]
    if telling < FEWEST_WORDS or (len(ranked) > 1 and ranked[0][1] < MARGIN * ranked[1][1]):
        return ""
    return ranked[0][0]


@lru_cache(maxsize=50_000)
def _votes(word: str) -> dict[str, float]:
    """What a word says for each language: less, the more of them have it."""
    codes = _BY_WORD.get(word) or {code for letter in word for code in _BY_LETTER.get(letter, ())}
    if codes and not word.isascii():  # letters that only some languages have, in a word that may be of several
        counts = {code: sum(letter in _OWN_LETTERS.get(code, "") for letter in word) for code in codes}
        codes = {code for code in codes if counts[code] == max(counts.values())}
    return {code: 1 / len(codes) for code in codes}


def _holders(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """(language, word) pairs → word and the languages that have it."""
    holders: dict[str, set[str]] = {}
    for code, word in pairs:
        holders.setdefault(word, set()).add(code)
    return holders


_BY_WORD = _holders((code, word) for code, words in _SMALL_WORDS.items() for word in words.split() if len(word) > 1)
_BY_LETTER = _holders((code, letter) for code, letters in _OWN_LETTERS.items() for letter in letters)
