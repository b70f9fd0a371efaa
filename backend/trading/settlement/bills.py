"""What a household owes, in whole centimes, and the Swiss QR bill that asks for it.

The standard: Swiss Implementation Guidelines QR-bill, SIX. Less than a centime stays on the account.
"""

from trading.grid.models import Customer
from trading.settlement.models import BankAccount

LANGUAGES = ("de", "en", "fr", "it")
URP_PER_RP = 10**6
CHECK_ROW = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)  # of the recursive check digit modulo 10
QR_DIGITS = 27


def due_rp(account):
    """What is to be paid in at the end of a month; 0 if nothing is."""
    return max(-account.closing_urp, 0) // URP_PER_RP


def reference(customer, month):
    """The 27 digits by which a payment for a month finds its household."""
    digits = f"{customer.dso_id:06d}{customer.pk:010d}{month:%Y%m}0000"
    return digits + check_digit(digits)


def customer_of(reference, *, dso):
    """Whose reference this is; None if it is none of ours."""
    key = _key_of(reference.replace(" ", ""), dso)
    return None if key is None else Customer.objects.filter(dso=dso, pk=key, is_utility=False).first()


def check_digit(digits):
    """The recursive check digit modulo 10 of a QR reference.

    >>> check_digit("21000000000313947143000901")  # from the guidelines
    '7'
    """
    carry = 0
    for digit in digits:
        carry = CHECK_ROW[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)


def bill(account, *, customer, language):
    """The QR bill of an amount due; None where nothing is, or nobody said where to pay it."""
    # It brings two libraries for pictures along, which no process needs at its start.
    from qrbill import QRBill

    bank = BankAccount.objects.filter(dso=customer.dso_id).first()
    amount_rp = due_rp(account)
    if bank is None or amount_rp == 0:
        return None
    creditor = {
        "name": bank.holder,
        "street": bank.street,
        "house_num": bank.house_number,
        "pcode": bank.postcode,
        "city": bank.town,
        "country": bank.country,
    }
    return QRBill(
        account=bank.qr_iban,
        creditor={key: value for key, value in creditor.items() if value},
        amount=f"{amount_rp // 100}.{amount_rp % 100:02d}",
        reference_number=reference(customer, account.month),
        additional_information=f"CEEX {customer.number} {account.month:%Y-%m}",
        language=language,
    )


def _key_of(plain, dso):
    digits = plain.isascii() and plain.isdigit() and len(plain) == QR_DIGITS
    if not digits or check_digit(plain[:-1]) != plain[-1] or int(plain[:6]) != dso.pk:
        return None
    return int(plain[6:16])
