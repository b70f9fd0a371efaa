"""Pay-outs as a credit transfer initiation, pain.001.001.09 (ISO 20022; Swiss Payment Standards). Pure."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# What the Swiss Payment Standards permit in texts: Latin with all its accents (Basic, Latin-1, Extended-A,
# four Romanian letters), and €.
FOREIGN = re.compile("[^ -~\u00a0-\u017f\u0218-\u021b\u20ac]")


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment."""

    end_to_end: str
    holder: str
    iban: str
    amount_rp: int
    text: str


def is_writable(text):
    """Whether a bank takes this text as it is.

    >>> is_writable("Zoë Šarić & Söhne"), is_writable("Ada \uffff"), is_writable("Ада")
    (True, False, False)
    """
    return FOREIGN.search(text) is None


def write(*, message, debtor, iban, transfers, at, on):
    """The bytes of a file with these transfers, to be carried out on a day.

    :param message: the file's number, at most 35 characters, never used twice
    """
    root = ElementTree.Element("Document", xmlns=SPACE)
    file = ElementTree.SubElement(root, "CstmrCdtTrfInitn")
    count, total = str(len(transfers)), _chf(sum(each.amount_rp for each in transfers))
    head = ElementTree.SubElement(file, "GrpHdr")
    _add(head, "MsgId", message)
    _add(head, "CreDtTm", at.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
    _add(head, "NbOfTxs", count)
    _add(head, "CtrlSum", total)
    _add(head, "InitgPty/Nm", debtor[:70])
    order = ElementTree.SubElement(file, "PmtInf")
    _add(order, "PmtInfId", message)
    _add(order, "PmtMtd", "TRF")
    _add(order, "BtchBookg", "true")
    _add(order, "NbOfTxs", count)
    _add(order, "CtrlSum", total)
    _add(order, "ReqdExctnDt/Dt", on.isoformat())
    _add(order, "Dbtr/Nm", debtor[:70])
    _add(order, "DbtrAcct/Id/IBAN", iban)
    _add(order, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    for each in transfers:
        _transfer(order, each)
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _transfer(order, each):
    transfer = ElementTree.SubElement(order, "CdtTrfTxInf")
    _add(transfer, "PmtId/EndToEndId", each.end_to_end)
    amount = _add(transfer, "Amt/InstdAmt", _chf(each.amount_rp))
    amount.set("Ccy", "CHF")
    _add(transfer, "Cdtr/Nm", each.holder[:70])
    _add(transfer, "CdtrAcct/Id/IBAN", each.iban)
    _add(transfer, "RmtInf/Ustrd", each.text[:140])


def _add(parent, path, text):
    for name in path.split("/"):
        parent = ElementTree.SubElement(parent, name)
    # One name that the bank does not take would keep everybody else from being paid.
    parent.text = FOREIGN.sub(".", text)
    return parent


def _chf(amount_rp):
    return f"{amount_rp // 100}.{amount_rp % 100:02d}"
