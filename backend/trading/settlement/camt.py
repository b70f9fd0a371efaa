"""What a bank reports in camt.053 and camt.054 (ISO 20022): the amounts that came in. Pure.

Nothing of the file but its own text is read: documents with a DTD, entities or references to elsewhere are
refused before they are parsed, and so is anything longer than a bank would write.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared import numbers, problems

LONGEST_BYTES = 20 * 1024 * 1024
NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.\d\d\}Document")
CURRENCY = "CHF"
URP_PER_RP = 10**6
MOST_RP = 10**12


class BadPaymentFile(Exception):
    """This is not a bank's report that can be taken in."""

    def __init__(self, detail, entry=None):
        super().__init__(detail if entry is None else f"Entry {entry}: {detail}")
        self.params = {} if entry is None else {"entry": entry}


problems.register(BadPaymentFile, status=422, code="bad-payment-file", title="Not a payment file")


@dataclass(frozen=True, slots=True)
class Credit:
    """One amount that came in."""

    bank_reference: str
    reference: str
    amount_urp: int
    payer: str
    valued_on: date
    came_back: bool = False  # a payment of ours that did not arrive


@dataclass(frozen=True, slots=True)
class Report:
    """What came in, and what came in earlier and was taken back by the bank."""

    credits: tuple[Credit, ...]
    taken_back: tuple[Credit, ...]


def read(raw):
    """What a report has booked as come in or taken back; other debits and pending entries are left out.

    :raises BadPaymentFile: not such a file, doctored, or in another currency
    """
    if len(raw) > LONGEST_BYTES:
        raise BadPaymentFile("The file is too long.")
    try:
        root = fromstring(raw, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise BadPaymentFile("The file has a DTD or entities; a bank's has none.") from error
    except (ParseError, ValueError, LookupError) as error:  # the last: an encoding that nobody knows
        raise BadPaymentFile("The file is not XML.") from error
    if not NAMESPACE.fullmatch(root.tag):
        raise BadPaymentFile("The file is neither camt.053 nor camt.054.")
    space = root.tag[: root.tag.index("}") + 1]
    found = {"CRDT": [], "DBIT": []}
    for number, entry in enumerate(root.iter(f"{space}Ntry"), start=1):
        side, status = (
            _text(entry, space, "CdtDbtInd"),
            _text(entry, space, "Sts/Cd") or _text(entry, space, "Sts"),
        )
        reverses = _text(entry, space, "RvslInd") in ("true", "1")
        if status in ("BOOK", None) and (side == "CRDT" or side == "DBIT" and reverses):
            found[side] += [replace(each, came_back=reverses) for each in _credits(entry, space, number)]
    return Report(tuple(found["CRDT"]), tuple(found["DBIT"]))


def _credits(entry, space, number):
    total_rp = _amount_rp(entry.find(f"{space}Amt"), number)
    valued_on = _date(entry, space, number)
    bank = _text(entry, space, "AcctSvcrRef") or _text(entry, space, "NtryRef")
    details = list(entry.iter(f"{space}TxDtls"))
    credits = [_credit(each, space, number, bank, place, valued_on) for place, each in enumerate(details)]
    if not credits:
        if not bank:
            raise BadPaymentFile("it has no reference of the bank's.", number)
        credits = [Credit(bank, "", total_rp * URP_PER_RP, "", valued_on)]
    if len(details) == 1 and details[0].find(f"{space}Amt") is None:
        credits = [
            Credit(
                credits[0].bank_reference,
                credits[0].reference,
                total_rp * URP_PER_RP,
                credits[0].payer,
                valued_on,
            )
        ]
    if sum(each.amount_urp for each in credits) != total_rp * URP_PER_RP:
        raise BadPaymentFile("its parts do not add up to its amount.", number)
    return credits


def _credit(details, space, number, bank, place, valued_on):
    own = _text(details, space, "Refs/AcctSvcrRef") or (f"{bank}/{place}" if bank else None)
    if own is None:
        raise BadPaymentFile("it has no reference of the bank's.", number)
    amount = details.find(f"{space}Amt")
    structured = _text(details, space, "RmtInf/Strd/CdtrRefInf/Ref")
    payer = _text(details, space, "RltdPties/Dbtr/Pty/Nm") or _text(details, space, "RltdPties/Dbtr/Nm")
    amount_rp = 0 if amount is None else _amount_rp(amount, number)
    reference = structured or _text(details, space, "RmtInf/Ustrd") or ""
    return Credit(own[:80], reference[:35], amount_rp * URP_PER_RP, (payer or "")[:140], valued_on)


def _amount_rp(amount, number):
    if amount is None:
        raise BadPaymentFile("it has no amount.", number)
    if amount.get("Ccy") != CURRENCY:
        raise BadPaymentFile(f"its currency is {str(amount.get('Ccy'))[:3]}, not {CURRENCY}.", number)
    try:
        return numbers.parse_decimal((amount.text or "").strip(), scale=2, low=1, high=MOST_RP)
    except numbers.NotANumber as error:
        raise BadPaymentFile("its amount is not one of at least 0.01.", number) from error


def _date(entry, space, number):
    text = _text(entry, space, "ValDt/Dt") or _text(entry, space, "BookgDt/Dt")
    text = text or (_text(entry, space, "ValDt/DtTm") or "")[:10]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadPaymentFile("it has no date.", number) from error


def _text(element, space, path):
    found = element.find("/".join(f"{space}{part}" for part in path.split("/")))
    return None if found is None or found.text is None or not found.text.strip() else found.text.strip()
