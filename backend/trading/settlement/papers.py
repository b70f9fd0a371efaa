"""A household's month as a letter: one page of figures, and the payment part where something is due."""

import io
import json
from pathlib import Path

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from stdnum import iban
from stdnum.ch import esr

from shared import numbers
from trading.settlement import bills

WORDS = json.loads((Path(__file__).parent / "papers.json").read_text())
LEFT, RIGHT, ENERGY_AT = 20 * mm, A4[0] - 20 * mm, A4[0] - 62 * mm
TOP, LEADING = A4[1] - 25 * mm, 6.2 * mm
PART = 105 * mm  # the height of the payment part
RECEIPT = 62 * mm
QR_SIDE, QR_LEFT, QR_BOTTOM = 46 * mm, RECEIPT + 5 * mm, 42 * mm
CROSS = 7 * mm
REGULAR, BOLD = "Helvetica", "Helvetica-Bold"


def statement(account, *, customer, language):
    """The letter as PDF."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    words = WORDS[language]
    canvas.setTitle(f"CEEX {customer.number} {account.month:%Y-%m}")
    canvas.setAuthor(_plain(customer.dso.name))
    _figures(canvas, account, customer, words)
    bill = bills.bill(account, customer=customer, language=language)
    if bill is not None:
        canvas.showPage()
        _payment_part(canvas, bill)
    canvas.save()
    return out.getvalue()


def _figures(canvas, account, customer, words):
    y = TOP
    canvas.setFont(BOLD, 16)
    canvas.drawString(LEFT, y, _plain(f"{words['title']} {account.month:%m.%Y}"))
    canvas.setFont(REGULAR, 10)
    y -= 2 * LEADING
    for line in (customer.dso.name, f"{words['customer']} {customer.number} · {customer.name}"):
        canvas.drawString(LEFT, y, _plain(line))
        y -= LEADING
    y -= LEADING
    rows = [(words["opening"], None, account.opening_urp, True)]
    rows += [(words["figures"][figure], wh or None, urp, False) for figure, wh, urp in account.figures()]
    rows += [(words["closing"], None, account.closing_urp, True)]
    for text, wh, urp, heavy in rows:
        y = _row(canvas, y, text, wh, urp, heavy)
    y -= LEADING
    for text, urp in _notes(account, words):
        y = _row(canvas, y, text, None, urp, False)
    canvas.setFont(REGULAR, 8)
    canvas.drawString(LEFT, 15 * mm, _plain(words["rounding"]))


def _notes(account, words):
    """What stands beside the balance: the discount, and the savings with their baseline."""
    if account.discount_urp:
        yield words["discount"], account.discount_urp
    if account.comes_to is not None:
        found = account.comes_to
        utility = found.utility_cost_urp + found.utility_vat_urp
        yield words["savings"], utility - (found.cost_urp + found.vat_urp - found.guarantee_urp)
    if bills.due_rp(account):
        yield words["due"], bills.due_rp(account) * bills.URP_PER_RP


def _row(canvas, y, text, wh, urp, heavy):
    canvas.setFont(BOLD if heavy else REGULAR, 10)
    canvas.drawString(LEFT, y, _plain(text))
    if wh is not None:
        canvas.drawRightString(ENERGY_AT + 20 * mm, y, f"{numbers.format_decimal(wh, scale=3)} kWh")
    canvas.drawRightString(RIGHT, y, f"{chf(urp)} CHF")
    if heavy:
        canvas.line(LEFT, y - 1.6 * mm, RIGHT, y - 1.6 * mm)
    return y - LEADING


def chf(amount_urp):
    """An amount to the centime, halves away from zero, with the Swiss mark between thousands.

    >>> chf(-123_456_750_000_000), chf(499_999)
    ("-1'234'567.50", '0.00')
    """
    rp = (abs(amount_urp) * 2 + bills.URP_PER_RP) // (2 * bills.URP_PER_RP)
    sign = "-" if amount_urp < 0 and rp else ""
    return f"{sign}{rp // 100:,}.{rp % 100:02d}".replace(",", "'")


def _payment_part(canvas, bill):
    """Receipt and payment part at the foot of a page, by the measures of the standard."""
    canvas.setLineWidth(0.5)
    canvas.setDash(3, 2)
    canvas.line(0, PART, A4[0], PART)
    canvas.line(RECEIPT, 0, RECEIPT, PART)
    canvas.setDash()
    payable_to = [iban.format(bill.account), *bill.creditor.as_paragraph()]
    part = [
        ("Account / Payable to", payable_to),
        ("Reference", [esr.format(bill.reference_number)]),
        ("Additional information", [bill.additional_information]),
        ("Payable by (name/address)", []),
    ]
    _texts(canvas, bill, RECEIPT + 56 * mm, PART - 5 * mm, part, sizes=(8, 10))
    _texts(canvas, bill, 5 * mm, PART - 12 * mm, [part[0], part[1], part[3]], sizes=(6, 8))
    canvas.setFont(BOLD, 11)
    canvas.drawString(5 * mm, PART - 8 * mm, _plain(bill.label("Receipt")))
    canvas.drawString(RECEIPT + 5 * mm, PART - 8 * mm, _plain(bill.label("Payment part")))
    for left, sizes in ((5 * mm, (6, 8)), (RECEIPT + 5 * mm, (8, 10))):
        _amount(canvas, bill, left, sizes)
    canvas.setFont(BOLD, 6)
    canvas.drawRightString(RECEIPT - 5 * mm, 20 * mm, _plain(bill.label("Acceptance point")))
    _corners(canvas, 5 * mm, PART - 74 * mm, 52 * mm, 20 * mm)
    _corners(canvas, RECEIPT + 56 * mm, PART - 84 * mm, 65 * mm, 25 * mm)
    _qr_code(canvas, bill)


def _texts(canvas, bill, left, y, parts, *, sizes):
    for head, lines in parts:
        canvas.setFont(BOLD, sizes[0])
        y -= 1.2 * sizes[0]
        canvas.drawString(left, y, _plain(bill.label(head)))
        canvas.setFont(REGULAR, sizes[1])
        for line in lines:
            y -= 1.15 * sizes[1]
            canvas.drawString(left, y, _plain(line))
        y -= sizes[1] * 0.7


def _amount(canvas, bill, left, sizes):
    y = 33 * mm
    for offset, head, text in ((0, "Currency", bill.currency), (16 * mm, "Amount", bill.amount)):
        canvas.setFont(BOLD, sizes[0])
        canvas.drawString(left + offset, y, _plain(bill.label(head)))
        canvas.setFont(REGULAR, sizes[1])
        canvas.drawString(left + offset, y - 4 * mm, text)


def _corners(canvas, left, bottom, width, height, length=3 * mm):
    """Room for the payer's address, marked at its corners."""
    for x, inward in ((left, 1), (left + width, -1)):
        for y, upward in ((bottom, 1), (bottom + height, -1)):
            canvas.line(x, y, x + inward * length, y)
            canvas.line(x, y, x, y + upward * length)


def _qr_code(canvas, bill):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(bill.qr_data().encode())
    rows = code.get_matrix()
    side = QR_SIDE / len(rows)
    canvas.setFillGray(0)
    for row, cells in enumerate(rows):
        for column, is_dark in enumerate(cells):
            if is_dark:
                bottom = QR_BOTTOM + QR_SIDE - (row + 1) * side
                canvas.rect(QR_LEFT + column * side, bottom, side, side, stroke=0, fill=1)
    _swiss_cross(canvas, QR_LEFT + (QR_SIDE - CROSS) / 2, QR_BOTTOM + (QR_SIDE - CROSS) / 2)


def _swiss_cross(canvas, left, bottom):
    for inset, gray in ((0, 1), (0.35 * mm, 0)):
        canvas.setFillGray(gray)
        canvas.rect(left + inset, bottom + inset, CROSS - 2 * inset, CROSS - 2 * inset, stroke=0, fill=1)
    canvas.setFillGray(1)
    thick, length = 1.17 * mm, 3.89 * mm
    middle_x, middle_y = left + CROSS / 2, bottom + CROSS / 2
    canvas.rect(middle_x - thick / 2, middle_y - length / 2, thick, length, stroke=0, fill=1)
    canvas.rect(middle_x - length / 2, middle_y - thick / 2, length, thick, stroke=0, fill=1)
    canvas.setFillGray(0)


def _plain(text):
    """What the built-in fonts can write."""
    return str(text).encode("cp1252", "replace").decode("cp1252")
